"""What letters about meetings say, and the calendar entry that goes with some of them."""

from email.message import EmailMessage
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from cse_tracker.identity import queries as identity
from cse_tracker.meetings.model import Meeting, MeetingState
from cse_tracker.notifications.invitation import Entry, Mailbox, Method, Request, request
from cse_tracker.notifications.model import MessageKind, OutgoingMessage
from cse_tracker.records.keys import unlock
from cse_tracker.rulebook.calendar import LONDON
from cse_tracker.work.unit import Work

INVITES: Final = frozenset({MessageKind.MEETING_INVITATION, MessageKind.MEETING_MOVED})
TAKES_BACK: Final = frozenset({MessageKind.MEETING_CANCELLED, MessageKind.MEETING_WITHDRAWN})
ABOUT_MEETINGS: Final = (
    INVITES
    | TAKES_BACK
    | {
        MessageKind.MEETING_REMINDER,
        MessageKind.MEETING_REPLY_WANTED,
        MessageKind.MEETING_NOTICE,
        MessageKind.MINUTES_READY,
        MessageKind.MINUTES_WANTED,
    }
)


class Paper(Protocol):
    """What of the stationery a calendar entry needs."""

    @property
    def public_url(self) -> str:
        """Where the service is found."""
        ...

    @property
    def domain(self) -> str:
        """The domain under which calendar ids are made."""
        ...

    @property
    def replies_to(self) -> str:
        """The mailbox that this service reads calendar replies from; empty where there is none."""
        ...


def words(work: Work, message: OutgoingMessage, paper: Paper) -> dict[str, Any]:
    """Give what a text about a meeting may say: its reference, when it is, and where to go after signing in."""
    meeting = work.session.get_one(Meeting, message.about_id)
    starts = meeting.starts_at.astimezone(LONDON)
    day = f"{starts:%A} {starts.day} {starts:%B %Y}"
    link = f"{paper.public_url}/meetings/{meeting.id}"
    return {"reference": meeting.reference, "link": link, "day": day, "time": f"{starts:%H:%M}"}


def attach_entry(work: Work, message: OutgoingMessage, paper: Paper, mail: EmailMessage, attendee: Mailbox) -> None:
    """Attach the calendar entry that a letter brings, or takes back."""
    meeting = work.session.get_one(Meeting, message.about_id)
    unlock(work.session, [meeting.compartment_id])
    organiser = identity.users(work, [meeting.organiser_id])[meeting.organiser_id].head
    # What stands now, not when the letter was due: one that was moved or cancelled meanwhile is told as it is.
    cancels = message.kind in TAKES_BACK or meeting.state is MeetingState.CANCELLED
    method = Method.CANCEL if cancels else Method.REQUEST
    calendar = request(
        Request(
            uid=f"{meeting.id}@{paper.domain}",
            sequence=meeting.calendar_sequence,
            stamp=work.now,
            starts_at=meeting.starts_at,
            ends_at=meeting.ends_at,
            title=title(meeting),
            place=meeting.head.where,
            link=f"{paper.public_url}/meetings/{meeting.id}",
            # Where replies are read by the service they go to its mailbox, whoever organises the meeting by then.
            organiser=Mailbox(organiser.name, paper.replies_to or organiser.email),
            attendee=attendee,
            method=method,
        )
    )
    # Mail programs act on the text/calendar part; some people only find the attachment.
    mail.add_alternative(calendar.decode(), subtype="calendar", charset="utf-8", params={"method": method.value})
    name = "cancel.ics" if cancels else "invite.ics"
    mail.add_attachment(calendar, maintype="application", subtype="ics", filename=name)


def title(meeting: Meeting) -> str:
    """Give the neutral title under which a meeting stands in a calendar."""
    return f"Meeting {meeting.reference}"


def entry(meeting: Meeting, public_url: str) -> Entry:
    """Give a meeting as it stands in a colleague's own calendar."""
    return Entry(
        uid=f"{meeting.id}@{urlsplit(public_url).hostname or 'tracker.invalid'}",
        sequence=meeting.calendar_sequence,
        stamp=meeting.body.called_at or meeting.starts_at,
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        title=title(meeting),
        place=meeting.head.where,
        link=f"{public_url}/meetings/{meeting.id}",
        cancelled=meeting.state is MeetingState.CANCELLED,
    )
