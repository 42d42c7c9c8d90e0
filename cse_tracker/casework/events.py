"""What happens in a case's record."""

from dataclasses import dataclass
from typing import ClassVar

from cse_tracker.work.event import Event


@dataclass(frozen=True, kw_only=True)
class EntryAdded(Event):
    """Something was entered in a case's record, ended or struck out; what kind is not said."""

    name: ClassVar = "case.entry_added"
    subject: ClassVar = "case"
    ordinal: int
    replaces: int | None
