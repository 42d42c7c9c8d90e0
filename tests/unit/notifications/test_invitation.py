"""An invitation says when, where and under which reference; it says so to every calendar in the same way."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from cse_tracker.notifications.invitation import Mailbox, Request, request
from cse_tracker.records.reference import reference

LONDON = ZoneInfo("Europe/London")
STARTS = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)
WANTED = Request(
    uid="6f1e@tracker.example",
    sequence=0,
    stamp=datetime(2026, 11, 16, 10, tzinfo=UTC),
    starts_at=STARTS,
    ends_at=STARTS + timedelta(minutes=90),
    title="Meeting M-2345-6789",
    place="Town Hall, room 2.14",
    link="https://tracker.example/meetings/6f1e",
    organiser=Mailbox("Ruth Okafor", "lead@demo.example"),
    attendee=Mailbox("Zoë O’Brien", "police@demo.example"),
)
# What a mail or calendar cannot carry is refused by the forms; everything else must come through whole.
LINES = st.text(
    st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\u2028\u2029"), min_size=1, max_size=120
)


def read(raw: bytes) -> Calendar:
    calendar = Calendar.from_ical(raw)
    assert isinstance(calendar, Calendar)
    assert calendar.errors == []
    return calendar


def meeting_in(raw: bytes) -> Any:
    (event,) = read(raw).walk("VEVENT")
    return event


def test_what_is_written_is_read_back() -> None:
    calendar, event = read(request(WANTED)), meeting_in(request(WANTED))
    assert (str(calendar["METHOD"]), str(calendar["VERSION"])) == ("REQUEST", "2.0")
    assert {name: str(event[name]) for name in ("UID", "SUMMARY", "LOCATION", "STATUS", "CLASS", "TRANSP")} == {
        "UID": "6f1e@tracker.example",
        "SUMMARY": "Meeting M-2345-6789",
        "LOCATION": "Town Hall, room 2.14",
        "STATUS": "CONFIRMED",
        "CLASS": "CONFIDENTIAL",
        "TRANSP": "OPAQUE",
    }
    assert "https://tracker.example/meetings/6f1e" in event["DESCRIPTION"]
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (STARTS, STARTS + timedelta(minutes=90))


def test_the_organiser_asks_and_the_attendee_is_to_answer() -> None:
    event = meeting_in(request(WANTED))
    assert (str(event["ORGANIZER"]), event["ORGANIZER"].params["CN"]) == ("mailto:lead@demo.example", "Ruth Okafor")
    attendee = event["ATTENDEE"]
    assert (str(attendee), attendee.params["CN"]) == ("mailto:police@demo.example", "Zoë O’Brien")
    assert (attendee.params["PARTSTAT"], attendee.params["RSVP"]) == ("NEEDS-ACTION", "TRUE")


def test_nothing_is_said_beyond_what_an_invitation_needs() -> None:
    assert set(meeting_in(request(WANTED))) == {
        "UID", "SEQUENCE", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "LOCATION", "DESCRIPTION", "STATUS", "CLASS",
        "TRANSP", "ORGANIZER", "ATTENDEE",
    }  # fmt: skip
    assert set(read(request(WANTED))) == {"PRODID", "VERSION", "METHOD"}


@given(st.uuids())
def test_the_title_is_the_reference_and_never_more(meeting_id: UUID) -> None:
    title = f"Meeting {reference('M', meeting_id)}"
    assert str(meeting_in(request(replace(WANTED, title=title)))["SUMMARY"]) == title


@given(LINES, LINES)
def test_place_and_names_come_through_and_begin_no_line_of_their_own(place: str, name: str) -> None:
    raw = request(replace(WANTED, place=place, attendee=Mailbox(name, "police@demo.example")))
    event = meeting_in(raw)
    assert (str(event["LOCATION"]), event["ATTENDEE"].params["CN"]) == (place, name)
    assert set(event) == set(meeting_in(request(WANTED)))
    assert max(len(line) for line in raw.split(b"\r\n")) <= 75


@pytest.mark.parametrize("place", ["Room 4\r\nATTENDEE:mailto:other@demo.example", "Room 4\nSUMMARY:Keira", "a;b,c\\n"])
def test_a_place_cannot_write_into_the_calendar(place: str) -> None:
    event = meeting_in(request(replace(WANTED, place=place)))
    assert str(event["SUMMARY"]) == WANTED.title
    assert str(event["ATTENDEE"]) == "mailto:police@demo.example"
    assert str(event["LOCATION"]) == place.replace("\r\n", "\n")


@given(st.datetimes(datetime(2020, 1, 1), datetime(2037, 1, 1)), st.sampled_from([30, 60, 90, 120]))  # noqa: DTZ001 - Hypothesis adds the zone
def test_times_are_sent_in_utc_whatever_zone_they_came_in(naive: datetime, minutes: int) -> None:
    starts = naive.replace(tzinfo=LONDON, microsecond=0)
    ends = starts.astimezone(UTC) + timedelta(minutes=minutes)
    raw = request(replace(WANTED, starts_at=starts, ends_at=ends))
    event = meeting_in(raw)
    assert (event["DTSTART"].dt.utcoffset(), event["DTEND"].dt.utcoffset()) == (timedelta(0), timedelta(0))
    assert event["DTSTART"].dt == starts.astimezone(UTC)
    assert event["DTEND"].dt - event["DTSTART"].dt == timedelta(minutes=minutes)
    assert b"TZID" not in raw


@pytest.mark.parametrize("field", ["stamp", "starts_at", "ends_at"])
def test_a_time_without_a_zone_is_refused(field: str) -> None:
    change: dict[str, Any] = {field: STARTS.replace(tzinfo=None)}
    with pytest.raises(ValueError, match="time zone"):
        request(replace(WANTED, **change))


def test_a_changed_meeting_keeps_its_id_and_raises_its_number() -> None:
    later = replace(WANTED, sequence=1, starts_at=STARTS + timedelta(hours=1), ends_at=STARTS + timedelta(hours=2))
    first, second = meeting_in(request(WANTED)), meeting_in(request(later))
    assert str(first["UID"]) == str(second["UID"])
    assert (int(first["SEQUENCE"]), int(second["SEQUENCE"])) == (0, 1)
