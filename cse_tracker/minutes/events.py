"""What happens to minutes."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from cse_tracker.work.event import Event


@dataclass(frozen=True, kw_only=True)
class MinutesDrafted(Event):
    """A version of the minutes was drafted from what was recorded."""

    name: ClassVar = "minutes.drafted"
    subject: ClassVar = "meeting"
    version: int


@dataclass(frozen=True, kw_only=True)
class MinutesWritten(Event):
    """A draft was worked on."""

    name: ClassVar = "minutes.written"
    subject: ClassVar = "meeting"
    version: int
    section: int


@dataclass(frozen=True, kw_only=True)
class MinutesSent(Event):
    """The chair agreed the minutes, and every agency invited is told that its sections can be read."""

    name: ClassVar = "minutes.sent"
    subject: ClassVar = "meeting"
    version: int
    sections: int


@dataclass(frozen=True, kw_only=True)
class MinutesViewed(Event):
    """Somebody read minutes, whole or by section."""

    name: ClassVar = "minutes.viewed"
    subject: ClassVar = "meeting"
    version: int
    agency_id: UUID | None
