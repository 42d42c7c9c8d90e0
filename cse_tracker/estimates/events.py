"""What happens to the estimate."""

from dataclasses import dataclass
from typing import ClassVar

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
