"""Gives releases, and nothing but releases."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from cse_tracker.access.decisions import require_sight
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.disclosure.release import Release, from_stored
from cse_tracker.records.keys import unlock
from cse_tracker.statistics.events import StatisticsExported, StatisticsViewed
from cse_tracker.statistics.model import MonthlyRelease
from cse_tracker.statistics.rules import Design, Period
from cse_tracker.work.errors import NotFound
from cse_tracker.work.unit import Work


@dataclass(frozen=True)
class Month:
    """A month's frozen release and its protected tables."""

    record: MonthlyRelease
    tables: dict[Design, Release]

    @property
    def period(self) -> Period:
        """The month."""
        return Period(self.record.month)


def _month(work: Work, record: MonthlyRelease) -> Month:
    unlock(work.session, [record.compartment_id])
    stored = record.body.tables
    return Month(record, {design: from_stored(stored[design.value]) for design in Design if design.value in stored})


def _latest(work: Work, borough_gss: str, month: date) -> MonthlyRelease | None:
    return work.session.scalar(
        select(MonthlyRelease)
        .where(MonthlyRelease.borough_gss == borough_gss, MonthlyRelease.month == month)
        .order_by(MonthlyRelease.number.desc())
        .limit(1)
    )


def released(work: Work, borough_gss: str) -> list[MonthlyRelease]:
    """Give the newest release of each month of a borough, the latest month first."""
    require_sight(work.actor, Permission.STATISTICS_VIEW, Subject(borough_gss=borough_gss))
    rows = work.session.scalars(select(MonthlyRelease).where(MonthlyRelease.borough_gss == borough_gss))
    newest: dict[date, MonthlyRelease] = {}
    for row in sorted(rows, key=lambda each: (each.month, each.number)):
        newest[row.month] = row
    return [newest[month] for month in sorted(newest, reverse=True)]


def open_month(work: Work, borough_gss: str, month: date, *, exporting: bool = False) -> Month:
    """Give a month's newest release, recorded as seen or as exported; NotFound where there is none to be seen."""
    require_sight(work.actor, Permission.STATISTICS_VIEW, Subject(borough_gss=borough_gss))
    record = _latest(work, borough_gss, month)
    if record is None:
        raise NotFound
    kind = StatisticsExported if exporting else StatisticsViewed
    work.record(kind(subject_id=record.id, borough_gss=borough_gss, month=month))
    return _month(work, record)


def month_before(work: Work, borough_gss: str, month: date) -> Month | None:
    """Give the newest release of the last released month before this one, for comparison."""
    require_sight(work.actor, Permission.STATISTICS_VIEW, Subject(borough_gss=borough_gss))
    record = work.session.scalar(
        select(MonthlyRelease)
        .where(MonthlyRelease.borough_gss == borough_gss, MonthlyRelease.month < month)
        .order_by(MonthlyRelease.month.desc(), MonthlyRelease.number.desc())
        .limit(1)
    )
    return _month(work, record) if record else None
