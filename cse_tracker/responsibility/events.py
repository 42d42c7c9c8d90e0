"""What happens to claims of responsibility."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from cse_tracker.responsibility.rules import ClaimState
from cse_tracker.work.event import Event


@dataclass(frozen=True, kw_only=True)
class ClaimMoved(Event):
    """A claim that another borough is responsible was made, answered, settled or withdrawn; both boroughs are told."""

    name: ClassVar = "responsibility.moved"
    subject: ClassVar = "claim"
    case_id: UUID
    state: ClaimState


@dataclass(frozen=True, kw_only=True)
class RulingRecorded(Event):
    """One borough recorded what was decided above both; the other is asked to confirm it."""

    name: ClassVar = "responsibility.ruling_recorded"
    subject: ClassVar = "claim"
    case_id: UUID


@dataclass(frozen=True, kw_only=True)
class ClaimViewed(Event):
    """Somebody opened a claim, and with it who the young person is."""

    name: ClassVar = "responsibility.viewed"
    subject: ClassVar = "claim"


@dataclass(frozen=True, kw_only=True)
class ClaimListViewed(Event):
    """Somebody looked at a list of claims."""

    name: ClassVar = "responsibility.list_viewed"
    subject: ClassVar = "claim"
    shown: int


@dataclass(frozen=True, kw_only=True)
class HandedCaseViewed(Event):
    """Somebody of the borough that took a case over looked at what it was before."""

    name: ClassVar = "responsibility.history_viewed"
    subject: ClassVar = "case"
