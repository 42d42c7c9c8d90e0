"""Cells of an import: dates that could be two are never guessed, every problem has its cell, the same rows join."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cse_tracker.imports import rules
from cse_tracker.imports.rules import COLUMNS, DateOrder, Field

TODAY = date(2026, 11, 16)
DAYS = st.dates(date(1980, 1, 1), TODAY)
HEADINGS = [column.heading for column in COLUMNS.values()]
PLACES = {field: place for place, field in enumerate(COLUMNS, 1)}


def row(**cells: str) -> tuple[str, ...]:
    values = {"first_name": "Keira", "last_name": "Marsh", "certainty": "indicated", "concern": "Seen with men."}
    values.update(cells)
    return tuple(values.get(field.value, "") for field in COLUMNS)


def read(*rows: tuple[str, ...], order: DateOrder = DateOrder.NOT_SAID) -> rules.Reading:
    return rules.read_rows([tuple(HEADINGS), *rows], PLACES, order, today=TODAY)


@given(DAYS, st.sampled_from(["{0:%Y-%m-%d}", "{0.day} {0:%B} {0.year:04}", "{0.day}/{0:%b}/{0.year:04}"]))
def test_a_date_that_can_be_only_one_is_that_one_whatever_was_said(day: date, form: str) -> None:
    for order in DateOrder:
        assert rules.read_date(form.format(day), order, TODAY) == day


@given(DAYS)
def test_a_date_is_read_in_the_order_that_was_said_and_never_guessed(day: date) -> None:
    uk, us = f"{day.day}/{day.month}/{day.year}", f"{day.month}/{day.day}/{day.year}"
    assert rules.read_date(uk, DateOrder.DAY_FIRST, TODAY) == day
    assert rules.read_date(us, DateOrder.MONTH_FIRST, TODAY) == day
    if day.day <= 12 and day.day != day.month:
        for typed in (uk, us):
            with pytest.raises(ValueError, match="either of two"):
                rules.read_date(typed, DateOrder.NOT_SAID, TODAY)
    else:
        assert rules.read_date(uk, DateOrder.NOT_SAID, TODAY) == rules.read_date(us, DateOrder.NOT_SAID, TODAY) == day


@pytest.mark.parametrize(
    ("cells", "order"),
    [
        (["3/4/2012", "25/4/2012"], DateOrder.DAY_FIRST),
        (["3/4/2012", "4/25/2012"], DateOrder.MONTH_FIRST),
        (["25/4/2012", "4/25/2012"], DateOrder.NOT_SAID),
        (["3/4/2012", "4/4/2012", "", "nonsense"], DateOrder.NOT_SAID),
    ],
)
def test_a_column_tells_its_order_only_where_it_proves_it(cells: list[str], order: DateOrder) -> None:
    assert rules.date_order(cells, DateOrder.NOT_SAID) is order


@pytest.mark.parametrize(
    ("typed", "order", "sentence"),
    [
        ("4/25/2012", DateOrder.DAY_FIRST, "other way round"),
        ("30/2/2012", DateOrder.DAY_FIRST, "no such day"),
        ("1/1/12", DateOrder.DAY_FIRST, "four figures"),
        ("2030-01-01", DateOrder.DAY_FIRST, "lies ahead"),
        ("1912-01-01", DateOrder.DAY_FIRST, "lies before"),
        ("about 12", DateOrder.DAY_FIRST, "no date"),
        ("3 Foo 2012", DateOrder.DAY_FIRST, "no such day"),
    ],
)
def test_what_is_no_date_is_refused_with_a_sentence(typed: str, order: DateOrder, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        rules.read_date(typed, order, TODAY)


def test_every_problem_has_its_row_and_column() -> None:
    found = read(
        row(),
        row(first_name="", nhs_number="1234567890", sex="x"),
        row(),
        row(certainty="maybe", postcode="nowhere", date_of_birth="3/4/2012"),
        row(concern="x" * 10_001),
    )
    assert [(each.row, HEADINGS[each.column - 1]) for each in found.problems] == [
        (3, "First name"),
        (3, "Sex"),
        (3, "NHS number"),
        (5, "Date of birth"),
        (5, "Postcode"),
        (5, "Certainty"),
        (6, "Concern"),
    ]
    assert [entry.row for entry in found.entries] == [2, 4]


def test_empty_rows_are_passed_over_and_needed_columns_asked_for() -> None:
    assert len(read(row(), tuple("" for _ in COLUMNS), row()).entries) == 2
    without: dict[Field, int] = {field: place for field, place in PLACES.items() if field is not Field.CONCERN}
    found = rules.read_rows([tuple(HEADINGS), row()], without, DateOrder.NOT_SAID, today=TODAY)
    assert [each.message for each in found.problems] == ["Say which column is: Concern"]


def test_rows_of_one_young_person_join_and_contradictions_are_named() -> None:
    born = {"date_of_birth": "2012-03-03"}
    joined = read(
        row(**born),
        row(first_name="KEIRA", last_name="Mársh", **born, nhs_number="9990000018"),
        row(first_name="K", nhs_number="9990000018", **born),
        row(first_name="Amal", **born),
        row(),
    )
    assert [[entry.row for entry in group] for group in rules.young_people(joined.entries)] == [[2, 3, 4], [5], [6]]
    apart = read(row(**born, nhs_number="9990000018"), row(**born, nhs_number="9990000026"))
    assert [(each.row, each.column) for each in apart.problems] == [(3, 0)]
    apart = read(row(**born, nhs_number="9990000018"), row(date_of_birth="2012-03-04", nhs_number="9990000018"))
    assert [each.row for each in apart.problems] == [3]


def test_headings_are_recognised_by_other_words_for_them() -> None:
    found = rules.guessed(["Surname", "Forename", "D.O.B.", "Notes", "Shoe size"])
    assert found == {Field.LAST_NAME: 1, Field.FIRST_NAME: 2, Field.BORN: 3, Field.CONCERN: 4}
    assert rules.guessed(HEADINGS) == PLACES
