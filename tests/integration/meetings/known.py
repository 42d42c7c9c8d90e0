"""What a walk of meetings knows of each of them, and a second opinion on when to remind, counted by other means."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from email.message import EmailMessage
from uuid import UUID

import numpy as np
import vobject  # type: ignore[import-untyped]

from cse_tracker.meetings.model import Attendance, MeetingState
from cse_tracker.meetings.rules import Reply
from cse_tracker.minutes.model import MinutesState
from cse_tracker.notifications.model import MessageKind
from tests.people import HEALTH, LEAD, POLICE
from tests.soak.calendar_judge import CALENDAR, LONDON

SCHOOL, SPECIALIST = "school@demo.example", "specialist@demo.example"
REQUIRED = (LEAD, POLICE, HEALTH, SCHOOL)
QUORUM = 3
CAME = frozenset({Attendance.ATTENDED, Attendance.DEPUTY})


@dataclass
class Known:
    """One meeting as it must be. People stand for their agencies: each holds its post."""

    id: UUID
    kind: str
    state: MeetingState
    starts: datetime
    chair: str
    minutes: int = 60
    place: str = "Room 4"
    invited: tuple[str, ...] = ()
    sequence: int = 0
    moves: int = 0
    letters: Counter[MessageKind] = field(default_factory=Counter)
    replies: dict[str, Reply] = field(default_factory=dict)
    came: dict[str, Attendance] = field(default_factory=dict)
    versions: list[MinutesState] = field(default_factory=list)
    notes: str = ""
    revision: int = 0
    reminded: int = 0
    sent: int = 0
    followed: bool = False

    @property
    def quorate(self) -> bool:
        """Whether enough of those came who must."""
        return sum(self.came.get(each) in CAME for each in REQUIRED) >= QUORUM

    def ask(self, invited: tuple[str, ...]) -> None:
        """Everybody is invited by one letter each."""
        self.invited, self.state = invited, MeetingState.SCHEDULED
        self.replies = dict.fromkeys(invited, Reply.NONE)
        self.letters[MessageKind.MEETING_INVITATION] += 1

    def reminders(self) -> set[datetime]:
        """At nine on the second working day before, and two hours before it begins."""
        day = np.datetime64(self.starts.astimezone(LONDON).date())
        before = np.busday_offset(day, -2, roll="forward", busdaycal=CALENDAR).astype(object)
        morning = datetime.combine(before, time(9), tzinfo=LONDON).astimezone(UTC)
        return {morning, self.starts - timedelta(hours=2)}


@dataclass(frozen=True)
class Entry:
    """A calendar entry as a letter brought it, read by a library that did not write it."""

    to: str
    method: str
    uid: str
    sequence: int
    starts: datetime


def entries(letter: EmailMessage) -> list[Entry]:
    """Give the calendar entries of a letter."""
    to = str(letter["To"]).partition("<")[2].rstrip(">")
    parts = [part for part in letter.walk() if part.get_content_type() == "text/calendar"]
    read = [vobject.readOne(part.get_content()) for part in parts]
    return [
        Entry(to, each.method.value, each.vevent.uid.value, int(each.vevent.sequence.value), each.vevent.dtstart.value)
        for each in read
    ]
