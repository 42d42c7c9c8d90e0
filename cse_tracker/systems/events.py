"""What happens to the systems of agencies."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from cse_tracker.work.event import Event


@dataclass(frozen=True, kw_only=True)
class SystemAdded(Event):
    """A system of an agency was added."""

    name: ClassVar = "system.added"
    subject: ClassVar = "agency_system"
    agency_id: UUID


@dataclass(frozen=True, kw_only=True)
class SystemClosed(Event):
    """A system of an agency was closed: its tokens and webhooks ended."""

    name: ClassVar = "system.closed"
    subject: ClassVar = "agency_system"


@dataclass(frozen=True, kw_only=True)
class TokenGiven(Event):
    """A system was given a token, perhaps in place of an older one."""

    name: ClassVar = "system.token_given"
    subject: ClassVar = "agency_system"
    token_id: UUID
    expires_at: datetime
    instead_of: UUID | None


@dataclass(frozen=True, kw_only=True)
class TokenEnded(Event):
    """A token was ended."""

    name: ClassVar = "system.token_ended"
    subject: ClassVar = "agency_system"
    token_id: UUID


@dataclass(frozen=True, kw_only=True)
class AnswersForgotten(Event):
    """Answers kept for requests that might come again were thrown away, for their time was over."""

    name: ClassVar = "system.answers_forgotten"
    subject: ClassVar = "agency_system"
    number: int


@dataclass(frozen=True, kw_only=True)
class WebhookAdded(Event):
    """An address was registered that is called when something changes."""

    name: ClassVar = "webhook.added"
    subject: ClassVar = "webhook"
    system_id: UUID


@dataclass(frozen=True, kw_only=True)
class WebhookSecretRotated(Event):
    """A webhook got a new secret; the older one goes on beside it for a while."""

    name: ClassVar = "webhook.secret_rotated"
    subject: ClassVar = "webhook"


@dataclass(frozen=True, kw_only=True)
class WebhookEnded(Event):
    """A webhook was ended: nothing is sent there any more."""

    name: ClassVar = "webhook.ended"
    subject: ClassVar = "webhook"
