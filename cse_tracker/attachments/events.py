"""What happens to files of a case."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from cse_tracker.work.event import Event


@dataclass(frozen=True, kw_only=True)
class AttachmentAdded(Event):
    """A file was added to a case."""

    name: ClassVar = "attachment.added"
    subject: ClassVar = "attachment"
    case_id: UUID


@dataclass(frozen=True, kw_only=True)
class AttachmentOpened(Event):
    """Somebody was handed a file of a case."""

    name: ClassVar = "attachment.opened"
    subject: ClassVar = "attachment"
    case_id: UUID


@dataclass(frozen=True, kw_only=True)
class AttachmentRemoved(Event):
    """A file that did not belong to the case was taken out, with its key."""

    name: ClassVar = "attachment.removed"
    subject: ClassVar = "attachment"
    case_id: UUID
