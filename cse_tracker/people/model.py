"""The person record: an identity that lists and matching need, and the rest."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cse_tracker.access.matrix import Subject
from cse_tracker.people.rules import Identity
from cse_tracker.records.payload import Payload
from cse_tracker.records.sealed import SealedPayload, SealedRecord


@dataclass(frozen=True, repr=False)
class PersonDetails(Payload):
    """What else is known of a young person's circumstances."""

    ethnicity: str = "NOBT"
    address: str = ""
    school: str = ""
    looked_after: str = "not_known"
    carer: str = ""
    contact: str = ""
    # "yes", "no" or "not_known", like `looked_after`; records from before these were asked say "not_known".
    disability: str = "not_known"
    from_abroad: str = "not_known"


class Person(SealedRecord):
    """A young person, in a compartment of their own under the borough's key."""

    __tablename__ = "person"

    borough_gss: Mapped[str] = mapped_column(ForeignKey("borough.gss"), index=True)
    # Held twice by mistake: everything of theirs is found with the other one, unless that is undone.
    merged_into_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"), default=None, index=True)
    head_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    head = SealedPayload(Identity)
    body = SealedPayload(PersonDetails)

    @property
    def access_subject(self) -> Subject:
        """A person is seen by the lead officers of their borough."""
        return Subject(borough_gss=self.borough_gss)


@dataclass(frozen=True, repr=False)
class CorrectionBody(Payload):
    """What was held before and after a correction, why it was made, and by whom."""

    before: Identity
    after: Identity
    details_before: PersonDetails
    details_after: PersonDetails
    reason: str
    corrected_at: datetime
    corrected_by: UUID | None


class Correction(SealedRecord):
    """One correction of who a young person is held to be: append-only, so that no earlier name or date is lost."""

    __tablename__ = "person_correction"
    __table_args__ = (UniqueConstraint("person_id", "ordinal"),)

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    ordinal: Mapped[int]
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    body = SealedPayload(CorrectionBody)
