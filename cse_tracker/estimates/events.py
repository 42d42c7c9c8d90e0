"""What happens to the estimate."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from cse_tracker.work.event import Event


@dataclass(frozen=True, kw_only=True)
class EstimateViewed(Event):
    """Somebody read or downloaded the estimate."""

    name: ClassVar = "estimate.viewed"
    subject: ClassVar = "estimate"
    exported: bool


@dataclass(frozen=True, kw_only=True)
class EstimateDataViewed(Event):
    """Somebody looked at the data that estimates rest on."""

    name: ClassVar = "estimate.data_viewed"
    subject: ClassVar = "estimate data"


@dataclass(frozen=True, kw_only=True)
class EstimateDataImported(Event):
    """A version of indicators, populations and identified numbers was brought in."""

    name: ClassVar = "estimate.data_imported"
    subject: ClassVar = "estimate data"
    number: int
    counted: int = 0


@dataclass(frozen=True, kw_only=True)
class EstimateRun(Event):
    """The method was run on a version of the data, with anchors that somebody decided."""

    name: ClassVar = "estimate.run"
    subject: ClassVar = "estimate"
    number: int
    anchors: int


@dataclass(frozen=True, kw_only=True)
class ProactivityReviewed(Event):
    """Somebody recorded how actively a borough looks for young people at risk."""

    name: ClassVar = "proactivity.reviewed"
    subject: ClassVar = "proactivity review"
    year: int
    score: int


@dataclass(frozen=True, kw_only=True)
class ProactivityViewed(Event):
    """Somebody read a borough's review."""

    name: ClassVar = "proactivity.viewed"
    subject: ClassVar = "proactivity review"


@dataclass(frozen=True, kw_only=True)
class ListsCompared(Event):
    """The tracker's own lists were compared for a second opinion."""

    name: ClassVar = "estimate.lists_compared"
    subject: ClassVar = "second opinion"
    number: int
    lists: int
    refused: bool


@dataclass(frozen=True, kw_only=True)
class ListsSeen(Event):
    """Somebody read or downloaded a second opinion from the tracker's own lists."""

    name: ClassVar = "estimate.lists_seen"
    subject: ClassVar = "second opinion"
    exported: bool


@dataclass(frozen=True, kw_only=True)
class EstimateAnswered(Event):
    """A lead officer said whether the estimate looks right."""

    name: ClassVar = "estimate.answered"
    subject: ClassVar = "estimate"
    answer_id: UUID


@dataclass(frozen=True, kw_only=True)
class TrainingRecorded(Event):
    """Somebody recorded a training that the borough organised."""

    name: ClassVar = "proactivity.training_recorded"
    subject: ClassVar = "training"
