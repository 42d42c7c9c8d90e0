"""Events of the unit of work itself."""

from dataclasses import dataclass
from typing import ClassVar

from cse_tracker.work.event import Event


@dataclass(frozen=True, kw_only=True)
class AccessRefused(Event):
    """Somebody asked for what they may not see or do; kept although their work was rolled back."""

    name: ClassVar = "access.refused"
    subject: ClassVar = "request"
    status: int


@dataclass(frozen=True, kw_only=True)
class StoreWritten(Event):
    """Rows were written by work that had nothing else to say, such as a second attempt to send a message."""

    name: ClassVar = "store.written"
    subject: ClassVar = "store"
