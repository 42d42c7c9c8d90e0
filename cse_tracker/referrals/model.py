"""The referral, its draft answers as typed, and its decision."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum, StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from cse_tracker.access.matrix import Subject
from cse_tracker.people.model import PersonDetails
from cse_tracker.people.rules import Identity
from cse_tracker.records.payload import Payload
from cse_tracker.records.reference import reference
from cse_tracker.records.sealed import SealedPayload, SealedRecord
from cse_tracker.work.errors import RuleBroken


class ReferralState(Enum):
    """Where an inbound referral stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    ACCEPTED_NEW = "accepted_new"
    JOINED_EXISTING = "joined_existing"
    DECLINED = "declined"


DECIDED: Final = frozenset({ReferralState.ACCEPTED_NEW, ReferralState.JOINED_EXISTING, ReferralState.DECLINED})
TRANSITIONS: Final = {
    ReferralState.DRAFT: frozenset({ReferralState.SUBMITTED}),
    ReferralState.SUBMITTED: DECIDED,
    ReferralState.ACCEPTED_NEW: frozenset[ReferralState](),
    ReferralState.JOINED_EXISTING: frozenset[ReferralState](),
    ReferralState.DECLINED: frozenset[ReferralState](),
}


class Answer(StrEnum):
    """Yes, no, or honestly not known."""

    YES = "yes"
    NO = "no"
    NOT_KNOWN = "not_known"


@dataclass(frozen=True, repr=False)
class ReferralAnswers(Payload):
    """What the referrer says, once every step is right."""

    identity: Identity
    details: PersonDetails
    age_reason: str
    immediate_danger: bool
    why_worried: str
    first_worried_on: date | None
    seen: tuple[str, ...]
    seen_details: str
    missing: Answer
    who_knows: tuple[str, ...]
    who_knows_details: str
    carer_aware: Answer
    young_person_aware: Answer
    not_aware_reason: str
    young_person_view: str
    referrer_name: str
    referrer_role: str
    referrer_phone: str


@dataclass(frozen=True, repr=False)
class ReferralHead(Payload):
    """What a list of referrals shows."""

    name: str = ""
    immediate_danger: bool = False


@dataclass(frozen=True, repr=False)
class ReferralBody(Payload):
    """The answers as they were typed, step by step, and as they were sent."""

    typed: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    answers: ReferralAnswers | None = None


class Referral(SealedRecord):
    """A worry about a young person, from an agency to a borough."""

    __tablename__ = "referral"
    __table_args__ = (
        CheckConstraint("state IN ('draft', 'submitted', 'accepted_new', 'joined_existing', 'declined')", name="state"),
        CheckConstraint("(state = 'draft') = (received_at IS NULL)", name="received"),
        CheckConstraint(
            "(state IN ('accepted_new', 'joined_existing', 'declined')) = (decided_at IS NOT NULL)", name="decided"
        ),
        CheckConstraint("(state IN ('accepted_new', 'joined_existing')) = (case_id IS NOT NULL)", name="has_case"),
        Index("ix_referral_inbox", "borough_gss", "state", "received_at"),
    )

    borough_gss: Mapped[str] = mapped_column(ForeignKey("borough.gss"))
    from_agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"), index=True)
    author_id: Mapped[UUID] = mapped_column(ForeignKey("app_user.id"), index=True)
    state: Mapped[ReferralState] = mapped_column(default=ReferralState.DRAFT)
    received_at: Mapped[datetime | None] = mapped_column(default=None)
    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("case_.id"), default=None, index=True)
    head_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    head = SealedPayload(ReferralHead)
    body = SealedPayload(ReferralBody)

    @property
    def reference(self) -> str:
        """The reference that the referrer is given."""
        return reference("R", self.id)

    @property
    def access_subject(self) -> Subject:
        """A draft belongs to its author; once sent, to the referring agency and the borough's lead officers."""
        if self.state is ReferralState.DRAFT:
            return Subject(author_id=self.author_id)
        return Subject(borough_gss=self.borough_gss, referring_agency_id=self.from_agency_id, author_id=self.author_id)

    @property
    def is_draft(self) -> bool:
        """Whether it has not been sent yet."""
        return self.state is ReferralState.DRAFT

    @property
    def is_decided(self) -> bool:
        """Whether the borough has decided."""
        return self.state in DECIDED

    @property
    def answers(self) -> ReferralAnswers:
        """The answers as sent; raises RuleBroken for a draft."""
        if self.body.answers is None:
            code = "referral.draft"
            raise RuleBroken(code, "This referral has not been sent yet")
        return self.body.answers

    def check(self, state: ReferralState) -> None:
        """Raise RuleBroken where that state does not follow from this one."""
        if state not in TRANSITIONS[self.state]:
            code = "referral.transition"
            raise RuleBroken(code, "This referral has been decided already")

    def receive(self, *, at: datetime) -> None:
        """Be sent."""
        self.check(ReferralState.SUBMITTED)
        self.state, self.received_at = ReferralState.SUBMITTED, at

    def decide(self, state: ReferralState, *, at: datetime, case_id: UUID | None) -> None:
        """Be decided; state, time and case change together, as the table's constraints demand."""
        self.check(state)
        self.state, self.decided_at, self.case_id = state, at, case_id


@dataclass(frozen=True, repr=False)
class DecisionBody(Payload):
    """What was decided, why, and what the referrer is told."""

    state: ReferralState
    reason_key: str
    reason_label: str
    note_to_referrer: str
    decided_by: UUID | None
    decided_at: datetime


class ReferralDecision(SealedRecord):
    """The one decision on a referral."""

    __tablename__ = "referral_decision"

    referral_id: Mapped[UUID] = mapped_column(ForeignKey("referral.id"), unique=True)
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    body = SealedPayload(DecisionBody)
