"""The monthly cycle: counted and protected, reviewed by a lead officer, approved by a second person, frozen."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from sqlalchemy import func, select

from cse_tracker.access.decisions import require
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.disclosure.attacker import Leak
from cse_tracker.disclosure.model import CountTable, table_to_stored
from cse_tracker.disclosure.register import in_words
from cse_tracker.disclosure.release import Release, Rule
from cse_tracker.records.keys import new_compartment, unlock
from cse_tracker.statistics import register
from cse_tracker.statistics.counting import count_all
from cse_tracker.statistics.designs import Design
from cse_tracker.statistics.events import StatisticsApproved, StatisticsPrepared, StatisticsReviewed
from cse_tracker.statistics.model import MonthlyRelease, ReleaseBody, ReleaseState
from cse_tracker.statistics.periods import Period
from cse_tracker.statistics.protecting import QUARTERS_FLOWS, TOGETHER, bench
from cse_tracker.statistics.wordings.numbered import newest
from cse_tracker.work.errors import RuleBroken
from cse_tracker.work.unit import Work

MOST_NAMED: Final = 3


def take_release(
    work: Work,
    *,
    borough_gss: str,
    month: date,
    rule: Rule | None = None,
    reason: str = "",
    without_flows: bool = False,
) -> MonthlyRelease:
    """Count and protect a finished month, and lay it before the lead officer. An approved month needs a `reason`.

    Without a `rule` the borough's own of the last time is followed, and rounding where it has none yet. A quarter's
    flows can be left out: after a correction of what stood at its beginning they may contradict what is in public.
    Watching figures change as cases come in would give away what rounding hides, so a running month is never counted.
    """
    check_month(work, borough_gss, month, reason)
    rule = rule or usual_rule(work, borough_gss)
    number = next_number(work, borough_gss, month)
    counted = count_month(work, borough_gss, month)
    told = told_of(counted, without_flows=without_flows)
    tables = protected(work, told, borough_gss=borough_gss, month=month, number=number, rule=rule)
    return lay(work, counted, tables, borough_gss=borough_gss, month=month, rule=rule, reason=reason)


def count_month(work: Work, borough_gss: str, month: date) -> dict[Design, CountTable]:
    """Count everything that a release of the month shows. It goes nowhere but into disclosure control."""
    return count_all(work, borough_gss, Period(month))


def told_of(counted: Mapping[Design, CountTable], *, without_flows: bool) -> dict[Design, CountTable]:
    """Give what of the counts is to be published."""
    return {each: table for each, table in counted.items() if not (without_flows and each in QUARTERS_FLOWS)}


def lay(
    work: Work,
    counted: Mapping[Design, CountTable],
    tables: Mapping[Design, Release],
    *,
    borough_gss: str,
    month: date,
    rule: Rule,
    reason: str,
) -> MonthlyRelease:
    """Lay a month's protected tables before the lead officer, as the month's next edition."""
    require(work.actor, Permission.STATISTICS_PREPARE, Subject(borough_gss=borough_gss))
    taken = MonthlyRelease(
        borough_gss=borough_gss,
        month=month,
        number=next_number(work, borough_gss, month),
        taken_on=work.today,
        compartment_id=new_compartment(work.session, "borough", borough_gss),
    )
    taken.body = ReleaseBody(
        tables={each.value: table.to_stored() for each, table in tables.items()},
        snapshot={each.value: table_to_stored(table) for each, table in counted.items()},
        taken_at=work.now,
        taken_by=work.actor.user_id,
        wording=newest(),
        rule=rule,
        reason=reason,
    )
    work.session.add(taken)
    work.session.flush()
    work.record(StatisticsPrepared(subject_id=taken.id, borough_gss=borough_gss, month=month, edition=taken.number))
    return taken


def usual_rule(work: Work, borough_gss: str) -> Rule:
    """Give the rule by which a borough protected its figures the last time they were approved, else rounding."""
    wanted = select(MonthlyRelease).where(
        MonthlyRelease.borough_gss == borough_gss, MonthlyRelease.state == ReleaseState.APPROVED
    )
    row = work.session.scalar(wanted.order_by(MonthlyRelease.month.desc(), MonthlyRelease.number.desc()).limit(1))
    if row is None:
        return Rule.ROUND_5
    unlock(work.session, [row.compartment_id])
    return row.body.rule


def protected(
    work: Work, counted: Mapping[Design, CountTable], *, borough_gss: str, month: date, number: int, rule: Rule
) -> dict[Design, Release]:
    """Protect every table so that, rounded, they give nothing away beside one another and all that is in public.

    Tables that are each safe can betray a small count together: those who came in a quarter are among those there at
    its end. Then they are rounded otherwise, TOGETHER times at most; what still leaks is refused when it is approved.
    """
    made = bench(work, counted, borough_gss=borough_gss, month=month, number=number, rule=rule)
    tables = {each: made.protect(each) for each in counted}
    for attempt in range(1, TOGETHER):
        if made.stands_together(tables):
            break
        tables |= made.otherwise(attempt)
    return tables


def check_month(work: Work, borough_gss: str, month: date, reason: str) -> None:
    """Raise RuleBroken where a month cannot be prepared: not over, waiting, or approved and no reason given."""
    require(work.actor, Permission.STATISTICS_PREPARE, Subject(borough_gss=borough_gss))
    period = Period(month)
    if period.starts_at > work.now:
        raise RuleBroken("statistics.future", f"{period.name} has not begun yet")
    if period.ends_at > work.now:
        raise RuleBroken("statistics.running", f"{period.name} is not over yet")
    latest = _latest(work, borough_gss, period.first)
    if latest is None:
        return
    if latest.waits:
        raise RuleBroken("statistics.waits", f"The statistics for {period.name} are prepared and wait to be approved")
    if latest.approved and not reason.strip():
        raise RuleBroken("statistics.final", f"The statistics for {period.name} are final. Say why they are revised")


def _latest(work: Work, borough_gss: str, month: date) -> MonthlyRelease | None:
    return work.session.scalar(
        select(MonthlyRelease)
        .where(
            MonthlyRelease.borough_gss == borough_gss,
            MonthlyRelease.month == month,
            MonthlyRelease.state != ReleaseState.SENT_BACK,
        )
        .order_by(MonthlyRelease.number.desc())
        .limit(1)
    )


def next_number(work: Work, borough_gss: str, month: date) -> int:
    """Give the number of the month's next edition, counted from 1."""
    last = select(func.max(MonthlyRelease.number)).where(
        MonthlyRelease.borough_gss == borough_gss, MonthlyRelease.month == month
    )
    return (work.session.scalar(last) or 0) + 1


def review(work: Work, taken: MonthlyRelease) -> None:
    """Find a month's statistics right, as its lead officer."""
    require(work.actor, Permission.STATISTICS_REVIEW, taken)
    taken.review(at=work.now, by=work.actor.user_id)
    work.record(_reviewed(taken, right=True))


def send_back(work: Work, taken: MonthlyRelease, *, note: str) -> None:
    """Send a month's statistics back, as its lead officer or as who has to approve them: the month is taken anew.

    Without the second, a month that is reviewed and refused by the audit would wait for ever.
    """
    reviewed = taken.state is ReleaseState.REVIEWED
    require(work.actor, Permission.STATISTICS_APPROVE if reviewed else Permission.STATISTICS_REVIEW, taken)
    if not note.strip():
        raise RuleBroken("statistics.note", "Enter what is wrong", field="note")
    taken.send_back(at=work.now, by=work.actor.user_id, note=note)
    work.record(_reviewed(taken, right=False))


def _reviewed(taken: MonthlyRelease, *, right: bool) -> StatisticsReviewed:
    return StatisticsReviewed(subject_id=taken.id, borough_gss=taken.borough_gss, month=taken.month, right=right)


def approve(work: Work, taken: MonthlyRelease) -> None:
    """Approve a reviewed month as the second person, if nothing ever published gives anybody away together with it.

    Raises RuleBroken that names the published figures which together would.
    """
    require(work.actor, Permission.STATISTICS_APPROVE, taken)
    findings = register.audit_with(work, taken)
    if findings.leaks:
        raise RuleBroken("statistics.leak", refusal(findings.leaks))
    audit: dict[str, Any] = {"examined": findings.examined, "exact": 0, "weak": 0}
    taken.approve(at=work.now, by=work.actor.user_id, audit=audit)
    work.record(
        StatisticsApproved(
            subject_id=taken.id,
            borough_gss=taken.borough_gss,
            month=taken.month,
            edition=taken.number,
            examined=findings.examined,
        )
    )


def refusal(leaks: tuple[Leak, ...]) -> str:
    """Say which published figures together give something away, and never what."""
    named = [f"{in_words(leak.name)} follows from {'; '.join(leak.because)}" for leak in leaks[:MOST_NAMED]]
    more = f" And {len(leaks) - MOST_NAMED} more." if len(leaks) > MOST_NAMED else ""
    return f"Published figures would together give somebody away. {'. '.join(named)}.{more} {register.WAYS_OUT}"
