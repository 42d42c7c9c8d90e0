"""What happens to cases."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from cse_tracker.cases.model import CaseStatus
from cse_tracker.work.event import Event


@dataclass(frozen=True, kw_only=True)
class CaseOpened(Event):
    """A case was opened for a young person."""

    name: ClassVar = "case.opened"
    subject: ClassVar = "case"
    person_id: UUID


@dataclass(frozen=True, kw_only=True)
class CaseMoved(Event):
    """A case came to stand somewhere else: active, monitored, closed, open again, handed over, or merged."""

    name: ClassVar = "case.moved"
    subject: ClassVar = "case"
    status: CaseStatus
    before: CaseStatus
    repeat: bool = False


@dataclass(frozen=True, kw_only=True)
class CaseNearsEighteen(Event):
    """A young person with an open case turns eighteen in six or three months; who goes on is to be settled."""

    name: ClassVar = "case.nears_eighteen"
    subject: ClassVar = "case"
    months: int


@dataclass(frozen=True, kw_only=True)
class CaseListViewed(Event):
    """Somebody looked at a list of names."""

    name: ClassVar = "case.list_viewed"
    subject: ClassVar = "case"
    shown: int


@dataclass(frozen=True, kw_only=True)
class CaseViewed(Event):
    """Somebody opened a case."""

    name: ClassVar = "case.viewed"
    subject: ClassVar = "case"
