"""Questions between boroughs, on their pages."""

import pytest

from cse_tracker.app import Service
from cse_tracker.matching import commands
from tests import people
from tests.integration.matching.test_across_boroughs import REASON, known
from tests.web.client import Browser
from tests.web.conftest import BrowserFor
from tests.web.steps import dated


def ask(lead: Browser, **changes: str) -> None:
    lead.get("/matching/ask")
    answers = {"first_name": "Kiera", "last_name": "Marsh", "reason": REASON, **dated("born", "4", "3", "2012")}
    lead.submit(**{**answers, **changes})


def test_from_the_question_to_what_is_disclosed(sqlite_service: Service, browser: BrowserFor) -> None:
    known(sqlite_service, "Keira", "Marsh", nhs_number="9990000018", contact="Only through Quellenstein")
    lead, other = browser(people.LEAD), browser(people.OTHER_LEAD)
    ask(lead)
    assert "A record exists in Islington" in lead.text()
    assert "Tom Ellis" in lead.text()
    assert "Keira" not in lead.text()
    assert "999 000 0018" not in lead.text()
    mine = lead.response.request.path if lead.response else ""
    other.get("/search/")
    assert "answer 1 question that waits for you" in other.text()
    other.get("/matching/")
    other.get(other.link("Question E-"))
    assert "Hackney asks whether you know somebody" in other.text()
    assert REASON in other.text()
    other.submit()
    assert other.errors() == ["Select your answer"]
    other.submit(answer="decline")
    assert other.errors() == ["Say why you decline, so that they know what to do next"]
    other.submit(answer="accept", note="Ring me on Monday.")
    assert "Your answer is sent" in other.text()
    lead.get(mine)
    assert "Keira Marsh" in lead.text()
    assert "Ring me on Monday." in lead.text()
    assert "Quellenstein" not in lead.text()


def test_nobody_known_elsewhere_is_said_with_care(browser: BrowserFor) -> None:
    lead = browser(people.LEAD)
    ask(lead)
    assert "No other borough that uses this service holds a record" in lead.text()


def test_what_is_missing_is_said_beside_the_field_and_kept(browser: BrowserFor) -> None:
    lead = browser(people.LEAD)
    ask(lead, last_name="", reason="", **{"born-year": ""})
    assert lead.errors() == ["Enter the last name", "Date of birth must include a year", "Enter why you ask"]
    ask(lead, reason="because")
    assert lead.errors() == ["Say why you ask, in 10 characters or more"]
    field = lead.page.find("input", {"name": "first_name"})
    assert field is not None
    assert field["value"] == "Kiera"


def test_asking_too_often_is_a_sentence_and_a_status(browser: BrowserFor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "PER_USER", 1)
    lead = browser(people.LEAD)
    ask(lead)
    lead.get("/matching/ask")
    ask(lead)
    assert lead.response is not None
    assert lead.response.status_code == 429
    assert lead.errors()[0].startswith("Other boroughs can be asked")


def test_a_borough_that_one_does_not_lead_cannot_be_chosen(browser: BrowserFor) -> None:
    lead = browser(people.LEAD)
    ask(lead, borough=people.ISLINGTON)
    assert lead.response is not None
    assert lead.response.status_code == 422
