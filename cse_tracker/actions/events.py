"""What happens to actions."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from cse_tracker.actions.model import ActionState
from cse_tracker.work.event import Event


@dataclass(frozen=True, kw_only=True)
class ActionAgreed(Event):
    """An action was put to an agency; its people are told."""

    name: ClassVar = "action.agreed"
    subject: ClassVar = "action"
    meeting_id: UUID
    owner_agency_id: UUID
    state: ActionState


@dataclass(frozen=True, kw_only=True)
class ActionMoved(Event):
    """An action came to stand elsewhere."""

    name: ClassVar = "action.moved"
    subject: ClassVar = "action"
    state: ActionState
    before: ActionState


@dataclass(frozen=True, kw_only=True)
class ActionOffered(Event):
    """Another agency was asked to take an action over."""

    name: ClassVar = "action.offered"
    subject: ClassVar = "action"
    to_agency_id: UUID


@dataclass(frozen=True, kw_only=True)
class ActionOfferAnswered(Event):
    """The agency that was asked to take an action over has answered."""

    name: ClassVar = "action.offer_answered"
    subject: ClassVar = "action"
    taken: bool
    from_agency_id: UUID


@dataclass(frozen=True, kw_only=True)
class ActionRefused(Event):
    """An agency has not agreed to do what was put to it."""

    name: ClassVar = "action.refused"
    subject: ClassVar = "action"


@dataclass(frozen=True, kw_only=True)
class ActionViewed(Event):
    """Somebody opened an action."""

    name: ClassVar = "action.viewed"
    subject: ClassVar = "action"


@dataclass(frozen=True, kw_only=True)
class ActionListViewed(Event):
    """Somebody looked at a list of actions."""

    name: ClassVar = "action.list_viewed"
    subject: ClassVar = "action"
    shown: int
