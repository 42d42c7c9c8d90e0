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
from cse_tracker.notifications import meeting_letters
from cse_tracker.notifications.invitation import Mailbox
from cse_tracker.notifications.meeting_letters import ABOUT_MEETINGS, INVITES, TAKES_BACK
from cse_tracker.notifications.model import MessageKind, OutgoingMessage
from cse_tracker.records.reference import reference
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
    MessageKind.ACTION_PUT: ("A", "actions/{}"),
    MessageKind.ACTION_CHASED: ("A", "actions/{}"),
    MessageKind.ACTION_NOTICE: ("A", "actions/{}"),
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
    # The mailbox that this service reads calendar replies from.
    replies_to: str = ""

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
    if first.kind in INVITES | TAKES_BACK:
        attendee = Mailbox(recipient.name, recipient.email)
        meeting_letters.attach_entry(work, first, stationery, mail, attendee)
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
    if message.kind in ABOUT_MEETINGS:
        return {**base, **meeting_letters.words(work, message, stationery)}
    letter, path = PLACES.get(message.kind, ("R", "referrals/{}"))
    link = f"{stationery.public_url}/{path.format(message.about_id)}"
    return {**base, "reference": reference(letter, message.about_id), "link": link}
