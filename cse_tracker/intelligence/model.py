"""Things that cases have in common, what joins them, and the tokens by which other boroughs find them."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from cse_tracker.access.matrix import Subject
from cse_tracker.intelligence.rules import Grade, Kind, Platform, Sighting, shown
from cse_tracker.records.base import Base
from cse_tracker.records.payload import Payload
from cse_tracker.records.reference import reference
from cse_tracker.records.sealed import SealedPayload, SealedRecord


class Relation(StrEnum):
    """What joins one end of a link to the other."""

    NAMED = "named"
    SEEN_WITH = "seen_with"
    TRAVELLED_IN = "travelled_in"
    FOUND_AT = "found_at"
    GOES_TO = "goes_to"
    CALLED_BY = "called_by"
    IN_TOUCH = "in_touch"
    USES = "uses"
    KEEPS = "keeps"
    LIVES_AT = "lives_at"
    WORKS_AT = "works_at"
    KNOWS = "knows"


@dataclass(frozen=True, repr=False)
class ThingHead(Payload):
    """What it is, as it was first typed, with what else is known of it."""

    kind: Kind
    label: str
    postcode: str = ""
    platform: Platform | None = None
    born: date | None = None
    description: str = ""

    @property
    def sighting(self) -> Sighting:
        """What finding it again looks at."""
        return Sighting(self.kind, self.label, self.postcode, self.platform, self.born)

    @property
    def shown(self) -> str:
        """How it is written on pages."""
        name = shown(self.sighting)
        if self.platform is not None:
            return f"{name} ({self.platform.value})"
        return f"{name}, {self.postcode}" if self.postcode else name


class Thing(SealedRecord):
    """A person of concern, vehicle, place, phone or online name, in a compartment of its own.

    A third party stays when a young person's key is destroyed, and goes without taking theirs along.
    """

    __tablename__ = "linked_thing"

    borough_gss: Mapped[str] = mapped_column(ForeignKey("borough.gss"), index=True)
    head_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    head = SealedPayload(ThingHead)

    @property
    def reference(self) -> str:
        """The reference that people read out."""
        return reference("T", self.id)

    @property
    def access_subject(self) -> Subject:
        """A thing is seen by the lead officers of its borough."""
        return Subject(borough_gss=self.borough_gss)


@dataclass(frozen=True, repr=False)
class LinkBody(Payload):
    """What joins the two ends, on whose word, and who may be told."""

    relation: Relation
    grade: Grade
    conditions: str
    narrative: str
    source: str
    recorded_at: datetime
    recorded_by: UUID | None
    learnt_in: UUID | None = None
    withdrawn_reason: str = ""

    @property
    def stands(self) -> bool:
        """Whether the link has not been taken back."""
        return not self.withdrawn_reason


class Link(SealedRecord):
    """One statement that a case, or a thing, has to do with a thing; sealed under a key of its own."""

    __tablename__ = "link"
    __table_args__ = (CheckConstraint("(from_case_id IS NULL) <> (from_thing_id IS NULL)", name="one_beginning"),)

    borough_gss: Mapped[str] = mapped_column(ForeignKey("borough.gss"), index=True)
    from_case_id: Mapped[UUID | None] = mapped_column(ForeignKey("case_.id"), index=True, default=None)
    from_thing_id: Mapped[UUID | None] = mapped_column(ForeignKey("linked_thing.id"), index=True, default=None)
    to_thing_id: Mapped[UUID] = mapped_column(ForeignKey("linked_thing.id"), index=True)
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    body = SealedPayload(LinkBody)

    @property
    def access_subject(self) -> Subject:
        """A link is seen where both of its ends are; its borough comes first."""
        return Subject(borough_gss=self.borough_gss)


class LinkToken(Base):
    """One blind token of one thing. Nothing in the row joins it to another of the same thing's."""

    __tablename__ = "link_token"

    handle: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    token: Mapped[int] = mapped_column(BigInteger, index=True)
    key_version: Mapped[int]
    announced: Mapped[bool]
    holder: Mapped[bytes] = mapped_column(LargeBinary)
