"""Rules of meetings that need no database: free times, quorum, reminders, and what of a change is material."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from cse_tracker.rulebook.calendar import LONDON, is_working_day

# Our own default: when most people can be expected at a table.
FIRST_START: Final = time(9, 30)
LAST_END: Final = time(17, 0)
STEP: Final = timedelta(minutes=30)
ONE_DAY: Final = timedelta(days=1)
MOST_PROPOSALS: Final = 6


class Reply(StrEnum):
    """What an invited agency has answered."""

    NONE = "none"
    ACCEPTED = "accepted"
    TENTATIVE = "tentative"
    DECLINED = "declined"
    DEPUTY = "deputy"


class Attendance(StrEnum):
    """Whether an agency came."""

    NOT_RECORDED = "not_recorded"
    ATTENDED = "attended"
    DEPUTY = "deputy"
    APOLOGIES = "apologies"
    ABSENT = "absent"


PRESENT: Final = frozenset({Attendance.ATTENDED, Attendance.DEPUTY})


@dataclass(frozen=True)
class Interval:
    """From one aware moment up to another."""

    starts_at: datetime
    ends_at: datetime

    def overlaps(self, other: "Interval") -> bool:
        """Whether the two have a moment in common; one that begins as the other ends has none."""
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


@dataclass(frozen=True)
class Wanted:
    """What a time is looked for: not before one moment, so long, clear of these, and best by the earliest of `due`."""

    earliest: datetime
    minutes: int
    busy: Sequence[Interval]
    due: Sequence[datetime] = ()


@dataclass(frozen=True)
class Proposal:
    """A free time, and how many of the duties it would be too late for."""

    starts_at: datetime
    late_for: int


def proposals(wanted: Wanted, *, horizon: timedelta = timedelta(days=60)) -> list[Proposal]:
    """Give free times on working days between half past nine and five in London, one in each half of a day.

    Those that are in time for every duty come first and alone; where there is none, the first that are too late.
    """
    found: list[Proposal] = []
    for day in _working_days(wanted.earliest, horizon):
        for first, last in ((FIRST_START, time(12, 30)), (time(13, 0), LAST_END)):
            start = _free(day, first, last, wanted)
            if start is not None:
                found.append(Proposal(start, sum(start > due for due in wanted.due)))
        if len(found) >= MOST_PROPOSALS:
            break
    best = min((each.late_for for each in found), default=0)
    return [each for each in found if each.late_for == best][:MOST_PROPOSALS]


def _working_days(earliest: datetime, horizon: timedelta) -> Iterator[date]:
    day = earliest.astimezone(LONDON).date()
    for step in range(horizon.days + 1):
        each = day + ONE_DAY * step
        if is_working_day(each):
            yield each


def _free(day: date, first: time, last: time, wanted: Wanted) -> datetime | None:
    start, length = datetime.combine(day, first, tzinfo=LONDON), timedelta(minutes=wanted.minutes)
    end = datetime.combine(day, LAST_END, tzinfo=LONDON)
    while start.time() < last and start + length <= end:
        slot = Interval(start.astimezone(UTC), (start + length).astimezone(UTC))
        if slot.starts_at > wanted.earliest and not any(slot.overlaps(each) for each in wanted.busy):
            return slot.starts_at
        start += STEP
    return None


def same_place(one: str, other: str) -> bool:
    """Whether two places are the same room: case, spaces and full stops aside."""
    return _plain(one) == _plain(other) != ""


def _plain(place: str) -> str:
    return re.sub(r"[\s.,]+", " ", place).strip().casefold()


def enough(
    present: Mapping[str, Attendance], required: Collection[str], quorum: int, *, deputies_count: bool = True
) -> bool:
    """Whether enough of the required kinds of agency came, deputies counted where the protocol counts them."""
    counted = PRESENT if deputies_count else frozenset({Attendance.ATTENDED})
    return sum(1 for kind in set(required) if present.get(kind) in counted) >= quorum


@dataclass(frozen=True)
class Reminding:
    """When to remind of a meeting: its name, and the moment."""

    period: str
    due_at: datetime


def reminders(starts_at: datetime, now: datetime) -> list[Reminding]:
    """Give when to remind of a meeting: on the second working day before at nine, and two hours before it begins.

    Named by the moment at which the meeting begins, so that they follow it when it moves and none is given twice.
    """
    local = starts_at.astimezone(LONDON)
    day, left = local.date(), 2
    while left:
        day -= ONE_DAY
        left -= is_working_day(day)
    morning = datetime.combine(day, time(9), tzinfo=LONDON).astimezone(UTC)
    begins = f"{starts_at.astimezone(UTC):%Y%m%dT%H%MZ}"
    found = [Reminding(f"two-days@{begins}", morning), Reminding(f"two-hours@{begins}", starts_at - timedelta(hours=2))]
    # The invitation itself has just said it.
    return [each for each in found if each.due_at > now]


def is_material(before: tuple[object, ...], after: tuple[object, ...]) -> bool:
    """Whether an invitation must be sent anew: when, how long, where or by what link has changed (RFC 5546, 2.1.4)."""
    return before != after


def last_working_moment(held_at: datetime, until: datetime) -> datetime:
    """Give the last working day up to a moment, at the hour in London at which something was held."""
    at, day = held_at.astimezone(LONDON).time(), until.astimezone(LONDON).date()
    while not is_working_day(day):
        day -= ONE_DAY
    return datetime.combine(day, at.replace(tzinfo=None), tzinfo=LONDON).astimezone(UTC)
