"""What is recorded of a case's certainty, indicators and level."""

from dataclasses import dataclass
from typing import ClassVar

from cse_tracker.work.event import Event


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
