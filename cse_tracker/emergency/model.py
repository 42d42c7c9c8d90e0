"""One request for emergency access, found or not, with its reason and its review."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from cse_tracker.access.matrix import Subject
from cse_tracker.records.payload import Payload
from cse_tracker.records.sealed import SealedPayload, SealedRecord


class Ground(StrEnum):
    """What makes it urgent."""

    DANGER_NOW = "danger_now"
    MISSING_NOW = "missing_now"
    IN_FRONT_OF_ME = "in_front_of_me"
    OUT_OF_HOURS = "out_of_hours"


GROUNDS: Final = {
    Ground.DANGER_NOW: "The young person is in danger now",
    Ground.MISSING_NOW: "The young person is missing now",
    Ground.IN_FRONT_OF_ME: "The young person is with me now and needs help",
    Ground.OUT_OF_HOURS: "A decision to protect them cannot wait for the lead officer",
}


class Finding(StrEnum):
    """What the review found."""

    JUSTIFIED = "justified"
    UNJUSTIFIED = "unjustified"
    REFERRED = "referred"


FINDINGS: Final = {
    Finding.JUSTIFIED: "It was justified",
    Finding.UNJUSTIFIED: "It was not justified",
    Finding.REFERRED: "It goes to the data protection officer",
}


@dataclass(frozen=True, repr=False)
class EmergencyBody(Payload):
    """Why, until when, and what the review found."""

    ground: Ground
    reason: str
    named: str
    expires_at: datetime
    finding: Finding | None = None
    reviewed_at: datetime | None = None
    reviewed_by: UUID | None = None
    note: str = ""


class EmergencyAccess(SealedRecord):
    """One request; without a case where nobody was found, so that guessing leaves a trace too."""

    __tablename__ = "emergency_access"

    borough_gss: Mapped[str] = mapped_column(ForeignKey("borough.gss"))
    asked_by: Mapped[UUID] = mapped_column(ForeignKey("app_user.id"), index=True)
    asked_at: Mapped[datetime]
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("case_.id"), default=None, index=True)
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    body = SealedPayload(EmergencyBody)

    @property
    def act(self) -> str:
        """The act that reviewing it is, as the duty that demands it names it."""
        return f"emergency:{self.id}"

    @property
    def access_subject(self) -> Subject:
        """It is used by whoever asked, and reviewed by the borough's lead officers."""
        return Subject(borough_gss=self.borough_gss, author_id=self.asked_by)
