"""What happens between boroughs about a young person: always recorded on both sides, never with who it is."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from cse_tracker.matching.model import AnswerState
from cse_tracker.work.event import Event


@dataclass(frozen=True, kw_only=True)
class OtherBoroughsAsked(Event):
    """A lead officer asked all other boroughs about a young person."""

    name: ClassVar = "match.asked"
    subject: ClassVar = "enquiry"
    compared: int
    found: int


@dataclass(frozen=True, kw_only=True)
class AskingLimitReached(Event):
    """Somebody asked other boroughs more often than is allowed."""

    name: ClassVar = "match.limit_reached"
    subject: ClassVar = "enquiry"


@dataclass(frozen=True, kw_only=True)
class AnswerWanted(Event):
    """Another borough asked about somebody who may be known here; recorded on the side of the borough that holds."""

    name: ClassVar = "match.answer_wanted"
    subject: ClassVar = "match"
    enquiry_id: UUID
    asked_by: UUID


@dataclass(frozen=True, kw_only=True)
class MatchAnswered(Event):
    """The lead officer of the borough that holds the record agreed to disclose who it is, or declined."""

    name: ClassVar = "match.answered"
    subject: ClassVar = "match"
    enquiry_id: UUID
    asked_by: UUID
    state: AnswerState


@dataclass(frozen=True, kw_only=True)
class MatchesListed(Event):
    """Somebody looked at the list of questions between boroughs."""

    name: ClassVar = "match.list_viewed"
    subject: ClassVar = "match"
    shown: int


@dataclass(frozen=True, kw_only=True)
class EnquiryViewed(Event):
    """Somebody of the asking borough looked at what came of a question."""

    name: ClassVar = "match.enquiry_viewed"
    subject: ClassVar = "enquiry"


@dataclass(frozen=True, kw_only=True)
class MatchViewed(Event):
    """Somebody of the borough that holds the record looked at a question from another."""

    name: ClassVar = "match.viewed"
    subject: ClassVar = "match"
