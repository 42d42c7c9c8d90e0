"""Notes, information and decisions under an item of the agenda, and the packs handed out before a meeting."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cse_tracker.access.matrix import Subject
from cse_tracker.agenda.rules import Handling
from cse_tracker.cases.model import Case
from cse_tracker.meetings.model import AgendaItem
from cse_tracker.records.payload import Payload
from cse_tracker.records.reference import reference
from cse_tracker.records.sealed import SealedPayload, SealedRecord


@dataclass(frozen=True, repr=False)
class NotesBody(Payload):
    """What was typed so far, and who typed last."""

    text: str = ""
    saved_at: datetime | None = None
    saved_by: UUID | None = None


class Notes(SealedRecord):
    """The notes under one item, saved as they are typed; each saving raises the revision."""

    __tablename__ = "meeting_notes"

    item_id: Mapped[UUID] = mapped_column(ForeignKey("agenda_item.id"), unique=True)
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    body = SealedPayload(NotesBody)


@dataclass(frozen=True, repr=False)
class GivenBody(Payload):
    """What an agency told the meeting, and how far it may go."""

    text: str
    handling: Handling
    at: datetime
    by: UUID | None


class Given(SealedRecord):
    """One piece of information that an agency shared under an item."""

    __tablename__ = "information_given"
    __table_args__ = (UniqueConstraint("item_id", "ordinal"),)

    item_id: Mapped[UUID] = mapped_column(ForeignKey("agenda_item.id"), index=True)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"), index=True)
    ordinal: Mapped[int]
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    body = SealedPayload(GivenBody)


@dataclass(frozen=True, repr=False)
class DecisionBody(Payload):
    """What was decided, which agencies agreed, and which did not and why; the level, where it was one."""

    text: str
    agreed: tuple[UUID, ...]
    disagreed: tuple[UUID, ...]
    why_not: str
    at: datetime
    by: UUID | None
    level: int | None = None
    level_label: str = ""
    proposed: bool = False


class MeetingDecision(SealedRecord):
    """One decision taken under an item."""

    __tablename__ = "meeting_decision"
    __table_args__ = (UniqueConstraint("item_id", "ordinal"),)

    item_id: Mapped[UUID] = mapped_column(ForeignKey("agenda_item.id"), index=True)
    ordinal: Mapped[int]
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    body = SealedPayload(DecisionBody)


class PackState(Enum):
    """Where a pack stands: it is put together case by case."""

    BEGUN = "begun"
    READY = "ready"


class Pack(SealedRecord):
    """What one agency is told before a meeting. `done` of `total` items are in it so far."""

    __tablename__ = "meeting_pack"
    __table_args__ = (
        UniqueConstraint("meeting_id", "agency_id", "ordinal"),
        CheckConstraint("state IN ('begun', 'ready')", name="state"),
        CheckConstraint("done >= 0 AND done <= total", name="done"),
    )

    meeting_id: Mapped[UUID] = mapped_column(ForeignKey("meeting.id"), index=True)
    borough_gss: Mapped[str] = mapped_column(ForeignKey("borough.gss"))
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"), index=True)
    ordinal: Mapped[int]
    total: Mapped[int]
    done: Mapped[int] = mapped_column(default=0)
    state: Mapped[PackState] = mapped_column(default=PackState.BEGUN)
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    @dataclass(frozen=True, repr=False)
    class Body(Payload):
        """Who asked for it and when."""

        asked_at: datetime
        asked_by: UUID | None
        ready_at: datetime | None = None

    body = SealedPayload(Body)

    @property
    def reference(self) -> str:
        """The reference that stands on every page of it."""
        return reference("P", self.id)

    @property
    def access_subject(self) -> Subject:
        """A pack is seen by its agency and by the borough's lead officers."""
        return Subject(borough_gss=self.borough_gss, invited_agency_ids=frozenset({self.agency_id}))


@dataclass(frozen=True, repr=False)
class PartBody(Payload):
    """What a pack says under one item: headings and their lines, as they stood when it was put together."""

    title: str
    lines: tuple[tuple[str, str], ...]


class PackPart(SealedRecord):
    """One item's part of a pack, sealed with its case: what was handed out ends with the case it is about."""

    __tablename__ = "meeting_pack_part"
    __table_args__ = (UniqueConstraint("pack_id", "item_id"),)

    pack_id: Mapped[UUID] = mapped_column(ForeignKey("meeting_pack.id"), index=True)
    item_id: Mapped[UUID] = mapped_column(ForeignKey("agenda_item.id"))
    ordinal: Mapped[int]
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary, init=False)

    body = SealedPayload(PartBody)


@dataclass(frozen=True, repr=False)
class Ingredients:
    """What the next parts of a pack are made of: each item with its case and what is to be said under it."""

    items: tuple[tuple[AgendaItem, Case | None, PartBody], ...]
