"""Invitations as calendar programs take them: read by another library, and kept by a real calendar server."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import radicale.app
import radicale.config
import requests
import vobject  # type: ignore[import-untyped]
from sqlalchemy import select

from cse_tracker.app import Service
from cse_tracker.cases import queries as cases
from cse_tracker.identity import commands as identity
from cse_tracker.identity.commands import NewUser
from cse_tracker.identity.model import Agency, PostKind, User
from cse_tracker.invitations import commands as invitations
from cse_tracker.jobs.delivery import deliver_outbox
from cse_tracker.jobs.meetings import readdress_invitations
from cse_tracker.meetings import queries
from cse_tracker.meetings.commands import moving
from cse_tracker.meetings.model import Meeting, MeetingState
from cse_tracker.meetings.rules import Reply
from cse_tracker.rulebook.terms import AgencyKind, MeetingFormat
from cse_tracker.work.errors import NotFound
from tests import people
from tests.integration.meetings.acts import schedule_now
from tests.journeys.live import serving
from tests.store import CHEAP, Clock, MailBag

POLICE = "police@demo.example"
LONG = "Room 5, “Elm”; 2nd floor, by the lift and the stairs, Hackney Service Centre"
FIRST, LAST, PURPOSE = "Zwaantje", "Ooievaarsbek", "Plan together"


@dataclass(frozen=True)
class Sent:
    """A calendar entry as it arrived in somebody's letter, read by a library that did not write it."""

    method: str
    uid: str
    sequence: int
    status: str
    starts: datetime
    ends: datetime
    event: Any
    text: str


def sent_to(mail: MailBag, address: str) -> list[Sent]:
    """Every calendar entry that somebody was sent, in order."""
    return [_read(part) for letter in mail.sent if address in str(letter["To"]) for part in _calendars(letter)]


def _calendars(letter: EmailMessage) -> list[EmailMessage]:
    return [part for part in letter.walk() if part.get_content_type() == "text/calendar"]


def _read(part: EmailMessage) -> Sent:
    text = part.get_content()
    calendar = vobject.readOne(text)
    event = calendar.vevent
    assert part.get_param("method") == calendar.method.value
    return Sent(
        calendar.method.value, event.uid.value, int(event.sequence.value), event.status.value,
        event.dtstart.value, event.dtend.value, event, text,
    )  # fmt: skip


def called(service: Service) -> UUID:
    case = people.open_case(service, first_name=FIRST, last_name=LAST)
    with people.working(service, people.LEAD) as work:
        return schedule_now(work, cases.open_case(work, case.id, for_change=True).case).id


def moved(service: Service, meeting_id: UUID, **changes: Any) -> bool:
    with people.working(service, people.LEAD) as work:
        meeting = queries.open_meeting(work, meeting_id, for_change=True)
        head = meeting.head
        new = moving.NewTime(
            starts_at=meeting.starts_at, minutes=60, place=head.place, link=head.link, format=head.format,
            reason="The room is taken",
        )  # fmt: skip
        return moving.move(work, meeting, replace(new, **changes))


def the(service: Service, meeting_id: UUID) -> Meeting:
    with people.working(service, people.LEAD, reading=True) as work:
        meeting = queries.open_meeting(work, meeting_id)
        # Opened while its keys are at hand.
        assert meeting.head
        assert all(each.body for each in meeting.invitations)
        return meeting


def deliver(service: Service) -> int:
    with service.app.app_context():
        return deliver_outbox(service.tools)


def test_one_entry_follows_its_meeting_from_the_invitation_to_the_cancelling(
    sqlite_service: Service, mail: MailBag
) -> None:
    service = sqlite_service
    meeting_id = called(service)
    deliver(service)
    (asked,) = sent_to(mail, POLICE)
    meeting = the(service, meeting_id)
    assert (asked.method, asked.sequence, asked.status) == ("REQUEST", 0, "CONFIRMED")
    assert (asked.starts, asked.ends) == (meeting.starts_at, meeting.ends_at)
    assert asked.uid.startswith(str(meeting_id))
    # Saved without a change, and held by telephone in the same place: nobody is asked again.
    assert not moved(service, meeting_id)
    assert not moved(service, meeting_id, format=MeetingFormat.TELEPHONE)
    deliver(service)
    assert len(sent_to(mail, POLICE)) == 1
    changes: list[dict[str, Any]] = [
        {"starts_at": meeting.starts_at + timedelta(days=1)}, {"minutes": 90}, {"place": "Room 5"}
    ]  # fmt: skip
    for number, change in enumerate(changes, 1):
        assert moved(service, meeting_id, **change)
        deliver(service)
        again = sent_to(mail, POLICE)[-1]
        assert (again.method, again.uid, again.sequence) == ("REQUEST", asked.uid, number)
    with people.working(service, people.LEAD) as work:
        moving.cancel(work, queries.open_meeting(work, meeting_id, for_change=True), reason="In hospital")
    deliver(service)
    *_, last = sent_to(mail, POLICE)
    assert (last.method, last.uid, last.sequence, last.status) == ("CANCEL", asked.uid, 4, "CANCELLED")
    assert len(sent_to(mail, POLICE)) == 5


def test_no_entry_names_a_young_person_or_what_is_to_be_decided(sqlite_service: Service, mail: MailBag) -> None:
    meeting_id = called(sqlite_service)
    moved(sqlite_service, meeting_id, place="Room 5", reason=f"{FIRST} cannot come that day")
    deliver(sqlite_service)
    assert len(mail.sent) >= 8
    for letter in mail.sent:
        for part in letter.walk():
            content = str(part.get_payload(decode=True)) if not part.is_multipart() else str(part.items())
            for word in (FIRST, LAST, PURPOSE, "hospital", "exploitation"):
                assert word.casefold() not in content.casefold()
    (asked, *_) = sent_to(mail, POLICE)
    assert asked.event.summary.value == f"Meeting {the(sqlite_service, meeting_id).reference}"
    assert [each.value for each in asked.event.attendee_list] == [f"mailto:{POLICE}"]


def test_an_attendee_who_changes_agency_is_taken_off_and_who_holds_the_post_now_is_asked(
    sqlite_service: Service, mail: MailBag
) -> None:
    service = sqlite_service
    meeting_id = called(service)
    deliver(service)
    (first,) = sent_to(mail, POLICE)
    with people.working(service, POLICE) as work:
        meeting = queries.open_meeting(work, meeting_id, for_change=True)
        invitations.answer(work, meeting, reply=Reply.ACCEPTED)
    with people.working(service) as work:
        gone = next(each for each in work.session.scalars(select(User)) if each.head.email == POLICE)
        before = work.session.get_one(Agency, gone.agency_id)
        elsewhere = next(each for each in work.session.scalars(select(Agency)) if each.kind is AgencyKind.YOT)
        form = NewUser(email="sergeant@demo.example", name="Sam Field", job_title="Sergeant", password=people.PASSWORD)
        new = identity.add_user(work, before, form, passwords=CHEAP)
        identity.fill_post(work, new, kind=PostKind.MEETING_CONTACT, borough_gss=people.HACKNEY)
        gone.agency_id = elsewhere.id
    for _ in range(2):
        with service.app.app_context():
            readdress_invitations(service.tools)
        deliver(service)
    *_, off = sent_to(mail, POLICE)
    (asked,) = sent_to(mail, "sergeant@demo.example")
    assert (off.method, off.uid) == ("CANCEL", first.uid)
    assert (asked.method, asked.uid) == ("REQUEST", first.uid)
    assert len(sent_to(mail, POLICE)) == 2
    # What the one before promised was about themselves, and what they see is what their agency now may.
    police = next(each for each in the(service, meeting_id).invitations if each.agency_id == before.id)
    assert police.body.reply is Reply.NONE
    with people.working(service, POLICE) as work, pytest.raises(NotFound):
        queries.open_meeting(work, meeting_id)


def test_a_post_that_nobody_holds_any_more_is_told_to_the_organiser_once(
    sqlite_service: Service, mail: MailBag
) -> None:
    service = sqlite_service
    meeting_id = called(service)
    deliver(service)
    with people.working(service) as work:
        gone = next(each for each in work.session.scalars(select(User)) if each.head.email == POLICE)
        gone.active = False
    with service.app.app_context():
        readdress_invitations(service.tools)
    deliver(service)
    meeting = the(service, meeting_id)
    assert meeting.state is MeetingState.SCHEDULED
    # Nobody holds the post now: the organiser is told once, and the agency's invitation says so.
    notes = [each.body.reply_note for each in meeting.invitations]
    assert any("Nobody holds this agency’s post" in note for note in notes)
    told = [each for each in mail.sent if people.LEAD in str(each["To"])]
    with service.app.app_context():
        readdress_invitations(service.tools)
    deliver(service)
    assert len([each for each in mail.sent if people.LEAD in str(each["To"])]) == len(told)


@pytest.mark.parametrize(
    ("now", "starts"),
    [
        # Invited in summer time for a day after the clocks went back, and the other way round.
        (datetime(2026, 10, 20, 9, tzinfo=UTC), datetime(2026, 10, 27, 14, 30, tzinfo=UTC)),
        (datetime(2027, 3, 23, 9, tzinfo=UTC), datetime(2027, 3, 30, 13, 30, tzinfo=UTC)),
    ],
)
def test_a_change_of_the_clocks_between_invitation_and_meeting_moves_nothing(
    sqlite_service: Service, mail: MailBag, clock: Clock, now: datetime, starts: datetime
) -> None:
    clock.now = now
    case = people.open_case(sqlite_service)
    with people.working(sqlite_service, people.LEAD) as work:
        row = cases.open_case(work, case.id, for_change=True)
        meeting = schedule_now(work, row.case)
        moving.move(
            work, meeting,
            moving.NewTime(
                starts_at=starts, minutes=60, place="Room 4", link="", format=MeetingFormat.IN_PERSON, reason="Later"
            ),
        )  # fmt: skip
    deliver(sqlite_service)
    asked = sent_to(mail, POLICE)[-1]
    assert asked.starts == starts
    assert asked.starts.utcoffset() == timedelta(0)
    letter = next(each for each in reversed(mail.sent) if POLICE in str(each["To"]))
    # Half past two on the wall, on the day of the meeting, in the letter too.
    assert "14:30" in str(letter.get_body(("plain",)))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """A calendar server with one empty calendar; gives its address."""
    settings = radicale.config.load()
    settings.update(
        {"storage": {"filesystem_folder": str(tmp_path / "calendars")}, "auth": {"type": "none"},
         "rights": {"type": "authenticated"}, "logging": {"level": "critical"}},
        "test", privileged=True,
    )  # fmt: skip
    with serving(radicale.app.Application(settings)) as url:
        calendar = f"{url}/police/meetings"
        assert requests.request("MKCALENDAR", calendar, auth=("police", ""), timeout=20).status_code == 201
        yield calendar


def _kept(sent: Sent) -> str:
    """What a calendar program keeps of a request: the same entry without the method (RFC 4791, 4.1)."""
    return "".join(line for line in sent.text.splitlines(keepends=True) if not line.startswith("METHOD:"))


def test_a_calendar_server_keeps_the_entry_and_finds_it_at_its_time(
    sqlite_service: Service, mail: MailBag, server: str
) -> None:
    meeting_id = called(sqlite_service)
    moved(sqlite_service, meeting_id, place=LONG)
    deliver(sqlite_service)
    meeting = the(sqlite_service, meeting_id)
    for sent in sent_to(mail, POLICE):
        headers = {"Content-Type": "text/calendar; charset=utf-8"}
        put = requests.put(
            f"{server}/{meeting_id}.ics", data=_kept(sent).encode(), headers=headers, auth=("police", ""), timeout=20
        )
        assert put.status_code in {201, 204}, put.text
    found = requests.request(
        "REPORT", server, auth=("police", ""), timeout=20, headers={"Depth": "1", "Content-Type": "application/xml"},
        data=_during(meeting.starts_at, meeting.ends_at),
    )  # fmt: skip
    assert found.status_code == 207
    assert str(meeting_id) in found.text
    later = _during(meeting.ends_at + timedelta(minutes=1), meeting.ends_at + timedelta(hours=1))
    nothing = requests.request(
        "REPORT", server, auth=("police", ""), timeout=20, headers={"Depth": "1"}, data=later
    )  # fmt: skip
    assert str(meeting_id) not in nothing.text
    back = requests.get(f"{server}/{meeting_id}.ics", auth=("police", ""), timeout=20)
    event = vobject.readOne(back.content.decode()).vevent
    assert event.location.value == meeting.head.where
    assert (event.dtstart.value, int(event.sequence.value)) == (meeting.starts_at, meeting.calendar_sequence)


def _during(first: datetime, last: datetime) -> str:
    between = f'start="{first:%Y%m%dT%H%M%SZ}" end="{last:%Y%m%dT%H%M%SZ}"'
    return (
        '<C:calendar-query xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:D="DAV:"><D:prop><D:getetag/>'
        '<C:calendar-data/></D:prop><C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">'
        f"<C:time-range {between}/></C:comp-filter></C:comp-filter></C:filter></C:calendar-query>"
    )


def test_who_was_invited_at_night_to_what_is_cancelled_by_morning_gets_one_letter(
    sqlite_service: Service, mail: MailBag, clock: Clock
) -> None:
    clock.set(2026, 11, 16, 23)
    meeting_id = called(sqlite_service)
    deliver(sqlite_service)
    assert sent_to(mail, POLICE) == []
    with people.working(sqlite_service, people.LEAD) as work:
        moving.cancel(work, queries.open_meeting(work, meeting_id, for_change=True), reason="In hospital")
    clock.set(2026, 11, 17, 9)
    deliver(sqlite_service)
    (off,) = sent_to(mail, POLICE)
    assert (off.method, off.sequence, off.status) == ("CANCEL", 1, "CANCELLED")
