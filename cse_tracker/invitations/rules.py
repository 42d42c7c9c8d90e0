"""What a calendar reply says (RFC 5546, 3.2.3), and which replies are to be believed."""

from dataclasses import dataclass
from enum import Enum
from typing import Any, Final
from uuid import UUID

from icalendar import Calendar

from cse_tracker.meetings.rules import Reply

LARGEST: Final = 256 * 1024
ANSWERS: Final = {
    "ACCEPTED": Reply.ACCEPTED,
    "DECLINED": Reply.DECLINED,
    "TENTATIVE": Reply.TENTATIVE,
    # Whoever was invited sends somebody else (RFC 5546, 3.2.2.3).
    "DELEGATED": Reply.DEPUTY,
}
LONGEST_DEPUTY: Final = 120
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
    deputy: str = ""


def read(content: bytes) -> Answer | None:
    """Read an iCalendar reply; None where it is none, or says nothing that can be understood."""
    if len(content) > LARGEST:
        return None
    try:
        calendar = Calendar.from_ical(content)
        if not isinstance(calendar, Calendar) or str(calendar.get("method", "")).upper() != "REPLY":
            return None
        (event,) = calendar.walk("VEVENT")
        attendee = _who_answers(event.get("attendee"))
        reply = ANSWERS[_standing(attendee)]
        sender = str(attendee)
        if sender[:7].casefold() != "mailto:":
            return None
        sequence = int(event.get("sequence", 0))
        note = " ".join(str(event.get("comment", "")).split())[:LONGEST_NOTE]
        meeting_id = UUID(str(event["uid"]).partition("@")[0])
        return Answer(meeting_id, sequence, sender[7:].strip(), reply, note, _deputy(attendee, reply))
    except (ValueError, KeyError, AttributeError, TypeError, IndexError, RecursionError):
        return None


def _standing(attendee: Any) -> str:
    return str(attendee.params.get("PARTSTAT", "")).upper()


def _who_answers(attendees: Any) -> Any:
    """Give the one attendee of a reply; of two, whoever sends the other."""
    found = attendees if isinstance(attendees, list) else [attendees]
    if len(found) > 1:
        found = [each for each in found if _standing(each) == "DELEGATED"]
    (attendee,) = found
    return attendee


def _deputy(attendee: Any, reply: Reply) -> str:
    if reply is not Reply.DEPUTY:
        return ""
    named = attendee.params.get("DELEGATED-TO", "")
    first = str(named[0] if isinstance(named, list) and named else named).strip('"')
    return first[7:].strip()[:LONGEST_DEPUTY] if first[:7].casefold() == "mailto:" else "Somebody else"
