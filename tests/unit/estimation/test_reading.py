"""What is read from a sound set of files."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from cse_tracker.estimation.inputs import EstimationInputs, LeftOut, Unit
from cse_tracker.estimation.reading import read_directory

Spoil = Callable[..., Path]


def test_small_files_are_read_in_their_order(files: Spoil) -> None:
    inputs = read_directory(files())
    assert inputs.indicators == ("missing", "absence")
    assert inputs.units == (Unit.COUNT, Unit.RATE)
    assert inputs.areas == ("E1", "E2", "E3", "E4", "E5")
    assert inputs.values[1] == (44.0, 9.1)
    assert inputs.population == (20000.0, 21000.0, 19000.0, 25000.0, 23000.0)
    assert inputs.names == {"E1": "Ashby", "E2": "Brook", "E3": "Crane", "E4": "Dale", "E5": "Elm"}
    assert inputs.anchors == ("E1", "E3", "E4")
    assert inputs.left_out == ()
    assert inputs.synthetic is False


def test_values_belong_to_their_area_whatever_the_order_of_rows(files: Spoil) -> None:
    directory = files()
    before = read_directory(directory)
    for path in directory.iterdir():
        header, *rows = path.read_text(encoding="utf-8").splitlines()
        path.write_text("\n".join([header, *reversed(rows)]), encoding="utf-8")
    after = read_directory(directory)
    assert after.areas == tuple(reversed(before.areas))
    assert after.indicators == tuple(reversed(before.indicators))
    assert after.values == tuple(row[::-1] for row in reversed(before.values))
    assert after.identified == tuple(reversed(before.identified))
    assert after.population == tuple(reversed(before.population))
    assert set(after.anchors) == set(before.anchors)


@pytest.mark.parametrize("word", ["", "some", "Numerous", "c", "[x]", "z", ":", "-", "..", "[low]"])
def test_an_identified_number_that_is_missing_is_none_and_never_zero(files: Spoil, word: str) -> None:
    inputs = read_directory(files("identified.csv", "E2,14", f"E2,{word}"))
    assert inputs.identified[1] is None
    assert inputs.left_out == ()


def test_an_identified_zero_stays_zero(files: Spoil) -> None:
    assert read_directory(files("identified.csv", "E2,14", "E2,0")).identified[1] == 0.0


def test_an_area_without_a_row_in_identified_has_no_number(files: Spoil) -> None:
    assert read_directory(files("identified.csv", "E2,14,yes\n")).identified[1] is None


def test_an_anchor_that_answered_some_is_estimated_but_not_an_anchor(files: Spoil) -> None:
    inputs = read_directory(files("identified.csv", "E3,6", "E3,some"))
    assert inputs.anchors == ("E1", "E4")
    assert "E3" in inputs.areas
    reason = "estimated, but not used as an anchor: identified.csv row 4 gives no number"
    assert inputs.left_out == (LeftOut("E3", "Crane", reason),)


@pytest.mark.parametrize("word", ["", "c", "[z]", "..", "some"])
def test_an_area_with_a_missing_indicator_is_left_out_and_named(files: Spoil, word: str) -> None:
    inputs = read_directory(files("indicators.csv", "E2,Brook,absence,9.1", f"E2,Brook,absence,{word}"))
    assert inputs.areas == ("E1", "E3", "E4", "E5")
    assert len(inputs.values) == len(inputs.population) == len(inputs.identified) == 4
    assert inputs.left_out == (LeftOut("E2", "Brook", "no value in indicators.csv for absence (row 8)"),)


def test_an_area_that_lacks_the_row_of_one_indicator_is_left_out_and_named(files: Spoil) -> None:
    inputs = read_directory(files("indicators.csv", "E3,Crane,missing,21,count\n"))
    reason = "no value in indicators.csv for missing (no row); it would have been an anchor"
    assert inputs.left_out == (LeftOut("E3", "Crane", reason),)
    assert inputs.anchors == ("E1", "E4")


def test_an_area_left_out_needs_no_population(files: Spoil) -> None:
    directory = files("indicators.csv", "44,count", ",count")
    (directory / "population.csv").write_text(
        "gss_code,population\nE1,20000\nE2,\nE3,19000\nE4,25000\nE5,23000\n", encoding="utf-8"
    )
    assert "E2" not in read_directory(directory).areas


def test_anchors_given_replace_the_survey_and_need_no_survey_file(files: Spoil) -> None:
    directory = files()
    (directory / "proactivity.csv").unlink()
    assert read_directory(directory, anchors=["E4", " E1 ", "E2", "E4"]).anchors == ("E1", "E2", "E4")
    assert read_directory(directory, anchors=[]).anchors == ()


def test_without_an_anchor_column_the_proactive_with_reliable_numbers_are_anchors(files: Spoil) -> None:
    directory = files("proactivity.csv", "group,anchor", "group,note")
    assert read_directory(directory).anchors == ("E1", "E3", "E4")
    path = directory / "identified.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("E3,6,yes", "E3,6,no"), encoding="utf-8")
    assert read_directory(directory).anchors == ("E1", "E4")


def test_a_proactive_area_that_answered_some_has_no_reliable_number(files: Spoil) -> None:
    directory = files("proactivity.csv", "group,anchor", "group,note")
    path = directory / "identified.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("E3,6,yes\n", "").replace("some,no", "some,yes"))
    inputs = read_directory(directory)
    assert inputs.anchors == ("E1", "E4")
    assert inputs.left_out == ()


def test_byte_order_mark_windows_lines_capital_headers_and_further_columns_make_no_difference(files: Spoil) -> None:
    directory = files()
    plain = read_directory(directory)
    for path in directory.iterdir():
        header, *rows = path.read_text(encoding="utf-8").splitlines()
        lines = [f"{header.upper()},note,note,", *(f'{row},"a, b",é,' for row in rows), ""]
        path.write_bytes(b"\xef\xbb\xbf" + "\r\n".join(lines).encode())
    assert read_directory(directory) == plain


def test_thousands_separators_and_exponents_are_read(files: Spoil) -> None:
    directory = files("population.csv", "21000", '"21,000"')
    assert read_directory(directory).population[1] == 21000.0
    assert read_directory(files("indicators.csv", "9.1", "8.75E-2")).values[1][1] == 0.0875


def test_a_unit_is_a_count_unless_the_file_says_otherwise(files: Spoil) -> None:
    directory = files()
    lines = (directory / "indicators.csv").read_text(encoding="utf-8").splitlines()
    without = "\n".join(line.rpartition(",")[0] for line in lines)
    (directory / "indicators.csv").write_text(without, encoding="utf-8")
    assert read_directory(directory).units == (Unit.COUNT, Unit.COUNT)
    assert read_directory(files("indicators.csv", "44,count", "44,")).units == (Unit.COUNT, Unit.RATE)


def test_a_rate_may_be_negative_because_it_may_be_a_change(files: Spoil) -> None:
    assert read_directory(files("indicators.csv", "9.1", "-9.1")).values[1][1] == -9.1


@pytest.mark.parametrize("file", ["indicators.csv", "population.csv", "identified.csv", "proactivity.csv"])
def test_one_synthetic_row_in_any_file_marks_the_inputs(files: Spoil, file: str) -> None:
    directory = files()
    header, first, *rest = (directory / file).read_text(encoding="utf-8").splitlines()
    marked = [f"{header},synthetic", f"{first},no", *(f"{row}," for row in rest)]
    (directory / file).write_text("\n".join(marked), encoding="utf-8")
    assert read_directory(directory).synthetic is False
    marked[-1] += "Yes"
    (directory / file).write_text("\n".join(marked), encoding="utf-8")
    assert read_directory(directory).synthetic is True


def test_names_fall_back_to_the_code(files: Spoil) -> None:
    assert read_directory(files("indicators.csv", ",name,", ",x,")).names["E1"] == "E1"


def test_demo_is_read_whole_and_marked_synthetic(demo_inputs: EstimationInputs, demo_directory: Path) -> None:
    assert len(demo_inputs.areas) == 32
    assert demo_inputs.synthetic is True
    assert demo_inputs.left_out == ()
    with (demo_directory / "proactivity.csv").open(encoding="utf-8") as file:
        marked = [row["gss_code"] for row in csv.DictReader(file) if row["anchor"] == "yes"]
    assert list(demo_inputs.anchors) == marked
    missing = [
        demo_inputs.names[area] for area, n in zip(demo_inputs.areas, demo_inputs.identified, strict=True) if n is None
    ]
    assert missing == ["Hounslow"]


def test_demo_survey_without_its_anchor_column_picks_the_same_anchors(
    demo_inputs: EstimationInputs, demo_directory: Path, tmp_path: Path
) -> None:
    for path in demo_directory.glob("*.csv"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    survey = tmp_path / "proactivity.csv"
    survey.write_text(survey.read_text(encoding="utf-8").replace(",anchor,", ",former,", 1), encoding="utf-8")
    assert read_directory(tmp_path).anchors == demo_inputs.anchors
