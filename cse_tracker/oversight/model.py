"""What was handed out of the record, to whom and what for."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from cse_tracker.records.base import Base
from cse_tracker.records.payload import Payload
from cse_tracker.records.sealed import SealedPayload, SealedRecord


class HandoutKind(Enum):
    """What was handed out."""

    AUDIT_TRAIL = "audit_trail"
    SUBJECT_ACCESS = "subject_access"


@dataclass(frozen=True, repr=False)
class HandoutBody(Payload):
    """To whom, what for, by whom, and which file: its digest proves later that a file is the one handed out."""

    organisation: str
    person: str
    purpose: str
    legal_basis: str
    handed_at: datetime
    handed_by: UUID | None
    sha256: str
    items: int


class Handout(SealedRecord):
    """One handing out, under a key of its own: it outlasts the record it was taken from."""

    __tablename__ = "handout"
    __table_args__ = (CheckConstraint("kind IN ('audit_trail', 'subject_access')", name="kind"),)

    borough_gss: Mapped[str] = mapped_column(ForeignKey("borough.gss"), index=True)
    kind: Mapped[HandoutKind]
    # A case or a young person; no foreign key, because it may be destroyed.
    about_id: Mapped[UUID] = mapped_column(index=True)
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    body = SealedPayload(HandoutBody)


class Tombstone(Base):
    """That everything about a young person was destroyed. A restored backup destroys it again by this."""

    __tablename__ = "tombstone"

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    borough_gss: Mapped[str] = mapped_column(ForeignKey("borough.gss"))
    destroyed_at: Mapped[datetime]
