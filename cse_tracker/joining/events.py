"""What happens to joinings."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from cse_tracker.joining.model import JoiningState
from cse_tracker.work.event import Event


@dataclass(frozen=True, kw_only=True)
class JoiningProposed(Event):
    """A lead officer said that two cases are about one young person; another one is asked."""

    name: ClassVar = "case.joining_proposed"
    subject: ClassVar = "case"
    joining_id: UUID
    other_case_id: UUID


@dataclass(frozen=True, kw_only=True)
class JoiningAnswered(Event):
    """Two cases were put together, or not, or taken apart again; with how many rows that went over or back."""

    name: ClassVar = "case.joining_answered"
    subject: ClassVar = "case"
    joining_id: UUID
    other_case_id: UUID
    state: JoiningState
    proposed_by: UUID | None
    rows: int = 0


@dataclass(frozen=True, kw_only=True)
class CasesCompared(Event):
    """Somebody laid two cases side by side."""

    name: ClassVar = "case.compared"
    subject: ClassVar = "case"
    other_case_id: UUID
