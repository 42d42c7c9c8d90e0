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
