"""Deadlines: when something is due, why then, and how late it is.

The counting rules are those of the design's domain document, section 2.16. The day of the trigger is day 0.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from cse_tracker.rulebook.terms import Unit
from cse_tracker.rulebook.workdays import (
    NO_CHANGES,
    DayChanges,
    NamedDay,
    holiday_name,
    holidays_passed,
    is_working_day,
    nth_working_day,
    working_days_between,
)

__all__ = [
    "NO_CHANGES",
    "DayChanges",
    "Due",
    "NamedDay",
    "Unit",
    "due",
    "end_of_day",
    "explain",
    "holiday_name",
    "in_words",
    "is_working_day",
    "working_days_between",
    "working_days_late",
]

LONDON: Final = ZoneInfo("Europe/London")
OPENING: Final = time(9)
CLOSING: Final = time(17)
LAST_SECOND: Final = time(23, 59, 59)
ONE_DAY: Final = timedelta(days=1)
NOON: Final = 12

NOUNS: Final = {
    Unit.WORKING_DAYS: "working day",
    Unit.WORKING_HOURS: "working hour",
    Unit.CLOCK_HOURS: "hour",
    Unit.CALENDAR_DAYS: "calendar day",
    Unit.MONTHS: "month",
}


@dataclass(frozen=True, slots=True)
class Due:
    """When something is due (`at`, aware UTC), what it was counted from, and the holidays that were not counted."""

    started_at: datetime
    amount: int
    unit: Unit
    at: datetime
    skipped: tuple[NamedDay, ...]


def due(started_at: datetime, amount: int, unit: Unit, *, changes: DayChanges = NO_CHANGES) -> Due:
    """Count `amount` units on from an aware moment.

    Days and months end at 23:59:59 in London; a month too short for the day ends on its last. Clock hours are real
    hours. Working hours are 09:00-17:00 on working days; started outside them, they count from the next opening.
    Raise ValueError for a naive moment or an amount below 1, OverflowError past the year 9999.
    """
    _require_zone(started_at)
    if amount < 1:
        message = "A deadline is at least one unit away."
        raise ValueError(message)
    local = started_at.astimezone(LONDON)
    at = _due_at(local, amount, unit, changes)
    return Due(started_at.astimezone(UTC), amount, unit, at, _skipped(local.date(), at, unit, changes))


def _require_zone(moment: datetime) -> None:
    if moment.utcoffset() is None:
        message = "Deadlines are counted between moments with a time zone."
        raise ValueError(message)


def _due_at(local: datetime, amount: int, unit: Unit, changes: DayChanges) -> datetime:
    today = local.date()
    match unit:
        case Unit.WORKING_DAYS:
            return end_of_day(nth_working_day(today, amount, changes=changes))
        case Unit.WORKING_HOURS:
            return _after_working_hours(local, amount, changes)
        case Unit.CLOCK_HOURS:
            # In UTC, because adding to a London time would add hours of the wall clock.
            return local.astimezone(UTC) + timedelta(hours=amount)
        case Unit.CALENDAR_DAYS:
            return end_of_day(today + timedelta(days=amount))
        case Unit.MONTHS:
            return end_of_day(_months_later(today, amount))


def end_of_day(day: date) -> datetime:
    """Give the last second of a day in London, in UTC."""
    return datetime.combine(day, LAST_SECOND, tzinfo=LONDON).astimezone(UTC)


def _months_later(day: date, amount: int) -> date:
    years, month = divmod(day.month - 1 + amount, 12)
    year, month = day.year + years, month + 1
    if year > date.max.year:
        message = "The deadline is past the year 9999."
        raise OverflowError(message)
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def _after_working_hours(local: datetime, amount: int, changes: DayChanges) -> datetime:
    # Wall-clock arithmetic is exact here: the clocks change on Sunday nights, outside working hours.
    left = timedelta(hours=amount)
    at = _next_open(local, changes)
    while (today := datetime.combine(at.date(), CLOSING, tzinfo=LONDON) - at) < left:
        left -= today
        at = _opening_after(at.date(), changes)
    return (at + left).astimezone(UTC)


def _next_open(local: datetime, changes: DayChanges) -> datetime:
    if is_working_day(local.date(), changes=changes) and local.time() < CLOSING:
        return max(local, datetime.combine(local.date(), OPENING, tzinfo=LONDON))
    return _opening_after(local.date(), changes)


def _opening_after(day: date, changes: DayChanges) -> datetime:
    return datetime.combine(nth_working_day(day, 1, changes=changes), OPENING, tzinfo=LONDON)


def _skipped(started_on: date, at: datetime, unit: Unit, changes: DayChanges) -> tuple[NamedDay, ...]:
    last = at.astimezone(LONDON).date()
    match unit:
        case Unit.WORKING_DAYS:
            return holidays_passed(started_on + ONE_DAY, last, changes=changes)
        case Unit.WORKING_HOURS:
            return holidays_passed(started_on, last, changes=changes)
        case Unit.CLOCK_HOURS | Unit.CALENDAR_DAYS | Unit.MONTHS:
            return ()


def working_days_late(due_at: datetime, now: datetime, *, changes: DayChanges = NO_CHANGES) -> int:
    """Count the working days begun since the London day on which it was due; 0 when not late or late the same day.

    Raise ValueError for a naive moment.
    """
    _require_zone(due_at)
    _require_zone(now)
    if now <= due_at:
        return 0
    return working_days_between(due_at.astimezone(LONDON).date(), now.astimezone(LONDON).date(), changes=changes)


def in_words(amount: int, unit: Unit) -> str:
    """Say an amount of a unit, as in "10 working days"."""
    return f"{amount} {NOUNS[unit]}{'' if amount == 1 else 's'}"


def explain(counted: Due, *, label: str, trigger: str, happened: str, protocol: str) -> str:
    """Say in a sentence or two what is due when, under which protocol, and what was not counted.

    `trigger` completes "within 5 working days of …" and `happened` comes before the day it happened: "the level
    decision" and "decided"; `protocol` names the protocol and its version.
    """
    limit = f"{label} within {in_words(counted.amount, counted.unit)} of {trigger} ({protocol})"
    started, ends = counted.started_at.astimezone(LONDON), counted.at.astimezone(LONDON)
    if counted.unit in {Unit.CLOCK_HOURS, Unit.WORKING_HOURS}:
        times = f"{happened} at {_clock(started)} on {_day(started)}, due by {_clock(ends)} on {_day(ends)}"
    else:
        times = f"{happened} on {_day(started)}, due by the end of {_day(ends)}"
    return f"{limit}: {times}. {_counting(counted)}"


def _counting(counted: Due) -> str:
    names = f": {', '.join(day.name for day in counted.skipped)}" if counted.skipped else ""
    match counted.unit:
        case Unit.WORKING_DAYS:
            return f"Weekends and bank holidays are not counted{names}."
        case Unit.WORKING_HOURS:
            return f"Only 9am to 5pm, Monday to Friday, is counted, and no bank holidays{names}."
        case Unit.CLOCK_HOURS:
            changed = counted.started_at.astimezone(LONDON).dst() != counted.at.astimezone(LONDON).dst()
            clocks = " The clocks change in between." if changed else ""
            return f"Nights, weekends and bank holidays are counted.{clocks}"
        case Unit.CALENDAR_DAYS | Unit.MONTHS:
            return "Weekends and bank holidays are counted."


def _day(local: datetime) -> str:
    return f"{local:%A} {local.day} {local:%B %Y}"


def _clock(local: datetime) -> str:
    if local.minute == 0 and local.hour in {0, NOON}:
        return "midday" if local.hour else "midnight"
    minutes = f":{local:%M}" if local.minute else ""
    return f"{local.hour % NOON or NOON}{minutes}{'am' if local.hour < NOON else 'pm'}"
