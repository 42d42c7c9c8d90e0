"""What is recorded of a case's certainty, indicators and level."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from cse_tracker.assessments.model import ProposalState
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


@dataclass(frozen=True, kw_only=True)
class LevelLoweringProposed(Event):
    """A lower level was proposed and waits for a second signatory."""

    name: ClassVar = "case.level_lowering_proposed"
    subject: ClassVar = "case"
    ordinal: int
    level: int


@dataclass(frozen=True, kw_only=True)
class LevelLoweringAnswered(Event):
    """A proposal to lower the level was signed, refused, withdrawn or superseded."""

    name: ClassVar = "case.level_lowering_answered"
    subject: ClassVar = "case"
    ordinal: int
    state: ProposalState
    proposed_by: UUID | None


@dataclass(frozen=True, kw_only=True)
class CaseProtocolMoved(Event):
    """A case was moved to another version of the protocol."""

    name: ClassVar = "case.protocol_moved"
    subject: ClassVar = "case"
    version_id: UUID
    ordinal: int
