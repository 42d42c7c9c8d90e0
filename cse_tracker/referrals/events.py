"""What happens to referrals."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from cse_tracker.referrals.model import HowTold, ReferralState
from cse_tracker.work.event import Event


@dataclass(frozen=True, kw_only=True)
class ReferralStarted(Event):
    """A draft was begun."""

    name: ClassVar = "referral.started"
    subject: ClassVar = "referral"


@dataclass(frozen=True, kw_only=True)
class ReferralDraftSaved(Event):
    """A step of a draft was saved."""

    name: ClassVar = "referral.draft_saved"
    subject: ClassVar = "referral"


@dataclass(frozen=True, kw_only=True)
class ReferralDraftForgotten(Event):
    """A draft has not been touched for sixty days; its author is reminded."""

    name: ClassVar = "referral.draft_forgotten"
    subject: ClassVar = "referral"
    author_id: UUID


@dataclass(frozen=True, kw_only=True)
class ReferralDraftPurged(Event):
    """A draft was thrown away, by its author or because nobody had touched it for ninety days."""

    name: ClassVar = "referral.draft_purged"
    subject: ClassVar = "referral"


@dataclass(frozen=True, kw_only=True)
class ReferralClaimed(Event):
    """A lead officer took a referral in hand, perhaps after somebody else."""

    name: ClassVar = "referral.claimed"
    subject: ClassVar = "referral"
    taken_over: bool


@dataclass(frozen=True, kw_only=True)
class ReferralSubmitted(Event):
    """A referral was sent to a borough."""

    name: ClassVar = "referral.submitted"
    subject: ClassVar = "referral"
    from_agency_id: UUID
    author_id: UUID


@dataclass(frozen=True, kw_only=True)
class ReferralViewed(Event):
    """Somebody opened a referral."""

    name: ClassVar = "referral.viewed"
    subject: ClassVar = "referral"


@dataclass(frozen=True, kw_only=True)
class ReferralListViewed(Event):
    """Somebody looked at a list of referrals."""

    name: ClassVar = "referral.list_viewed"
    subject: ClassVar = "referral"
    shown: int


@dataclass(frozen=True, kw_only=True)
class ReferralFeedbackGiven(Event):
    """The referrer knows of the decision, or nobody is left who could be told; feedback is owed no more."""

    name: ClassVar = "referral.feedback_given"
    subject: ClassVar = "referral"
    how: HowTold


@dataclass(frozen=True, kw_only=True)
class ReferralWindowClosed(Event):
    """The referring agency can read its referral no more, some time after the decision."""

    name: ClassVar = "referral.window_closed"
    subject: ClassVar = "referral"


@dataclass(frozen=True, kw_only=True)
class ReferralDecided(Event):
    """A borough decided on a referral; the referrer is told."""

    name: ClassVar = "referral.decided"
    subject: ClassVar = "referral"
    state: ReferralState
    author_id: UUID
    case_id: UUID | None
