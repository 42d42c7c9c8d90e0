"""What a lead officer, the referrer and another borough do before a referral is decided."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from cse_tracker.access.decisions import require
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.duties import commands as duties
from cse_tracker.identity import queries as identity
from cse_tracker.identity.model import Agency
from cse_tracker.records.keys import destroy_compartment, new_compartment, unlock
from cse_tracker.records.sealed import move_everything
from cse_tracker.referrals import commands as referrals
from cse_tracker.referrals.model import AWAITING, Referral, ReferralState
from cse_tracker.rulebook.calendar import Unit, due
from cse_tracker.rulebook.terms import AgencyKind
from cse_tracker.triage.events import (
    ReferralAgreed,
    ReferralBounced,
    ReferralCompared,
    ReferralLeftUnanswered,
    ReferralOffered,
    ReferralQuestionAnswered,
    ReferralQuestionAsked,
    ReferralReleased,
    ReferralTakenOn,
    ReferralWithdrawn,
)
from cse_tracker.triage.model import (
    Comparison,
    OfferBody,
    OfferState,
    QuestionBody,
    ReferralOffer,
    ReferralQuestion,
    Verdict,
)
from cse_tracker.work.errors import RuleBroken
from cse_tracker.work.unit import Work

# Our own choice, as short as the time for the decision itself: a referral must not rest between two boroughs.
ANSWER_WITHIN_WORKING_DAYS = 1


def release(work: Work, referral: Referral) -> None:
    """Give a referral that one has claimed back to the inbox, for a colleague to decide."""
    require(work.actor, Permission.REFERRAL_DECIDE, referral)
    if referral.state is ReferralState.IN_TRIAGE and referral.held_by_another(work.actor.user_id, at=work.now):
        code = "referral.claimed"
        raise RuleBroken(code, "Somebody else has claimed this referral")
    referral.put(ReferralState.SUBMITTED)
    work.record(ReferralReleased(subject_id=referral.id, borough_gss=referral.borough_gss))


def ask(work: Work, referral: Referral, question: str) -> ReferralQuestion:
    """Ask the referrer something. The time limit runs on: a young person cannot wait for an exchange of letters."""
    referrals.hold(work, referral)
    before = select(func.count()).where(ReferralQuestion.referral_id == referral.id)
    ordinal = (work.session.scalar(before) or 0) + 1
    row = ReferralQuestion(referral_id=referral.id, ordinal=ordinal, compartment_id=referral.compartment_id)
    row.body = QuestionBody(question=question, asked_by=work.actor.user_id, asked_at=work.now)
    work.session.add(row)
    referral.put(ReferralState.INFO_REQUESTED)
    work.session.flush()
    work.record(
        ReferralQuestionAsked(subject_id=referral.id, borough_gss=referral.borough_gss, author_id=referral.author_id)
    )
    return row


def answer(work: Work, referral: Referral, question_id: UUID, text: str) -> None:
    """Answer a question, as anybody of the referring agency; an answer that comes after the decision is kept too."""
    require(work.actor, Permission.REFERRAL_ANSWER, referral)
    row = work.session.get(ReferralQuestion, question_id, with_for_update=True)
    if row is None or row.referral_id != referral.id:
        code = "referral.question"
        raise RuleBroken(code, "That question does not belong to this referral")
    unlock(work.session, [row.compartment_id])
    if row.is_answered:
        code = "referral.answered"
        raise RuleBroken(code, "This question has been answered already")
    row.body = replace(row.body, answer=text, answered_by=work.actor.user_id, answered_at=work.now)
    if referral.state is ReferralState.INFO_REQUESTED:
        referral.put(ReferralState.SUBMITTED)
    work.record(
        ReferralQuestionAnswered(subject_id=referral.id, borough_gss=referral.borough_gss, asked_by=row.body.asked_by)
    )


def stop_waiting_for(work: Work, agency_id: UUID) -> int:
    """Bring the referrals of an agency that closes back from waiting for its answer; gives how many there were."""
    require(work.actor, Permission.REFERRAL_TIDY, Subject())
    asked = select(Referral).where(Referral.from_agency_id == agency_id, Referral.state == ReferralState.INFO_REQUESTED)
    rows = work.session.scalars(asked.with_for_update()).all()
    for referral in rows:
        unlock(work.session, [referral.compartment_id])
        referral.put(ReferralState.SUBMITTED)
        work.record(ReferralLeftUnanswered(subject_id=referral.id, borough_gss=referral.borough_gss))
    return len(rows)


def bring_back_from(work: Work, agency_id: UUID) -> int:
    """Bring back what is offered to an agency that closes, and what it has agreed to; gives how many there were."""
    require(work.actor, Permission.REFERRAL_TIDY, Subject())
    rows = work.session.scalars(select(Referral).where(Referral.with_agency_id == agency_id).with_for_update()).all()
    for referral in rows:
        unlock(work.session, [referral.compartment_id])
        if referral.state is ReferralState.REDIRECTED:
            _bounce(work, referral, _open_offer(work, referral), OfferState.LAPSED)
        elif referral.is_decided:
            referral.with_agency_id = None
        else:
            agreed = _last_agreed(work, referral, agency_id)
            referral.with_agency_id = None
            work.record(
                ReferralBounced(
                    subject_id=referral.id,
                    borough_gss=referral.borough_gss,
                    offer_id=agreed.id,
                    state=OfferState.LAPSED,
                )
            )
    return len(rows)


def _last_agreed(work: Work, referral: Referral, agency_id: UUID) -> ReferralOffer:
    wanted = select(ReferralOffer).where(
        ReferralOffer.referral_id == referral.id,
        ReferralOffer.to_agency_id == agency_id,
        ReferralOffer.state == OfferState.ACCEPTED,
    )
    return work.session.scalars(wanted.order_by(ReferralOffer.offered_at.desc()).limit(1)).one()


def withdraw(work: Work, referral: Referral) -> None:
    """Ask for nothing any more. What was told stays, and the borough decides: a worry cannot be unsaid."""
    require(work.actor, Permission.REFERRAL_WITHDRAW, referral)
    if referral.state not in AWAITING:
        code = "referral.transition"
        raise RuleBroken(code, "This referral has been decided already")
    if referral.withdrawn_at is None:
        referral.withdrawn_at = work.now
        work.record(ReferralWithdrawn(subject_id=referral.id, borough_gss=referral.borough_gss))


def compare(work: Work, referral: Referral, verdicts: Mapping[UUID, Verdict]) -> None:
    """Remember what the comparison with each young person already known came to. Raises RuleBroken for two the same."""
    referrals.hold(work, referral)
    if list(verdicts.values()).count(Verdict.SAME) > 1:
        code = "referral.two_same"
        raise RuleBroken(code, "The young person referred can be the same as one young person only")
    rows = work.session.scalars(select(Comparison).where(Comparison.referral_id == referral.id))
    known = {row.person_id: row for row in rows}
    for person_id, verdict in verdicts.items():
        row = known.get(person_id)
        if row is not None and row.verdict is verdict:
            continue
        if row is None:
            row = Comparison(
                referral_id=referral.id,
                person_id=person_id,
                verdict=verdict,
                compared_by=_who(work),
                compared_at=work.now,
            )
            work.session.add(row)
        row.verdict, row.compared_by, row.compared_at = verdict, _who(work), work.now
        work.record(
            ReferralCompared(
                subject_id=referral.id, borough_gss=referral.borough_gss, person_id=person_id, verdict=verdict
            )
        )


def _who(work: Work) -> UUID:
    if work.actor.user_id is None:
        code = "referral.nobody"
        raise RuleBroken(code, "A referral is decided by a person")
    return work.actor.user_id


def offer(work: Work, referral: Referral, *, to_gss: str, reason: str) -> ReferralOffer:
    """Offer a referral to another borough. Until that borough takes it on, this one stays responsible for it.

    Raises RuleBroken for one's own borough, one without a lead officer, and one that has passed the referral on
    already: two boroughs must not send a young person to and fro.
    """
    referrals.hold(work, referral)
    if to_gss == referral.borough_gss:
        code = "referral.own_borough"
        raise RuleBroken(code, "Select another borough: this referral is with yours already", field="borough")
    if to_gss not in {borough.gss for borough in identity.boroughs_with_a_lead_officer(work)}:
        code = "referral.no_lead_officer"
        raise RuleBroken(code, "That borough has no lead officer here who could take it on", field="borough")
    passed_on = select(ReferralOffer.id).where(
        ReferralOffer.referral_id == referral.id,
        ReferralOffer.from_gss == to_gss,
        ReferralOffer.state == OfferState.ACCEPTED,
    )
    if work.session.scalar(passed_on) is not None:
        code = "referral.loop"
        message = "That borough has passed this referral on to yours. Call its lead officer, and decide here meanwhile"
        raise RuleBroken(code, message, field="borough")
    return _offer(work, referral, to_gss, None, reason)


def receivers(work: Work, referral: Referral) -> list[Agency]:
    """Give the agencies to which a referral can be offered, for one who decides on it, by name.

    Those that serve its borough and in which somebody could answer: neither the agency that referred, for nothing is
    sent back to who brought it, nor social care, which is the borough itself.
    """
    require(work.actor, Permission.REFERRAL_DECIDE, referral)
    served = identity.agencies_of(work, referral.borough_gss)
    others = [each for each in served if each.id != referral.from_agency_id and each.kind is not AgencyKind.SOCIAL_CARE]
    return [each for each in others if identity.reachable(work, each.id)]


def offer_to_agency(work: Work, referral: Referral, *, agency_id: UUID, reason: str) -> ReferralOffer:
    """Offer a referral to another agency, which sees all of it and says whether it helps.

    An agency cannot answer for a young person: the borough stays responsible throughout, its time to decide runs on,
    and after a yes it decides. Raises RuleBroken for the referring agency, for one that has said yes already, and for
    one in which nobody could answer.
    """
    referrals.hold(work, referral)
    if agency_id == referral.with_agency_id:
        raise RuleBroken("referral.agreed", "That agency has said yes already", field="agency")
    if agency_id not in {each.id for each in receivers(work, referral)}:
        message = "Nobody in that agency could answer here. Refer to one of its services instead"
        raise RuleBroken("referral.no_receiver", message, field="agency")
    return _offer(work, referral, None, agency_id, reason)


def _offer(work: Work, referral: Referral, to_gss: str | None, agency_id: UUID | None, reason: str) -> ReferralOffer:
    row = ReferralOffer(
        referral_id=referral.id,
        from_gss=referral.borough_gss,
        to_gss=to_gss,
        to_agency_id=agency_id,
        offered_at=work.now,
        answer_by=_answer_by(work.now),
        compartment_id=referral.compartment_id,
    )
    row.body = OfferBody(reason=reason, offered_by=work.actor.user_id)
    work.session.add(row)
    referral.put(ReferralState.REDIRECTED, offered_to=to_gss, agency_id=agency_id)
    work.session.flush()
    work.record(ReferralOffered(subject_id=referral.id, borough_gss=referral.borough_gss, offer_id=row.id))
    return row


def _answer_by(now: datetime) -> datetime:
    return due(now, ANSWER_WITHIN_WORKING_DAYS, Unit.WORKING_DAYS).at


def _open_offer(work: Work, referral: Referral) -> ReferralOffer:
    wanted = select(ReferralOffer).where(
        ReferralOffer.referral_id == referral.id, ReferralOffer.state == OfferState.OFFERED
    )
    row = work.session.scalar(wanted.with_for_update())
    if row is None:
        code = "referral.not_offered"
        raise RuleBroken(code, "This referral is not offered to anybody else any more")
    unlock(work.session, [row.compartment_id])
    return row


def take_on(work: Work, referral: Referral, *, note: str = "") -> None:
    """Take on a referral offered by another borough: it is sealed under one's own key, and one's own clock starts.

    As an agency: say that one helps; the borough stays responsible and decides.
    """
    require(work.actor, Permission.REFERRAL_RECEIVE, referral)
    row = _open_offer(work, referral)
    row.settle(OfferState.ACCEPTED, at=work.now)
    row.body = replace(row.body, answer=note, answered_by=work.actor.user_id)
    if row.to_gss is None:
        # The agency keeps its sight; the borough has what it needs to decide, and its duty to do so runs on.
        referral.put(ReferralState.SUBMITTED)
        work.record(ReferralAgreed(subject_id=referral.id, borough_gss=referral.borough_gss, offer_id=row.id))
        return
    duties.meet(work, referral.id, referrals.DECISION, note="Another borough has taken the referral on.")
    old = referral.compartment_id
    new = new_compartment(work.session, "borough", row.to_gss)
    referral.put(ReferralState.SUBMITTED)
    referral.borough_gss = row.to_gss
    work.session.flush()
    move_everything(work.session, old, new)
    destroy_compartment(work.session, old)
    referrals.demand_decision(work, referral)
    work.record(
        ReferralTakenOn(subject_id=referral.id, borough_gss=row.to_gss, offer_id=row.id, author_id=referral.author_id)
    )


def refuse(work: Work, referral: Referral, *, reason: str) -> None:
    """Refuse a referral offered to one's borough or agency: it goes back at once, and its borough is told loudly."""
    require(work.actor, Permission.REFERRAL_RECEIVE, referral)
    row = _open_offer(work, referral)
    row.body = replace(row.body, answer=reason, answered_by=work.actor.user_id)
    _bounce(work, referral, row, OfferState.REFUSED)


def take_back(work: Work, referral: Referral) -> None:
    """Take back an offer that has not been answered."""
    require(work.actor, Permission.REFERRAL_DECIDE, referral)
    row = _open_offer(work, referral)
    row.settle(OfferState.TAKEN_BACK, at=work.now)
    referral.put(ReferralState.SUBMITTED)
    referral.with_agency_id = None
    work.record(ReferralReleased(subject_id=referral.id, borough_gss=referral.borough_gss))


def lapse(work: Work, offer_id: UUID) -> bool:
    """Bring back a referral whose offer was not answered in time; False where it has been. Run by the clock."""
    require(work.actor, Permission.REFERRAL_TIDY, Subject())
    row = work.session.get(ReferralOffer, offer_id, with_for_update=True)
    if row is None or row.state is not OfferState.OFFERED or work.now <= row.answer_by:
        return False
    unlock(work.session, [row.compartment_id])
    referral = work.session.get_one(Referral, row.referral_id, with_for_update=True)
    _bounce(work, referral, row, OfferState.LAPSED)
    return True


def _bounce(work: Work, referral: Referral, row: ReferralOffer, state: OfferState) -> None:
    row.settle(state, at=work.now)
    referral.put(ReferralState.SUBMITTED)
    referral.with_agency_id = None
    work.record(ReferralBounced(subject_id=referral.id, borough_gss=referral.borough_gss, offer_id=row.id, state=state))
