"""The system of an agency, its tokens, where it is called, and the answers kept for requests that come again."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cse_tracker.records.base import Record
from cse_tracker.records.payload import Payload
from cse_tracker.records.sealed import SealedPayload, SealedRecord
from cse_tracker.systems.rules import Scope, is_live, scopes_in


class AgencySystem(Record):
    """A system that speaks for an agency. It acts as a user of its own, whose mail goes to a mailbox of a team."""

    __tablename__ = "agency_system"
    __table_args__ = (UniqueConstraint("agency_id", "name"),)

    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("app_user.id"), unique=True)
    name: Mapped[str]
    closed_at: Mapped[datetime | None] = mapped_column(default=None)


class SystemToken(Record):
    """A token that was shown once: only its digest is kept, with what it may be used for and until when."""

    __tablename__ = "system_token"

    system_id: Mapped[UUID] = mapped_column(ForeignKey("agency_system.id"), index=True)
    token_digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    scopes_held: Mapped[str]
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None] = mapped_column(default=None)

    @property
    def scopes(self) -> frozenset[Scope]:
        """What it may be used for."""
        return scopes_in(self.scopes_held)

    def is_live(self, now: datetime) -> bool:
        """Whether it is good for anything."""
        return is_live(self.expires_at, self.ended_at, now)


@dataclass(frozen=True, repr=False)
class AnswerBody(Payload):
    """What was answered, word for word."""

    status: int
    text: str
    etag: str
    location: str


class KeptAnswer(SealedRecord):
    """The answer to a request that changed something, for when that request comes again under its key."""

    __tablename__ = "kept_answer"
    __table_args__ = (UniqueConstraint("system_id", "key_digest"), Index("ix_kept_answer_made_at", "made_at"))

    system_id: Mapped[UUID] = mapped_column(ForeignKey("agency_system.id"))
    key_digest: Mapped[bytes] = mapped_column(LargeBinary)
    request_mac: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime]
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    body = SealedPayload(AnswerBody)


@dataclass(frozen=True, repr=False)
class WebhookBody(Payload):
    """Where a system is called, and what the calls are signed with; the older secret for as long as both are used."""

    schema: ClassVar[int] = 1

    url: str
    secret: str
    older_secret: str = ""
    older_until: datetime | None = None

    def secrets(self, now: datetime) -> tuple[str, ...]:
        """Give what calls are signed with today, the newest first."""
        if self.older_until is not None and now < self.older_until:
            return (self.secret, self.older_secret)
        return (self.secret,)


class Webhook(SealedRecord):
    """An address of a system that is called when something changes for its agency."""

    __tablename__ = "webhook"

    system_id: Mapped[UUID] = mapped_column(ForeignKey("agency_system.id"), index=True)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"), index=True)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    failures: Mapped[int] = mapped_column(default=0)
    rests_until: Mapped[datetime | None] = mapped_column(default=None)
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    body = SealedPayload(WebhookBody)
