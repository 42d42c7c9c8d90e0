"""Meetings as iCalendar (RFC 5545, RFC 5546): a reference and a place, never a name of a young person."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from icalendar import Alarm, Calendar, Event, vCalAddress, vText

PRODUCT: Final = "-//cse_tracker//meetings//EN"
REMINDER: Final = timedelta(minutes=-30)


class Method(StrEnum):
    """What an entry that is sent asks of the calendar that gets it."""

    REQUEST = "REQUEST"
    CANCEL = "CANCEL"


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
    method: Method = Method.REQUEST


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One meeting in a colleague's own calendar."""

    uid: str
    sequence: int
    stamp: datetime
    starts_at: datetime
    ends_at: datetime
    title: str
    place: str
    link: str
    cancelled: bool


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


def _event(wanted: Request | Entry, *, cancelled: bool) -> Event:
    """Times are written in UTC: a VTIMEZONE made by a library was misread by an hour in some clients."""
    event = Event()
    event.add("uid", wanted.uid)
    event.add("sequence", wanted.sequence)
    event.add("dtstamp", _utc(wanted.stamp))
    event.add("dtstart", _utc(wanted.starts_at))
    event.add("dtend", _utc(wanted.ends_at))
    event.add("summary", wanted.title)
    if wanted.place:
        event.add("location", wanted.place)
    event.add("description", f"In the tracker, after signing in: {wanted.link}")
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("class", "CONFIDENTIAL")
    event.add("transp", "TRANSPARENT" if cancelled else "OPAQUE")
    return event


def _calendar(events: Iterable[Event]) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    for event in events:
        calendar.add_component(event)
    return calendar


def request(wanted: Request) -> bytes:
    """Give the invitation, or its cancelling; raises ValueError for a time without a time zone."""
    cancels = wanted.method is Method.CANCEL
    event = _event(wanted, cancelled=cancels)
    event.add("organizer", _address(wanted.organiser), encode=False)
    asked = {} if cancels else {"PARTSTAT": "NEEDS-ACTION", "RSVP": "TRUE"}
    event.add("attendee", _address(wanted.attendee, ROLE="REQ-PARTICIPANT", **asked), encode=False)
    if not cancels:
        event.add_component(_alarm())
    calendar = _calendar([event])
    calendar.add("method", wanted.method.value)
    return bytes(calendar.to_ical())


def _alarm() -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", "Reminder")
    alarm.add("trigger", REMINDER)
    return alarm


def feed(entries: Iterable[Entry]) -> bytes:
    """Give a colleague's own calendar, to be read and never answered: it names nobody, not even who is invited."""
    calendar = _calendar(_event(each, cancelled=each.cancelled) for each in entries)
    calendar.add("method", "PUBLISH")
    calendar.add("name", "Meetings")
    calendar.add("x-wr-calname", "Meetings")
    calendar.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    return bytes(calendar.to_ical())
