"""Turns approved months into entries of the disclosure room's register, and has everything attacked at once."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from sqlalchemy import select

from cse_tracker.access.decisions import require
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.disclosure.attacker import Findings, Progress
from cse_tracker.disclosure.errors import CannotProtect
from cse_tracker.disclosure.model import GRAND_TOTAL, cell_key
from cse_tracker.disclosure.register import AtMost, Counted, Entry, Flow, Frame, When, World, audit_register
from cse_tracker.disclosure.release import SUPPRESSION, from_stored
from cse_tracker.records.keys import unlock
from cse_tracker.statistics.categories import AGE, CHANGE, NO_LEVEL
from cse_tracker.statistics.designs import QUARTERLY, Design
from cse_tracker.statistics.events import StatisticsAudited
from cse_tracker.statistics.model import MonthlyRelease, ReleaseState
from cse_tracker.statistics.periods import Period
from cse_tracker.work.errors import RuleBroken
from cse_tracker.work.unit import Work

_RAISED, _LOWERED, _BACK, _TURNED_18 = (
    Counted(Design.CHANGES.value, When.DURING, cell_key(("change", each))) for each in CHANGE
)
_CAME = Counted(Design.JOINED.value, When.DURING, GRAND_TOTAL)
_WENT = Counted(Design.LEFT.value, When.DURING, GRAND_TOTAL)


def _stock(when: When, *pairs: tuple[str, str]) -> Counted:
    return Counted(Design.YOUNG_PEOPLE.value, when, cell_key(*pairs))


_BEFORE, _AFTER = _stock(When.BEFORE), _stock(When.AFTER)
LIMITS: Final = (
    # A level changes only for somebody who was there, with a level, at both ends of the quarter.
    AtMost((_RAISED, _LOWERED, _WENT), (_BEFORE,)),
    AtMost((_RAISED, _LOWERED, _CAME), (_AFTER,)),
    AtMost((_RAISED, _LOWERED, _stock(When.BEFORE, ("level", NO_LEVEL))), (_BEFORE,)),
    AtMost((_RAISED, _LOWERED, _stock(When.AFTER, ("level", NO_LEVEL))), (_AFTER,)),
    # Who is back came in the quarter.
    AtMost((_BACK,), (_CAME,)),
    # Who turned 18 is 18 and over at the end or has left, and was 16 or 17 at the beginning or came.
    AtMost((_TURNED_18,), (_stock(When.AFTER, ("age", AGE[3])), _WENT)),
    AtMost((_TURNED_18,), (_stock(When.BEFORE, ("age", AGE[2])), _CAME)),
)
WORLD: Final = World(flows=(Flow(Design.YOUNG_PEOPLE.value, Design.JOINED.value, Design.LEFT.value),), limits=LIMITS)
"""Boroughs are published by themselves: the view of London adds up what they show and so says nothing new."""

UNFINISHED: Final = "statistics.audit"
WAYS_OUT: Final = (
    "Send it back and prepare it again in a way that says less: rounded to multiples of 5, or without who came, left "
    "and changed in the quarter. What was corrected shows in the months to come"
)
"""What can be done where a release is refused; each says less than the release that was refused."""


def entries_of(rows: Iterable[MonthlyRelease]) -> list[Entry]:
    """Give the register entries of releases whose keys are unwrapped."""
    return [
        Entry(frame_of(Design(name), row.borough_gss, row.month, row.number), from_stored(stored))
        for row in rows
        for name, stored in row.body.tables.items()
    ]


def frame_of(design: Design, borough_gss: str, month: date, number: int) -> Frame:
    """Give the place of a design's table in the register: its month, or the quarter that ends with it."""
    last = Period(month).number
    return Frame(design.value, borough_gss, last - 2 if design in QUARTERLY else last, last, number)


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
    return attacked(entries_of([*published(work, taken.borough_gss), taken]))


def audit_all(work: Work, *, progress: Progress | None = None) -> Findings:
    """Attack everything ever published by anybody, recorded with what was found."""
    require(work.actor, Permission.STATISTICS_AUDIT, Subject())
    rows = published(work)
    findings = attacked(entries_of(rows), progress)
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


def attacked(entries: Sequence[Entry], progress: Progress | None = None) -> Findings:
    """Attack the entries together; raises RuleBroken where that cannot be completed."""
    # A body that hides 1 to 5 must not have a 5 proven either.
    bases = [each.release.base for each in entries if each.release.method == SUPPRESSION]
    try:
        return audit_register(entries, WORLD, threshold=max(bases, default=5), progress=progress)
    except CannotProtect:
        message = (
            "The audit could not be completed, so nothing is known to be safe and nothing is approved. Published "
            f"figures may contradict one another, as after a correction. {WAYS_OUT}"
        )
        raise RuleBroken(UNFINISHED, message) from None
