"""Blind tokens, what one borough asks of the others, and what each of them answers."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Connection,
    ForeignKey,
    Index,
    LargeBinary,
    delete,
    event,
    insert,
)
from sqlalchemy.orm import Mapped, Mapper, Session, mapped_column, object_session

from cse_tracker.access.matrix import Subject
from cse_tracker.matching.rules import MOST_COMPOSITES, Composite, kept
from cse_tracker.people.model import Person, PersonDetails
from cse_tracker.people.rules import Identity
from cse_tracker.records.base import Base
from cse_tracker.records.blind import Blinding, blinding_of, blindings_of
from cse_tracker.records.payload import Payload
from cse_tracker.records.reference import reference
from cse_tracker.records.sealed import SealedPayload, SealedRecord


class MatchToken(Base):
    """One blind token of one person. Nothing in the row joins it to another of the same person's."""

    __tablename__ = "match_token"
    __table_args__ = (Index("ix_match_token_token", "token"),)

    handle: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    token: Mapped[int] = mapped_column(BigInteger)
    key_version: Mapped[int]
    holder: Mapped[bytes] = mapped_column(LargeBinary)


class AnswerState(Enum):
    """Where a question to another borough stands."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    DECLINED = "declined"


@dataclass(frozen=True, repr=False)
class EnquiryBody(Payload):
    """Whom a lead officer asked about, and why."""

    identity: Identity
    contact: str
    reason: str


class Enquiry(SealedRecord):
    """A lead officer's question to all other boroughs."""

    __tablename__ = "match_enquiry"
    __table_args__ = (
        Index("ix_match_enquiry_user", "asked_by", "asked_at"),
        Index("ix_match_enquiry_borough", "borough_gss", "asked_at"),
    )

    borough_gss: Mapped[str] = mapped_column(ForeignKey("borough.gss"))
    asked_by: Mapped[UUID] = mapped_column(ForeignKey("app_user.id"))
    asked_at: Mapped[datetime]
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    body = SealedPayload(EnquiryBody)

    @property
    def reference(self) -> str:
        """The reference that both boroughs can name on the telephone."""
        return reference("E", self.id)

    @property
    def access_subject(self) -> Subject:
        """An enquiry is seen by the lead officers of the borough that asks."""
        return Subject(borough_gss=self.borough_gss, author_id=self.asked_by)


@dataclass(frozen=True, repr=False)
class AnswerBody(Payload):
    """Whom a borough holds who may be the one asked about; what it disclosed, once its lead officer agreed."""

    person_id: UUID
    reasons: tuple[str, ...]
    likely: bool
    note: str = ""
    decided_by: UUID | None = None
    disclosed: Identity | None = None


class Answer(SealedRecord):
    """What one borough answers about one person, in that person's compartment: it goes when the person's key goes."""

    __tablename__ = "match_answer"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'accepted', 'declined')", name="state"),
        CheckConstraint("(state = 'waiting') = (decided_at IS NULL)", name="decided"),
    )

    enquiry_id: Mapped[UUID] = mapped_column(ForeignKey("match_enquiry.id"), index=True)
    borough_gss: Mapped[str] = mapped_column(ForeignKey("borough.gss"), index=True)
    state: Mapped[AnswerState] = mapped_column(default=AnswerState.WAITING)
    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    body = SealedPayload(AnswerBody)

    @property
    def access_subject(self) -> Subject:
        """An answer is decided on by the lead officers of the borough that holds the record."""
        return Subject(borough_gss=self.borough_gss)


HANDLES: Final = range(MOST_COMPOSITES)


def handles(blinding: Blinding, person_id: UUID) -> list[bytes]:
    """Give the handles that a person's tokens can have; without the key they are random bytes."""
    return [blinding.handle(person_id, place) for place in HANDLES]


def token_rows(
    blinding: Blinding, person_id: UUID, borough_gss: str, composites: list[Composite]
) -> list[dict[str, object]]:
    """Give the rows of a person's tokens."""
    return [
        {
            "handle": (handle := blinding.handle(person_id, place)),
            "token": (token := blinding.token(*composite)),
            "key_version": blinding.version,
            "holder": blinding.seal_holder(token, handle, person_id, borough_gss),
        }
        for place, composite in enumerate(composites)
    ]


def write_tokens(connection: Connection, session: Session, person: Person) -> None:
    """Write a person's tokens anew from what is held of them now."""
    blinding, details = blinding_of(session), person.body
    forget_tokens(connection, session, person.id)
    composites = kept(person.head, _contact(details))
    if composites:
        rows = token_rows(blinding, person.id, person.borough_gss, composites)
        connection.execute(insert(MatchToken.__table__), rows)  # type: ignore[arg-type]


def forget_tokens(connection: Connection, session: Session, person_id: UUID) -> None:
    """Delete a person's tokens."""
    table = MatchToken.__table__
    known = [handle for blinding in blindings_of(session) for handle in handles(blinding, person_id)]
    connection.execute(delete(table).where(table.c.handle.in_(known)))  # type: ignore[arg-type]


def _contact(details: PersonDetails) -> str:
    return f"{details.contact}\n{details.carer}"


# Tokens are written with the person, in the same flush, by whatever command: none can forget to correct them.
@event.listens_for(Person, "after_insert")
@event.listens_for(Person, "after_update")
def _keep_tokens(_mapper: Mapper[Person], connection: Connection, person: Person) -> None:
    session = object_session(person)
    if session is not None:
        write_tokens(connection, session, person)


@event.listens_for(Person, "after_delete")
def _drop_tokens(_mapper: Mapper[Person], connection: Connection, person: Person) -> None:
    session = object_session(person)
    if session is not None:
        forget_tokens(connection, session, person.id)
