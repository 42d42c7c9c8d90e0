"""The pages of missing episodes: reporting, coming back, the interview, and what a wrong time is answered with."""

import pytest
from bs4 import Tag

from cse_tracker.app import Service
from cse_tracker.missing.model import Episode
from tests import people
from tests.store import Clock
from tests.web.client import Browser
from tests.web.conftest import BrowserFor
from tests.web.steps import Typed, count, dated

KNOWN = "Left by the back door after a call."


def reported(**changes: str) -> Typed:
    typed = {
        "kind": "missing",
        "started_at": "10:30pm",
        "care": "childrens_home",
        "new_home": "Elm House",
        "reported_by": "Night worker",
        "circumstances": KNOWN,
        "grading": "medium",
        **dated("started_on", "14", "11", "2026"),
    }
    return {**typed, **changes}


@pytest.fixture
def lead(browser: BrowserFor, sqlite_service: Service) -> Browser:
    """A lead officer on the page for reporting somebody missing."""
    lead = browser(people.LEAD)
    lead.get(f"/missing/report/{people.open_case(sqlite_service).id}")
    return lead


def test_the_whole_way_from_the_report_to_the_interview(lead: Browser, clock: Clock) -> None:
    lead.submit(**reported())
    assert "Nobody knows where they are" in lead.text()
    lead.get(lead.link("Keira Marsh"))
    assert "Missing now" in lead.text()
    lead.get("/missing/")
    assert "Missing or away now" in lead.text()
    lead.get(lead.link("G-"))
    lead.get(lead.link("They are back"))
    lead.submit(ended_at="6am", found="Came back by herself.", **dated("ended_on", "16", "11", "2026"))
    assert "Return interview Due" in lead.text()
    lead.get(lead.link("Offer it"))
    offer = {"offered_by": "Asha Khan", "asked": "young_person", "manner": "phone", "interviewer": "Asha Khan"}
    when = {"offered_at": "9:30am", **dated("offered_on", "16", "11", "2026")}
    lead.submit(**offer, **when, independent="no")
    assert lead.errors() == [
        "Say why the interviewer is not independent of where they live and of those who care for them"
    ]
    lead.submit(independent="yes")
    lead.get(lead.link("Record the answer"))
    assert "A refusal is not the end" in lead.text()
    lead.submit(accepted="yes", by="young_person", note="All right.")
    clock.advance(hours=4)
    lead.get(lead.link("Record the interview"))
    account = {"interviewer": "Asha Khan", "independent": "yes", "told": "A silver car.", "young_person_view": "Move."}
    lead.submit(**account, held_at="1pm", **dated("held_on", "16", "11", "2026"))
    assert "Return interview Held" in lead.text()
    lead.get("/missing/")
    (row,) = [row for row in lead.page.select("tbody tr") if row.get_text(" ", strip=True).startswith("Elm House")]
    assert [cell.get_text(strip=True) for cell in row.find_all("td")][-2:] == ["100%", "100%"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"started_at": "2:30"}, "Say whether 2:30 is am or pm, like 2:30pm or 14:30"),
        ({"started_at": "late"}, "Enter a time, like 2:30pm or 14:30"),
        ({"started_on-month": "2"}, "When it began must be in the past"),
        ({"started_on-month": "2", "started_on-day": "30"}, "When it began must be a real date"),
        ({"ended_at": "9am"}, "Enter the day on which they were back"),
        (dated("ended_on", "13", "11", "2026") | {"ended_at": "9am"}, "When they were back must be after"),
        ({"new_home": ""}, "Select the children’s home, or enter its name"),
        ({"care": ""}, "Select where they lived"),
    ],
)
def test_what_cannot_be_is_named_beside_its_field_and_keeps_what_was_typed(
    lead: Browser, sqlite_service: Service, changes: Typed, sentence: str
) -> None:
    if changes.get("started_on-month") == "2" and "started_on-day" not in changes:
        changes = {**changes, "started_on-year": "2027"}
    response = lead.submit(**reported(**changes))
    assert response.status_code == 422
    (shown,) = lead.errors()
    assert shown.startswith(sentence)
    typed = lead.page.find("textarea", {"name": "circumstances"})
    assert isinstance(typed, Tag)
    assert typed.get_text().strip() == KNOWN
    assert count(sqlite_service, Episode) == 0


def test_sending_the_report_twice_makes_one_episode(lead: Browser, sqlite_service: Service) -> None:
    once = lead.page.find("input", {"name": "once"})
    assert isinstance(once, Tag)
    path = lead.response.request.path if lead.response else ""
    for _ in range(2):
        lead.get(path)
        lead.submit(**reported(), once=str(once["value"]))
    assert count(sqlite_service, Episode) == 1


def test_a_second_person_on_an_old_page_is_told_and_loses_nothing(lead: Browser, browser: BrowserFor) -> None:
    lead.submit(**reported())
    lead.get(lead.link("They are back"))
    path = lead.response.request.path if lead.response else ""
    other = browser(people.LEAD)
    other.get(path)
    for each in (lead, other):
        each.submit(ended_at="6am", found="Came back.", **dated("ended_on", "16", "11", "2026"))
    assert other.response is not None
    assert other.response.status_code == 409
    assert "Came back." in other.text()


def test_an_interview_duty_is_not_met_by_ticking_it_off(lead: Browser) -> None:
    back = dated("ended_on", "15", "11", "2026") | {"ended_at": "9am"}
    lead.submit(**reported(**back))
    lead.get(lead.link("Keira Marsh"))
    assert "#interview" in lead.link("Go to the return interview")
