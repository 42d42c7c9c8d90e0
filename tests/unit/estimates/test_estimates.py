"""What the estimate page is given agrees with what the report prints, and its words with the figures."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cse_tracker import demo
from cse_tracker.estimates import queries as estimates
from cse_tracker.estimates.rules import coarse, shown, whole_percents
from cse_tracker.estimation.problems import InputProblem
from cse_tracker.estimation.study import Study
from cse_tracker.web import estimate_files

FOLDER = Path(demo.__file__).parent / "london_2003"


def test_the_page_is_given_the_printed_total_and_number_identified() -> None:
    result = estimates.run(FOLDER).estimate
    assert f"{result.total.floored().estimate:,.0f}" == "1,002"
    assert sum(area.identified or 0 for area in result.estimates) == 507


def test_the_demo_figures_are_marked_as_made_up() -> None:
    assert estimates.run(FOLDER).estimate.synthetic


def test_the_city_of_london_has_no_estimate() -> None:
    codes = {area.gss_code for area in estimates.run(FOLDER).estimate.estimates}
    assert len(codes) == 32
    assert "E09000001" not in codes


def test_the_same_folder_is_run_once() -> None:
    assert estimates.run(FOLDER) is estimates.run(FOLDER)


def test_every_indicator_has_words() -> None:
    labels = estimates.indicator_labels(FOLDER)
    assert set(labels) == set(estimates.run(FOLDER).estimate.indicators)
    assert labels["lac"].startswith("Looked-after children")


def test_a_folder_without_figures_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(InputProblem, match=r"indicators\.csv"):
        estimates.run(tmp_path)


def test_made_up_numbers_are_shown_as_they_are() -> None:
    found = shown(estimates.run(FOLDER), seed=b"any")
    assert found.known == 507
    assert not found.protected
    assert found.warning


def real(study: Study) -> Study:
    return replace(study, estimate=replace(study.estimate, synthetic=False))


def test_real_numbers_are_rounded_so_that_they_add_up() -> None:
    found = shown(real(estimates.run(FOLDER)), seed=b"seed")
    numbers = {row.code: row.identified for row in found.rows if row.identified is not None}
    given = {area.gss_code: area.identified for area in estimates.run(FOLDER).estimate.estimates}
    assert found.protected
    assert not found.warning
    assert len(numbers) == 31
    assert all(number % 5 == 0 for number in numbers.values())
    assert all(abs(number - (given[code] or 0)) < 5 for code, number in numbers.items())
    assert found.known == sum(numbers.values())
    assert shown(real(estimates.run(FOLDER)), seed=b"seed").rows == found.rows


def test_a_file_of_real_figures_holds_no_exact_number() -> None:
    found = shown(real(estimates.run(FOLDER)), seed=b"seed")
    text = json.dumps(estimate_files.document(found, {}))
    assert "influence" not in text
    assert "leave_one_anchor_out" not in text
    assert all(isinstance(row.estimate, int) for row in found.rows)
    rounded = {row.code: row.identified for row in found.rows}
    place = estimate_files.header(found).index("identified")
    assert {row[0]: row[place] for row in estimate_files.rows(found)} == rounded
    assert coarse(1002.4, protected=True) == 1000
    assert coarse(1002.4, protected=False) == 1002


def test_a_sentence_tells_the_range_and_that_nought_is_possible() -> None:
    found = shown(estimates.run(FOLDER), seed=b"any")
    first = next(row for row in found.rows if row.name == "Barking and Dagenham")
    assert first.sentence == (
        f"In Barking and Dagenham about {first.estimate} young people would be identified if it worked like the "
        f"anchors; likely between {first.low} and {first.high}."
    )
    sutton = next(row for row in found.rows if row.name == "Sutton")
    assert sutton.low == 0
    assert sutton.sentence.endswith("It cannot be ruled out that there would be none.")


@given(st.lists(st.floats(0, 1), min_size=2, max_size=6).filter(lambda shares: sum(shares) > 0.01))
def test_whole_percents_add_up_to_a_hundred(shares: list[float]) -> None:
    even = tuple(share / sum(shares) for share in shares)
    whole = whole_percents(even)
    assert sum(whole) == 100
    assert all(abs(part - 100 * share) < 1 + 1e-9 for part, share in zip(whole, even, strict=True))
