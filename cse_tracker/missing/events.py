"""What happens to episodes and return interviews."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from cse_tracker.missing.model import EpisodeState, InterviewState
from cse_tracker.missing.rules import Kind
from cse_tracker.work.event import Event


@dataclass(frozen=True, kw_only=True)
class MissingReported(Event):
    """A young person was reported missing or away."""

    name: ClassVar = "missing.reported"
    subject: ClassVar = "episode"
    case_id: UUID


@dataclass(frozen=True, kw_only=True)
class MissingViewed(Event):
    """Somebody opened an episode."""

    name: ClassVar = "missing.viewed"
    subject: ClassVar = "episode"


@dataclass(frozen=True, kw_only=True)
class MissingListViewed(Event):
    """Somebody looked at who is missing now and at the counts."""

    name: ClassVar = "missing.list_viewed"
    subject: ClassVar = "episode"
    shown: int


@dataclass(frozen=True, kw_only=True)
class MissingReclassified(Event):
    """An episode went on as missing or as away."""

    name: ClassVar = "missing.reclassified"
    subject: ClassVar = "episode"
    kind: Kind


@dataclass(frozen=True, kw_only=True)
class MissingMoved(Event):
    """An episode went on into another state."""

    name: ClassVar = "missing.moved_on"
    subject: ClassVar = "episode"
    state: EpisodeState


@dataclass(frozen=True, kw_only=True)
class InterviewMoved(Event):
    """A return interview was offered, answered, held or given up."""

    name: ClassVar = "missing.interview_moved_on"
    subject: ClassVar = "episode"
    state: InterviewState


@dataclass(frozen=True, kw_only=True)
class HomeAdded(Event):
    """A children's home was added to a borough's list."""

    name: ClassVar = "missing.home_added"
    subject: ClassVar = "childrens_home"
