"""The ledger of what was shared: one row for everything that left."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from cse_tracker.records.payload import Payload
from cse_tracker.records.reference import reference
from cse_tracker.records.sealed import SealedPayload, SealedRecord


class Footing(StrEnum):
    """On what sharing rests; agreement is sought where that is safe, and is never the only way."""

    SAFEGUARDING = "safeguarding"
    COURT = "court"
    AGREED = "agreed"
    OTHER_DUTY = "other_duty"


FOOTINGS = {
    Footing.SAFEGUARDING: "To protect the young person (safeguarding duty)",
    Footing.COURT: "A court has ordered it",
    Footing.AGREED: "The young person or their parent agreed",
    Footing.OTHER_DUTY: "Another duty in law",
}


@dataclass(frozen=True, repr=False)
class SharingBody(Payload):
    """What was shared, with whom, what for, and whether the young person was asked."""

    recipient: str
    organisation: str
    purpose: str
    footing: Footing
    asked: str
    what: str
    shared_at: datetime
    shared_by: UUID | None


class SharingRecord(SealedRecord):
    """One export of a case, sealed with it."""

    __tablename__ = "sharing_record"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_.id"), index=True)
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    body = SealedPayload(SharingBody)

    @property
    def reference(self) -> str:
        """The reference that stands on every page of what was shared."""
        return reference("S", self.id)
