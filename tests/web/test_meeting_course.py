"""A meeting's whole course on its pages: called, moved, prepared, held, minuted, and its actions done."""

from uuid import UUID

import pytest
from sqlalchemy import select

from cse_tracker.actions.model import Action, ActionState
from cse_tracker.agenda.model import Notes
from cse_tracker.app import Service
from cse_tracker.jobs.meetings import put_packs_together
from cse_tracker.meetings.model import AgendaItem, Meeting, MeetingState
from cse_tracker.minutes.model import MinuteVersion
from cse_tracker.sharing.model import SharingRecord
from tests import people
from tests.store import Clock
from tests.web.client import Browser
from tests.web.conftest import BrowserFor
from tests.web.steps import Typed, count, dated, heading

PLANNING = "multi_agency_planning"
SAID = "The aunt collects her from the station on Fridays."
SECRET = "A source at the club says so."


def at_level_two(service: Service) -> UUID:
    case = people.open_case(service)
    people.assess(service, case, "older_boyfriend")
    people.decide(service, case, 2)
    return case.id


def when(day: str, at: str = "2:30pm") -> Typed:
    return {"starts_at": at, **dated("starts_on", day, "11", "2026")}


def call(lead: Browser, case_id: UUID, day: str = "24", **more: object) -> str:
    lead.get(f"/meetings/call/{case_id}")
    lead.submit(place="Room 4", purpose="Plan together", **when(day), **more)
    assert lead.response is not None
    assert lead.response.request.path.startswith("/meetings/"), lead.errors()
    return lead.response.request.path


def the(service: Service, path: str) -> Meeting:
    with people.working(service, people.LEAD, reading=True) as work:
        meeting = work.session.get_one(Meeting, UUID(path.split("/")[2]))
        assert meeting.head
        assert meeting.body
        return meeting


def item_link(browser: Browser) -> str:
    """The way to the first item of the agenda."""
    found = browser.page.select_one("a[href*='/items/']")
    assert found is not None
    return str(found["href"])


def record(lead: Browser, service: Service, path: str, **changes: object) -> None:
    lead.get(f"{path}/record")
    radios = {str(each["name"]) for each in lead.page.select("input[name^=attendance_]")}
    answers: Typed = dict.fromkeys(radios, "attended")
    lead.submit(decisions="The school watches the gate.", **answers, **changes)
    assert lead.errors() == []


def test_the_course_of_a_meeting_from_its_calling_to_its_closing(  # noqa: PLR0915 - one walk
    sqlite_service: Service, browser: BrowserFor, clock: Clock
) -> None:
    service = sqlite_service
    case_id = at_level_two(service)
    lead, police, health = browser(people.LEAD), browser(people.POLICE), browser(people.HEALTH)
    lead.get(f"/meetings/call/{case_id}")
    assert "Free times" in lead.text()
    assert "In time for: Multi-agency planning meeting" in lead.text()
    path = call(lead, case_id)

    # Moved once: one more sequence; saved again without a change: none.
    lead.get(f"{path}/move")
    lead.submit(reason="The room is taken", **when("25"))
    assert "asked again" in lead.text()
    lead.get(f"{path}/move")
    lead.submit()
    assert the(service, path).calendar_sequence == 1
    assert [move.reason for move in the(service, path).body.moves] == ["The room is taken"]

    police.get(f"{path}/reply")
    police.submit(reply="deputy")
    assert police.errors() == ["Enter who comes instead"]
    police.submit(reply="deputy", deputy="Sergeant Cole")
    lead.get(path)
    assert "Sergeant Cole" in lead.text()

    # Packs: each agency its own sections, and no other's.
    lead.submit(_button="x=y")
    with service.app.app_context():
        put_packs_together(service.tools)
    lead.get(path)
    health.get(path)
    health.get(health.link("Homerton"))
    assert "Date of birth" in health.text()
    assert "Seen on 1 November" not in health.text()
    pack_path = health.response.request.path if health.response else ""
    pdf = health.client.get(f"{pack_path}/pdf")
    assert (pdf.status_code, pdf.data[:4]) == (200, b"%PDF")
    police.get(pack_path, status=404)
    police.get(path)
    police.get(police.link("Metropolitan"))
    assert "Seen on 1 November" in police.text()
    assert count(service, SharingRecord) == 4

    # At the table.
    clock.set(2026, 11, 25, 15)
    lead, police, health = browser(people.LEAD), browser(people.POLICE), browser(people.HEALTH)
    lead.get(path)
    lead.get(item_link(lead))
    item = lead.response.request.path if lead.response else ""
    lead.submit(text="Everybody agrees that")
    assert "The notes are saved" in lead.text()
    lead.get(f"{item}/shared")
    agency = next(str(o["value"]) for o in lead.page.select("option") if "Metropolitan" in o.get_text())
    lead.submit(agency=agency, text=SECRET, handling="giver_and_lead")
    lead.get(f"{item}/shared")
    lead.submit(agency=agency, text=SAID, handling="everybody")
    lead.get(f"{item}/decisions")
    boxes = {str(b["value"]) for b in lead.page.select("input[name=agreed]")}
    lead.submit(text="Level three from today", agreed=sorted(boxes - {agency}), disagreed=[agency], level="3")
    assert lead.errors() == ["Enter why an agency did not agree"]
    lead.submit(
        text="Level three from today", agreed=sorted(boxes - {agency}), disagreed=[agency], level="3",
        why_not="More must be known first", override_reason="What was said today",
    )  # fmt: skip
    assert "Level three" in lead.text()
    assert "More must be known first" in lead.text()

    record(
        lead,
        service,
        path,
        action_1="Visit the address",
        owner_1=agency,
        unsure_1="y",
        **dated("due_1", "1", "12", "2026"),
    )
    assert the(service, path).state is MeetingState.HELD_QUORATE
    assert "recorded" in lead.text()

    # Minutes: an agency reads its own sections alone.
    lead.get(f"{path}/minutes")
    lead.submit()
    assert "a draft" in lead.text()
    health.get(f"{path}/minutes")
    assert SAID not in health.text()
    form = [f for f in lead.page.find_all("form") if "agree" in str(f.get("action"))]
    assert form
    lead.submit(_form=0)
    assert lead.errors() == ["Say that you have read it"]
    lead.submit(_form=0, sure="y")
    assert the(service, path).state is MeetingState.MINUTES_AGREED
    health.get(f"{path}/minutes")
    assert SAID in health.text()
    assert SECRET not in health.text()
    police.get(f"{path}/minutes")
    assert SECRET in police.text()
    lead.get(path)
    assert "put forward and to be confirmed" in lead.text()

    # The action: agreed, done and seen by somebody else.
    with people.working(service, people.LEAD, reading=True) as work:
        action = work.session.scalars(select(Action)).one()
    police.get("/actions/")
    police.get(police.link("Visit the address"))
    assert "Keira" not in police.text()
    here = police.response.request.path if police.response else ""
    for act, typed in (("accept", {}), ("start", {}), ("done", {"note": "Visited on 25 November, log 12"})):
        police.get(f"{here}/{act}")
        police.submit(**typed)
        assert "Recorded" in police.text(), police.errors()
    health.get(here, status=404)
    lead.get(f"{here}/verify")
    lead.submit()
    with people.working(service, people.LEAD, reading=True) as work:
        assert work.session.get_one(Action, action.id).state is ActionState.VERIFIED
    lead.get(f"{path}/minutes")
    lead.submit(_form=0)
    lead.get(path)
    lead.get(f"{path}/minutes")
    closing = [f for f in lead.page.find_all("form") if "close" in str(f.get("action"))]
    if closing:
        lead.post(f"{path}/minutes/close")
    assert count(service, MinuteVersion) >= 1


def test_notes_saved_as_typed_lose_nothing_and_say_what_somebody_else_saved(
    sqlite_service: Service, browser: BrowserFor
) -> None:
    service = sqlite_service
    case_id = at_level_two(service)
    lead, deputy = browser(people.LEAD), browser(people.DEPUTY)
    path = call(lead, case_id)
    lead.get(path)
    lead.get(item_link(lead))
    item = lead.response.request.path if lead.response else ""
    deputy.get(item)
    typed = {"X-Saved-As-Typed": "yes"}

    def send(who: Browser, text: str, revision: int) -> tuple[int, dict[str, object]]:
        data = {"text": text, "revision": revision, "csrf_token": who.token()}
        answer = who.client.post(f"{item}/notes", data=data, headers=typed)
        return answer.status_code, answer.get_json()

    status, answer = send(lead, "The aunt", 0)
    assert (status, answer["state"]) == (200, "saved")
    # The same once more, as after an answer that was lost on the way: no conflict, nothing doubled.
    assert send(lead, "The aunt", 0)[1] == {**answer, "at": answer["at"]}
    status, refused = send(deputy, "Somebody else’s words", 0)
    assert (status, refused["theirs"], refused["by"]) == (409, "The aunt", "Ruth Okafor")
    deputy.get(item)
    data = {"text": "Somebody else’s words", "revision": "0", "csrf_token": deputy.token()}
    page = deputy.client.post(f"{item}/notes", data=data).get_data(as_text=True)
    assert "Somebody else’s words" in page
    assert "The aunt" in page
    assert send(lead, "The aunt collects her", int(str(answer["revision"])))[0] == 200
    assert count(service, Notes) == 1


def test_a_megabyte_pasted_from_an_office_program_is_answered_with_a_sentence_and_kept(
    sqlite_service: Service, browser: BrowserFor
) -> None:
    case_id = at_level_two(sqlite_service)
    lead = browser(people.LEAD)
    path = call(lead, case_id)
    lead.get(path)
    lead.get(item_link(lead))
    pasted = "\ufeff\uf0b7\u00a0Agreed\x0b“quoted”\x07 " * 50_000
    lead.submit(text=pasted)
    assert lead.response is not None
    assert lead.response.status_code == 422
    assert lead.errors()[0].startswith("Notes must be 200,000 characters or less: take out ")
    assert lead.page.find("textarea").get_text().count("“quoted”") == 50_000  # type: ignore[union-attr]
    lead.submit(text=pasted[:1000])
    with people.working(sqlite_service, people.LEAD, reading=True) as work:
        kept = work.session.scalars(select(Notes)).one().body.text
    assert "• Agreed\n“quoted”" in kept
    assert not set(kept) & set("\ufeff\uf0b7\u00a0\x0b\x07")


def test_a_panel_of_cases_and_themes_is_called_and_recorded(
    sqlite_service: Service, browser: BrowserFor, clock: Clock
) -> None:
    service = sqlite_service
    cases = [people.open_case(service, first_name=name) for name in ("Keira", "Leon", "Maya")]
    lead = browser(people.LEAD)
    lead.get("/meetings/call-panel")
    lead.submit(
        type_key="exploitation_panel", cases=[str(case.id) for case in cases[:2]], themes="Hotels\nSocial media",
        agencies=[str(b["value"]) for b in lead.page.select("input[name=agencies]")],
        place="Town Hall", **when("24"),
    )  # fmt: skip
    assert "is called" in lead.text(), lead.errors()
    path = lead.response.request.path if lead.response else ""
    meeting = the(service, path)
    assert meeting.case_id is None
    assert count(service, AgendaItem, AgendaItem.meeting_id == meeting.id) == 4
    assert "Hotels" in lead.text()
    police = browser(people.POLICE)
    police.get(path)
    assert "Hotels" not in police.text()
    lead.get(f"/cases/{cases[0].id}")
    assert meeting.reference in lead.text()
    clock.set(2026, 11, 24, 15)
    lead = browser(people.LEAD)
    owner = str(meeting.invitations[0].agency_id)
    record(lead, service, path, action_1="Visit the hotels", owner_1=owner, **dated("due_1", "1", "12", "2026"))
    assert the(service, path).is_held, lead.errors()
    with people.working(service, people.LEAD, reading=True) as work:
        action = work.session.scalars(select(Action)).one()
    assert action.case_id is None
    lead.get("/")
    lead.get(f"{path}/minutes")
    lead.submit()
    assert "Hotels" not in heading(lead)


def test_a_meeting_is_cancelled_with_a_reason_and_its_duty_stays(sqlite_service: Service, browser: BrowserFor) -> None:
    lead = browser(people.LEAD)
    path = call(lead, at_level_two(sqlite_service))
    lead.get(f"{path}/cancel")
    lead.submit(reason=" ")
    assert lead.errors() == ["Enter why the meeting is cancelled"]
    lead.submit(reason="The young person is in hospital")
    assert "is cancelled" in lead.text()
    found = the(sqlite_service, path)
    assert (found.state, found.calendar_sequence) == (MeetingState.CANCELLED, 1)
    lead.get(f"{path}/move")
    assert "cannot be moved any more" in lead.text()


def test_a_second_meeting_of_the_kind_is_asked_about_first(sqlite_service: Service, browser: BrowserFor) -> None:
    lead, case_id = browser(people.LEAD), at_level_two(sqlite_service)
    call(lead, case_id)
    lead.get(f"/meetings/call/{case_id}")
    lead.submit(place="Room 4", **when("26"))
    assert lead.errors() == [
        "A meeting of this kind is called for this case already. Move that one, or say that you want another"
    ]
    lead.submit(another="y")
    assert "is called" in lead.text()
    assert count(sqlite_service, Meeting) == 2


def test_a_colleague_s_calendar_is_read_by_its_address_until_it_is_withdrawn(
    sqlite_service: Service, browser: BrowserFor
) -> None:
    lead, police = browser(people.LEAD), browser(people.POLICE)
    path = call(lead, at_level_two(sqlite_service))
    police.get("/calendar/")
    police.submit()
    address = str(police.page.find("input", {"id": "address"})["value"])  # type: ignore[index]
    stranger = sqlite_service.app.test_client()
    feed = stranger.get(address.partition("//")[2].partition("/")[2].join(["/", ""]))
    assert feed.status_code == 200
    text = feed.get_data(as_text=True)
    assert the(sqlite_service, path).reference in text
    assert "Keira" not in text
    assert "demo.example" not in text
    police.get("/calendar/")
    assert address not in police.text()
    police.submit(_form=1)
    gone = stranger.get("/" + address.partition("//")[2].partition("/")[2])
    assert gone.status_code == 404


def test_the_timetable_is_for_those_who_run_the_service(sqlite_service: Service, browser: BrowserFor) -> None:
    officer = browser("records@demo.example")
    officer.get("/timetable/")
    assert "let-reminders-fall" in officer.text()
    assert "Never" in officer.text()
    browser(people.LEAD).get("/timetable/", status=403)


@pytest.mark.parametrize("act", ["accept", "verify", "nonsense"])
def test_what_cannot_be_done_with_an_action_is_not_offered(
    sqlite_service: Service, browser: BrowserFor, clock: Clock, act: str
) -> None:
    lead = browser(people.LEAD)
    path = call(lead, at_level_two(sqlite_service))
    clock.set(2026, 11, 24, 16)
    lead = browser(people.LEAD)
    owner = str(the(sqlite_service, path).invitations[0].agency_id)
    record(lead, sqlite_service, path, action_1="Visit", owner_1=owner, **dated("due_1", "1", "12", "2026"))
    with people.working(sqlite_service, people.LEAD, reading=True) as work:
        action_id = work.session.scalars(select(Action.id)).one()
    lead.get(f"/actions/{action_id}/{act}", status=404 if act == "nonsense" else 200)
