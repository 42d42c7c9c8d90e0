"""Writes the mail for a message: a reference and a link, and for a meeting its calendar request."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any, Final
from urllib.parse import urlsplit

from jinja2 import Environment

from cse_tracker.identity import queries as identity
from cse_tracker.meetings.model import Meeting
from cse_tracker.notifications.invitation import Mailbox, Request, request
from cse_tracker.notifications.model import MessageKind, OutgoingMessage
from cse_tracker.records.keys import unlock
from cse_tracker.records.reference import reference
from cse_tracker.rulebook.calendar import LONDON
from cse_tracker.work.unit import Work

# The letter of the reference, and where to go after signing in.
PLACES: Final[Mapping[MessageKind, tuple[str, str]]] = {
    MessageKind.CLAIM_NOTICE: ("H", "responsibility/{}"),
    MessageKind.EMERGENCY_NOTICE: ("B", "emergency/{}/review"),
    MessageKind.CASE_NOTICE: ("C", "cases/{}/standing"),
    MessageKind.DUTY_BREACHED: ("C", ""),
    MessageKind.DUTY_ESCALATED: ("C", ""),
    MessageKind.LEVEL_TO_SIGN: ("C", "cases/{}/level/proposals"),
    MessageKind.MATCH_ASKED: ("E", "matching/questions/{}"),
    MessageKind.MATCH_ANSWERED: ("E", "matching/enquiries/{}"),
    MessageKind.OUTBOUND_ARRIVED: ("X", "outbound/{}"),
    MessageKind.OUTBOUND_REMINDER: ("X", "outbound/{}"),
    MessageKind.OUTBOUND_NEWS: ("X", "outbound/{}"),
    MessageKind.OUTBOUND_ALARM: ("X", "outbound/{}"),
}


@dataclass(frozen=True, repr=False)
class Stationery:
    """What every mail of this service is written on."""

    sender: str
    council: str
    public_url: str
    templates: Environment

    @property
    def domain(self) -> str:
        """The domain under which message and calendar ids are made."""
        return urlsplit(self.public_url).hostname or "tracker.invalid"


def write(work: Work, messages: Sequence[OutgoingMessage], stationery: Stationery) -> EmailMessage:
    """Write the mail for a message in the outbox, or for several to the same reader as one digest."""
    first = messages[0]
    people = identity.users(work, [each.recipient_id for each in messages if each.recipient_id])
    (recipient,) = (person.head for person in people.values())
    subject, text = _text(work, first, stationery) if len(messages) == 1 else _digest(work, messages, stationery)
    mail = EmailMessage()
    mail["From"] = Address(stationery.council, addr_spec=stationery.sender)
    mail["To"] = Address(recipient.name, addr_spec=recipient.email)
    mail["Subject"] = subject
    mail["Date"] = format_datetime(work.now)
    mail["Message-ID"] = f"<{first.id}@{stationery.domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text + "\n")
    if first.kind is MessageKind.MEETING_INVITATION:
        _attach_request(work, first, stationery, mail, Mailbox(recipient.name, recipient.email))
    return mail


def _text(work: Work, message: OutgoingMessage, stationery: Stationery) -> tuple[str, str]:
    template = stationery.templates.get_template(f"mail/{message.kind.value}.txt")
    subject, _, text = template.render(**_words(work, message, stationery)).partition("\n")
    return subject.strip(), text.strip()


def _digest(work: Work, messages: Sequence[OutgoingMessage], stationery: Stationery) -> tuple[str, str]:
    lines = [(_text(work, each, stationery)[0], _words(work, each, stationery)["link"]) for each in messages]
    template = stationery.templates.get_template("mail/digest.txt")
    subject, _, text = template.render(lines=list(dict.fromkeys(lines))).partition("\n")
    return subject.strip(), text.strip()


def _words(work: Work, message: OutgoingMessage, stationery: Stationery) -> dict[str, Any]:
    base = {"council": stationery.council, "url": stationery.public_url}
    if message.kind is MessageKind.MEETING_INVITATION:
        meeting = work.session.get_one(Meeting, message.about_id)
        starts = meeting.starts_at.astimezone(LONDON)
        day = f"{starts:%A} {starts.day} {starts:%B %Y}"
        link = f"{stationery.public_url}/meetings/{meeting.id}"
        return {**base, "reference": meeting.reference, "link": link, "day": day, "time": f"{starts:%H:%M}"}
    letter, path = PLACES.get(message.kind, ("R", "referrals/{}"))
    link = f"{stationery.public_url}/{path.format(message.about_id)}"
    return {**base, "reference": reference(letter, message.about_id), "link": link}


def _attach_request(
    work: Work, message: OutgoingMessage, stationery: Stationery, mail: EmailMessage, attendee: Mailbox
) -> None:
    meeting = work.session.get_one(Meeting, message.about_id)
    unlock(work.session, [meeting.compartment_id])
    organiser = identity.users(work, [meeting.organiser_id])[meeting.organiser_id].head
    calendar = request(
        Request(
            uid=f"{meeting.id}@{stationery.domain}",
            sequence=meeting.calendar_sequence,
            stamp=work.now,
            starts_at=meeting.starts_at,
            ends_at=meeting.ends_at,
            title=f"Meeting {meeting.reference}",
            place=meeting.head.place,
            link=f"{stationery.public_url}/meetings/{meeting.id}",
            organiser=Mailbox(organiser.name, organiser.email),
            attendee=attendee,
        )
    )
    text = calendar.decode()
    # Mail programs act on the text/calendar part; some people only find the attachment.
    mail.add_alternative(text, subtype="calendar", charset="utf-8", params={"method": "REQUEST"})
    mail.add_attachment(calendar, maintype="application", subtype="ics", filename="invite.ics")
