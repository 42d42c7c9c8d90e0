"""What happens to messages."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from cse_tracker.notifications.model import MessageKind
from cse_tracker.work.event import Event


@dataclass(frozen=True, kw_only=True)
class MessageSent(Event):
    """A message was handed to the mail system."""

    name: ClassVar = "message.sent"
    subject: ClassVar = "message"
    kind: MessageKind
    recipient_id: UUID


@dataclass(frozen=True, kw_only=True)
class MessageFailed(Event):
    """The mail system refused a message or did not answer."""

    name: ClassVar = "message.failed"
    subject: ClassVar = "message"
    attempts: int
    dead: bool
