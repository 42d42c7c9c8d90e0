"""What happens to a referral before it is decided."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from cse_tracker.triage.model import OfferState, Verdict
from cse_tracker.work.event import Event


@dataclass(frozen=True, kw_only=True)
class ReferralReleased(Event):
    """A lead officer gave a claimed referral back to the inbox."""

    name: ClassVar = "referral.released"
    subject: ClassVar = "referral"


@dataclass(frozen=True, kw_only=True)
class ReferralQuestionAsked(Event):
    """The borough asked the referrer something; the time limit runs on."""

    name: ClassVar = "referral.question_asked"
    subject: ClassVar = "referral"
    author_id: UUID


@dataclass(frozen=True, kw_only=True)
class ReferralQuestionAnswered(Event):
    """The referring agency answered."""

    name: ClassVar = "referral.question_answered"
    subject: ClassVar = "referral"
    asked_by: UUID | None


@dataclass(frozen=True, kw_only=True)
class ReferralLeftUnanswered(Event):
    """The referring agency has closed, so nobody answers any more; the borough decides on what it knows."""

    name: ClassVar = "referral.left_unanswered"
    subject: ClassVar = "referral"


@dataclass(frozen=True, kw_only=True)
class ReferralWithdrawn(Event):
    """The referrer asks for nothing any more; what they told stays, and the borough still decides."""

    name: ClassVar = "referral.withdrawn"
    subject: ClassVar = "referral"


@dataclass(frozen=True, kw_only=True)
class ReferralCompared(Event):
    """A young person already known was compared with the one referred."""

    name: ClassVar = "referral.compared"
    subject: ClassVar = "referral"
    person_id: UUID
    verdict: Verdict


@dataclass(frozen=True, kw_only=True)
class ReferralOffered(Event):
    """A referral was offered to another borough or agency."""

    name: ClassVar = "referral.offered"
    subject: ClassVar = "referral"
    offer_id: UUID


@dataclass(frozen=True, kw_only=True)
class ReferralTakenOn(Event):
    """The other borough took the referral on and is responsible from now."""

    name: ClassVar = "referral.taken_on"
    subject: ClassVar = "referral"
    offer_id: UUID
    author_id: UUID


@dataclass(frozen=True, kw_only=True)
class ReferralAgreed(Event):
    """Another agency said that it helps; the borough stays responsible, and decides."""

    name: ClassVar = "referral.agreed"
    subject: ClassVar = "referral"
    offer_id: UUID


@dataclass(frozen=True, kw_only=True)
class ReferralBounced(Event):
    """An offer was refused or not answered in time: the referral is back where it was, and nobody else acts on it."""

    name: ClassVar = "referral.bounced"
    subject: ClassVar = "referral"
    offer_id: UUID
    state: OfferState


@dataclass(frozen=True, kw_only=True)
class PassedOnListViewed(Event):
    """A lead officer looked at the list of what other boroughs took on."""

    name: ClassVar = "referral.passed_on_viewed"
    subject: ClassVar = "referral"
    shown: int
