"""The link, kept as a digest, and the letters that carry it and its code."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cse_tracker.onetime.rules import CodeWay
from cse_tracker.records.payload import Payload
from cse_tracker.records.sealed import SealedPayload, SealedRecord


class LinkState(Enum):
    """What a link is good for."""

    USABLE = "usable"
    RESTING = "resting"
    USED = "used"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, repr=False)
class Opening(Payload):
    """One time that the right code was given, or a wrong one."""

    at: datetime
    right: bool


@dataclass(frozen=True, kw_only=True, repr=False)
class LinkBody(Payload):
    """Where the link went, how the code goes, and its keyed digest: without the keyring no guess can be tried."""

    address: str
    code_way: CodeWay
    second_address: str
    code_mac: str
    issued_by: UUID | None
    openings: tuple[Opening, ...] = ()


class OneTimeLink(SealedRecord):
    """A link to one referral, good for one opening with its code; sealed with the case, which it never leaves."""

    __tablename__ = "one_time_link"
    __table_args__ = (UniqueConstraint("token_digest"), UniqueConstraint("visit_digest"))

    outbound_id: Mapped[UUID] = mapped_column(ForeignKey("outbound_referral.id"), index=True)
    token_digest: Mapped[bytes] = mapped_column(LargeBinary)
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    failures: Mapped[int] = mapped_column(default=0)
    rests_until: Mapped[datetime | None] = mapped_column(default=None)
    opened_at: Mapped[datetime | None] = mapped_column(default=None)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    wanted_at: Mapped[datetime | None] = mapped_column(default=None)
    visit_digest: Mapped[bytes | None] = mapped_column(LargeBinary, default=None)
    visit_until: Mapped[datetime | None] = mapped_column(default=None)
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    body = SealedPayload(LinkBody)

    def state_at(self, now: datetime) -> LinkState:
        """What it is good for now."""
        if self.ended_at is not None:
            return LinkState.REVOKED
        if self.opened_at is not None:
            return LinkState.USED
        if now >= self.expires_at:
            return LinkState.EXPIRED
        if self.rests_until is not None and now < self.rests_until:
            return LinkState.RESTING
        return LinkState.USABLE

    def is_visited(self, now: datetime) -> bool:
        """Whether somebody who gave the code may still read and answer."""
        return self.ended_at is None and self.visit_until is not None and now < self.visit_until


class LetterKind(Enum):
    """What a letter carries."""

    LINK = "link"
    CODE = "code"


class LetterState(Enum):
    """Where a letter stands."""

    WAITING = "waiting"
    SENT = "sent"
    DEAD = "dead"


@dataclass(frozen=True, repr=False)
class LetterBody(Payload):
    """The address and the secret; the secret is forgotten once the letter is sent."""

    address: str
    secret: str


class OneTimeLetter(SealedRecord):
    """A letter to a team without an account."""

    __tablename__ = "one_time_letter"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'sent', 'dead')", name="state"),
        UniqueConstraint("link_id", "kind"),
        Index("ix_one_time_letter_due", "state", "due_at"),
    )

    link_id: Mapped[UUID] = mapped_column(ForeignKey("one_time_link.id"))
    kind: Mapped[LetterKind]
    due_at: Mapped[datetime]
    state: Mapped[LetterState] = mapped_column(default=LetterState.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None] = mapped_column(default=None)
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    body = SealedPayload(LetterBody)
