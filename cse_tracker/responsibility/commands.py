"""What lead officers of two boroughs do until it is settled who is responsible, and how a case is handed over."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import select

from cse_tracker.access.decisions import permits, require
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.cases import commands as cases
from cse_tracker.cases import queries as case_queries
from cse_tracker.cases.model import Case, CaseStatus
from cse_tracker.duties import commands as duties
from cse_tracker.duties.model import About
from cse_tracker.identity import queries as identity
from cse_tracker.identity.model import PostKind
from cse_tracker.people import commands as people
from cse_tracker.people import queries as people_queries
from cse_tracker.people.model import Person
from cse_tracker.protocols import queries as protocols
from cse_tracker.responsibility.events import ClaimMoved, RulingRecorded
from cse_tracker.responsibility.model import Claim, ClaimBody, Ruling, Step
from cse_tracker.responsibility.rules import AGREED, UNSETTLED, ClaimState, Footing
from cse_tracker.rulebook.terms import AgencyKind
from cse_tracker.work.errors import RuleBroken
from cse_tracker.work.unit import Work

ANSWER: Final = "claim:answer"
TAKE_OVER: Final = "claim:take_over"
PAPERS: Final = "task:transfer_info"


@dataclass(frozen=True, kw_only=True, repr=False)
class ClaimForm:
    """The paper form on which one borough says that another is responsible."""

    to_gss: str
    footing: Footing
    since: date | None
    evidence: str
    summary: str
    is_there_now: bool


def assert_other(work: Work, case: Case, form: ClaimForm) -> Claim:
    """Say that another borough is responsible for a young person; until it has taken over, this one goes on."""
    require(work.actor, Permission.RESPONSIBILITY_ASSERT, case)
    case.require_open()
    _check(work, case, form)
    person = work.session.get_one(Person, case.person_id)
    claim = Claim(case_id=case.id, from_gss=case.borough_gss, to_gss=form.to_gss, compartment_id=case.compartment_id)
    first = Step(ClaimState.ASSERTED, work.now, work.actor.user_id, case.borough_gss)
    claim.body = ClaimBody(
        identity=person.head,
        details=person.body,
        footing=form.footing,
        since=form.since,
        evidence=form.evidence,
        summary=form.summary,
        host_gss=form.to_gss if form.is_there_now else case.borough_gss,
        steps=(first,),
    )
    work.session.add(claim)
    work.session.flush()
    case.make_pages_stale()
    _record(work, claim)
    _demand(work, claim, "REF_DECIDE", "Answer to a claim of responsibility", ANSWER, ("the claim", "claimed"))
    return claim


def _check(work: Work, case: Case, form: ClaimForm) -> None:
    if form.to_gss == case.borough_gss or not _has_lead(work, form.to_gss):
        code = "claim.borough"
        raise RuleBroken(code, "Select another borough that has a lead officer here", field="to_gss")
    if form.since is not None and form.since > work.today:
        code = "claim.since"
        raise RuleBroken(code, "Since when this holds must be today or in the past", field="since")
    wanted = select(Claim.id).where(Claim.case_id == case.id, Claim.state.in_(UNSETTLED))
    if work.session.scalar(wanted) is not None:
        code = "claim.unsettled"
        raise RuleBroken(code, "A claim about this case is not settled yet")


def _has_lead(work: Work, gss: str) -> bool:
    return bool(identity.post_holders(work, borough_gss=gss, kind=PostKind.LEAD_OFFICER))


def acknowledge(work: Work, claim: Claim, *, note: str = "") -> None:
    """Confirm to the other borough that its claim was received."""
    require(work.actor, Permission.RESPONSIBILITY_ANSWER, claim)
    _step(work, claim, ClaimState.NOTIFIED, claim.to_gss, note)


def accept(work: Work, claim: Claim, *, note: str) -> None:
    """Accept in principle; the other borough stays responsible until this one has taken the case over."""
    require(work.actor, Permission.RESPONSIBILITY_ANSWER, claim)
    _receive(work, claim)
    _step(work, claim, ClaimState.ACCEPTED, claim.to_gss, note)
    _agreed(work, claim)


def dispute(work: Work, claim: Claim, *, note: str) -> None:
    """Say why this borough is not responsible; the other goes on until it is settled."""
    require(work.actor, Permission.RESPONSIBILITY_ANSWER, claim)
    _receive(work, claim)
    _step(work, claim, ClaimState.DISPUTED, claim.to_gss, note)
    duties.meet(work, claim.id, ANSWER)


def _receive(work: Work, claim: Claim) -> None:
    # An answer says by itself that the claim was received.
    if claim.state is ClaimState.ASSERTED:
        _step(work, claim, ClaimState.NOTIFIED, claim.to_gss, "")


def escalate(work: Work, claim: Claim, *, for_gss: str, to_whom: str, note: str) -> None:
    """Take a dispute to somebody above both boroughs, named here."""
    _require_side(work, claim, for_gss)
    if not to_whom.strip():
        code = "claim.escalated_to"
        raise RuleBroken(code, "Enter to whom the dispute goes", field="to_whom")
    _step(work, claim, ClaimState.ESCALATED, for_gss, f"To {to_whom}. {note}".strip())


def record_ruling(work: Work, claim: Claim, *, for_gss: str, responsible_gss: str, decided_by: str) -> None:
    """Record what was decided above both; it binds when a lead officer of the other borough records the same."""
    _require_side(work, claim, for_gss)
    if claim.state is not ClaimState.ESCALATED:
        code = "claim.not_escalated"
        raise RuleBroken(code, "Only a dispute that was escalated is decided")
    if responsible_gss not in {claim.from_gss, claim.to_gss}:
        code = "claim.responsible"
        raise RuleBroken(code, "Select which of the two boroughs was decided on", field="responsible_gss")
    before = claim.body.ruling
    if before is None or not _confirms(work, before, for_gss, responsible_gss):
        ruling = Ruling(responsible_gss, decided_by, work.actor.user_id, for_gss)
        claim.body = replace(claim.body, ruling=ruling)
        work.record(RulingRecorded(subject_id=claim.id, borough_gss=claim.from_gss, case_id=claim.case_id))
        return
    state = ClaimState.DECIDED if responsible_gss == claim.to_gss else ClaimState.KEPT
    _step(work, claim, state, for_gss, f"Decided by {before.decided_by}.")
    if state is ClaimState.DECIDED:
        _agreed(work, claim)


def _confirms(work: Work, before: Ruling, for_gss: str, responsible_gss: str) -> bool:
    another = before.recorded_for_gss != for_gss and before.recorded_by != work.actor.user_id
    return another and before.responsible_gss == responsible_gss


def withdraw(work: Work, claim: Claim, *, for_gss: str, note: str) -> None:
    """Take a claim back, or the acceptance of one; a reason is needed, and the case stays where it was."""
    _require_side(work, claim, for_gss)
    if for_gss == claim.to_gss and claim.state is not ClaimState.ACCEPTED:
        code = "claim.not_yours"
        raise RuleBroken(code, "Only the borough that made the claim can withdraw it. You can dispute it")
    if not note.strip():
        code = "claim.reason"
        raise RuleBroken(code, "Enter why", field="note")
    agreed = claim.state in AGREED
    _step(work, claim, ClaimState.WITHDRAWN, for_gss, note)
    duties.withdraw(work, claim.id, [ANSWER, TAKE_OVER], note="The claim was withdrawn")
    if agreed:
        case = work.session.get_one(Case, claim.case_id, with_for_update=True)
        cases.move(work, case, _stood_before(work, case), reason=f"Not handed over: {note}")


def _stood_before(work: Work, case: Case) -> CaseStatus:
    # Every way into waiting for a handover leaves a passage that says where from.
    return case_queries.passages(work, case)[-1].body.before or CaseStatus.ACTIVE


def take_over(work: Work, claim: Claim, *, person_id: UUID | None, note: str) -> Case:
    """Take a case over in writing: the young person is new here or known already, and gets a case of this borough.

    With the same act the other borough's case ends, so that at no moment nobody is responsible.
    """
    require(work.actor, Permission.RESPONSIBILITY_ANSWER, claim)
    if claim.state not in AGREED:
        code = "claim.not_agreed"
        raise RuleBroken(code, "A case is taken over after it was accepted or decided, not before")
    person = _person(work, claim, person_id)
    successor = case_queries.open_cases_of(work, [person.id]).get(person.id)
    if successor is None:
        successor = cases.open_for(work, person, referral_id=None)
    old = work.session.get_one(Case, claim.case_id, with_for_update=True)
    claim.successor_id = successor.id
    _step(work, claim, ClaimState.HANDED_OVER, claim.to_gss, note)
    duties.meet(work, claim.id, TAKE_OVER)
    duties.withdraw(work, old.id, None, note=f"Handed over, claim {claim.reference}")
    old.handed_to_gss = claim.to_gss
    cases.move(work, old, CaseStatus.TRANSFERRED_OUT, reason=f"Handed over, claim {claim.reference}.")
    return successor


def _person(work: Work, claim: Claim, person_id: UUID | None) -> Person:
    if person_id is None:
        return people.add(work, claim.body.identity, claim.body.details, borough_gss=claim.to_gss)
    person = people_queries.open_person(work, person_id)
    if person.borough_gss != claim.to_gss:
        code = "claim.other_borough"
        raise RuleBroken(code, "That young person is known to another borough")
    return person


def _agreed(work: Work, claim: Claim) -> None:
    """Let the case wait for its handover, with what both boroughs owe until then."""
    case = work.session.get_one(Case, claim.case_id, with_for_update=True)
    cases.move(work, case, CaseStatus.TRANSFER_PENDING, reason=f"Agreed in claim {claim.reference}.")
    duties.meet(work, claim.id, ANSWER)
    _demand(work, claim, "TRANSFER_CONF", "", TAKE_OVER, ("the claim being agreed", "agreed"))
    _demand(work, claim, "TRANSFER_INFO", "", PAPERS, ("the claim being agreed", "agreed"), case=case)


def _demand(
    work: Work,
    claim: Claim,
    key: str,
    label: str,
    act: str,
    words: tuple[str, str],
    *,
    case: Case | None = None,
) -> None:
    """Open a duty by a deadline of the bearing borough's protocol: the other borough's, or on the case its own."""
    bearing = claim.to_gss if case is None else claim.from_gss
    protocol = protocols.in_force(work, bearing) if case is None else cases.protocol_of(work, case)
    deadline, named = protocols.deadline_in(protocol, key)
    trigger, happened = words
    demand = duties.Demand.by(
        deadline, protocol, satisfied_by=act, happened=happened, label=label, trigger=trigger, protocol_label=named
    )
    bearer = duties.Bearer(
        borough_gss=bearing,
        owner_agency_id=identity.bearing_agency(work, AgencyKind.SOCIAL_CARE, bearing),
        about=About.CLAIM if case is None else About.CASE,
        about_id=claim.id if case is None else case.id,
        compartment_id=claim.compartment_id,
    )
    duties.open_duty(work, bearer, demand)


def _require_side(work: Work, claim: Claim, for_gss: str) -> None:
    """Raise NotPermitted unless the actor leads the borough for which they act, and it is one of the two."""
    require(work.actor, Permission.RESPONSIBILITY_VIEW, claim)
    side = Permission.RESPONSIBILITY_ANSWER if for_gss == claim.to_gss else Permission.RESPONSIBILITY_ASSERT
    subject = claim if for_gss in {claim.from_gss, claim.to_gss} else Subject()
    require(work.actor, side, subject)


def sides(work: Work, claim: Claim) -> list[str]:
    """Give the GSS codes of those of the two boroughs for which the actor may act."""
    own = [claim.from_gss] if permits(work.actor, Permission.RESPONSIBILITY_ASSERT, claim) else []
    return [*own, claim.to_gss] if permits(work.actor, Permission.RESPONSIBILITY_ANSWER, claim) else own


def _step(work: Work, claim: Claim, state: ClaimState, for_gss: str, note: str) -> None:
    claim.take(Step(state, work.now, work.actor.user_id, for_gss, note))
    _record(work, claim)


def _record(work: Work, claim: Claim) -> None:
    work.record(ClaimMoved(subject_id=claim.id, borough_gss=claim.from_gss, case_id=claim.case_id, state=claim.state))
