"""Twelve finished months on London's clock: the year over which the tracker's own young people are counted."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from cse_tracker.rulebook.calendar import LONDON

_OFFERED: Final = 13


@dataclass(frozen=True)
class Year:
    """The twelve months up to and with the month that begins on `last_month`."""

    last_month: date

    def __post_init__(self) -> None:
        if self.last_month.day != 1:
            message = "A year is named by the first day of its last month"
            raise ValueError(message)

    @property
    def first_day(self) -> date:
        """The first day of its first month."""
        return (self.last_month.replace(year=self.last_month.year - 1, day=28) + timedelta(days=4)).replace(day=1)

    @property
    def after(self) -> date:
        """The day after its last."""
        return (self.last_month.replace(day=28) + timedelta(days=4)).replace(day=1)

    @property
    def starts_at(self) -> datetime:
        """Its first moment."""
        return datetime.combine(self.first_day, time(), tzinfo=LONDON).astimezone(UTC)

    @property
    def ends_at(self) -> datetime:
        """The first moment after it."""
        return datetime.combine(self.after, time(), tzinfo=LONDON).astimezone(UTC)

    @property
    def words(self) -> str:
        """How people write it, such as `November 2025 to October 2026`."""
        return f"{self.first_day:%B %Y} to {self.last_month:%B %Y}"


def finished(now: datetime) -> tuple[Year, ...]:
    """The years that are over, the latest first: one ends with each of the last months."""
    month = now.astimezone(LONDON).date().replace(day=1)
    found = []
    for _ in range(_OFFERED):
        month = (month - timedelta(days=1)).replace(day=1)
        found.append(Year(month))
    return tuple(found)
