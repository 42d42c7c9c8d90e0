"""What happens to closings."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from cse_tracker.closings.model import ClosingState
from cse_tracker.work.event import Event


@dataclass(frozen=True, kw_only=True)
class ClosingProposed(Event):
    """A lead officer proposed to close a case; another one is asked."""

    name: ClassVar = "case.closing_proposed"
    subject: ClassVar = "case"
    closing_id: UUID


@dataclass(frozen=True, kw_only=True)
class ClosingAnswered(Event):
    """A proposal to close a case was approved, refused or withdrawn."""

    name: ClassVar = "case.closing_answered"
    subject: ClassVar = "case"
    closing_id: UUID
    state: ClosingState
    proposed_by: UUID | None
