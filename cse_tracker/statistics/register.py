"""Turns approved months into entries of the disclosure room's register, and has everything attacked at once."""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import select

from cse_tracker.access.decisions import require
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.disclosure.attacker import Findings, Progress
from cse_tracker.disclosure.errors import CannotProtect
from cse_tracker.disclosure.register import Entry, Flow, Frame, World, audit_register
from cse_tracker.disclosure.release import SUPPRESSION, from_stored
from cse_tracker.records.keys import unlock
from cse_tracker.statistics.events import StatisticsAudited
from cse_tracker.statistics.model import MonthlyRelease, ReleaseState
from cse_tracker.statistics.rules import QUARTERLY, Design, Period
from cse_tracker.work.errors import RuleBroken
from cse_tracker.work.unit import Work

WORLD: Final = World(flows=(Flow(Design.YOUNG_PEOPLE.value, Design.JOINED.value, Design.LEFT.value),))
"""Boroughs are published by themselves: the view of London adds up what they show and so says nothing new."""


def entries_of(rows: Iterable[MonthlyRelease]) -> list[Entry]:
    """Give the register entries of releases whose keys are unwrapped."""
    entries = []
    for row in rows:
        month = Period(row.month).number
        for name, stored in row.body.tables.items():
            first = month - 2 if Design(name) in QUARTERLY else month
            entries.append(Entry(Frame(name, row.borough_gss, first, month, row.number), from_stored(stored)))
    return entries


def published(work: Work, borough_gss: str | None = None) -> list[MonthlyRelease]:
    """Give every release ever approved, its keys unwrapped, in the order of publication within each borough."""
    wanted = select(MonthlyRelease).where(MonthlyRelease.state == ReleaseState.APPROVED)
    if borough_gss is not None:
        wanted = wanted.where(MonthlyRelease.borough_gss == borough_gss)
    order = (MonthlyRelease.borough_gss, MonthlyRelease.month, MonthlyRelease.number)
    rows = list(work.session.scalars(wanted.order_by(*order)))
    unlock(work.session, [row.compartment_id for row in rows])
    return rows


def audit_with(work: Work, taken: MonthlyRelease) -> Findings:
    """Attack a release together with everything its borough ever published."""
    unlock(work.session, [taken.compartment_id])
    rows = [*published(work, taken.borough_gss), taken]
    return _attack(rows, None)


def audit_all(work: Work, *, progress: Progress | None = None) -> Findings:
    """Attack everything ever published by anybody, recorded with what was found."""
    require(work.actor, Permission.STATISTICS_AUDIT, Subject())
    rows = published(work)
    findings = _attack(rows, progress)
    work.record(
        StatisticsAudited(
            subject_id=None,
            releases=len(rows),
            examined=findings.examined,
            exact=len(findings.exact),
            weak=len(findings.weak),
        )
    )
    return findings


def _attack(rows: list[MonthlyRelease], progress: Progress | None) -> Findings:
    entries = entries_of(rows)
    # A body that hides 1 to 5 must not have a 5 proven either.
    bases = [each.release.base for each in entries if each.release.method == SUPPRESSION]
    try:
        return audit_register(entries, WORLD, threshold=max(bases, default=5), progress=progress)
    except CannotProtect:
        message = "The audit could not be completed, so nothing is known to be safe and nothing is approved"
        raise RuleBroken("statistics.audit", message) from None
