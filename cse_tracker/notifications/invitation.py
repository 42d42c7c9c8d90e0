"""A meeting as an iCalendar request (RFC 5545, RFC 5546): a reference and a place, never a name of a young person."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from icalendar import Alarm, Calendar, Event, vCalAddress, vText

PRODUCT: Final = "-//cse_tracker//meetings//EN"
REMINDER: Final = timedelta(minutes=-30)


@dataclass(frozen=True)
class Mailbox:
    """A colleague's name and address."""

    name: str
    email: str


@dataclass(frozen=True, kw_only=True)
class Request:
    """What an invitation says."""

    uid: str
    sequence: int
    stamp: datetime
    starts_at: datetime
    ends_at: datetime
    title: str
    place: str
    link: str
    organiser: Mailbox
    attendee: Mailbox


def _address(person: Mailbox, **parameters: str) -> vCalAddress:
    address = vCalAddress(f"mailto:{person.email}")
    for name, value in {"CN": person.name, **parameters}.items():
        address.params[name] = vText(value)
    return address


def _utc(moment: datetime) -> datetime:
    if moment.utcoffset() is None:
        message = "A time without a time zone cannot be sent to anybody"
        raise ValueError(message)
    return moment.astimezone(UTC)


def request(wanted: Request) -> bytes:
    """Give the invitation; raises ValueError for a time without a time zone.

    Times are written in UTC: a VTIMEZONE made by a library was misread by an hour in some clients.
    """
    event = Event()
    event.add("uid", wanted.uid)
    event.add("sequence", wanted.sequence)
    event.add("dtstamp", _utc(wanted.stamp))
    event.add("dtstart", _utc(wanted.starts_at))
    event.add("dtend", _utc(wanted.ends_at))
    event.add("summary", wanted.title)
    event.add("location", wanted.place)
    event.add("description", f"In the tracker, after signing in: {wanted.link}")
    event.add("status", "CONFIRMED")
    event.add("class", "CONFIDENTIAL")
    event.add("transp", "OPAQUE")
    event.add("organizer", _address(wanted.organiser), encode=False)
    attendee = _address(wanted.attendee, ROLE="REQ-PARTICIPANT", PARTSTAT="NEEDS-ACTION", RSVP="TRUE")
    event.add("attendee", attendee, encode=False)
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", "Reminder")
    alarm.add("trigger", REMINDER)
    event.add_component(alarm)
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "REQUEST")
    calendar.add_component(event)
    return bytes(calendar.to_ical())
