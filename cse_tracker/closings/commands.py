"""What lead officers do to end a case: watch it more quietly, propose to close it, approve or refuse that."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from sqlalchemy import select

from cse_tracker.access.decisions import require
from cse_tracker.access.matrix import Permission
from cse_tracker.assessments import queries as assessments
from cse_tracker.cases import commands as cases
from cse_tracker.cases.model import OPEN, Case, CaseStatus
from cse_tracker.closings.events import ClosingAnswered, ClosingProposed
from cse_tracker.closings.model import Closing, ClosingBody, ClosingState
from cse_tracker.closings.rules import offered, problem_with
from cse_tracker.duties import commands as duties
from cse_tracker.duties import queries as duty_queries
from cse_tracker.duties.model import Duty
from cse_tracker.meetings import queries as meetings
from cse_tracker.meetings.model import MeetingState
from cse_tracker.responsibility import queries as responsibility
from cse_tracker.rulebook.calendar import Unit, end_of_day
from cse_tracker.rulebook.parts import Closure
from cse_tracker.rulebook.terms import AgencyKind
from cse_tracker.work.errors import RuleBroken
from cse_tracker.work.unit import Work

LONGEST_WATCH: Final = timedelta(days=366)


@dataclass(frozen=True, kw_only=True, repr=False)
class ClosingForm:
    """The paper form on closing a case."""

    reasons: tuple[str, ...]
    explanation: str
    young_person_view: str
    outreach_by: str = ""
    confirmed: tuple[str, ...] = ()


def monitor(work: Work, case: Case, *, reason: str, review_on: date) -> None:
    """Watch a case at the lowest level more quietly until a review; raises RuleBroken while work is still owed."""
    require(work.actor, Permission.CASE_CLOSE, case)
    lowest = min(level.number for level in cases.protocol_of(work, case).document.levels)
    if case.head.level != lowest:
        code = "monitoring.level"
        raise RuleBroken(code, "Only a case at the lowest level of the protocol can be monitored")
    owed = _owed(work, case)
    if owed:
        code = "monitoring.owed"
        raise RuleBroken(code, f"Not everything that was planned is done: {owed[0].body.label}")
    today = work.today
    if not today < review_on <= today + LONGEST_WATCH:
        code = "monitoring.review"
        raise RuleBroken(code, "The review must be after today and within a year", field="review_on")
    cases.move(work, case, CaseStatus.MONITORING, reason=reason)
    duties.withdraw(work, case.id, [cases.LEVEL_REVIEW], note="The case is monitored, with a review of its own")
    _demand_review(work, case, review_on)


def _demand_review(work: Work, case: Case, review_on: date) -> None:
    protocol = cases.protocol_of(work, case)
    demand = duties.Demand(
        rule_key="MONITORING_REVIEW",
        label="Review while monitored",
        satisfied_by=cases.MONITORING_REVIEW,
        amount=1,
        unit=Unit.CALENDAR_DAYS,
        trigger="the decision to monitor",
        happened="monitored",
        protocol_version_id=protocol.version_id,
        protocol_label=protocol.label,
    )
    due_at = end_of_day(review_on)
    sentence = f"The lead officer set this day when the case was put under monitoring ({protocol.label})."
    bearer = cases.bearer(work, case, AgencyKind.SOCIAL_CARE)
    duties.open_duty_by(work, bearer, demand, due_at=due_at, sentence=sentence)


def _owed(work: Work, case: Case) -> list[Duty]:
    # The next regular review is no obstacle: two lead officers look at the case afresh now.
    found = duty_queries.about(work, case.id)
    return [duty for duty in found if duty.is_open and duty.body.satisfied_by != cases.LEVEL_REVIEW]


def propose(work: Work, case: Case, form: ClosingForm) -> Closing:
    """Propose to close a case; raises RuleBroken where the reasons do not carry it or something is still owed."""
    require(work.actor, Permission.CASE_CLOSE, case)
    closure = cases.protocol_of(work, case).document.closure
    problem = _problem(case, closure, form)
    if problem is not None:
        code = "closing.reasons"
        raise RuleBroken(code, problem[0], field=problem[1])
    _check_nothing_owed(work, case)
    if _waiting(work, case) is not None:
        code = "closing.waiting"
        raise RuleBroken(code, "A proposal to close this case waits for an answer already")
    closing = Closing(case_id=case.id, compartment_id=case.compartment_id)
    closing.body = ClosingBody(
        reasons=form.reasons,
        explanation=form.explanation,
        young_person_view=form.young_person_view,
        outreach_by=form.outreach_by,
        proposed_at=work.now,
        proposed_by=work.actor.user_id,
        labels=tuple(offered(closure)[reason] for reason in form.reasons),
        confirmed=form.confirmed,
    )
    work.session.add(closing)
    work.session.flush()
    case.make_pages_stale()
    work.record(ClosingProposed(subject_id=case.id, borough_gss=case.borough_gss, closing_id=closing.id))
    return closing


def _problem(case: Case, closure: Closure | None, paper: ClosingForm | ClosingBody) -> tuple[str, str] | None:
    """Say what the chapter on closing of the case's protocol finds wrong, with the field to put it at."""
    return problem_with(
        paper.reasons,
        closure=closure,
        confirmed=paper.confirmed,
        outreach_by=paper.outreach_by,
        status=case.status,
    )


def approve(work: Work, case: Case, closing: Closing, *, note: str = "") -> None:
    """Close a case as another lead officer proposed; everything is checked again."""
    require(work.actor, Permission.CASE_CLOSE, case)
    if closing.body.proposed_by == work.actor.user_id:
        code = "closing.own"
        raise RuleBroken(code, "A closing is approved by a lead officer other than the one who proposed it")
    _check_nothing_owed(work, case)
    problem = _problem(case, cases.protocol_of(work, case).document.closure, closing.body)
    if problem is not None:
        code = "closing.protocol"
        message = f"The case is under another version of the protocol now: {problem[0]}. Refuse this, and propose anew"
        raise RuleBroken(code, message)
    _answer(work, case, closing, ClosingState.APPROVED, note)
    reason = "; ".join(closing.body.labels)
    duties.withdraw(work, case.id, [cases.LEVEL_REVIEW], note="The case was closed")
    cases.move(work, case, CaseStatus.CLOSED, reason=f"{reason}.\n{closing.body.explanation}")


def refuse(work: Work, case: Case, closing: Closing, *, note: str) -> None:
    """Refuse to close a case, with what is still to be done; the one who proposed may withdraw it in this way too."""
    require(work.actor, Permission.CASE_CLOSE, case)
    own = closing.body.proposed_by == work.actor.user_id
    _answer(work, case, closing, ClosingState.WITHDRAWN if own else ClosingState.REFUSED, note)


def obstacles(work: Work, case: Case) -> list[str]:
    """Give what stands in the way of closing a case, each as a sentence; none where it can be closed."""
    found = []
    if case.status is CaseStatus.TRANSFER_PENDING:
        found.append("Another borough is about to take this case over, so it cannot be closed before that is done.")
    elif case.status not in OPEN:
        found.append("This case is not open.")
    if responsibility.unsettled(work, case) is not None:
        found.append("Another borough was said to be responsible, and that is not settled.")
    if assessments.waiting_proposal(work, case) is not None:
        # Signed after a reopening, it would stand for the fresh decision that a reopened case is owed.
        found.append("A lower level waits for a second person: agree to it or refuse it first.")
    found += [f"A duty is still open: {duty.body.label}." for duty in _owed(work, case)]
    called = [each for each in meetings.of_case(work, case.id) if each.state is MeetingState.SCHEDULED]
    found += [f"Meeting {meeting.reference} has been called and is not recorded as held." for meeting in called]
    return found


def _check_nothing_owed(work: Work, case: Case) -> None:
    found = obstacles(work, case)
    if found:
        code = "closing.owed"
        raise RuleBroken(code, f"This case cannot be closed yet. {' '.join(found)}")


def _waiting(work: Work, case: Case) -> Closing | None:
    """Give the proposal that waits for an answer, None where there is none."""
    return work.session.scalar(
        select(Closing).where(Closing.case_id == case.id, Closing.state == ClosingState.PROPOSED)
    )


def _answer(work: Work, case: Case, closing: Closing, state: ClosingState, note: str) -> None:
    closing.move(state)
    closing.body = replace(closing.body, decided_at=work.now, decided_by=work.actor.user_id, note=note)
    case.make_pages_stale()
    work.record(
        ClosingAnswered(
            subject_id=case.id,
            borough_gss=case.borough_gss,
            closing_id=closing.id,
            state=state,
            proposed_by=closing.body.proposed_by,
        )
    )
