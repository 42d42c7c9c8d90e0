"""What an episode may be, and how episodes are counted: times in order, none overlapping another."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final, TypeVar
from uuid import UUID

from cse_tracker.rulebook.calendar import LONDON
from cse_tracker.work.errors import RuleBroken

# The return interview is to be carried out within 72 hours (statutory guidance on children who run away, 2014).
IN_TIME: Final = timedelta(hours=72)
YEAR_OF_MONTHS: Final = 12
CARE_ADVICE: Final = "Check the placements on the case, and where they lived"
RECENT: Final = timedelta(days=90)


class Kind(StrEnum):
    """What the codes M and A of the return on looked-after children (SSDA903) tell apart."""

    MISSING = "missing"
    AWAY = "away"


@dataclass(frozen=True)
class Span:
    """From when to when; still running where there is no end."""

    starts_at: datetime
    ends_at: datetime | None

    def overlaps(self, other: "Span") -> bool:
        """Whether a moment lies in both. One that begins as the other ends does not overlap it."""
        mine_first = self.ends_at is not None and self.ends_at <= other.starts_at
        theirs_first = other.ends_at is not None and other.ends_at <= self.starts_at
        return not (mine_first or theirs_first)


def check_span(span: Span, *, now: datetime, born: date | None, others: Iterable[Span]) -> None:
    """Raise RuleBroken for an episode that cannot have been.

    The rules are those that the return on looked-after children is validated by: not in the future (570), not ending
    before it begins (567), not before birth (586), not overlapping another and none begun while one is open (574).
    """
    _not_ahead(span.starts_at, now, "started_on", "When it began")
    if born is not None and span.starts_at.astimezone(LONDON).date() < born:
        raise RuleBroken("missing.before_birth", "When it began must be after the date of birth", field="started_on")
    if span.ends_at is not None:
        check_end(span.starts_at, span.ends_at, now=now)
    for other in others:
        if span.overlaps(other):
            raise RuleBroken("missing.overlap", _overlap(other), field="started_on")


Period = tuple[date, date | None]


def outside_care(span: Span, periods: Iterable[Period]) -> str:
    """Say how an episode of somebody in care lies outside their periods of care; empty where it does not.

    Rules 577, 578 and 581 of the same return: not before care began, nor after it ended. Placements that follow on
    each other make one period. Where no placement is recorded nothing is known, and nothing is said. It is said and
    never refused: a young person is missing, or is back, whatever the papers say.
    """
    cared = joined(periods)
    if not cared:
        return ""
    began = span.starts_at.astimezone(LONDON).date()
    if began < cared[0][0]:
        return f"By the record they came into care on {_day(cared[0][0])}, after this began. {CARE_ADVICE}"
    since, until = [period for period in cared if period[0] <= began][-1]
    if until is not None and began > until:
        return f"By the record they had left care on {_day(until)}, before this began. {CARE_ADVICE}"
    if until is not None and span.ends_at is not None and span.ends_at.astimezone(LONDON).date() > until:
        period = f"their care that began on {_day(since)} ended on {_day(until)}"
        return f"By the record {period}, before they were back. {CARE_ADVICE}"
    return ""


def joined(periods: Iterable[Period]) -> list[Period]:
    """Put periods together that follow on each other, by the day or with one day between; the earliest first."""
    out: list[Period] = []
    for since, until in sorted(periods, key=lambda period: (period[0], period[1] or date.max)):
        last = out[-1][1] if out else None
        if out and (last is None or since <= last + timedelta(days=1)):
            ends = None if last is None or until is None else max(last, until)
            out[-1] = (out[-1][0], ends)
        else:
            out.append((since, until))
    return out


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def check_end(starts_at: datetime, ends_at: datetime, *, now: datetime) -> None:
    """Raise RuleBroken for an end that lies ahead or before the beginning."""
    _not_ahead(ends_at, now, "ended_on", "When they were back")
    if ends_at < starts_at:
        message = f"When they were back must be after {moment(starts_at)}, when it began"
        raise RuleBroken("missing.backwards", message, field="ended_on")


def _not_ahead(at: datetime, now: datetime, field: str, subject: str) -> None:
    if at > now:
        raise RuleBroken("missing.future", f"{subject} must be in the past", field=field)


def _overlap(other: Span) -> str:
    if other.ends_at is None:
        since = f"An episode that began on {moment(other.starts_at)} is still open"
        return f"{since}. Record the return from it first, or change that one"
    return f"This overlaps the episode from {moment(other.starts_at)} to {moment(other.ends_at)}"


def moment(at: datetime) -> str:
    """Say a moment in London's time, to the minute."""
    local = at.astimezone(LONDON)
    return f"{local.day} {local:%B %Y at %H:%M}"


def eighteenth_birthday(born: date) -> datetime:
    """Give the first moment of the 18th birthday; born on 29 February, that is 1 March (Family Law Reform Act 1969)."""
    try:
        day = born.replace(year=born.year + 18)
    except ValueError:
        day = date(born.year + 18, 3, 1)
    return datetime.combine(day, time(), tzinfo=LONDON).astimezone(UTC)


def months_up_to(now: datetime, count: int = YEAR_OF_MONTHS) -> tuple[date, ...]:
    """Give the first days of the last months on London's clock, this one last."""
    first = now.astimezone(LONDON).date().replace(day=1)
    months = [first]
    while len(months) < count:
        months.append((months[-1] - timedelta(days=1)).replace(day=1))
    return tuple(reversed(months))


def month_of(at: datetime) -> date:
    """Give the first day of a moment's month on London's clock."""
    return at.astimezone(LONDON).date().replace(day=1)


@dataclass(frozen=True)
class Counted:
    """What counting needs to know of one episode."""

    person_id: UUID
    home_id: UUID | None
    starts_at: datetime
    ends_at: datetime | None
    kind: Kind
    offered: bool
    held_at: datetime | None

    @property
    def groups(self) -> tuple[UUID, ...]:
        """The young person and the home that it is counted under."""
        return (self.person_id,) if self.home_id is None else (self.person_id, self.home_id)

    @property
    def in_time(self) -> bool:
        """Whether the return interview was held within 72 hours of the return."""
        return self.held_at is not None and self.ends_at is not None and self.held_at - self.ends_at <= IN_TIME


@dataclass(frozen=True)
class Figures:
    """What some episodes add up to. `coverage` is interviews of returns, `timeliness` those held within 72 hours."""

    episodes: int
    missing: int
    away: int
    young_people: int
    returned: int
    offered: int
    held: int
    in_time: int

    @property
    def coverage(self) -> int | None:
        """Interviews held as a whole percentage of returns; None where nobody has returned."""
        return _percent(self.held, self.returned)

    @property
    def timeliness(self) -> int | None:
        """Interviews held in time as a whole percentage of those held; None where none was."""
        return _percent(self.in_time, self.held)


def _percent(part: int, whole: int) -> int | None:
    return (200 * part + whole) // (2 * whole) if whole else None


def figures(episodes: Sequence[Counted]) -> Figures:
    """Add episodes up."""
    kinds = Counter(each.kind for each in episodes)
    return Figures(
        episodes=len(episodes),
        missing=kinds[Kind.MISSING],
        away=kinds[Kind.AWAY],
        young_people=len({each.person_id for each in episodes}),
        returned=sum(each.ends_at is not None for each in episodes),
        offered=sum(each.offered for each in episodes),
        held=sum(each.held_at is not None for each in episodes),
        in_time=sum(each.in_time for each in episodes),
    )


K = TypeVar("K", bound=Hashable)


def figures_by(episodes: Iterable[Counted], key: Callable[[Counted], K]) -> dict[K, Figures]:
    """Add episodes up in groups."""
    groups: dict[K, list[Counted]] = {}
    for each in episodes:
        groups.setdefault(key(each), []).append(each)
    return {group: figures(members) for group, members in groups.items()}
