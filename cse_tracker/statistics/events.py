"""What happens to statistics."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from cse_tracker.work.event import Event


@dataclass(frozen=True, kw_only=True)
class StatisticsPrepared(Event):
    """A month's protected statistics were taken and frozen."""

    name: ClassVar = "statistics.prepared"
    subject: ClassVar = "release"
    month: date
    final: bool


@dataclass(frozen=True, kw_only=True)
class StatisticsViewed(Event):
    """Somebody read a month's statistics."""

    name: ClassVar = "statistics.viewed"
    subject: ClassVar = "release"
    month: date


@dataclass(frozen=True, kw_only=True)
class StatisticsExported(Event):
    """Somebody downloaded a month's statistics."""

    name: ClassVar = "statistics.exported"
    subject: ClassVar = "release"
    month: date
