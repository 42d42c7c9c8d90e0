"""What happens to meetings."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from cse_tracker.meetings.model import MeetingState
from cse_tracker.work.event import Event


@dataclass(frozen=True, kw_only=True)
class MeetingScheduled(Event):
    """A meeting was called; every agency invited is told."""

    name: ClassVar = "meeting.scheduled"
    subject: ClassVar = "meeting"
    case_id: UUID
    starts_at: datetime


@dataclass(frozen=True, kw_only=True)
class MeetingViewed(Event):
    """Somebody opened a meeting."""

    name: ClassVar = "meeting.viewed"
    subject: ClassVar = "meeting"


@dataclass(frozen=True, kw_only=True)
class MeetingListViewed(Event):
    """Somebody looked at a list of meetings."""

    name: ClassVar = "meeting.list_viewed"
    subject: ClassVar = "meeting"
    shown: int


@dataclass(frozen=True, kw_only=True)
class MeetingWindowClosed(Event):
    """The agencies invited can read the meeting no more: it is over, and so is every action agreed at it."""

    name: ClassVar = "meeting.window_closed"
    subject: ClassVar = "meeting"


@dataclass(frozen=True, kw_only=True)
class MeetingHeld(Event):
    """A meeting was recorded as held, with who came."""

    name: ClassVar = "meeting.held"
    subject: ClassVar = "meeting"
    case_id: UUID
    state: MeetingState
    present: int
    actions: int
