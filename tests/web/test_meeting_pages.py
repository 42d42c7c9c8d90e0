"""Calling a meeting: who is ticked beforehand, when it may be, and that a double click calls one."""

import pytest

from cse_tracker.app import Service
from cse_tracker.cases.model import Case
from cse_tracker.meetings.commands import calling
from cse_tracker.meetings.model import Invitation, Meeting, MeetingState
from cse_tracker.notifications.model import MessageKind, OutgoingMessage
from tests import people
from tests.integration.meetings.test_reminders import put_forward
from tests.store import Clock
from tests.web.client import Browser
from tests.web.conftest import BrowserFor
from tests.web.steps import CASE_REFERENCE, Typed, count, dated, heading, typed_in

PLACE = "Town Hall, room 2.14"
REQUIRED = {
    "Hackney children’s social care", "Metropolitan Police, Central East", "Homerton Healthcare",
    "Clapton Park School",
}  # fmt: skip


def at_level_two(service: Service) -> Case:
    case = people.open_case(service)
    people.assess(service, case, "older_boyfriend")
    people.decide(service, case, 2)
    return case


def when(day: str = "17", month: str = "11", year: str = "2026", at: str = "2:30pm") -> Typed:
    return {"starts_at": at, "place": PLACE, "purpose": "Plan together", **dated("starts_on", day, month, year)}


def ticked(browser: Browser) -> set[str]:
    boxes = browser.page.find_all("input", attrs={"name": "agencies", "checked": True})
    labels = [browser.page.find("label", attrs={"for": box["id"]}) for box in boxes]
    return {label.get_text(strip=True) for label in labels if label is not None}


def ticks(browser: Browser) -> list[str]:
    return [str(box["value"]) for box in browser.page.select("input[name=agencies]")]


@pytest.fixture
def lead(browser: BrowserFor, sqlite_service: Service) -> Browser:
    """A lead officer on the page for calling the meeting that level two demands."""
    lead = browser(people.LEAD)
    lead.get(f"/meetings/call/{at_level_two(sqlite_service).id}")
    return lead


def test_the_agencies_that_the_protocol_requires_are_ticked_beforehand(lead: Browser) -> None:
    assert ticked(lead) == REQUIRED
    assert "Multi-agency planning meeting is due by the end of 30 November 2026" in lead.text()
    lead.submit(**when())
    assert "Invited" in lead.text()
    for agency in REQUIRED:
        assert agency in lead.text()
    assert "Safe Steps" not in lead.text()


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("2:30pm", "2:30pm to 3:30pm"),
        ("14.30", "2:30pm to 3:30pm"),
        (" 9 AM ", "9am to 10am"),
        ("Midday", "midday to 1pm"),
        ("11:30 pm", "11:30pm to 12:30am"),
    ],
)
def test_a_time_may_be_typed_in_the_usual_ways(lead: Browser, typed: str, shown: str) -> None:
    lead.submit(**when(at=typed))
    assert f"Tuesday 17 November 2026, {shown}" in lead.text()


def test_a_time_that_could_mean_two_things_or_none_is_asked_for_again(lead: Browser) -> None:
    for typed in ("9", "25:00", "13pm", "0am", "2:60pm", "half two", "١٤:٣٠", "14:30:00"):
        assert lead.submit(**when(at=typed)).status_code == 422
        assert lead.errors() == ["Enter a time, like 2:30pm or 14:30"]
        assert typed_in(lead)["starts_at"] == typed
    assert lead.submit(**when(at="")).status_code == 422
    assert lead.errors() == ["Enter the start time"]


@pytest.mark.parametrize(
    ("day", "month", "name"), [("21", "11", "Saturday"), ("25", "12", "Christmas Day"), ("28", "12", "Boxing Day")]
)
def test_a_day_off_has_to_be_confirmed(lead: Browser, day: str, month: str, name: str) -> None:
    assert lead.page.find("input", attrs={"name": "any_day"}) is None
    assert lead.submit(**when(day, month)).status_code == 422
    assert len(lead.errors()) == 1
    assert lead.errors()[0].startswith(name)
    assert lead.errors()[0].endswith("is not a working day. Choose another date, or confirm it below")
    # Confirmed stays confirmed while something else is put right.
    assert lead.submit(any_day="y", place="").status_code == 422
    assert lead.errors() == ["Enter the place"]
    lead.submit(place=PLACE)
    assert f"{day} {'November' if month == '11' else 'December'} 2026, 2:30pm" in lead.text()


@pytest.mark.parametrize(("day", "at"), [("13", "2:30pm"), ("16", "9:59am"), ("16", "10am")])
def test_a_meeting_is_called_for_the_future(lead: Browser, day: str, at: str) -> None:
    assert lead.submit(**when(day, at=at)).status_code == 422
    assert lead.errors() == ["The meeting must be in the future"]
    kept = typed_in(lead)
    assert (kept["place"], kept["purpose"], kept["starts_on-day"]) == (PLACE, "Plan together", day)


def test_a_time_that_the_clocks_skip_is_refused(lead: Browser) -> None:
    assert lead.submit(**when("28", "3", "2027", at="1:30am"), any_day="y").status_code == 422
    assert lead.errors() == ["That time does not exist: the clocks go forward that night"]


def test_everything_that_is_missing_is_named_at_once(lead: Browser) -> None:
    assert lead.submit(agencies=[]).status_code == 422
    assert lead.errors() == [
        "Enter the date", "Enter the start time", "Enter the place",
        "Select at least one agency to invite",
    ]  # fmt: skip
    assert ticked(lead) == set()


def test_a_double_click_calls_one_meeting(lead: Browser, sqlite_service: Service) -> None:
    assert lead.response is not None
    path, typed = lead.response.request.path, {**typed_in(lead), **when()}
    ways = {lead.post(path, follow=False, csrf_token=lead.token(), **typed).headers["Location"] for _ in range(2)}
    assert len(ways) == 1
    assert count(sqlite_service, Meeting) == 1
    assert count(sqlite_service, Invitation) == 4
    assert count(sqlite_service, OutgoingMessage, OutgoingMessage.kind == MessageKind.MEETING_INVITATION) == 4


@pytest.mark.parametrize("once", ["", "no id at all"])
def test_a_form_without_its_mark_calls_nothing(lead: Browser, sqlite_service: Service, once: str) -> None:
    assert lead.submit(**when(), once=once).status_code == 422
    assert "This form has been damaged" in lead.errors()[0]
    assert count(sqlite_service, Meeting) == 0


def test_an_invited_agency_sees_when_and_where_and_not_why(
    lead: Browser, browser: BrowserFor, sqlite_service: Service, clock: Clock
) -> None:
    lead.submit(**when())
    assert lead.response is not None
    meeting = lead.response.request.path
    assert "Plan together" in lead.text()
    assert "Record the meeting" not in lead.text()
    health = browser(people.HEALTH)
    health.get("/")
    health.get(health.link("Meeting M-"))
    for words in (PLACE, "Tuesday 17 November 2026, 2:30pm", "Ruth Okafor"):
        assert words in health.text()
    health.get("/meetings/")
    assert PLACE in health.text()
    for path in ("/", "/meetings/", meeting):
        health.get(path)
        for words in ("Plan together", "Keira", "/cases/"):
            assert words not in str(health.page), (path, words)
        assert CASE_REFERENCE.search(health.text()) is None
    browser("yot@demo.example").get(meeting, status=404)
    clock.set(2026, 11, 17)
    health.get(meeting)
    assert "Record the meeting" not in health.text()
    assert heading(health)


def test_a_panel_that_was_sent_twice_in_one_moment_says_so(
    browser: BrowserFor, sqlite_service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = browser(people.LEAD), browser(people.LEAD)
    first.get("/meetings/call-panel")
    second.get("/meetings/call-panel")
    once = str(first.page.select_one("input[name=once]")["value"])  # type: ignore[index]
    typed = {"type_key": "exploitation_panel", "themes": "Hotels", "agencies": ticks(first), **when("24")}
    first.submit(**typed)
    assert "is called" in first.text(), first.errors()
    # As for the second of two in the same instant: what the first has called cannot be seen yet.
    monkeypatch.setattr(calling, "_called_already", lambda *_: None)
    assert second.submit(**typed, once=once).status_code == 409
    assert "The meeting is called once" in second.text()
    monkeypatch.undo()
    second.submit()
    assert heading(second).startswith("Multi-agency exploitation panel")
    assert count(sqlite_service, Meeting) == 1


def test_a_review_put_forward_is_confirmed_besides_one_that_is_called_only_when_that_is_said(
    browser: BrowserFor, sqlite_service: Service, clock: Clock
) -> None:
    case_id, meeting_id = put_forward(sqlite_service)
    clock.advance(hours=2)
    lead = browser(people.LEAD)
    lead.get(f"/meetings/call/{case_id}")
    lead.submit(type_key="review_meeting", **when("24"))
    assert "is called" in lead.text(), lead.errors()
    lead.get(f"/meetings/{meeting_id}/confirm")
    assert lead.page.find("input", attrs={"name": "another"}) is None
    lead.submit(place=PLACE)
    assert lead.errors() == [
        "A meeting of this kind is called for this case already. Move that one, or say that you want another"
    ]
    lead.submit(another="y")
    assert "is called" in lead.text()
    assert count(sqlite_service, Meeting, Meeting.state == MeetingState.SCHEDULED) == 2
