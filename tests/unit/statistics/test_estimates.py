"""What the estimate page is given agrees with what the report prints, and its words with the figures."""

from pathlib import Path

import pytest

from cse_tracker import demo
from cse_tracker.estimation.problems import InputProblem
from cse_tracker.statistics import estimates

FOLDER = Path(demo.__file__).parent / "london_2003"


def test_the_page_is_given_the_printed_total_and_number_identified() -> None:
    result = estimates.run(FOLDER)
    assert f"{result.total.floored().estimate:,.0f}" == "1,002"
    assert sum(area.identified or 0 for area in result.estimates) == 507


def test_the_demo_figures_are_marked_as_made_up() -> None:
    assert estimates.run(FOLDER).synthetic


def test_the_city_of_london_has_no_estimate() -> None:
    codes = {area.gss_code for area in estimates.run(FOLDER).estimates}
    assert len(codes) == 32
    assert "E09000001" not in codes


def test_the_same_folder_is_run_once() -> None:
    assert estimates.run(FOLDER) is estimates.run(FOLDER)


def test_every_indicator_has_words() -> None:
    labels = estimates.indicator_labels(FOLDER)
    assert set(labels) == set(estimates.run(FOLDER).indicators)
    assert labels["lac"].startswith("Looked-after children")


def test_a_folder_without_figures_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(InputProblem, match=r"indicators\.csv"):
        estimates.run(tmp_path)


def test_random_data_say_to_keep_one_component() -> None:
    result = estimates.run(FOLDER)
    chance = estimates.by_chance(len(result.areas), len(result.indicators))
    assert [mine > other for mine, other in zip(result.eigenvalues, chance, strict=True)] == [True] + [False] * 6
