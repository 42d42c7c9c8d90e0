"""What happens to duties."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from cse_tracker.duties.model import DutyState
from cse_tracker.rulebook.terms import EscalationPost
from cse_tracker.work.event import Event


@dataclass(frozen=True, kw_only=True)
class DutyOpened(Event):
    """Something became due."""

    name: ClassVar = "duty.opened"
    subject: ClassVar = "duty"
    about_id: UUID
    due_at: datetime


@dataclass(frozen=True, kw_only=True)
class DutyListViewed(Event):
    """Somebody looked at a list of what is due."""

    name: ClassVar = "duty.list_viewed"
    subject: ClassVar = "duty"
    shown: int


@dataclass(frozen=True, kw_only=True)
class DutySettled(Event):
    """A duty was met, met late, waived, superseded or made void."""

    name: ClassVar = "duty.settled"
    subject: ClassVar = "duty"
    about_id: UUID
    state: DutyState


@dataclass(frozen=True, kw_only=True)
class DutyBreached(Event):
    """A duty's time passed with nothing done."""

    name: ClassVar = "duty.breached"
    subject: ClassVar = "duty"
    about_id: UUID


@dataclass(frozen=True, kw_only=True)
class DutyEscalated(Event):
    """A late duty was taken to a higher post."""

    name: ClassVar = "duty.escalated"
    subject: ClassVar = "duty"
    about_id: UUID
    post: EscalationPost
    step: int
