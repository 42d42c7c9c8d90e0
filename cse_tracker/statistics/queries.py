"""Gives releases, and nothing but releases."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select

from cse_tracker.access.decisions import require_sight
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.disclosure.release import Release, from_stored
from cse_tracker.records.keys import unlock
from cse_tracker.statistics.designs import Design
from cse_tracker.statistics.events import StatisticsExported, StatisticsViewed
from cse_tracker.statistics.model import MonthlyRelease, ReleaseState, digest_of
from cse_tracker.statistics.periods import Period
from cse_tracker.statistics.wordings.numbered import WORDINGS
from cse_tracker.statistics.wordings.words import Wording
from cse_tracker.work.errors import NotFound
from cse_tracker.work.unit import Work


@dataclass(frozen=True)
class Month:
    """A month's release and its protected tables."""

    record: MonthlyRelease
    tables: dict[Design, Release]

    @property
    def period(self) -> Period:
        """The month."""
        return Period(self.record.month)

    @property
    def wording(self) -> Wording:
        """The words it was made under, which are its words for ever."""
        return WORDINGS[self.record.body.wording]

    @property
    def marks(self) -> str:
        """The conventions' marks after the title: `[p]` provisional, `[r]` revised."""
        revised = " [r]" if self.record.body.reason else ""
        return revised if self.record.approved else f" [p]{revised}"

    @property
    def left_out(self) -> tuple[Design, ...]:
        """The designs that were counted and not published, because they would have said too much."""
        return tuple(each for each in Design if each.value in self.record.body.snapshot and each not in self.tables)

    @property
    def intact(self) -> bool:
        """Whether what is kept is what was approved."""
        return not self.record.approved or self.record.body.digest in {"", digest_of(self.record.body)}


def _month(work: Work, record: MonthlyRelease) -> Month:
    unlock(work.session, [record.compartment_id])
    stored = record.body.tables
    return Month(record, {design: from_stored(stored[design.value]) for design in Design if design.value in stored})


def _latest(work: Work, borough_gss: str, month: date, *states: ReleaseState) -> MonthlyRelease | None:
    return work.session.scalar(
        select(MonthlyRelease)
        .where(
            MonthlyRelease.borough_gss == borough_gss,
            MonthlyRelease.month == month,
            MonthlyRelease.state.in_(states),
        )
        .order_by(MonthlyRelease.number.desc())
        .limit(1)
    )


def released(work: Work, borough_gss: str) -> list[MonthlyRelease]:
    """Give the newest edition of each month of a borough that was not sent back, the latest month first."""
    require_sight(work.actor, Permission.STATISTICS_VIEW, Subject(borough_gss=borough_gss))
    rows = work.session.scalars(
        select(MonthlyRelease).where(
            MonthlyRelease.borough_gss == borough_gss, MonthlyRelease.state != ReleaseState.SENT_BACK
        )
    )
    newest: dict[date, MonthlyRelease] = {}
    for row in sorted(rows, key=lambda each: (each.month, each.number)):
        newest[row.month] = row
    return [newest[month] for month in sorted(newest, reverse=True)]


def open_month(work: Work, borough_gss: str, month: date, *, exporting: bool = False) -> Month:
    """Give a month's newest edition, recorded as seen or as exported; NotFound where there is none to be seen.

    One that waits for its approval is seen, as provisional, and never exported.
    """
    require_sight(work.actor, Permission.STATISTICS_VIEW, Subject(borough_gss=borough_gss))
    waiting = () if exporting else (ReleaseState.PREPARED, ReleaseState.REVIEWED)
    record = _latest(work, borough_gss, month, ReleaseState.APPROVED, *waiting)
    if record is None:
        raise NotFound
    kind = StatisticsExported if exporting else StatisticsViewed
    work.record(kind(subject_id=record.id, borough_gss=borough_gss, month=month))
    return _month(work, record)


def waiting(work: Work, release_id: UUID) -> MonthlyRelease:
    """Give a release to be reviewed or approved; NotFound where the actor may not know of it."""
    record = work.session.get(MonthlyRelease, release_id, with_for_update=True)
    if record is None:
        raise NotFound
    require_sight(work.actor, Permission.STATISTICS_VIEW, record)
    unlock(work.session, [record.compartment_id])
    return record


def approved_month(work: Work, borough_gss: str, month: date) -> Month | None:
    """Give the approved edition of a month, None where there is none. Approved figures are public: nothing is asked."""
    record = _latest(work, borough_gss, month, ReleaseState.APPROVED)
    return _month(work, record) if record else None


def month_before(work: Work, borough_gss: str, month: date) -> Month | None:
    """Give the approved month before this one, for comparison."""
    require_sight(work.actor, Permission.STATISTICS_VIEW, Subject(borough_gss=borough_gss))
    return approved_month(work, borough_gss, Period(month).before.first)


def year_before(work: Work, borough_gss: str, month: date) -> Month | None:
    """Give the approved month a year before this one, for comparison."""
    require_sight(work.actor, Permission.STATISTICS_VIEW, Subject(borough_gss=borough_gss))
    return approved_month(work, borough_gss, month.replace(year=month.year - 1))


def register_of(work: Work, borough_gss: str) -> list[MonthlyRelease]:
    """Give every edition ever approved or waiting, the latest month and edition first, recorded as one viewing."""
    require_sight(work.actor, Permission.STATISTICS_VIEW, Subject(borough_gss=borough_gss))
    rows = list(
        work.session.scalars(
            select(MonthlyRelease)
            .where(MonthlyRelease.borough_gss == borough_gss)
            .order_by(MonthlyRelease.month.desc(), MonthlyRelease.number.desc())
        )
    )
    unlock(work.session, [row.compartment_id for row in rows])
    return rows
