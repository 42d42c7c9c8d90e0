"""What happens when something leaves the service."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from cse_tracker.sharing.model import Footing
from cse_tracker.work.event import Event


@dataclass(frozen=True, kw_only=True)
class CaseShared(Event):
    """A case, or part of it, was exported for a recorded recipient and purpose."""

    name: ClassVar = "case.shared"
    subject: ClassVar = "case"
    sharing_id: UUID
    footing: Footing
    chapters: int
