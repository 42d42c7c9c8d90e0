"""What people do with referrals: begin, save, submit; and in the borough accept, join, decline."""

from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from sqlalchemy import select

from cse_tracker.access.decisions import require
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.cases import commands as cases
from cse_tracker.cases import queries as case_queries
from cse_tracker.cases.model import Case
from cse_tracker.duties import commands as duties
from cse_tracker.duties.model import About
from cse_tracker.identity import queries as identity
from cse_tracker.people import commands as people
from cse_tracker.people import queries as people_queries
from cse_tracker.protocols import queries as protocols
from cse_tracker.protocols.queries import InForce
from cse_tracker.records.keys import destroy_compartment, new_compartment
from cse_tracker.records.sealed import move_everything
from cse_tracker.referrals.events import (
    ReferralClaimed,
    ReferralDecided,
    ReferralDraftForgotten,
    ReferralDraftPurged,
    ReferralDraftSaved,
    ReferralFeedbackGiven,
    ReferralStarted,
    ReferralSubmitted,
    ReferralWindowClosed,
)
from cse_tracker.referrals.model import (
    KEPT_UNTOUCHED,
    READ_FOR,
    REMINDED,
    DecisionBody,
    HowTold,
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
# What a worry about several young people has in common. Who each is, and whether each knows, is asked for each.
PASSED_ON: Final = "passed_to_agency"
SHARED = frozenset({"worries", "seen", "others", "about-you"})


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
        touched_at=work.now,
        compartment_id=new_compartment(work.session, "borough", borough_gss),
    )
    referral.head = ReferralHead()
    referral.body = ReferralBody()
    work.session.add(referral)
    work.record(ReferralStarted(subject_id=referral.id, borough_gss=borough_gss))
    return referral


def add_another(work: Work, referral: Referral) -> Referral:
    """Begin the same referral for one more young person: what is about the worry is taken over, who it is about is not.

    Each young person's referral is sealed by itself and decided by itself; they are sent together.
    """
    require(work.actor, Permission.REFERRAL_DRAFT, referral)
    if not referral.is_draft:
        code = "referral.sent"
        raise RuleBroken(code, "This referral has been sent. Make a new one for another young person")
    referral.batch_id = referral.batch_id or referral.id
    another = start(work, borough_gss=referral.borough_gss)
    another.batch_id = referral.batch_id
    another.body = ReferralBody(
        typed={key: dict(referral.body.typed[key]) for key in SHARED & set(referral.body.typed)}
    )
    return another


def discard(work: Work, referral: Referral) -> None:
    """Throw a draft of one's own away; nothing of it can be opened afterwards."""
    require(work.actor, Permission.REFERRAL_DRAFT, referral)
    _purge(work, referral)


def purge_untouched(work: Work, referral_id: UUID) -> bool:
    """Throw away a draft that nobody has touched for ninety days; False where it has been touched or sent."""
    require(work.actor, Permission.REFERRAL_TIDY, Subject())
    referral = work.session.get(Referral, referral_id, with_for_update=True)
    if referral is None or not referral.is_draft or work.now < referral.touched_at + KEPT_UNTOUCHED:
        return False
    _purge(work, referral)
    return True


def remind_of_draft(work: Work, referral_id: UUID) -> bool:
    """Remind an author of a draft untouched for sixty days, once; False where there is nothing to remind of."""
    require(work.actor, Permission.REFERRAL_TIDY, Subject())
    referral = work.session.get(Referral, referral_id, with_for_update=True)
    if referral is None or not referral.is_draft or referral.reminded_at or work.now < referral.touched_at + REMINDED:
        return False
    referral.reminded_at = work.now
    work.record(
        ReferralDraftForgotten(subject_id=referral.id, borough_gss=referral.borough_gss, author_id=referral.author_id)
    )
    return True


def _purge(work: Work, referral: Referral) -> None:
    if not referral.is_draft:
        code = "referral.sent"
        raise RuleBroken(code, "This referral has been sent, so it can no longer be thrown away")
    compartment_id = referral.compartment_id
    work.record(ReferralDraftPurged(subject_id=referral.id, borough_gss=referral.borough_gss))
    work.session.delete(referral)
    work.session.flush()
    destroy_compartment(work.session, compartment_id)


def save_step(work: Work, referral: Referral, step: str, typed: dict[str, list[str]]) -> None:
    """Keep a step of a draft exactly as it was typed, right or wrong."""
    require(work.actor, Permission.REFERRAL_DRAFT, referral)
    if not referral.is_draft:
        code = "referral.sent"
        raise RuleBroken(code, "This referral has been sent, so its answers can no longer be changed")
    referral.body = ReferralBody(typed={**referral.body.typed, step: typed})
    referral.touched_at, referral.reminded_at = work.now, None
    work.record(ReferralDraftSaved(subject_id=referral.id, borough_gss=referral.borough_gss))


def submit(work: Work, referral: Referral, answers: ReferralAnswers, *, protocol: InForce | None = None) -> None:
    """Send a referral to its borough. A second click finds it sent and changes nothing.

    Who has read the borough's protocol in force already gives it along.
    """
    if referral.state is not ReferralState.DRAFT:
        return
    require(work.actor, Permission.REFERRAL_DRAFT, referral)
    referral.receive(at=work.now)
    referral.head = ReferralHead(name=answers.identity.full_name, immediate_danger=answers.immediate_danger)
    referral.body = ReferralBody(answers=answers)
    work.record(
        ReferralSubmitted(
            subject_id=referral.id,
            borough_gss=referral.borough_gss,
            from_agency_id=referral.from_agency_id,
            author_id=referral.author_id,
        )
    )
    demand_decision(work, referral, protocol)


def demand_decision(work: Work, referral: Referral, protocol: InForce | None = None) -> None:
    """Open the borough's duty to decide and to reply, by its own protocol."""
    protocol = protocol or protocols.in_force(work, referral.borough_gss)
    deadline = protocol.document.deadline("REF_DECIDE")
    demand = duties.Demand.by(deadline, protocol, satisfied_by=DECISION, happened="received")
    bearer = duties.Bearer(
        borough_gss=referral.borough_gss,
        owner_agency_id=identity.bearing_agency(work, AgencyKind.SOCIAL_CARE, referral.borough_gss),
        about=About.REFERRAL,
        about_id=referral.id,
        compartment_id=referral.compartment_id,
    )
    duties.open_duty(work, bearer, demand)


def accept_as_new(work: Work, referral: Referral, reply: Reply) -> Case:
    """Accept as a new case for a young person new to the borough."""
    hold(work, referral)
    answers = referral.answers
    person = people.add(work, answers.identity, answers.details, borough_gss=referral.borough_gss)
    case = cases.open_for(work, person, referral_id=referral.id)
    _decide(work, referral, reply, ReferralState.ACCEPTED_NEW, case)
    return case


def accept_for_known(work: Work, referral: Referral, person_id: UUID, reply: Reply) -> Case:
    """Accept for a young person already known: joins their open case, reopens the last one, or opens a first one."""
    hold(work, referral)
    person = people_queries.open_person(work, person_id)
    if person.borough_gss != referral.borough_gss:
        code = "referral.other_borough"
        raise RuleBroken(code, "That young person is known to another borough")
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
    hold(work, referral)
    known = {reason.key for reason in protocols.in_force(work, referral.borough_gss).document.decline_reasons}
    if reply.reason_key not in known:
        code = "referral.reason"
        raise RuleBroken(code, "Select why the referral is declined", field="reason")
    _decide(work, referral, reply, ReferralState.DECLINED, None)


def advise(work: Work, referral: Referral, reply: Reply) -> None:
    """Answer with advice alone, which is counted apart from a refusal; the referrer is told the words."""
    hold(work, referral)
    if not reply.note.strip():
        code = "referral.advice"
        raise RuleBroken(code, "Enter your advice to the referrer", field="note")
    _decide(work, referral, reply, ReferralState.ADVICE_ONLY, None)


def pass_on(work: Work, referral: Referral, reply: Reply) -> None:
    """Decide that another agency helps, which has said yes; counted with advice, apart from a refusal."""
    hold(work, referral)
    if not referral.is_agreed:
        code = "referral.not_agreed"
        raise RuleBroken(code, "No other agency has said yes to this referral")
    if not reply.note.strip():
        code = "referral.advice"
        raise RuleBroken(code, "Enter what you want to tell the referrer", field="note")
    passed = replace(reply, reason_key=PASSED_ON, reason_label="Another agency helps")
    _decide(work, referral, passed, ReferralState.ADVICE_ONLY, None, keeps_agency=True)


def confirm_read(work: Work, referral: Referral) -> None:
    """Say as the referring agency that one has read the decision. A second click changes nothing."""
    require(work.actor, Permission.REFERRAL_ANSWER, referral)
    _give_feedback(work, referral, HowTold.READ)


def record_told(work: Work, referral: Referral, how: HowTold) -> None:
    """Record as the borough how the referrer was told, or that nobody is left to be told."""
    require(work.actor, Permission.REFERRAL_DECIDE, referral)
    if how in {HowTold.READ, HowTold.BEFORE}:
        raise RuleBroken("referral.told", "Select how the referrer was told", field="how")
    _give_feedback(work, referral, how)


def _give_feedback(work: Work, referral: Referral, how: HowTold) -> None:
    wanted = select(ReferralDecision).where(ReferralDecision.referral_id == referral.id).with_for_update()
    decision = work.session.scalar(wanted)
    if decision is None:
        raise RuleBroken("referral.undecided", "This referral has not been decided yet")
    if decision.told_at is None:
        decision.told_at, decision.told_how = work.now, how
        work.record(ReferralFeedbackGiven(subject_id=referral.id, borough_gss=referral.borough_gss, how=how))


def close_window(work: Work, referral_id: UUID) -> bool:
    """Close a referral to its referrer, who was told and has had ninety days; False where not. Run by the clock."""
    require(work.actor, Permission.REFERRAL_TIDY, Subject())
    referral = work.session.get(Referral, referral_id, with_for_update=True)
    if referral is None or referral.closed_to_referrer_at is not None or referral.decided_at is None:
        return False
    told = select(ReferralDecision.told_at).where(ReferralDecision.referral_id == referral_id)
    if work.session.scalar(told) is None or work.now < referral.decided_at + READ_FOR:
        return False
    referral.closed_to_referrer_at, referral.with_agency_id = work.now, None
    work.record(ReferralWindowClosed(subject_id=referral.id, borough_gss=referral.borough_gss))
    return True


def hold(work: Work, referral: Referral) -> None:
    """Claim a referral, so that two lead officers do not work on it side by side.

    Raises RuleBroken while somebody else's claim runs, and where there is nothing left to decide.
    """
    require(work.actor, Permission.REFERRAL_DECIDE, referral)
    if work.actor.user_id is None:
        code = "referral.nobody"
        raise RuleBroken(code, "A referral is decided by a person")
    if referral.claimed_by == work.actor.user_id:
        return
    taken_over = referral.claimed_by is not None
    referral.claim(work.actor.user_id, at=work.now)
    work.record(ReferralClaimed(subject_id=referral.id, borough_gss=referral.borough_gss, taken_over=taken_over))


def _decide(
    work: Work,
    referral: Referral,
    reply: Reply,
    state: ReferralState,
    case: Case | None,
    *,
    keeps_agency: bool = False,
) -> None:
    referral.decide(state, at=work.now, case_id=case.id if case else None)
    if not keeps_agency:
        # Decided otherwise: what another agency had agreed to is over, and so is its sight.
        referral.with_agency_id = None
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
    """Re-seal the referral and all that belongs to it under the case's key and destroy the old key."""
    old = referral.compartment_id
    move_everything(work.session, old, case.compartment_id)
    destroy_compartment(work.session, old)
