"""How alike two dates of birth are, and dates or parts of them read from what somebody typed."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

UNKNOWN_BIRTH: Final = 0.45
MONTHS: Final = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
NUMERIC: Final = re.compile(
    r"(\d{1,4})\s*[/.\- ]\s*(\d{1,2}|[a-z]{3,9})(?:\s*[/.\- ,]\s*(\d{4}|\d{2}))?", re.IGNORECASE
)


def birth_likeness(one: date | None, other: date | None) -> tuple[float, str]:
    """Compare dates of birth, allowing day and month swapped, one part wrong, or nearly the same day."""
    if one is None or other is None:
        return UNKNOWN_BIRTH, ""
    if one == other:
        return 1.0, "Same date of birth"
    if swapped(one) == other:
        return 0.85, "Date of birth with day and month swapped"
    same = (one.day == other.day) + (one.month == other.month) + (one.year == other.year)
    if same == 2:
        return 0.7, "Date of birth differs in one part"
    if abs(one - other) <= timedelta(days=366):
        return 0.3, "Dates of birth within a year"
    return 0.0, ""


def swapped(day: date) -> date | None:
    """Give the date with day and month swapped, or None where there is no such date."""
    return date(day.year, day.day, day.month) if day.day <= 12 else None


def near_births(born: date) -> tuple[date, ...]:
    """Give the dates that a date of birth is often mistaken for: day and month swapped, a year too early or late."""
    turned = swapped(born)
    found = {turned} if turned is not None else set()
    for year in (born.year - 1, born.year + 1):
        # The 29th of February has no fellow in the years beside it.
        day = 28 if (born.month, born.day) == (2, 29) else born.day
        found.add(date(year, born.month, day))
    return tuple(sorted(found - {born}))


def month_number(word: str) -> int | None:
    """Give the number of a month named in full or by its first three or four letters ('sept'), else None."""
    word = word.casefold().rstrip(".")
    if len(word) < 3:
        return None
    found = [number for number, name in enumerate(MONTHS, 1) if name.startswith(word) or word == name[:3]]
    return found[0] if len(found) == 1 else None


@dataclass(frozen=True, repr=False)
class BirthParts:
    """What was typed of a date of birth; None stands for what was not."""

    day: int
    month: int
    year: int | None

    def likeness(self, born: date | None) -> float:
        """Score against a date of birth: 1 the same, 0.8 with day and month swapped, 0.7 with one part wrong."""
        if born is None:
            return 0.0
        year = self.year in {None, born.year}
        same = (self.day == born.day) + (self.month == born.month)
        if same == 2 and year:
            return 1.0
        if (self.month, self.day) == (born.day, born.month) and year:
            return 0.8
        return 0.7 if self.year is not None and same + year == 2 else 0.0


def read_birth(typed: str) -> BirthParts | None:
    """Read 3/4/2012, 3.4.12, 2012-04-03, 3 Apr 2012 or 3/4; None where it is no date."""
    found = NUMERIC.fullmatch(typed.strip())
    if found is None:
        return None
    first, second, third = found[1], found[2], found[3]
    middle = int(second) if second.isdigit() else month_number(second)
    if middle is None:
        return None
    if len(first) == 4:
        return _parts(int(third), middle, int(first)) if third is not None and len(third) == 2 else None
    return _parts(int(first), middle, _full_year(third)) if len(first) <= 2 else None


def _full_year(typed: str | None) -> int | None:
    if typed is None:
        return None
    return int(typed) if len(typed) == 4 else 2000 + int(typed)


def _parts(day: int, month: int, year: int | None) -> BirthParts | None:
    if month > 12 and day <= 12:
        day, month = month, day
    try:
        # A leap year, because without a year the 29th of February may be meant.
        date(year or 2000, month, day)
    except ValueError:
        return None
    return BirthParts(day, month, year)
