"""What happens to one-time links."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from cse_tracker.onetime.model import LetterKind
from cse_tracker.onetime.rules import CodeWay
from cse_tracker.work.event import Event


@dataclass(frozen=True, kw_only=True)
class LinkIssued(Event):
    """A one-time link to a referral was made for a service without an account."""

    name: ClassVar = "one_time_link.issued"
    subject: ClassVar = "one_time_link"
    outbound_id: UUID
    code_way: CodeWay


@dataclass(frozen=True, kw_only=True)
class LinkSeen(Event):
    """A link's page was asked for, by a person or a mail scanner; nothing was shown and nothing used up."""

    name: ClassVar = "one_time_link.seen"
    subject: ClassVar = "one_time_link"
    outbound_id: UUID


@dataclass(frozen=True, kw_only=True)
class CodeWrong(Event):
    """A wrong code was given; after eight the link is ended."""

    name: ClassVar = "one_time_link.code_wrong"
    subject: ClassVar = "one_time_link"
    outbound_id: UUID
    failures: int
    ended: bool


@dataclass(frozen=True, kw_only=True)
class LinkOpened(Event):
    """The right code was given: the link is used up, and a visit of an hour has begun."""

    name: ClassVar = "one_time_link.opened"
    subject: ClassVar = "one_time_link"
    outbound_id: UUID


@dataclass(frozen=True, kw_only=True)
class LinkRead(Event):
    """What was shared was shown on a visit."""

    name: ClassVar = "one_time_link.read"
    subject: ClassVar = "one_time_link"
    outbound_id: UUID


@dataclass(frozen=True, kw_only=True)
class LinkLeft(Event):
    """A visit was ended by the visitor."""

    name: ClassVar = "one_time_link.left"
    subject: ClassVar = "one_time_link"
    outbound_id: UUID


@dataclass(frozen=True, kw_only=True)
class LinkRevoked(Event):
    """A link was revoked, or gave way to a newer one; a visit through it ends at once."""

    name: ClassVar = "one_time_link.revoked"
    subject: ClassVar = "one_time_link"
    outbound_id: UUID


@dataclass(frozen=True, kw_only=True)
class LinkWanted(Event):
    """Somebody with a link that is used up or has run out asks for a new one; the lead officers are told."""

    name: ClassVar = "one_time_link.wanted"
    subject: ClassVar = "one_time_link"
    outbound_id: UUID


@dataclass(frozen=True, kw_only=True)
class LetterSent(Event):
    """The letter with a link or a code was handed to the mail system, and its secret forgotten."""

    name: ClassVar = "one_time_link.letter_sent"
    subject: ClassVar = "one_time_link"
    kind: LetterKind


@dataclass(frozen=True, kw_only=True)
class LetterFailed(Event):
    """A letter with a link or a code could not be sent."""

    name: ClassVar = "one_time_link.letter_failed"
    subject: ClassVar = "one_time_link"
    kind: LetterKind
    attempts: int
    dead: bool
