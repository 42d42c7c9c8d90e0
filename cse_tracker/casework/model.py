"""The entries of a case's record: append-only, their kind sealed with them."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cse_tracker.casework.rules import Contact, Entry, Kind
from cse_tracker.records.payload import Payload
from cse_tracker.records.sealed import SealedPayload, SealedRecord


@dataclass(frozen=True, repr=False)
class EntryBody(Payload):
    """What was entered, when and by whom; which earlier entry it replaces, and why where that was a mistake."""

    what: Entry
    recorded_at: datetime
    recorded_by: UUID | None
    replaces: int | None = None
    struck_out: str = ""


class CaseEntry(SealedRecord):
    """One entry. Nobody without the key sees even what kind it is, or that somebody is placed anywhere."""

    __tablename__ = "case_entry"
    __table_args__ = (UniqueConstraint("case_id", "ordinal"),)

    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_.id"), index=True)
    ordinal: Mapped[int]
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    body = SealedPayload(EntryBody)

    @property
    def kind(self) -> Kind:
        """What it is about."""
        return Kind(self.body.what.kind)

    def holds_on(self, day: date) -> bool:
        """Whether it has not ended by a day; a contact holds on no day."""
        if isinstance(self.body.what, Contact):
            return False
        return self.body.what.until is None or self.body.what.until > day
