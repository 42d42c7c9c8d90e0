"""The person record: an identity that lists and matching need, and the rest."""

from dataclasses import dataclass

from sqlalchemy import ForeignKey, LargeBinary
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


class Person(SealedRecord):
    """A young person, in a compartment of their own under the borough's key."""

    __tablename__ = "person"

    borough_gss: Mapped[str] = mapped_column(ForeignKey("borough.gss"), index=True)
    head_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    head = SealedPayload(Identity)
    body = SealedPayload(PersonDetails)

    @property
    def access_subject(self) -> Subject:
        """A person is seen by the lead officers of their borough."""
        return Subject(borough_gss=self.borough_gss)
