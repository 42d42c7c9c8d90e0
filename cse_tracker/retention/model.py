"""Legal holds, what they hold, and proposals to destroy."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from cse_tracker.access.matrix import Subject
from cse_tracker.records.base import Base
from cse_tracker.records.payload import Payload
from cse_tracker.records.sealed import SealedPayload, SealedRecord


class HoldState(Enum):
    """Whether a hold stands."""

    ACTIVE = "active"
    RELEASED = "released"


@dataclass(frozen=True, repr=False)
class HoldBody(Payload):
    """Why records must be kept, and why they need be no more."""

    reason: str
    placed_at: datetime
    placed_by: UUID | None
    release_reason: str = ""
    released_at: datetime | None = None


class LegalHold(SealedRecord):
    """An order, inquiry or complaint for which nothing of a young person's records may be destroyed."""

    __tablename__ = "legal_hold"
    __table_args__ = (
        CheckConstraint("state IN ('active', 'released')", name="state"),
        CheckConstraint(
            "state = 'active' OR (proposed_by IS NOT NULL AND released_by IS NOT NULL AND proposed_by <> released_by)",
            name="two_release",
        ),
    )

    borough_gss: Mapped[str] = mapped_column(ForeignKey("borough.gss"), index=True)
    # No foreign key: what is kept of a hold outlasts the record.
    person_id: Mapped[UUID] = mapped_column(index=True)
    state: Mapped[HoldState] = mapped_column(default=HoldState.ACTIVE)
    proposed_by: Mapped[UUID | None] = mapped_column(default=None)
    released_by: Mapped[UUID | None] = mapped_column(default=None)
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    body = SealedPayload(HoldBody)

    @property
    def access_subject(self) -> Subject:
        """A hold is a matter of the borough that keeps the records."""
        return Subject(borough_gss=self.borough_gss)


class HeldCompartment(Base):
    """A compartment that a hold covers. The database itself refuses to delete its key, or any row sealed in it."""

    __tablename__ = "held_compartment"

    hold_id: Mapped[UUID] = mapped_column(ForeignKey("legal_hold.id"), primary_key=True)
    compartment_id: Mapped[UUID] = mapped_column(primary_key=True, index=True)


class DestructionState(Enum):
    """Where a proposal stands."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    REFUSED = "refused"


@dataclass(frozen=True, repr=False)
class DestructionBody(Payload):
    """Why, under which class, and who."""

    reason: str
    rule_key: str
    due_on: date
    proposed_at: datetime
    proposed_by: UUID | None
    decided_at: datetime | None = None
    decided_by: UUID | None = None
    rows: int = 0


class Destruction(SealedRecord):
    """A proposal to destroy all that is held of a young person; what is kept of it outlasts the record."""

    __tablename__ = "destruction"
    __table_args__ = (
        CheckConstraint("state IN ('proposed', 'confirmed', 'refused')", name="state"),
        Index(
            "uq_destruction_waiting",
            "person_id",
            unique=True,
            sqlite_where=text("state = 'proposed'"),
            postgresql_where=text("state = 'proposed'"),
        ),
    )

    borough_gss: Mapped[str] = mapped_column(ForeignKey("borough.gss"), index=True)
    person_id: Mapped[UUID]
    state: Mapped[DestructionState] = mapped_column(default=DestructionState.PROPOSED)
    # Whether the epoch that its keys were under was closed since, and the pages rid of what was left.
    epoch_closed: Mapped[bool] = mapped_column(default=False)
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    body = SealedPayload(DestructionBody)

    @property
    def access_subject(self) -> Subject:
        """A destruction is a matter of the borough that kept the records."""
        return Subject(borough_gss=self.borough_gss)
