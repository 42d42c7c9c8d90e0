"""What happens to markers of involvement."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from cse_tracker.work.event import Event


@dataclass(frozen=True, kw_only=True)
class InvolvementMarked(Event):
    """A service said that it is involved with a young person, or that it no longer is."""

    name: ClassVar = "involvement.marked"
    subject: ClassVar = "involvement"
    agency_id: UUID
    ended: bool


@dataclass(frozen=True, kw_only=True)
class InvolvementListViewed(Event):
    """A service looked at its own markers."""

    name: ClassVar = "involvement.list_viewed"
    subject: ClassVar = "involvement"
    shown: int


@dataclass(frozen=True, kw_only=True)
class InvolvementSeen(Event):
    """A lead officer saw on a case that services are involved, and whom to ask there."""

    name: ClassVar = "involvement.seen"
    subject: ClassVar = "case"
    shown: int
