"""What happens to statistics."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from cse_tracker.work.event import Event


@dataclass(frozen=True, kw_only=True)
class StatisticsAsked(Event):
    """Somebody asked for a month's statistics, or the clock by itself; the clock prepares them."""

    name: ClassVar = "statistics.asked"
    subject: ClassVar = "preparation"
    month: date


@dataclass(frozen=True, kw_only=True)
class StatisticsTakenUp(Event):
    """A clock began to prepare a month's statistics, or went on with them: `begun` clocks have begun this step."""

    name: ClassVar = "statistics.taken_up"
    subject: ClassVar = "preparation"
    begun: int


@dataclass(frozen=True, kw_only=True)
class StatisticsCarriedOn(Event):
    """A step of preparing a month's statistics was done."""

    name: ClassVar = "statistics.carried_on"
    subject: ClassVar = "preparation"
    done: int
    total: int


@dataclass(frozen=True, kw_only=True)
class StatisticsNotPrepared(Event):
    """A month's statistics could not be prepared, and nothing of them is kept."""

    name: ClassVar = "statistics.not_prepared"
    subject: ClassVar = "preparation"
    month: date


@dataclass(frozen=True, kw_only=True)
class StatisticsPrepared(Event):
    """A month's statistics were counted, protected and laid before the lead officer."""

    name: ClassVar = "statistics.prepared"
    subject: ClassVar = "release"
    month: date
    edition: int


@dataclass(frozen=True, kw_only=True)
class StatisticsReviewed(Event):
    """A lead officer found a month's statistics right, or sent them back."""

    name: ClassVar = "statistics.reviewed"
    subject: ClassVar = "release"
    month: date
    right: bool


@dataclass(frozen=True, kw_only=True)
class StatisticsApproved(Event):
    """A second person approved a month's statistics after the joint audit; they are in public and frozen."""

    name: ClassVar = "statistics.approved"
    subject: ClassVar = "release"
    month: date
    edition: int
    examined: int


@dataclass(frozen=True, kw_only=True)
class StatisticsAudited(Event):
    """Everything ever published was attacked together."""

    name: ClassVar = "statistics.audited"
    subject: ClassVar = "release"
    releases: int
    examined: int
    exact: int
    weak: int


@dataclass(frozen=True, kw_only=True)
class LondonAgreed(Event):
    """A borough signed the agreement for the view of London, or ended it."""

    name: ClassVar = "statistics.agreed"
    subject: ClassVar = "agreement"
    agreed: bool


@dataclass(frozen=True, kw_only=True)
class LondonViewed(Event):
    """Somebody read the published figures of the boroughs that agreed, side by side."""

    name: ClassVar = "statistics.london"
    subject: ClassVar = "release"
    month: date
    boroughs: int


@dataclass(frozen=True, kw_only=True)
class WorkingViewed(Event):
    """Somebody read unprotected working figures of a borough, which do not leave the service."""

    name: ClassVar = "statistics.working"
    subject: ClassVar = "release"
    month: date


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
