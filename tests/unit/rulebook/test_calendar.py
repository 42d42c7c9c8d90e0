"""Deadlines: known dates, the two nights when the clocks change, and the laws every deadline obeys."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cse_tracker.rulebook.calendar import (
    DayChanges,
    NamedDay,
    Unit,
    due,
    explain,
    in_words,
    is_working_day,
    working_days_between,
    working_days_late,
)

LONDON = ZoneInfo("Europe/London")
MOMENTS = st.datetimes(datetime(2015, 1, 1), datetime(2040, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
AMOUNTS = st.integers(1, 40)
UNITS = st.sampled_from(Unit)


def london(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, second, tzinfo=LONDON)


@pytest.mark.parametrize(
    ("started", "amount", "unit", "expected"),
    [
        # Ten working days over Christmas 2026, counted by hand: 18, 21-24, 29-31 December, 4 and 5 January.
        (london(2026, 12, 17, 15), 10, Unit.WORKING_DAYS, london(2027, 1, 5, 23, 59, 59)),
        (london(2026, 12, 16, 15), 10, Unit.WORKING_DAYS, london(2027, 1, 4, 23, 59, 59)),
        # A Saturday and a bank holiday are day 0 like any other day.
        (london(2026, 11, 7, 11), 1, Unit.WORKING_DAYS, london(2026, 11, 9, 23, 59, 59)),
        (london(2026, 8, 31, 11), 1, Unit.WORKING_DAYS, london(2026, 9, 1, 23, 59, 59)),
        (london(2026, 11, 6, 23, 59, 59), 1, Unit.WORKING_DAYS, london(2026, 11, 9, 23, 59, 59)),
        # Easter 2027.
        (london(2027, 3, 25, 9), 1, Unit.WORKING_DAYS, london(2027, 3, 30, 23, 59, 59)),
        (london(2026, 11, 6, 9), 3, Unit.CALENDAR_DAYS, london(2026, 11, 9, 23, 59, 59)),
        (london(2026, 12, 22, 9), 3, Unit.CALENDAR_DAYS, london(2026, 12, 25, 23, 59, 59)),
        (london(2027, 1, 31, 9), 1, Unit.MONTHS, london(2027, 2, 28, 23, 59, 59)),
        (london(2028, 1, 31, 9), 1, Unit.MONTHS, london(2028, 2, 29, 23, 59, 59)),
        (london(2026, 11, 30, 9), 3, Unit.MONTHS, london(2027, 2, 28, 23, 59, 59)),
        (london(2026, 12, 15, 9), 12, Unit.MONTHS, london(2027, 12, 15, 23, 59, 59)),
        (london(2026, 11, 3, 14, 5), 72, Unit.CLOCK_HOURS, london(2026, 11, 6, 14, 5)),
        # Working hours: within a day, to the last second of it, over a weekend, before opening, after closing.
        (london(2026, 11, 3, 10, 30), 4, Unit.WORKING_HOURS, london(2026, 11, 3, 14, 30)),
        (london(2026, 11, 3, 13), 4, Unit.WORKING_HOURS, london(2026, 11, 3, 17)),
        (london(2026, 11, 3, 9), 8, Unit.WORKING_HOURS, london(2026, 11, 3, 17)),
        (london(2026, 11, 6, 16), 4, Unit.WORKING_HOURS, london(2026, 11, 9, 12)),
        (london(2026, 11, 3, 3), 2, Unit.WORKING_HOURS, london(2026, 11, 3, 11)),
        (london(2026, 11, 3, 17), 2, Unit.WORKING_HOURS, london(2026, 11, 4, 11)),
        (london(2026, 11, 7, 12), 24, Unit.WORKING_HOURS, london(2026, 11, 11, 17)),
        (london(2026, 12, 24, 16), 2, Unit.WORKING_HOURS, london(2026, 12, 29, 10)),
    ],
)
def test_known_deadlines_fall_when_counted_by_hand(
    started: datetime, amount: int, unit: Unit, expected: datetime
) -> None:
    found = due(started, amount, unit)
    assert found.at == expected
    assert found.at.tzinfo is UTC


def test_the_day_of_the_trigger_is_the_london_day() -> None:
    late_evening_in_utc = datetime(2026, 7, 6, 23, 30, tzinfo=UTC)
    assert due(late_evening_in_utc, 1, Unit.WORKING_DAYS).at == london(2026, 7, 8, 23, 59, 59)


def test_the_end_of_a_summer_day_is_an_hour_earlier_in_utc_than_that_of_a_winter_day() -> None:
    assert due(london(2026, 7, 6, 9), 1, Unit.WORKING_DAYS).at == datetime(2026, 7, 7, 22, 59, 59, tzinfo=UTC)
    assert due(london(2026, 11, 6, 9), 1, Unit.CALENDAR_DAYS).at == datetime(2026, 11, 7, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("started", "expected"),
    [
        (london(2026, 3, 28, 14), london(2026, 3, 29, 15)),  # the clocks go forward: one wall-clock hour later
        (london(2026, 10, 24, 14), london(2026, 10, 25, 13)),  # the clocks go back: one wall-clock hour earlier
    ],
)
def test_twenty_four_clock_hours_are_real_hours_when_the_clocks_change(started: datetime, expected: datetime) -> None:
    found = due(started, 24, Unit.CLOCK_HOURS)
    assert found.at == expected
    assert found.at - started.astimezone(UTC) == timedelta(hours=24)


@pytest.mark.parametrize("friday", [london(2026, 3, 27, 16), london(2026, 10, 23, 16)])
def test_working_hours_keep_to_the_wall_clock_when_the_clocks_change(friday: datetime) -> None:
    ends = due(friday, 2, Unit.WORKING_HOURS).at.astimezone(LONDON)
    assert (ends.weekday(), ends.time()) == (0, time(10))


def test_both_of_the_repeated_hours_of_an_october_night_start_the_same_day_clock() -> None:
    first, second = datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert due(first, 1, Unit.WORKING_DAYS).at == due(second, 1, Unit.WORKING_DAYS).at
    assert due(second, 1, Unit.CLOCK_HOURS).at - due(first, 1, Unit.CLOCK_HOURS).at == timedelta(hours=1)


def test_the_holidays_that_delayed_a_deadline_are_listed() -> None:
    assert due(london(2026, 12, 17, 15), 10, Unit.WORKING_DAYS).skipped == (
        NamedDay(date(2026, 12, 25), "Christmas Day"),
        NamedDay(date(2026, 12, 28), "Boxing Day (substitute day)"),
        NamedDay(date(2027, 1, 1), "New Year's Day"),
    )


def test_a_holiday_on_day_0_delays_hours_but_not_days() -> None:
    holiday = london(2026, 8, 31, 10)
    assert due(holiday, 1, Unit.WORKING_DAYS).skipped == ()
    assert due(holiday, 1, Unit.WORKING_HOURS).skipped == (NamedDay(date(2026, 8, 31), "Summer bank holiday"),)


@pytest.mark.parametrize("unit", [Unit.CLOCK_HOURS, Unit.CALENDAR_DAYS, Unit.MONTHS])
def test_units_that_count_every_day_skip_no_holiday(unit: Unit) -> None:
    assert due(london(2026, 12, 20, 9), 40, unit).skipped == ()


def test_an_areas_own_days_move_a_deadline() -> None:
    changes = DayChanges(
        extra=(NamedDay(date(2026, 11, 4), "Offices closed"),), struck_out=frozenset({date(2026, 8, 31)})
    )
    closed = due(london(2026, 11, 3, 9), 1, Unit.WORKING_DAYS, changes=changes)
    assert closed.at == london(2026, 11, 5, 23, 59, 59)
    assert closed.skipped == (NamedDay(date(2026, 11, 4), "Offices closed"),)
    assert due(london(2026, 11, 3, 16), 2, Unit.WORKING_HOURS, changes=changes).at == london(2026, 11, 5, 10)
    assert due(london(2026, 8, 28, 9), 1, Unit.WORKING_DAYS, changes=changes).at == london(2026, 8, 31, 23, 59, 59)


def test_a_moment_without_a_zone_is_refused() -> None:
    naive = datetime(2026, 11, 3, 9)  # noqa: DTZ001
    with pytest.raises(ValueError, match="time zone"):
        due(naive, 1, Unit.WORKING_DAYS)
    with pytest.raises(ValueError, match="time zone"):
        working_days_late(naive, london(2026, 11, 3))
    with pytest.raises(ValueError, match="time zone"):
        working_days_late(london(2026, 11, 3), naive)


@pytest.mark.parametrize("amount", [0, -1])
def test_an_amount_below_one_is_refused(amount: int) -> None:
    with pytest.raises(ValueError, match="at least one"):
        due(london(2026, 11, 3), amount, Unit.WORKING_DAYS)


@pytest.mark.parametrize("unit", Unit)
def test_a_deadline_past_the_year_9999_is_an_overflow(unit: Unit) -> None:
    with pytest.raises(OverflowError):
        due(datetime(9999, 12, 31, 18, tzinfo=UTC), 9, unit)


@given(MOMENTS, st.timedeltas(timedelta(0), timedelta(days=20)), AMOUNTS, UNITS)
def test_starting_later_is_never_due_sooner(started: datetime, delay: timedelta, amount: int, unit: Unit) -> None:
    assert due(started + delay, amount, unit).at >= due(started, amount, unit).at


@given(MOMENTS, AMOUNTS, UNITS)
def test_one_unit_more_is_always_due_later(started: datetime, amount: int, unit: Unit) -> None:
    assert due(started, amount + 1, unit).at > due(started, amount, unit).at


@given(MOMENTS, AMOUNTS, UNITS)
def test_a_deadline_is_always_after_its_trigger(started: datetime, amount: int, unit: Unit) -> None:
    assert due(started, amount, unit).at > started


@given(MOMENTS, AMOUNTS, st.sampled_from([Unit.WORKING_DAYS, Unit.WORKING_HOURS]))
def test_a_working_deadline_is_never_on_a_day_off(started: datetime, amount: int, unit: Unit) -> None:
    found = due(started, amount, unit)
    ends = found.at.astimezone(LONDON)
    assert is_working_day(ends.date())
    assert all(not is_working_day(day.on) and day.on.weekday() < 5 for day in found.skipped)
    if unit is Unit.WORKING_HOURS:
        assert time(9) < ends.time() <= time(17)


@given(MOMENTS, AMOUNTS)
def test_working_days_round_trip_with_the_days_between(started: datetime, amount: int) -> None:
    ends = due(started, amount, Unit.WORKING_DAYS).at.astimezone(LONDON)
    assert ends.time() == time(23, 59, 59)
    assert working_days_between(started.astimezone(LONDON).date(), ends.date()) == amount


@given(MOMENTS, AMOUNTS, AMOUNTS)
def test_working_hours_counted_in_two_goes_end_where_one_go_ends(started: datetime, first: int, second: int) -> None:
    halfway = due(started, first, Unit.WORKING_HOURS).at
    assert due(halfway, second, Unit.WORKING_HOURS).at == due(started, first + second, Unit.WORKING_HOURS).at


@pytest.mark.parametrize(
    ("now", "late"),
    [
        (london(2026, 11, 6, 12), 0),
        (london(2026, 11, 6, 23, 59, 59), 0),
        (london(2026, 11, 7), 0),
        (london(2026, 11, 9), 1),
        (london(2026, 11, 10, 23), 2),
        (london(2026, 11, 16, 9), 6),
    ],
)
def test_lateness_counts_the_working_days_begun_since(now: datetime, late: int) -> None:
    assert working_days_late(london(2026, 11, 6, 23, 59, 59), now) == late


def test_the_day_before_it_is_due_is_not_late() -> None:
    assert working_days_late(london(2026, 11, 6, 10), london(2026, 11, 5, 16)) == 0


def test_a_few_hours_late_on_the_same_day_is_no_working_day_late() -> None:
    assert working_days_late(london(2026, 11, 6, 10), london(2026, 11, 6, 16)) == 0


@pytest.mark.parametrize(
    ("amount", "unit", "words"),
    [
        (10, Unit.WORKING_DAYS, "10 working days"),
        (1, Unit.WORKING_DAYS, "1 working day"),
        (4, Unit.WORKING_HOURS, "4 working hours"),
        (72, Unit.CLOCK_HOURS, "72 hours"),
        (42, Unit.CALENDAR_DAYS, "42 calendar days"),
        (1, Unit.MONTHS, "1 month"),
    ],
)
def test_amounts_are_said_in_words(amount: int, unit: Unit, words: str) -> None:
    assert in_words(amount, unit) == words


def explained(started: datetime, amount: int, unit: Unit) -> str:
    found = due(started, amount, unit)
    return explain(found, label="Plan", trigger="the decision", happened="decided", protocol="Ours, version 1")


def test_a_deadline_in_days_explains_itself() -> None:
    sentence = explain(
        due(london(2026, 12, 17, 15), 10, Unit.WORKING_DAYS),
        label="Multi-agency planning meeting",
        trigger="the level decision",
        happened="decided",
        protocol="Report 2005 protocol, version 1",
    )
    assert sentence == (
        "Multi-agency planning meeting within 10 working days of the level decision (Report 2005 protocol, version 1): "
        "decided on Thursday 17 December 2026, due by the end of Tuesday 5 January 2027. "
        "Weekends and bank holidays are not counted: Christmas Day, Boxing Day (substitute day), New Year's Day."
    )


@pytest.mark.parametrize(
    ("started", "amount", "unit", "ending"),
    [
        (
            london(2026, 11, 3, 9),
            1,
            Unit.WORKING_DAYS,
            "due by the end of Wednesday 4 November 2026. Weekends and bank holidays are not counted.",
        ),
        (
            london(2026, 11, 3, 14, 5),
            72,
            Unit.CLOCK_HOURS,
            (
                "decided at 2:05pm on Tuesday 3 November 2026, due by 2:05pm on Friday 6 November 2026. "
                "Nights, weekends and bank holidays are counted."
            ),
        ),
        (
            london(2026, 10, 24, 12),
            12,
            Unit.CLOCK_HOURS,
            (
                "decided at midday on Saturday 24 October 2026, due by midnight on Sunday 25 October 2026. "
                "Nights, weekends and bank holidays are counted."
            ),
        ),
        (
            london(2026, 10, 24, 9),
            24,
            Unit.CLOCK_HOURS,
            (
                "decided at 9am on Saturday 24 October 2026, due by 8am on Sunday 25 October 2026. "
                "Nights, weekends and bank holidays are counted. The clocks change in between."
            ),
        ),
        (
            london(2026, 12, 24, 0, 30),
            10,
            Unit.WORKING_HOURS,
            (
                "decided at 12:30am on Thursday 24 December 2026, due by 11am on Tuesday 29 December 2026. "
                "Only 9am to 5pm, Monday to Friday, is counted, and no bank holidays: "
                "Christmas Day, Boxing Day (substitute day)."
            ),
        ),
        (
            london(2026, 11, 3, 9),
            3,
            Unit.MONTHS,
            (
                "decided on Tuesday 3 November 2026, due by the end of Wednesday 3 February 2027. "
                "Weekends and bank holidays are counted."
            ),
        ),
    ],
)
def test_each_unit_explains_how_it_was_counted(started: datetime, amount: int, unit: Unit, ending: str) -> None:
    assert explained(started, amount, unit).endswith(ending)
