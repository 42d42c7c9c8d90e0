"""What happens to cases."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from cse_tracker.work.event import Event


@dataclass(frozen=True, kw_only=True)
class CaseOpened(Event):
    """A case was opened for a young person."""

    name: ClassVar = "case.opened"
    subject: ClassVar = "case"
    person_id: UUID


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


@dataclass(frozen=True, kw_only=True)
class CertaintyRecorded(Event):
    """It was recorded whether exploitation is indicated or known."""

    name: ClassVar = "case.certainty_recorded"
    subject: ClassVar = "case"
    ordinal: int


@dataclass(frozen=True, kw_only=True)
class CaseAssessed(Event):
    """Indicators were recorded with their evidence."""

    name: ClassVar = "case.assessed"
    subject: ClassVar = "case"
    ordinal: int
    observed: int


@dataclass(frozen=True, kw_only=True)
class LevelDecided(Event):
    """The level was decided."""

    name: ClassVar = "case.level_decided"
    subject: ClassVar = "case"
    ordinal: int
    level: int
    overridden: bool
