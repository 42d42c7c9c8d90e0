"""The referral to a service, what happened to it step by step, and the gap that a refusal shows."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cse_tracker.access.matrix import Subject
from cse_tracker.outbound.rules import (
    LIVE,
    TRANSITIONS,
    WORDS,
    Agreement,
    DeclineReason,
    GapKind,
    Leaf,
    OutboundState,
    Outcome,
    Section,
    Way,
)
from cse_tracker.records.payload import Payload
from cse_tracker.records.reference import reference
from cse_tracker.records.sealed import SealedPayload, SealedRecord
from cse_tracker.rulebook.terms import AgencyKind
from cse_tracker.sharing.model import Footing
from cse_tracker.work.errors import RuleBroken


@dataclass(frozen=True, kw_only=True, repr=False)
class Plan(Payload):
    """The paper form: what is asked for, which sections go, and on what sharing them rests."""

    asked_for: str
    needs: tuple[str, ...]
    sections: frozenset[Section]
    footing: Footing
    agreement: Agreement
    why_not: str = ""
    said: str = ""


@dataclass(frozen=True, kw_only=True, repr=False)
class Place(Payload):
    """A place on a waiting list: which, where the service says, and when a start is expected."""

    position: int | None
    expected_on: date
    note: str = ""


@dataclass(frozen=True, kw_only=True, repr=False)
class OutboundBody(Payload):
    """What is asked, what left, and what came of it."""

    plan: Plan
    left: tuple[Leaf, ...] = ()
    sharing_id: UUID | None = None
    place: Place | None = None
    decline: DeclineReason | None = None
    outcomes: tuple[tuple[str, Outcome], ...] = ()
    prepared_by: UUID | None = None


_STATES: Final = ", ".join(f"'{state.value}'" for state in OutboundState)


class OutboundReferral(SealedRecord):
    """One young person's referral to one service, sealed with the case."""

    __tablename__ = "outbound_referral"
    __table_args__ = (
        CheckConstraint(f"state IN ({_STATES})", name="state"),
        CheckConstraint("(state = 'draft') = (sent_at IS NULL)", name="sent"),
        CheckConstraint(
            "(state IN ('completed', 'ended_early', 'declined', 'revoked')) = (ended_at IS NOT NULL)", name="ended"
        ),
        Index("ix_outbound_referral_list", "borough_gss", "state", "sent_at"),
    )

    borough_gss: Mapped[str] = mapped_column(ForeignKey("borough.gss"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_.id"), index=True)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"), index=True)
    service_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"), index=True)
    way: Mapped[Way]
    state: Mapped[OutboundState] = mapped_column(default=OutboundState.DRAFT)
    sent_at: Mapped[datetime | None] = mapped_column(default=None)
    acknowledged_at: Mapped[datetime | None] = mapped_column(default=None)
    answered_at: Mapped[datetime | None] = mapped_column(default=None)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    chased_at: Mapped[datetime | None] = mapped_column(default=None)
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    body = SealedPayload(OutboundBody)

    @property
    def reference(self) -> str:
        """The reference that the service is given in place of any name."""
        return reference("X", self.id)

    @property
    def is_live(self) -> bool:
        """Whether the service has it in hand, and so may see what was sent."""
        return self.state in LIVE

    @property
    def access_subject(self) -> Subject:
        """Seen by the borough's lead officers; by the service only from its sending to its end."""
        live = self.is_live
        return Subject(
            borough_gss=self.borough_gss,
            receiving_agency_id=self.agency_id if live else None,
            open_to_visitors_of=self.id if live and self.way is Way.LINK else None,
        )

    def move(self, state: OutboundState, *, at: datetime) -> None:
        """Come to stand elsewhere; raises RuleBroken where that does not follow from where it stands."""
        if state not in TRANSITIONS[self.state]:
            words = f"{WORDS[self.state].lower()}: it cannot become {WORDS[state].lower()}"
            raise RuleBroken("outbound.transition", f"This referral stands as {words}")
        self.state = state
        if state is OutboundState.SENT:
            self.sent_at = at
        if state not in {OutboundState.SENT, OutboundState.NO_RESPONSE, OutboundState.REVOKED}:
            self.acknowledged_at = self.acknowledged_at or at
        if state in {OutboundState.WAITING_LIST, OutboundState.ACCEPTED, OutboundState.DECLINED}:
            self.answered_at = self.answered_at or at
        if state not in LIVE:
            self.ended_at = at


class StepKind(StrEnum):
    """What happened."""

    SENT = "sent"
    CHASED = "chased"
    UNANSWERED = "unanswered"
    ACKNOWLEDGED = "acknowledged"
    WAITING = "waiting"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    BEGUN = "begun"
    REPORTED = "reported"
    ASKED = "asked"
    REPLIED = "replied"
    COMPLETED = "completed"
    ENDED_EARLY = "ended_early"
    REVOKED = "revoked"
    CAME_BACK = "came_back"


class Via(StrEnum):
    """By which way somebody acted."""

    ACCOUNT = "account"
    LINK = "link"
    BOROUGH = "borough"
    CLOCK = "clock"


@dataclass(frozen=True, repr=False)
class StepBody(Payload):
    """What happened, when, by whom and in which words."""

    kind: StepKind
    at: datetime
    by: UUID | None
    via: Via
    words: str = ""


class OutboundStep(SealedRecord):
    """One thing that happened to a referral to a service: append-only."""

    __tablename__ = "outbound_step"
    __table_args__ = (UniqueConstraint("outbound_id", "ordinal"),)

    outbound_id: Mapped[UUID] = mapped_column(ForeignKey("outbound_referral.id"))
    ordinal: Mapped[int]
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    body = SealedPayload(StepBody)


@dataclass(frozen=True, repr=False)
class GapBody(Payload):
    """What was needed and not to be had: facts to be counted, and no words about anybody."""

    kind: GapKind
    reason: DeclineReason | None
    agency_kind: AgencyKind | None
    service_id: UUID | None
    age: int | None
    sex: str
    noted_at: datetime


class ServiceGap(SealedRecord):
    """A gap in services that showed in a case."""

    __tablename__ = "service_gap"

    borough_gss: Mapped[str] = mapped_column(ForeignKey("borough.gss"), index=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_.id"), index=True)
    outbound_id: Mapped[UUID | None] = mapped_column(ForeignKey("outbound_referral.id"), default=None)
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    body = SealedPayload(GapBody)
