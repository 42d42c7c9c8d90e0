"""What happens to invitations and calendar feeds."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from cse_tracker.invitations.rules import Verdict
from cse_tracker.meetings.rules import Reply
from cse_tracker.work.event import Event


@dataclass(frozen=True, kw_only=True)
class InvitationAnswered(Event):
    """An invited agency has answered; the organiser is told where it does not come."""

    name: ClassVar = "invitation.answered"
    subject: ClassVar = "meeting"
    agency_id: UUID
    reply: Reply
    by_mail: bool


@dataclass(frozen=True, kw_only=True)
class ReplyRead(Event):
    """A calendar reply came by mail: taken, or why not."""

    name: ClassVar = "invitation.reply_read"
    subject: ClassVar = "meeting"
    verdict: Verdict


@dataclass(frozen=True, kw_only=True)
class InvitationReaddressed(Event):
    """The holder of an invited post changed: the old one's entry is taken back, the new one is invited."""

    name: ClassVar = "invitation.readdressed"
    subject: ClassVar = "meeting"
    agency_id: UUID
    from_id: UUID
    to_id: UUID


@dataclass(frozen=True, kw_only=True)
class InvitationUnheld(Event):
    """An invited post has no holder any more; the borough's lead officers are told once."""

    name: ClassVar = "invitation.unheld"
    subject: ClassVar = "meeting"
    agency_id: UUID


@dataclass(frozen=True, kw_only=True)
class FeedMade(Event):
    """A colleague made an address for their own calendar; an older one stopped working."""

    name: ClassVar = "calendar_feed.made"
    subject: ClassVar = "user"


@dataclass(frozen=True, kw_only=True)
class FeedRevoked(Event):
    """A colleague's calendar address was withdrawn."""

    name: ClassVar = "calendar_feed.revoked"
    subject: ClassVar = "user"


@dataclass(frozen=True, kw_only=True)
class FeedRead(Event):
    """A calendar program read a colleague's meetings."""

    name: ClassVar = "calendar_feed.read"
    subject: ClassVar = "user"
    shown: int
