"""What happens at the table, and to packs."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from cse_tracker.agenda.rules import Handling
from cse_tracker.work.event import Event


@dataclass(frozen=True, kw_only=True)
class NotesSaved(Event):
    """Notes under an item were saved."""

    name: ClassVar = "meeting.notes_saved"
    subject: ClassVar = "meeting"
    item_id: UUID
    case_id: UUID | None


@dataclass(frozen=True, kw_only=True)
class InformationGiven(Event):
    """An agency shared something under an item."""

    name: ClassVar = "meeting.information_given"
    subject: ClassVar = "meeting"
    item_id: UUID
    agency_id: UUID
    handling: Handling


@dataclass(frozen=True, kw_only=True)
class DecisionTaken(Event):
    """A decision was taken under an item."""

    name: ClassVar = "meeting.decision_taken"
    subject: ClassVar = "meeting"
    item_id: UUID
    case_id: UUID | None
    agreed: int
    disagreed: int
    level: bool


@dataclass(frozen=True, kw_only=True)
class ItemViewed(Event):
    """Somebody opened an item of an agenda."""

    name: ClassVar = "meeting.item_viewed"
    subject: ClassVar = "meeting"
    item_id: UUID
    case_id: UUID | None


@dataclass(frozen=True, kw_only=True)
class PackBegun(Event):
    """A pack for an agency is being put together."""

    name: ClassVar = "meeting.pack_begun"
    subject: ClassVar = "meeting"
    pack_id: UUID
    agency_id: UUID
    items: int


@dataclass(frozen=True, kw_only=True)
class PackReady(Event):
    """A pack is whole: its agency may open it."""

    name: ClassVar = "meeting.pack_ready"
    subject: ClassVar = "meeting"
    pack_id: UUID
    agency_id: UUID


@dataclass(frozen=True, kw_only=True)
class PackOpened(Event):
    """Somebody opened a pack, or took it as a PDF."""

    name: ClassVar = "meeting.pack_opened"
    subject: ClassVar = "meeting"
    pack_id: UUID
    agency_id: UUID
    as_file: bool
