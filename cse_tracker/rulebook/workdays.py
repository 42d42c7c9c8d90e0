"""Which days count as working days: England's bank holidays, with an area's own extra and struck-out days."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

import holidays

ONE_DAY: Final = timedelta(days=1)
SATURDAY: Final = 5
# The names that gov.uk/bank-holidays uses, where the package's differ.
OFFICIAL_NAMES: Final = {
    "May Day": "Early May bank holiday",
    "Spring Bank Holiday": "Spring bank holiday",
    "Late Summer Bank Holiday": "Summer bank holiday",
}


class NamedDay(NamedTuple):
    """A day on which no work is counted, and what it is called."""

    on: date
    name: str


@dataclass(frozen=True, slots=True)
class DayChanges:
    """Days that differ from the official list: extra days off (which win), and bank holidays that are worked."""

    extra: tuple[NamedDay, ...] = ()
    struck_out: frozenset[date] = frozenset()


NO_CHANGES: Final = DayChanges()


@lru_cache(maxsize=512)
def _bank_holidays(year: int) -> Mapping[date, str]:
    official = holidays.country_holidays("GB", subdiv="ENG", years=year, language="en_GB")
    return {day: _official_name(name) for day, name in official.items()}


def _official_name(name: str) -> str:
    plain = name.removesuffix(" (observed)")
    substitute = " (substitute day)" if plain != name else ""
    return OFFICIAL_NAMES.get(plain, plain) + substitute


def holiday_name(day: date, *, changes: DayChanges = NO_CHANGES) -> str | None:
    """Give the name of the holiday on that day; None on any other day, weekends included."""
    for extra in changes.extra:
        if extra.on == day:
            return extra.name
    if day in changes.struck_out:
        return None
    return _bank_holidays(day.year).get(day)


def is_working_day(day: date, *, changes: DayChanges = NO_CHANGES) -> bool:
    """Say whether the day is a Monday to Friday that is no bank holiday in England."""
    return day.weekday() < SATURDAY and holiday_name(day, changes=changes) is None


def nth_working_day(after: date, number: int, *, changes: DayChanges = NO_CHANGES) -> date:
    """Give the working day that is `number` (at least 1) working days after a day, itself day 0."""
    day = after
    for _ in range(number):
        day += ONE_DAY
        while not is_working_day(day, changes=changes):
            day += ONE_DAY
    return day


def working_days_between(a: date, b: date, *, changes: DayChanges = NO_CHANGES) -> int:
    """Count the working days after `a` up to and including `b`; negative when `b` comes before `a`."""
    if b < a:
        return -working_days_between(b, a, changes=changes)
    return sum(is_working_day(day, changes=changes) for day in _days(a + ONE_DAY, b))


def holidays_passed(first: date, last: date, *, changes: DayChanges = NO_CHANGES) -> tuple[NamedDay, ...]:
    """List the holidays from first to last, both included, that fall on a Monday to Friday and so delay the count."""
    weekdays = (day for day in _days(first, last) if day.weekday() < SATURDAY)
    named = ((day, holiday_name(day, changes=changes)) for day in weekdays)
    return tuple(NamedDay(day, name) for day, name in named if name is not None)


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))
