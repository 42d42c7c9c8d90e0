"""The case: whose it is, where it stands, and what a list shows of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from cse_tracker.access.matrix import Subject
from cse_tracker.records.payload import Payload
from cse_tracker.records.reference import reference
from cse_tracker.records.sealed import SealedPayload, SealedRecord
from cse_tracker.rulebook.decisions import Certainty


class CaseStatus(Enum):
    """Whether a case is open; level and certainty are facts, not states."""

    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, repr=False)
class CaseHead(Payload):
    """What a list of cases shows, besides the person's own head."""

    opened_at: datetime
    certainty: Certainty | None = None
    level: int | None = None
    level_label: str = ""
    level_colour: str = "grey"


@dataclass(frozen=True, repr=False)
class CaseBody(Payload):
    """How the case came about."""

    opened_by: UUID | None
    joined_referrals: tuple[UUID, ...] = ()


class Case(SealedRecord):
    """One open case of a young person in the borough responsible."""

    __tablename__ = "case_"
    __table_args__ = (CheckConstraint("status IN ('open', 'closed')", name="status"),)

    borough_gss: Mapped[str] = mapped_column(ForeignKey("borough.gss"), index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    status: Mapped[CaseStatus] = mapped_column(default=CaseStatus.OPEN)
    head_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    head = SealedPayload(CaseHead)
    body = SealedPayload(CaseBody)

    @property
    def reference(self) -> str:
        """The reference that people read out."""
        return reference("C", self.id)

    @property
    def access_subject(self) -> Subject:
        """A case is seen by the lead officers of the borough responsible."""
        return Subject(borough_gss=self.borough_gss)
