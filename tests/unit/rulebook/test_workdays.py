"""Which days count: held against the official list, and against the laws of counting."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cse_tracker.rulebook.workdays import (
    DayChanges,
    NamedDay,
    holiday_name,
    holidays_passed,
    is_working_day,
    nth_working_day,
    working_days_between,
)

# Bank holidays in England as published at gov.uk/bank-holidays.
OFFICIAL = {
    2024: ((1, 1), (3, 29), (4, 1), (5, 6), (5, 27), (8, 26), (12, 25), (12, 26)),
    2025: ((1, 1), (4, 18), (4, 21), (5, 5), (5, 26), (8, 25), (12, 25), (12, 26)),
    2026: ((1, 1), (4, 3), (4, 6), (5, 4), (5, 25), (8, 31), (12, 25), (12, 28)),
    2027: ((1, 1), (3, 26), (3, 29), (5, 3), (5, 31), (8, 30), (12, 27), (12, 28)),
}
DAYS = st.dates(date(2012, 1, 1), date(2045, 12, 31))


@pytest.mark.parametrize("year", OFFICIAL)
def test_the_weekdays_off_in_a_year_are_exactly_the_official_bank_holidays(year: int) -> None:
    weekdays = [date(year, 1, 1) + timedelta(days=number) for number in range(366 if year % 4 == 0 else 365)]
    off = [day for day in weekdays if day.weekday() < 5 and not is_working_day(day)]
    assert off == [date(year, month, day) for month, day in OFFICIAL[year]]


@pytest.mark.parametrize(
    ("day", "working"),
    [
        (date(2020, 5, 4), True),
        (date(2020, 5, 8), False),
        (date(2022, 5, 30), True),
        (date(2022, 6, 2), False),
        (date(2022, 6, 3), False),
        (date(2022, 9, 19), False),
        (date(2023, 5, 8), False),
    ],
)
def test_bank_holidays_given_or_moved_once_are_known(day: date, *, working: bool) -> None:
    assert is_working_day(day) is working


def test_a_scottish_or_irish_bank_holiday_is_worked_in_england() -> None:
    assert is_working_day(date(2026, 1, 2))
    assert is_working_day(date(2026, 3, 17))


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2026, 12, 25), "Christmas Day"),
        (date(2026, 12, 28), "Boxing Day (substitute day)"),
        (date(2027, 12, 27), "Christmas Day (substitute day)"),
        (date(2026, 5, 4), "Early May bank holiday"),
        (date(2026, 8, 31), "Summer bank holiday"),
        (date(2026, 8, 30), None),
    ],
)
def test_holidays_carry_their_official_names(day: date, name: str | None) -> None:
    assert holiday_name(day) == name


def test_an_extra_day_is_not_worked_and_a_struck_out_day_is() -> None:
    changes = DayChanges(
        extra=(NamedDay(date(2026, 6, 10), "Offices closed"),), struck_out=frozenset({date(2026, 8, 31)})
    )
    assert not is_working_day(date(2026, 6, 10), changes=changes)
    assert holiday_name(date(2026, 6, 10), changes=changes) == "Offices closed"
    assert is_working_day(date(2026, 8, 31), changes=changes)
    assert is_working_day(date(2026, 6, 10))
    assert not is_working_day(date(2026, 8, 31))


def test_a_day_both_extra_and_struck_out_is_not_worked() -> None:
    day = date(2026, 8, 31)
    changes = DayChanges(extra=(NamedDay(day, "Offices closed"),), struck_out=frozenset({day}))
    assert holiday_name(day, changes=changes) == "Offices closed"


def test_striking_out_a_weekend_day_does_not_make_it_a_working_day() -> None:
    boxing_day = date(2026, 12, 26)
    assert not is_working_day(boxing_day, changes=DayChanges(struck_out=frozenset({boxing_day})))


def test_a_holiday_on_a_weekend_is_not_listed_as_passed() -> None:
    assert holidays_passed(date(2026, 12, 24), date(2026, 12, 28)) == (
        NamedDay(date(2026, 12, 25), "Christmas Day"),
        NamedDay(date(2026, 12, 28), "Boxing Day (substitute day)"),
    )


def test_days_between_counts_the_last_day_and_not_the_first() -> None:
    assert working_days_between(date(2026, 11, 2), date(2026, 11, 6)) == 4
    assert working_days_between(date(2026, 11, 6), date(2026, 11, 8)) == 0
    assert working_days_between(date(2026, 12, 24), date(2026, 12, 29)) == 1


@given(DAYS, st.integers(1, 60))
def test_the_nth_working_day_is_n_working_days_away_and_is_worked(day: date, number: int) -> None:
    found = nth_working_day(day, number)
    assert is_working_day(found)
    assert working_days_between(day, found) == number


@given(DAYS, st.integers(0, 120), st.integers(0, 120))
def test_days_between_adds_up_over_a_day_in_the_middle(first: date, gap: int, second_gap: int) -> None:
    middle = first + timedelta(days=gap)
    last = middle + timedelta(days=second_gap)
    whole = working_days_between(first, last)
    assert whole == working_days_between(first, middle) + working_days_between(middle, last)
    assert working_days_between(last, first) == -whole
