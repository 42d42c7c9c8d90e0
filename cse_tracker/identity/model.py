"""Boroughs, agencies, users, memberships, posts and sign-ins."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cse_tracker.records.base import Base, Record
from cse_tracker.records.payload import Payload
from cse_tracker.records.sealed import SealedPayload, SealedRecord
from cse_tracker.rulebook.terms import AgencyKind
from cse_tracker.work.actor import Role


class PostKind(Enum):
    """What a named post is for."""

    LEAD_OFFICER = "lead_officer"
    MEETING_CONTACT = "meeting_contact"
    REFERRAL_CONTACT = "referral_contact"
    SERVICE_MANAGER = "service_manager"
    HEAD_OF_SAFEGUARDING = "head_of_safeguarding"
    DIRECTOR = "director"


class Borough(Base):
    """A London borough; the names are public, so they stand in plain text."""

    __tablename__ = "borough"

    gss: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    la_code: Mapped[str]


class Agency(Record):
    """An organisation that refers, is asked, or is invited."""

    __tablename__ = "agency"
    __table_args__ = (UniqueConstraint("name"),)

    kind: Mapped[AgencyKind]
    name: Mapped[str]
    borough_gss: Mapped[str | None] = mapped_column(ForeignKey("borough.gss"))
    closed_at: Mapped[datetime | None] = mapped_column(default=None)


@dataclass(frozen=True, repr=False)
class UserHead(Payload):
    """Who a user is."""

    name: str
    email: str
    job_title: str


@dataclass(frozen=True, repr=False)
class UserSecrets(Payload):
    """What proves who a user is."""

    password_hash: str


class User(SealedRecord):
    """A person who works here. Name, address and secrets are sealed; the e-mail is looked up by a keyed token."""

    __tablename__ = "app_user"

    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"))
    email_token: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    active: Mapped[bool] = mapped_column(default=True)
    failures: Mapped[int] = mapped_column(default=0)
    rests_until: Mapped[datetime | None] = mapped_column(default=None)
    head_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    head = SealedPayload(UserHead)
    body = SealedPayload(UserSecrets)


class Membership(Record):
    """A role that a user holds in a borough."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("user_id", "borough_gss", "role"),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("app_user.id"), index=True)
    borough_gss: Mapped[str] = mapped_column(ForeignKey("borough.gss"))
    role: Mapped[Role]


class Post(Record):
    """A named post of an agency for a borough; referrals and invitations go to posts, whoever holds them."""

    __tablename__ = "post"

    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"), index=True)
    borough_gss: Mapped[str] = mapped_column(ForeignKey("borough.gss"), index=True)
    kind: Mapped[PostKind]
    holder_id: Mapped[UUID] = mapped_column(ForeignKey("app_user.id"))


class SignIn(Record):
    """A session that can be ended from here; the cookie holds only the token behind this digest."""

    __tablename__ = "sign_in"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("app_user.id"), index=True)
    token_digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    opened_at: Mapped[datetime]
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
