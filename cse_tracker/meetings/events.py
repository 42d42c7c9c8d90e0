"""What happens to meetings."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from cse_tracker.meetings.model import MeetingState
from cse_tracker.work.event import Event


@dataclass(frozen=True, kw_only=True)
class MeetingProposed(Event):
    """A meeting was put forward that follows one that was held; nobody is invited yet."""

    name: ClassVar = "meeting.proposed"
    subject: ClassVar = "meeting"
    case_id: UUID | None
    follows_id: UUID | None


@dataclass(frozen=True, kw_only=True)
class MeetingScheduled(Event):
    """A meeting was called; every agency invited is told."""

    name: ClassVar = "meeting.scheduled"
    subject: ClassVar = "meeting"
    case_id: UUID | None
    starts_at: datetime


@dataclass(frozen=True, kw_only=True)
class MeetingMoved(Event):
    """A meeting's time or place changed; where that is material, every agency invited is told."""

    name: ClassVar = "meeting.moved"
    subject: ClassVar = "meeting"
    starts_at: datetime
    sequence: int
    material: bool


@dataclass(frozen=True, kw_only=True)
class MeetingCancelled(Event):
    """A meeting was cancelled; every agency invited is told."""

    name: ClassVar = "meeting.cancelled"
    subject: ClassVar = "meeting"
    sequence: int
    before: MeetingState


@dataclass(frozen=True, kw_only=True)
class MeetingTakenOver(Event):
    """Another lead officer organises the meeting from now on."""

    name: ClassVar = "meeting.taken_over"
    subject: ClassVar = "meeting"
    from_id: UUID


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
    case_id: UUID | None
    state: MeetingState
    present: int
    actions: int


@dataclass(frozen=True, kw_only=True)
class MeetingClosed(Event):
    """Everything about a meeting is done."""

    name: ClassVar = "meeting.closed"
    subject: ClassVar = "meeting"
