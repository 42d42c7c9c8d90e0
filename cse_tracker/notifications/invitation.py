"""A meeting as an iCalendar request (RFC 5545, RFC 5546): a reference and a place, never a name of a young person."""

from dataclasses import dataclass
from datetime import datetime, timedelta
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


def request(wanted: Request) -> bytes:
    """Give the invitation. Times are in UTC: a VTIMEZONE made by a library was misread by an hour in some clients."""
    event = Event()
    event.add("uid", wanted.uid)
    event.add("sequence", wanted.sequence)
    event.add("dtstamp", wanted.stamp)
    event.add("dtstart", wanted.starts_at)
    event.add("dtend", wanted.ends_at)
    event.add("summary", wanted.title)
    event.add("location", wanted.place)
    event.add("description", f"Papers are in the tracker: {wanted.link}")
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
