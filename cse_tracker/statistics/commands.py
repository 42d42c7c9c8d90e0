"""Takes a month's statistics: counts, protects, freezes."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import func, select

from cse_tracker.access.decisions import require
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.disclosure import release
from cse_tracker.disclosure.errors import CannotProtect
from cse_tracker.disclosure.model import CountTable
from cse_tracker.disclosure.release import Release
from cse_tracker.records.keys import keyring_of, new_compartment
from cse_tracker.statistics.counting import COUNTERS
from cse_tracker.statistics.events import StatisticsPrepared
from cse_tracker.statistics.model import MonthlyRelease, ReleaseBody
from cse_tracker.statistics.rules import LONDON, Design, Period
from cse_tracker.work.errors import RuleBroken
from cse_tracker.work.unit import Work

# Day by day a reader could watch one number change with one case, and so know the count on that day.
BETWEEN_PROVISIONAL: Final = timedelta(days=7)


def take_release(work: Work, *, borough_gss: str, month: date) -> MonthlyRelease:
    """Take a month's release. A finished month is taken once; the running one at most once a week, provisionally.

    Watching figures change as cases come in would give away what rounding hides, so nothing is ever shown live.
    """
    require(work.actor, Permission.STATISTICS_PREPARE, Subject(borough_gss=borough_gss))
    period = Period(month)
    today = work.now.astimezone(LONDON).date()
    final = period.ends_at <= work.now
    _check(work, borough_gss, period, final=final)
    previous = _previous(work, borough_gss, month)
    seed = keyring_of(work.session).secret("statistics", f"rounding/{borough_gss}")
    earlier = previous.body.tables if previous else {}
    tables = {
        design.value: _protected(count(work, borough_gss, period), seed, earlier.get(design.value)).to_stored()
        for design, count in COUNTERS.items()
    }
    taken = MonthlyRelease(
        borough_gss=borough_gss,
        month=month,
        number=_last_number(work, borough_gss, month) + 1,
        taken_on=today,
        final=final,
        compartment_id=new_compartment(work.session, "borough", borough_gss),
    )
    taken.body = ReleaseBody(tables=tables, taken_at=work.now, taken_by=work.actor.user_id)
    work.session.add(taken)
    work.session.flush()
    work.record(StatisticsPrepared(subject_id=taken.id, borough_gss=borough_gss, month=month, final=final))
    return taken


def _protected(table: CountTable, seed: bytes, earlier: Mapping[str, Any] | None) -> Release:
    previous = release.from_stored(earlier) if earlier is not None else None
    try:
        return release.protect(table, seed=seed, previous=previous)
    except CannotProtect:
        code = "statistics.unsafe"
        message = "No way was found to show these figures without giving somebody away, so nothing was prepared"
        raise RuleBroken(code, message) from None


def _check(work: Work, borough_gss: str, period: Period, *, final: bool) -> None:
    if period.starts_at > work.now:
        code = "statistics.future"
        raise RuleBroken(code, f"{period.name} has not begun yet")
    latest = work.session.scalar(
        select(MonthlyRelease)
        .where(MonthlyRelease.borough_gss == borough_gss, MonthlyRelease.month == period.first)
        .order_by(MonthlyRelease.number.desc())
        .limit(1)
    )
    if latest is None:
        return
    if latest.final:
        code = "statistics.final"
        raise RuleBroken(code, f"The statistics for {period.name} are final")
    if not final and latest.taken_on + BETWEEN_PROVISIONAL > work.now.astimezone(LONDON).date():
        code = "statistics.too_soon"
        message = f"The statistics for {period.name} so far were prepared less than a week ago"
        raise RuleBroken(code, message)


def _previous(work: Work, borough_gss: str, month: date) -> MonthlyRelease | None:
    return work.session.scalar(
        select(MonthlyRelease)
        .where(MonthlyRelease.borough_gss == borough_gss, MonthlyRelease.month <= month)
        .order_by(MonthlyRelease.month.desc(), MonthlyRelease.number.desc())
        .limit(1)
    )


def _last_number(work: Work, borough_gss: str, month: date) -> int:
    last = select(func.max(MonthlyRelease.number)).where(
        MonthlyRelease.borough_gss == borough_gss, MonthlyRelease.month == month
    )
    return work.session.scalar(last) or 0


def designs() -> tuple[Design, ...]:
    """Give the designs of a release in the order in which they are shown."""
    return tuple(COUNTERS)
