"""What happens when somebody asks what is held about them."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from cse_tracker.subject_access.model import Asker, RequestState
from cse_tracker.work.event import Event


@dataclass(frozen=True, kw_only=True)
class AccessRequested(Event):
    """Somebody asked to see what is held about a young person."""

    name: ClassVar = "subject_access.asked"
    subject: ClassVar = "person"
    request_id: UUID
    asker: Asker


@dataclass(frozen=True, kw_only=True)
class AccessAnswered(Event):
    """A lead officer agreed that the records are opened for a request, or refused."""

    name: ClassVar = "subject_access.answered"
    subject: ClassVar = "person"
    request_id: UUID
    state: RequestState


@dataclass(frozen=True, kw_only=True)
class AccessRequestsListed(Event):
    """Somebody looked at the list of requests."""

    name: ClassVar = "subject_access.list_viewed"
    subject: ClassVar = "person"
    shown: int


@dataclass(frozen=True, kw_only=True)
class AccessRequestViewed(Event):
    """Somebody looked at a request, without what it asks for."""

    name: ClassVar = "subject_access.request_viewed"
    subject: ClassVar = "person"
    request_id: UUID


@dataclass(frozen=True, kw_only=True)
class MentionsSearched(Event):
    """The borough's other records were searched for a young person's name."""

    name: ClassVar = "subject_access.searched"
    subject: ClassVar = "person"
    request_id: UUID
    found: int


@dataclass(frozen=True, kw_only=True)
class EverythingViewed(Event):
    """Somebody looked at everything that is held about a young person, to answer a request."""

    name: ClassVar = "subject_access.everything_viewed"
    subject: ClassVar = "person"
    request_id: UUID
    rows: int


@dataclass(frozen=True, kw_only=True)
class AccessReviewed(Event):
    """It was decided what is left out of a handing out."""

    name: ClassVar = "subject_access.reviewed"
    subject: ClassVar = "person"
    request_id: UUID
    left_out: int


@dataclass(frozen=True, kw_only=True)
class EverythingHandedOut(Event):
    """Everything held about a young person was handed out, but what was left out."""

    name: ClassVar = "subject_access.handed_out"
    subject: ClassVar = "person"
    request_id: UUID
    handout_id: UUID
    rows: int
    left_out: int
