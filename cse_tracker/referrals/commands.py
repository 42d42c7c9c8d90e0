"""What people do with referrals: begin, save, submit; and in the borough accept, join, decline."""

from dataclasses import dataclass
from uuid import UUID

from cse_tracker.access.decisions import require
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.cases import commands as cases
from cse_tracker.cases import queries as case_queries
from cse_tracker.cases.model import Case
from cse_tracker.duties import commands as duties
from cse_tracker.duties import queries as duty_queries
from cse_tracker.duties.model import About
from cse_tracker.identity import queries as identity
from cse_tracker.people import commands as people
from cse_tracker.people import queries as people_queries
from cse_tracker.protocols import queries as protocols
from cse_tracker.records.keys import destroy_compartment, new_compartment
from cse_tracker.records.sealed import move_compartment
from cse_tracker.referrals.events import ReferralDecided, ReferralDraftSaved, ReferralStarted, ReferralSubmitted
from cse_tracker.referrals.model import (
    DecisionBody,
    Referral,
    ReferralAnswers,
    ReferralBody,
    ReferralDecision,
    ReferralHead,
    ReferralState,
)
from cse_tracker.rulebook.terms import AgencyKind
from cse_tracker.work.errors import RuleBroken
from cse_tracker.work.unit import Work

DECISION = "referral:decision"


@dataclass(frozen=True, kw_only=True, repr=False)
class Reply:
    """What the referrer is told: a coded reason and words of the lead officer's own."""

    reason_key: str
    reason_label: str
    note: str


def start(work: Work, *, borough_gss: str) -> Referral:
    """Begin a draft, sealed in a compartment of its own; only its author can see it."""
    require(work.actor, Permission.REFERRAL_SUBMIT, Subject(borough_gss=borough_gss))
    if work.actor.agency_id is None or work.actor.user_id is None:
        code = "referral.no_agency"
        raise RuleBroken(code, "Only a person who works for an agency can make a referral")
    referral = Referral(
        borough_gss=borough_gss,
        from_agency_id=work.actor.agency_id,
        author_id=work.actor.user_id,
        compartment_id=new_compartment(work.session, "borough", borough_gss),
    )
    referral.head = ReferralHead()
    referral.body = ReferralBody()
    work.session.add(referral)
    work.session.flush()
    work.record(ReferralStarted(subject_id=referral.id, borough_gss=borough_gss))
    return referral


def save_step(work: Work, referral: Referral, step: str, typed: dict[str, list[str]]) -> None:
    """Keep a step of a draft exactly as it was typed, right or wrong."""
    require(work.actor, Permission.REFERRAL_DRAFT, referral)
    if not referral.is_draft:
        code = "referral.sent"
        raise RuleBroken(code, "This referral has been sent, so its answers can no longer be changed")
    referral.body = ReferralBody(typed={**referral.body.typed, step: typed})
    work.record(ReferralDraftSaved(subject_id=referral.id, borough_gss=referral.borough_gss))


def submit(work: Work, referral: Referral, answers: ReferralAnswers) -> None:
    """Send a referral to its borough. A second click finds it sent and changes nothing."""
    if referral.state is not ReferralState.DRAFT:
        return
    require(work.actor, Permission.REFERRAL_DRAFT, referral)
    referral.receive(at=work.now)
    referral.head = ReferralHead(name=answers.identity.full_name, immediate_danger=answers.immediate_danger)
    referral.body = ReferralBody(answers=answers)
    work.session.flush()
    work.record(
        ReferralSubmitted(
            subject_id=referral.id,
            borough_gss=referral.borough_gss,
            from_agency_id=referral.from_agency_id,
            author_id=referral.author_id,
        )
    )
    _demand_decision(work, referral)


def _demand_decision(work: Work, referral: Referral) -> None:
    protocol = protocols.in_force(work, referral.borough_gss)
    deadline = protocol.document.deadline("REF_DECIDE")
    demand = duties.Demand(
        rule_key=deadline.key,
        label=deadline.label,
        satisfied_by=DECISION,
        amount=deadline.amount,
        unit=deadline.unit,
        trigger=deadline.trigger,
        happened="received",
        protocol_version_id=protocol.version_id,
        protocol_label=protocol.label,
    )
    bearer = duties.Bearer(
        borough_gss=referral.borough_gss,
        owner_agency_id=identity.agency_of_kind(work, AgencyKind.SOCIAL_CARE, referral.borough_gss).id,
        about=About.REFERRAL,
        about_id=referral.id,
        compartment_id=referral.compartment_id,
    )
    duties.open_duty(work, bearer, demand)


def accept_as_new(work: Work, referral: Referral, reply: Reply) -> Case:
    """Accept as a new case for a young person new to the borough."""
    require(work.actor, Permission.REFERRAL_DECIDE, referral)
    referral.check(ReferralState.ACCEPTED_NEW)
    answers = referral.answers
    person = people.add(work, answers.identity, answers.details, borough_gss=referral.borough_gss)
    case = cases.open_for(work, person, referral_id=referral.id)
    _decide(work, referral, reply, ReferralState.ACCEPTED_NEW, case)
    return case


def accept_for_known(work: Work, referral: Referral, person_id: UUID, reply: Reply) -> Case:
    """Accept for a young person already known: joins their open case, reopens the last one, or opens a first one."""
    require(work.actor, Permission.REFERRAL_DECIDE, referral)
    person = people_queries.open_person(work, person_id)
    if person.borough_gss != referral.borough_gss:
        code = "referral.other_borough"
        raise RuleBroken(code, "That young person is known to another borough")
    referral.check(ReferralState.JOINED_EXISTING)
    case = case_queries.open_cases_of(work, [person.id]).get(person.id)
    closed = case_queries.last_closed_of(work, person.id) if case is None else None
    if closed is not None:
        cases.reopen(work, closed, reason="A new referral was accepted.")
        case = closed
    if case is None:
        case = cases.open_for(work, person, referral_id=referral.id)
    else:
        cases.join(work, case, referral_id=referral.id)
    _decide(work, referral, reply, ReferralState.JOINED_EXISTING, case)
    return case


def decline(work: Work, referral: Referral, reply: Reply) -> None:
    """Decline with a coded reason; the referrer is told it and the words."""
    require(work.actor, Permission.REFERRAL_DECIDE, referral)
    known = {reason.key for reason in protocols.in_force(work, referral.borough_gss).document.decline_reasons}
    if reply.reason_key not in known:
        code = "referral.reason"
        raise RuleBroken(code, "Select why the referral is declined", field="reason")
    _decide(work, referral, reply, ReferralState.DECLINED, None)


def _decide(work: Work, referral: Referral, reply: Reply, state: ReferralState, case: Case | None) -> None:
    referral.decide(state, at=work.now, case_id=case.id if case else None)
    if case is not None:
        _move_into(work, referral, case)
    decision = ReferralDecision(referral_id=referral.id, compartment_id=referral.compartment_id)
    decision.body = DecisionBody(
        state=referral.state,
        reason_key=reply.reason_key,
        reason_label=reply.reason_label,
        note_to_referrer=reply.note,
        decided_by=work.actor.user_id,
        decided_at=work.now,
    )
    work.session.add(decision)
    work.session.flush()
    work.record(
        ReferralDecided(
            subject_id=referral.id,
            borough_gss=referral.borough_gss,
            state=referral.state,
            author_id=referral.author_id,
            case_id=referral.case_id,
        )
    )
    duties.meet(work, referral.id, DECISION)


def _move_into(work: Work, referral: Referral, case: Case) -> None:
    """Re-seal the referral and its duties under the case's key and destroy the old key."""
    old = referral.compartment_id
    move_compartment(referral, case.compartment_id)
    for duty in duty_queries.about(work, referral.id):
        move_compartment(duty, case.compartment_id)
    work.session.flush()
    destroy_compartment(work.session, old)
