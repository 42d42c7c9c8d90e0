"""What lead officers enter in a case's record: something new, the end of something, or that it was a mistake."""

from dataclasses import replace
from datetime import date

from sqlalchemy import func, select

from cse_tracker.access.decisions import require
from cse_tracker.access.matrix import Permission
from cse_tracker.cases import commands as cases
from cse_tracker.cases.model import Case
from cse_tracker.casework.events import EntryAdded
from cse_tracker.casework.model import CaseEntry, EntryBody
from cse_tracker.casework.rules import Contact, LegalFrame, Placement, Relation, Warning, problem_with, review_act  # noqa: A004
from cse_tracker.duties import commands as duties
from cse_tracker.rulebook.calendar import LONDON, Unit, end_of_day
from cse_tracker.rulebook.terms import AgencyKind
from cse_tracker.work.errors import RuleBroken
from cse_tracker.work.unit import Work

AnyEntry = Contact | Placement | LegalFrame | Warning | Relation


def enter(work: Work, case: Case, what: AnyEntry) -> CaseEntry:
    """Enter something new in an open case's record; raises RuleBroken where it cannot be as it says."""
    require(work.actor, Permission.CASE_RECORD, case)
    case.require_open()
    today = work.today
    problem = problem_with(what, now=work.now, today=today)
    if problem is not None:
        code = "entry.wrong"
        raise RuleBroken(code, problem[0], field=problem[1])
    if isinstance(what, Placement):
        _check_placements(work, case, what)
    entry = _add(work, case, EntryBody(what=what, recorded_at=work.now, recorded_by=work.actor.user_id))
    if isinstance(what, Warning):
        _demand_review(work, case, entry, what.review_on)
    return entry


def end(work: Work, case: Case, entry: CaseEntry, *, until: date) -> CaseEntry:
    """Enter the day on which a placement, legal frame, warning or relation ended."""
    require(work.actor, Permission.CASE_RECORD, case)
    what = entry.body.what
    if isinstance(what, Contact) or what.until is not None:
        code = "entry.ended"
        raise RuleBroken(code, "This has ended already")
    began = what.since if isinstance(what, Placement | LegalFrame) else entry.body.recorded_at.astimezone(LONDON).date()
    if not began <= until <= work.today:
        code = "entry.until"
        raise RuleBroken(code, "The day it ended must be between the day it began and today", field="until")
    if isinstance(what, Warning):
        duties.meet(work, case.id, review_act(entry.ordinal))
    body = EntryBody(
        what=replace(what, until=until),
        recorded_at=work.now,
        recorded_by=work.actor.user_id,
        replaces=entry.ordinal,
    )
    return _add(work, case, body)


def strike_out(work: Work, case: Case, entry: CaseEntry, *, reason: str) -> CaseEntry:
    """Say that an entry was a mistake, and why; it stays in the record, struck out."""
    require(work.actor, Permission.CASE_RECORD, case)
    if isinstance(entry.body.what, Warning):
        duties.withdraw(work, case.id, [review_act(entry.ordinal)], note="The warning was entered by mistake")
    body = replace(
        entry.body, recorded_at=work.now, recorded_by=work.actor.user_id, replaces=entry.ordinal, struck_out=reason
    )
    return _add(work, case, body)


def _add(work: Work, case: Case, body: EntryBody) -> CaseEntry:
    last = work.session.scalar(select(func.max(CaseEntry.ordinal)).where(CaseEntry.case_id == case.id))
    entry = CaseEntry(case_id=case.id, ordinal=(last or 0) + 1, compartment_id=case.compartment_id)
    entry.body = body
    work.session.add(entry)
    case.make_pages_stale()
    work.record(
        EntryAdded(subject_id=case.id, borough_gss=case.borough_gss, ordinal=entry.ordinal, replaces=body.replaces)
    )
    return entry


def _check_placements(work: Work, case: Case, new: Placement) -> None:
    """A young person lives in one place at a time: raises RuleBroken where a placement would overlap another."""
    rows = list(work.session.scalars(select(CaseEntry).where(CaseEntry.case_id == case.id)))
    replaced = {row.body.replaces for row in rows}
    for row in rows:
        what = row.body.what
        if not isinstance(what, Placement) or row.ordinal in replaced or row.body.struck_out:
            continue
        if what.until is None or what.until > new.since:
            code = "placement.overlaps"
            raise RuleBroken(code, "The placement before has not ended by then. Enter its end first", field="since")


def _demand_review(work: Work, case: Case, entry: CaseEntry, review_on: date) -> None:
    protocol = cases.protocol_of(work, case)
    demand = duties.Demand(
        rule_key="WARNING_REVIEW",
        label="Review a warning",
        satisfied_by=review_act(entry.ordinal),
        amount=1,
        unit=Unit.CALENDAR_DAYS,
        trigger="the warning",
        happened="entered",
        protocol_version_id=protocol.version_id,
        protocol_label=protocol.label,
    )
    bearer = cases.bearer(work, case, AgencyKind.SOCIAL_CARE)
    due_at = end_of_day(review_on)
    sentence = "Whoever entered the warning set this day for its review."
    duties.open_duty_by(work, bearer, demand, due_at=due_at, sentence=sentence)
