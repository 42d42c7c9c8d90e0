"""What happens to records at their end."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from cse_tracker.retention.model import DestructionState
from cse_tracker.work.event import Event


@dataclass(frozen=True, kw_only=True)
class ReviewListViewed(Event):
    """Somebody looked at which records are due for review."""

    name: ClassVar = "retention.list_viewed"
    subject: ClassVar = "person"
    shown: int


@dataclass(frozen=True, kw_only=True)
class HoldPlaced(Event):
    """A young person's records were put under legal hold."""

    name: ClassVar = "hold.placed"
    subject: ClassVar = "person"
    hold_id: UUID
    compartments: int


@dataclass(frozen=True, kw_only=True)
class HoldReleaseProposed(Event):
    """One person proposed to release a legal hold."""

    name: ClassVar = "hold.release_proposed"
    subject: ClassVar = "person"
    hold_id: UUID


@dataclass(frozen=True, kw_only=True)
class HoldReleased(Event):
    """A second person released a legal hold."""

    name: ClassVar = "hold.released"
    subject: ClassVar = "person"
    hold_id: UUID
    proposed_by: UUID | None


@dataclass(frozen=True, kw_only=True)
class DestructionProposed(Event):
    """One person proposed to destroy all that is held of a young person."""

    name: ClassVar = "destruction.proposed"
    subject: ClassVar = "person"
    destruction_id: UUID


@dataclass(frozen=True, kw_only=True)
class DestructionDecided(Event):
    """A second person confirmed or refused the destruction of all that is held of a young person."""

    name: ClassVar = "destruction.decided"
    subject: ClassVar = "person"
    destruction_id: UUID
    state: DestructionState
    proposed_by: UUID | None
    rows: int


@dataclass(frozen=True, kw_only=True)
class EpochsClosed(Event):
    """The keys above destroyed records were closed, so that no older copy of a data key opens any more."""

    name: ClassVar = "retention.epochs_closed"
    subject: ClassVar = "store"
    boroughs: int
    destroyed: int
