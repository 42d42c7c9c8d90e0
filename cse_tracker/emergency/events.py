"""What happens to emergency access."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from cse_tracker.emergency.model import Finding, Ground
from cse_tracker.work.event import Event


@dataclass(frozen=True, kw_only=True)
class EmergencyAsked(Event):
    """Somebody asked for emergency access; with a case it was granted and the lead officers are told at once."""

    name: ClassVar = "emergency.asked"
    subject: ClassVar = "emergency"
    ground: Ground
    case_id: UUID | None


@dataclass(frozen=True, kw_only=True)
class EmergencyUsed(Event):
    """Somebody looked at a young person by emergency access."""

    name: ClassVar = "emergency.used"
    subject: ClassVar = "emergency"
    case_id: UUID


@dataclass(frozen=True, kw_only=True)
class EmergencyReviewed(Event):
    """A lead officer reviewed emergency access."""

    name: ClassVar = "emergency.reviewed"
    subject: ClassVar = "emergency"
    finding: Finding
