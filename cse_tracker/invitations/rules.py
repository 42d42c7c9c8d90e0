"""What a calendar reply says (RFC 5546, 3.2.3), and which replies are to be believed."""

from dataclasses import dataclass
from enum import Enum
from typing import Final
from uuid import UUID

from icalendar import Calendar

from cse_tracker.meetings.rules import Reply

LARGEST: Final = 256 * 1024
ANSWERS: Final = {"ACCEPTED": Reply.ACCEPTED, "DECLINED": Reply.DECLINED, "TENTATIVE": Reply.TENTATIVE}
LONGEST_NOTE: Final = 500


class Verdict(Enum):
    """What became of a reply."""

    TAKEN = "taken"
    UNREADABLE = "unreadable"
    UNKNOWN_MEETING = "unknown_meeting"
    UNKNOWN_SENDER = "unknown_sender"
    OLD = "old"
    OVER = "over"


@dataclass(frozen=True, repr=False)
class Answer:
    """A reply as it was read: to which meeting and sequence, from whom, and what."""

    meeting_id: UUID
    sequence: int
    sender: str
    reply: Reply
    note: str


def read(content: bytes) -> Answer | None:
    """Read an iCalendar reply; None where it is none, or says nothing that can be understood."""
    if len(content) > LARGEST:
        return None
    try:
        calendar = Calendar.from_ical(content)
        if not isinstance(calendar, Calendar) or str(calendar.get("method", "")).upper() != "REPLY":
            return None
        (event,) = calendar.walk("VEVENT")
        attendees = event.get("attendee")
        (attendee,) = attendees if isinstance(attendees, list) else [attendees]
        reply = ANSWERS[str(attendee.params.get("PARTSTAT", "")).upper()]
        sender = str(attendee)
        if sender[:7].casefold() != "mailto:":
            return None
        sequence = int(event.get("sequence", 0))
        note = " ".join(str(event.get("comment", "")).split())[:LONGEST_NOTE]
        return Answer(UUID(str(event["uid"]).partition("@")[0]), sequence, sender[7:].strip(), reply, note)
    except (ValueError, KeyError, AttributeError, TypeError, IndexError, RecursionError):
        return None
