"""A marker that a service is involved with a young person."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from cse_tracker.access.matrix import Subject
from cse_tracker.records.payload import Payload
from cse_tracker.records.sealed import SealedPayload, SealedRecord


@dataclass(frozen=True, repr=False)
class MarkerBody(Payload):
    """Of whom the service speaks, and whom to ask there. There is no field for what it knows."""

    first_name: str
    last_name: str
    born: str
    contact: str
    marked_at: datetime
    marked_by: UUID | None


class Marker(SealedRecord):
    """One service's statement that it is involved, sealed in a compartment of its own."""

    __tablename__ = "involvement_marker"

    borough_gss: Mapped[str] = mapped_column(ForeignKey("borough.gss"), index=True)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"), index=True)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    body = SealedPayload(MarkerBody)

    @property
    def access_subject(self) -> Subject:
        """A marker is kept by its service; the borough's lead officers see it on a case that fits it."""
        return Subject(borough_gss=self.borough_gss, referring_agency_id=self.agency_id)
