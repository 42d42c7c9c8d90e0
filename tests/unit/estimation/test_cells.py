"""Cells: numbers as statistics offices write them, and symbols that must never become 0."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cse_tracker.estimation import cells

FINITE = st.floats(allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12.0),
        (" 12 ", 12.0),
        ("1,234", 1234.0),
        ("12,345,678.5", 12345678.5),
        ("8.75E-2", 0.0875),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("-3", -3.0),
        ("+3", 3.0),
        ("0", 0.0),
    ],
)
def test_number_reads_how_offices_write_numbers(text: str, value: float) -> None:
    assert cells.number(text) == value


@pytest.mark.parametrize(
    "text", ["", "12 cases", "1_000", "12,34", "1,2345", "٣", "0x10", "1.2.3", "--1", "\N{MINUS SIGN}1", "1e", "12%"]
)
def test_number_refuses_text(text: str) -> None:
    with pytest.raises(ValueError, match="is not a number"):
        cells.number(text)


@pytest.mark.parametrize("text", ["nan", "NaN", "inf", "-Infinity", "1e999", "-1e400"])
def test_number_refuses_what_is_not_finite(text: str) -> None:
    with pytest.raises(ValueError, match="finite number"):
        cells.number(text)


@given(FINITE)
def test_number_reads_back_any_printed_float(value: float) -> None:
    assert cells.number(repr(value)) == value


@given(st.integers(min_value=-(10**15), max_value=10**15))
def test_number_reads_back_any_grouped_integer(value: int) -> None:
    assert cells.number(f"{value:,}") == value


@given(st.text(max_size=12))
def test_number_gives_a_finite_number_or_refuses(text: str) -> None:
    try:
        value = cells.number(text)
    except ValueError:
        return
    assert math.isfinite(value)
    assert not cells.is_missing(text)


@pytest.mark.parametrize("word", ["", "some", "numerous", "c", "x", "z", ":", "-", "..", "low"])
@pytest.mark.parametrize("form", ["{}", "[{}]", "({})", " {} ", "[ {} ]"])
def test_symbols_and_words_mean_missing_in_any_case_bracketed_or_not(word: str, form: str) -> None:
    assert cells.is_missing(form.format(word))
    assert cells.is_missing(form.format(word).upper())


@pytest.mark.parametrize("text", ["0", "0.0", "[0]", "cc", "somewhere", "...", "nil", "[c", "c)"])
def test_zero_and_other_words_are_not_missing(text: str) -> None:
    assert not cells.is_missing(text)


@pytest.mark.parametrize(("text", "meaning"), [("yes", True), ("YES ", True), ("no", False), ("", False)])
def test_yes_and_no_are_read_in_any_case_and_blank_is_no(text: str, *, meaning: bool) -> None:
    assert cells.yes_or_no(text) is meaning


def test_yes_or_no_refuses_any_other_word() -> None:
    with pytest.raises(ValueError, match="neither yes nor no"):
        cells.yes_or_no("maybe")


def test_a_long_cell_is_shortened_in_a_message() -> None:
    assert cells.quoted("a" * 500) == repr("a" * 40 + "...")
    assert cells.quoted("a" * 40) == repr("a" * 40)


@pytest.mark.parametrize(
    ("text", "value"),
    [("12 345", 12345.0), ("1 234 567.5", 1234567.5), ("12\u00a0345", 12345.0), ("1\u202f234", 1234.0)],
)
def test_thousands_may_stand_apart_by_spaces(text: str, value: float) -> None:
    assert cells.number(text) == value


@pytest.mark.parametrize("text", ["1 234,567", "12 34", "1  234", "1234 567"])
def test_spaces_that_are_no_thousands_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a number"):
        cells.number(text)
