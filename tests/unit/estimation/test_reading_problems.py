"""Every fault in a file is refused with its file, row and column."""

import copy
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cse_tracker.estimation.problems import InputProblem
from cse_tracker.estimation.reading import read_directory

Spoil = Callable[..., Path]
Texts = Mapping[str, str]

FAULTS = {
    "value column missing": ("indicators.csv", ",value,unit", ",amount,unit", 1, "value"),
    "indicator column missing": ("indicators.csv", ",indicator,", ",measure,", 1, "indicator"),
    "population column missing": ("population.csv", "population", "people", 1, "population"),
    "identified column missing": ("identified.csv", "identified", "found", 1, "identified"),
    "area column missing": ("proactivity.csv", "gss_code", "code", 1, "gss_code"),
    "column twice": (
        "population.csv",
        "gss_code,population\nE1,20000",
        "population,gss_code,Population\n1,E1,2",
        1,
        "population",
    ),
    "duplicate indicator row": ("indicators.csv", "E2,Brook,absence", "E1,Ashby,absence", 8, "indicator"),
    "duplicate population": ("population.csv", "E3", "E2", 4, "gss_code"),
    "duplicate identified": ("identified.csv", "E3", "E2", 4, "gss_code"),
    "duplicate proactivity": ("proactivity.csv", "E3", "E2", 4, "gss_code"),
    "text in an indicator": ("indicators.csv", "44", "forty", 3, "value"),
    "text in a population": ("population.csv", "21000", "21k", 3, "population"),
    "text in identified": ("identified.csv", "14", "about 14", 3, "identified"),
    "infinite rate": ("indicators.csv", "9.1", "inf", 8, "value"),
    "rate that is no number": ("indicators.csv", "9.1", "NaN", 8, "value"),
    "number too large": ("population.csv", "21000", "1e999", 3, "population"),
    "negative count": ("indicators.csv", "44", "-44", 3, "value"),
    "negative population": ("population.csv", "21000", "-1", 3, "population"),
    "negative identified": ("identified.csv", "14", "-14", 3, "identified"),
    "unknown unit": ("indicators.csv", "44,count", "44,percent", 3, "unit"),
    "mixed units": ("indicators.csv", "44,count", "44,rate", 3, "unit"),
    "population zero": ("population.csv", "21000", "0", 3, "population"),
    "population blank": ("population.csv", "21000", "", 3, "population"),
    "population not released": ("population.csv", "21000", "[c]", 3, "population"),
    "no population row": ("population.csv", "E2,21000\n", "", None, "gss_code"),
    "stranger in identified": ("identified.csv", "E2", "E9", 3, "gss_code"),
    "stranger in proactivity": ("proactivity.csv", "E2", "E9", 3, "gss_code"),
    "area not surveyed": ("proactivity.csv", "E2,developing,no\n", "", None, "gss_code"),
    "anchor not in identified": ("identified.csv", "E3,6,yes\n", "", None, "gss_code"),
    "anchor neither yes nor no": ("proactivity.csv", "E2,developing,no", "E2,developing,perhaps", 3, "anchor"),
    "no anchor and no group": ("proactivity.csv", "group,anchor", "one,two", 1, "group"),
    "blank area": ("population.csv", "E2,", ",", 3, "gss_code"),
    "blank area in indicators": ("indicators.csv", "E2,", ",", 3, "gss_code"),
    "blank indicator": ("indicators.csv", "missing,44", ",44", 3, "indicator"),
    "thousands separator outside quotes": ("population.csv", "21000", "21,000", 3, "population"),
    "row cut short": ("indicators.csv", "E2,Brook,missing,44,count", "E2,Brook,missing,44", 3, "unit"),
    "open quote": ("population.csv", "E2,21000", 'E2,"21000', 3, None),
    "text after a quote": ("population.csv", "E2,21000", 'E2,"21"000', 3, None),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_refused_at_its_place(files: Spoil, fault: str) -> None:
    file, old, new, row, column = FAULTS[fault]
    with pytest.raises(InputProblem) as caught:
        read_directory(files(file, old, new))
    assert (caught.value.file, caught.value.row, caught.value.column) == (file, row, column)
    assert caught.value.message


@pytest.mark.parametrize("file", ["indicators.csv", "population.csv", "identified.csv", "proactivity.csv"])
def test_a_missing_file_is_named(files: Spoil, file: str) -> None:
    directory = files()
    (directory / file).unlink()
    with pytest.raises(InputProblem, match=f"^{file}: the file is missing$"):
        read_directory(directory)


def test_a_folder_in_place_of_a_file_is_refused(files: Spoil) -> None:
    directory = files()
    (directory / "population.csv").unlink()
    (directory / "population.csv").mkdir()
    with pytest.raises(InputProblem, match=r"^population\.csv: the file cannot be opened"):
        read_directory(directory)


@pytest.mark.parametrize("file", ["indicators.csv", "population.csv", "identified.csv", "proactivity.csv"])
def test_an_empty_file_lacks_its_columns(files: Spoil, file: str) -> None:
    directory = files()
    (directory / file).write_text("", encoding="utf-8")
    with pytest.raises(InputProblem, match=f"^{file}, row 1, column gss_code: "):
        read_directory(directory)


def test_a_header_alone_is_refused(files: Spoil) -> None:
    directory = files()
    (directory / "indicators.csv").write_text("gss_code,indicator,value\n\n", encoding="utf-8")
    with pytest.raises(InputProblem, match=r"^indicators\.csv: the file has no rows"):
        read_directory(directory)


def test_an_area_missing_from_the_indicators_is_named_with_the_row_that_has_it(files: Spoil) -> None:
    directory = files("population.csv", "E3,19000", "E3,19000\nE7,18000")
    with pytest.raises(InputProblem) as caught:
        read_directory(directory)
    assert str(caught.value) == (
        "indicators.csv, column gss_code: there is no row for E7, which population.csv has in row 5"
    )


def test_an_area_missing_from_the_population_is_named_with_the_row_that_has_it(files: Spoil) -> None:
    with pytest.raises(InputProblem) as caught:
        read_directory(files("population.csv", "E4,25000\n"))
    assert str(caught.value) == (
        "population.csv, column gss_code: there is no row for E4 (Dale), which indicators.csv has in row 5"
    )


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_invalid_utf_8_is_refused_at_its_row(files: Spoil, mark: bytes) -> None:
    directory = files()
    path = directory / "indicators.csv"
    path.write_bytes(mark + path.read_bytes().replace(b"Crane", b"Cr\xe9ne", 1))
    with pytest.raises(InputProblem, match=r"^indicators\.csv, row 4: .*UTF-8"):
        read_directory(directory)


def test_rows_are_counted_as_a_spreadsheet_counts_them(files: Spoil) -> None:
    wrapped = '"As\nhby"'
    directory = files("indicators.csv", "Ashby,missing,30,count\n", f"{wrapped},missing,30,count\n\n,,,,\n")
    path = directory / "indicators.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("44", "forty"), encoding="utf-8")
    with pytest.raises(InputProblem, match=r"^indicators\.csv, row 5, column value: 'forty' is not a number$"):
        read_directory(directory)


@pytest.mark.parametrize("code", ["E9", "Ashby", "", "e1"])
def test_an_unknown_anchor_code_is_refused(files: Spoil, code: str) -> None:
    with pytest.raises(InputProblem, match=r"^anchors, column gss_code: ") as caught:
        read_directory(files(), anchors=["E1", "E2", code])
    assert (caught.value.file, caught.value.row) == ("anchors", None)


def test_reliability_must_be_given_when_no_anchors_are_marked(files: Spoil) -> None:
    directory = files("proactivity.csv", "group,anchor", "group,note")
    (directory / "identified.csv").write_text("gss_code,identified\nE1,10\n", encoding="utf-8")
    with pytest.raises(InputProblem) as caught:
        read_directory(directory)
    assert (caught.value.file, caught.value.row, caught.value.column) == ("identified.csv", 1, "data_reliable")


def test_a_copy_of_a_problem_keeps_its_place() -> None:
    problem = InputProblem("population.csv", 4, "population", "wrong")
    again = copy.deepcopy(problem)
    assert str(again) == str(problem) == "population.csv, row 4, column population: wrong"


@settings(max_examples=60)
@given(
    file=st.sampled_from(["indicators.csv", "population.csv", "identified.csv", "proactivity.csv"]),
    content=st.binary(max_size=80),
)
def test_whatever_bytes_stand_in_a_file_the_answer_is_a_problem_in_that_file(
    small_texts: Texts, file: str, content: bytes
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        for name, text in small_texts.items():
            (directory / name).write_text(text, encoding="utf-8")
        (directory / file).write_bytes(content)
        with pytest.raises(InputProblem) as caught:
            read_directory(directory)
    assert caught.value.file == file
