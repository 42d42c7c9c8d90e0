"""What happens to messages."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from cse_tracker.notifications.model import MessageKind, WhyDropped
from cse_tracker.notifications.rules import Rhythm
from cse_tracker.systems.rules import Change
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


@dataclass(frozen=True, kw_only=True)
class MessageReaddressed(Event):
    """A message to a borough's lead officer who has left went to another."""

    name: ClassVar = "message.readdressed"
    subject: ClassVar = "message"


@dataclass(frozen=True, kw_only=True)
class MessageRetried(Event):
    """An operator let a message that was given up be tried again."""

    name: ClassVar = "message.retried"
    subject: ClassVar = "message"
    kind: MessageKind


@dataclass(frozen=True, kw_only=True)
class MessageDropped(Event):
    """A message was let go: one that was given up, by an operator who says why, or one that is so no more."""

    name: ClassVar = "message.dropped"
    subject: ClassVar = "message"
    kind: MessageKind
    why: WhyDropped


@dataclass(frozen=True, kw_only=True)
class DeadLettersViewed(Event):
    """An operator looked at the messages that were given up."""

    name: ClassVar = "message.dead_viewed"
    subject: ClassVar = "message"
    shown: int


@dataclass(frozen=True, kw_only=True)
class NoticesChosen(Event):
    """Somebody chose how often they want to be written to about what can wait."""

    name: ClassVar = "notices.chosen"
    subject: ClassVar = "user"
    rhythm: Rhythm
    nights: bool


@dataclass(frozen=True, kw_only=True)
class CallTaken(Event):
    """A system took the call that tells it of a change."""

    name: ClassVar = "webhook.call_taken"
    subject: ClassVar = "webhook_call"
    webhook_id: UUID
    change: Change


@dataclass(frozen=True, kw_only=True)
class CallGivenUp(Event):
    """A call to a system was given up after days."""

    name: ClassVar = "webhook.call_given_up"
    subject: ClassVar = "webhook_call"
    webhook_id: UUID
    attempts: int


@dataclass(frozen=True, kw_only=True)
class CallRetried(Event):
    """An operator let a call that was given up be tried again."""

    name: ClassVar = "webhook.call_retried"
    subject: ClassVar = "webhook_call"


@dataclass(frozen=True, kw_only=True)
class CallDropped(Event):
    """An operator let a call that was given up go, and said why."""

    name: ClassVar = "webhook.call_dropped"
    subject: ClassVar = "webhook_call"
    why: WhyDropped
