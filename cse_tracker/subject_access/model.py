"""A request to see what is held, what a lead officer said to it, and what was decided line by line."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum, StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from cse_tracker.access.matrix import Subject
from cse_tracker.records.payload import Payload
from cse_tracker.records.reference import reference
from cse_tracker.records.sealed import SealedPayload, SealedRecord
from cse_tracker.subject_access.rules import Review, answer_by


class RequestState(Enum):
    """Where a request stands."""

    WAITING = "waiting"
    AGREED = "agreed"
    REFUSED = "refused"
    HANDED_OUT = "handed_out"


# Nothing of the records is opened for a request before a lead officer has agreed.
READABLE: Final = frozenset({RequestState.AGREED, RequestState.HANDED_OUT})
STANDING: Final = "state IN ('waiting', 'agreed')"


class Asker(StrEnum):
    """Who asks."""

    SELF = "self"
    PARENT = "parent"
    REPRESENTATIVE = "representative"


ASKERS: Final = {
    Asker.SELF: "The young person",
    Asker.PARENT: "Somebody with parental responsibility",
    Asker.REPRESENTATIVE: "Somebody who acts for the young person",
}


@dataclass(frozen=True, repr=False)
class RequestBody(Payload):
    """Who asks and how that was checked, what the lead officer said, where else they are named, and the review."""

    asker: Asker
    requester: str
    identity_checked: str
    received_on: date
    asked_at: datetime
    asked_by: UUID | None
    opinion: str = ""
    answered_at: datetime | None = None
    answered_by: UUID | None = None
    searched_at: datetime | None = None
    mentions: tuple[tuple[str, UUID], ...] = ()
    review: Review = field(default_factory=Review)

    @property
    def answer_by(self) -> date:
        """The last day to answer."""
        return answer_by(self.received_on)


class SubjectRequest(SealedRecord):
    """One request, sealed with the young person it is about, and gone with them; each handing out stays."""

    __tablename__ = "subject_request"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'agreed', 'refused', 'handed_out')", name="state"),
        Index(
            "uq_subject_request_standing",
            "person_id",
            unique=True,
            sqlite_where=text(STANDING),
            postgresql_where=text(STANDING),
        ),
    )

    borough_gss: Mapped[str] = mapped_column(ForeignKey("borough.gss"), index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_.id"))
    state: Mapped[RequestState] = mapped_column(default=RequestState.WAITING)
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    body = SealedPayload(RequestBody)

    @property
    def reference(self) -> str:
        """The reference that people read out."""
        return reference("Q", self.id)

    @property
    def access_subject(self) -> Subject:
        """A request is a matter of the borough that keeps the records."""
        return Subject(borough_gss=self.borough_gss)
