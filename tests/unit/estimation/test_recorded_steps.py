"""Steps that are taken while the data are read, and steps that were taken before and are only told."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cse_tracker.estimation import reading
from cse_tracker.estimation.inputs import EstimationInputs
from cse_tracker.estimation.problems import InputProblem
from cse_tracker.estimation.steps import StepKind, annualised, year_from_periods

Spoil = Callable[..., Path]
HEAD = "gss_code,indicator,step,from_gss_code,months,share,applied\n"


def values(inputs: EstimationInputs, indicator: str) -> dict[str, float]:
    place = inputs.indicators.index(indicator)
    return {area: row[place] for area, row in zip(inputs.areas, inputs.values, strict=True)}


def read(folder: Path, **files: str) -> EstimationInputs:
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return reading.read_directory(folder)


def test_a_neighbour_stands_in_as_recorded(files: Spoil) -> None:
    folder = files("indicators.csv", "E2,Brook,missing,44", "E2,Brook,missing,[x]")
    assert "E2" not in reading.read_directory(folder).areas
    inputs = read(folder, steps=HEAD + "E2,missing,neighbour,E4,,,no\n")
    assert values(inputs, "missing")["E2"] == 80
    assert [(step.kind, step.source, step.imputed) for step in inputs.steps] == [(StepKind.NEIGHBOUR, "E4", True)]


def test_months_become_a_year_for_every_area(files: Spoil) -> None:
    folder = files()
    before = values(reading.read_directory(folder), "missing")
    after = values(read(folder, steps=HEAD + ",missing,annualised,,1,0.5,no\n"), "missing")
    assert after == {area: pytest.approx(6 * value) for area, value in before.items()}


def test_a_step_already_in_the_figures_changes_none(files: Spoil) -> None:
    folder = files()
    before = reading.read_directory(folder)
    after = read(folder, steps=HEAD + ",missing,annualised,,1,,yes\nE1,missing,neighbour,E2,,,yes\n")
    assert after.values == before.values
    assert len(after.steps) == 2


def test_periods_add_up_and_the_mean_of_the_others_stands_in(files: Spoil) -> None:
    folder = files("indicators.csv", "E2,Brook,missing,44", "E2,Brook,missing,")
    parts = "gss_code,indicator,period,value\n"
    parts += "".join(f"E1,missing,Q{k},7\n" for k in (1, 2, 3, 4))
    parts += "E2,missing,Q1,10\nE2,missing,Q2,c\nE2,missing,Q3,12\nE2,missing,Q4,14\n"
    inputs = read(folder, parts=parts)
    assert values(inputs, "missing")["E2"] == 48
    assert values(inputs, "missing")["E1"] == 30
    assert [(step.kind, step.gss_code, step.detail) for step in inputs.steps] == [
        (StepKind.MEAN_OF_OTHERS, "E2", "no figure for Q2")
    ]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("E9,missing,neighbour,E1,,,no", "E9 is not an area"),
        ("E1,nothing,neighbour,E2,,,no", "nothing is not an indicator"),
        ("E1,missing,neighbour,E2,,,no", "E1 has a figure of its own"),
        ("E1,missing,neighbour,E9,,,no", "E9 is not an area"),
        ("E1,missing,guess,,,,no", "'guess' is none of annualised"),
        (",missing,annualised,,13,,no", "months must be above 0"),
        (",missing,annualised,,1,0,no", "share must be above 0"),
        (",missing,mean of other periods,,,,no", "give the periods in parts.csv"),
    ],
)
def test_a_step_that_cannot_be_taken_names_its_row(files: Spoil, row: str, message: str) -> None:
    with pytest.raises(InputProblem, match=message) as refused:
        read(files(), steps=HEAD + row + "\n")
    assert (refused.value.file, refused.value.row) == ("steps.csv", 2)


@given(value=st.floats(0, 1e6), months=st.integers(1, 12))
def test_a_year_of_months_is_the_monthly_mean_times_twelve(value: float, months: int) -> None:
    assert annualised(value, months=months) == pytest.approx(value / months * 12)


@given(st.lists(st.one_of(st.none(), st.integers(0, 1000).map(float)), min_size=1, max_size=12))
def test_a_year_from_periods_lies_between_the_extremes(periods: list[float | None]) -> None:
    given_ones = [value for value in periods if value is not None]
    year = year_from_periods(periods)
    if not given_ones:
        assert year is None
    else:
        assert year is not None
        assert min(given_ones) * len(periods) <= year + 1e-6
        assert year <= max(given_ones) * len(periods) + 1e-6
