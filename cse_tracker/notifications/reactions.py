"""Which events make which messages for whom; run inside the transaction of the event."""

from uuid import UUID

from cse_tracker.assessments.events import LevelLoweringAnswered, LevelLoweringProposed
from cse_tracker.cases.events import CaseNearsEighteen
from cse_tracker.closings.events import ClosingAnswered, ClosingProposed
from cse_tracker.duties.events import DutyBreached, DutyEscalated
from cse_tracker.emergency.events import EmergencyAsked
from cse_tracker.identity import queries as identity
from cse_tracker.identity.model import PostKind
from cse_tracker.joining.events import JoiningAnswered, JoiningProposed
from cse_tracker.matching.events import AnswerWanted, MatchAnswered
from cse_tracker.notifications.model import MessageKind
from cse_tracker.notifications.posting import post, post_to_leads
from cse_tracker.referrals.events import ReferralDecided, ReferralDraftForgotten, ReferralSubmitted
from cse_tracker.responsibility.events import ClaimMoved, RulingRecorded
from cse_tracker.responsibility.model import Claim
from cse_tracker.triage.events import (
    ReferralAgreed,
    ReferralBounced,
    ReferralLeftUnanswered,
    ReferralOffered,
    ReferralQuestionAnswered,
    ReferralQuestionAsked,
    ReferralTakenOn,
)
from cse_tracker.triage.model import ReferralOffer
from cse_tracker.work.event import Event
from cse_tracker.work.unit import Work


def react(work: Work, happened: Event) -> None:
    """Put into the outbox what an event makes due."""
    match happened:
        case ReferralSubmitted(subject_id=UUID() as about, borough_gss=str() as borough, author_id=author):
            receipt = MessageKind.REFERRAL_RECEIPT
            post_to_leads(work, borough, MessageKind.REFERRAL_ARRIVED, about, beside=[author], beside_kind=receipt)
        case ReferralDecided(subject_id=UUID() as about, author_id=author):
            post(work, [author], MessageKind.REFERRAL_DECIDED, about)
        case AnswerWanted(subject_id=UUID() as about, borough_gss=str() as borough):
            post_to_leads(work, borough, MessageKind.MATCH_ASKED, about)
        case MatchAnswered(enquiry_id=about, asked_by=author):
            post(work, [author], MessageKind.MATCH_ANSWERED, about)
        case DutyBreached(about_id=about, borough_gss=str() as borough):
            post_to_leads(work, borough, MessageKind.DUTY_BREACHED, about)
        case _:
            _react_about_cases(work, happened)


def _react_about_cases(work: Work, happened: Event) -> None:
    match happened:
        case ClosingProposed(subject_id=UUID() as about, borough_gss=str() as borough):
            post(work, identity.lead_officers(work, borough) - {work.actor.user_id}, MessageKind.CASE_NOTICE, about)
        case JoiningProposed(subject_id=UUID() as about, borough_gss=str() as borough):
            post(work, identity.lead_officers(work, borough) - {work.actor.user_id}, MessageKind.CASE_NOTICE, about)
        case JoiningAnswered(subject_id=UUID() as about, proposed_by=UUID() as proposer):
            post(work, {proposer} - {work.actor.user_id}, MessageKind.CASE_NOTICE, about)
        case ClosingAnswered(subject_id=UUID() as about, proposed_by=UUID() as proposer):
            post(work, {proposer} - {work.actor.user_id}, MessageKind.CASE_NOTICE, about)
        case ClaimMoved(subject_id=UUID() as about) | RulingRecorded(subject_id=UUID() as about):
            claim = work.session.get_one(Claim, about)
            both = identity.lead_officers(work, claim.from_gss) | identity.lead_officers(work, claim.to_gss)
            post(work, both - {work.actor.user_id}, MessageKind.CLAIM_NOTICE, about)
        case EmergencyAsked(subject_id=UUID() as about, borough_gss=str() as borough, case_id=UUID()):
            told = identity.lead_officers(work, borough) - {work.actor.user_id}
            post(work, told, MessageKind.EMERGENCY_NOTICE, about)
        case CaseNearsEighteen(subject_id=UUID() as about, borough_gss=str() as borough):
            # Whoever leads the case should hear it, not the holder of the post alone.
            everyone = identity.lead_officers(work, borough)
            post_to_leads(work, borough, MessageKind.CASE_NOTICE, about, beside=everyone)
        case _:
            _levels_and_duties(work, happened)


def _levels_and_duties(work: Work, happened: Event) -> None:
    match happened:
        case LevelLoweringProposed(subject_id=UUID() as about, borough_gss=str() as borough):
            post(work, identity.lead_officers(work, borough) - {work.actor.user_id}, MessageKind.LEVEL_TO_SIGN, about)
        case LevelLoweringAnswered(subject_id=UUID() as about, proposed_by=UUID() as proposer):
            post(work, {proposer} - {work.actor.user_id}, MessageKind.LEVEL_TO_SIGN, about)
        case DutyEscalated(about_id=about, borough_gss=str() as borough, post=higher):
            told = identity.holders(work, borough_gss=borough, kind=PostKind(higher.value))
            # A post that nobody holds must not be where a late duty ends.
            if told:
                post(work, told, MessageKind.DUTY_ESCALATED, about)
            else:
                post_to_leads(work, borough, MessageKind.DUTY_ESCALATED, about)


def react_before_decision(work: Work, happened: Event) -> None:
    """Put into the outbox what is due while a referral is on its way to a decision."""
    match happened:
        case ReferralDraftForgotten(subject_id=UUID() as about, author_id=author):
            post(work, [author], MessageKind.REFERRAL_DRAFT, about)
        case ReferralQuestionAsked(subject_id=UUID() as about, author_id=author):
            post(work, [author], MessageKind.REFERRAL_QUESTION, about)
        case (
            ReferralQuestionAnswered(subject_id=UUID() as about, borough_gss=str() as borough)
            | ReferralAgreed(subject_id=UUID() as about, borough_gss=str() as borough)
        ):
            # To all of them: whoever asked may be away, and the time limit runs.
            post_to_leads(work, borough, MessageKind.REFERRAL_ANSWERED, about)
        case ReferralOffered(subject_id=UUID() as about, offer_id=offer_id):
            _tell_receiver(work, work.session.get_one(ReferralOffer, offer_id), about)
        case ReferralTakenOn(subject_id=UUID() as about, offer_id=offer_id, author_id=author):
            from_gss = work.session.get_one(ReferralOffer, offer_id).from_gss
            post_to_leads(work, from_gss, MessageKind.REFERRAL_TAKEN_ON, about, beside=[author])
        case ReferralBounced(subject_id=UUID() as about, borough_gss=str() as borough):
            post_to_leads(work, borough, MessageKind.REFERRAL_BOUNCED, about)
        case ReferralLeftUnanswered(subject_id=UUID() as about, borough_gss=str() as borough):
            post_to_leads(work, borough, MessageKind.REFERRAL_LEFT, about)


def _tell_receiver(work: Work, offer: ReferralOffer, about: UUID) -> None:
    if offer.to_gss is not None:
        post_to_leads(work, offer.to_gss, MessageKind.REFERRAL_OFFERED, about)
    if offer.to_agency_id is not None:
        told = identity.referral_contacts(work, offer.to_agency_id, offer.from_gss)
        post(work, told, MessageKind.REFERRAL_OFFERED, about)
