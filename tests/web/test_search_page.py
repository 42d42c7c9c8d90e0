"""The search page: found and shown, without a term in any address, title or log."""

import logging

import pytest

from cse_tracker.app import Service
from tests import people
from tests.web.conftest import BrowserFor

SECRET = "Zwartkoppie"


def test_a_lead_officer_finds_a_young_person_and_goes_to_the_case(
    sqlite_service: Service, browser: BrowserFor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    case = people.open_case(sqlite_service, first_name=SECRET, last_name="Marsh")
    lead = browser(people.LEAD)
    lead.get("/search/")
    response = lead.submit(typed=f"{SECRET[:6]} 2012")
    assert response.status_code == 200
    assert "1 young person found" in lead.text()
    assert case.reference in lead.text()
    assert response.request.full_path.rstrip("?") == "/search/"
    assert SECRET[:6] not in (lead.page.title or lead.page).get_text()
    assert SECRET[:6] not in str(response.headers)
    assert SECRET[:6] not in caplog.text
    lead.get(lead.link(SECRET))
    assert SECRET in lead.text()


def test_nobody_found_says_what_to_try(browser: BrowserFor) -> None:
    lead = browser(people.LEAD)
    lead.get("/search/")
    lead.submit(typed="Nobody Atall")
    assert "Nobody among the 0 young people whom you may see fits" in lead.text()


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Enter what to look for"),
        (" . ", "Enter a name, date of birth, number, address or reference"),
        ("x" * 201, "What you are looking for must be 200 characters or less: take out 1 character"),
    ],
)
def test_what_cannot_be_searched_is_said_beside_the_field_and_kept(
    browser: BrowserFor, typed: str, sentence: str
) -> None:
    lead = browser(people.LEAD)
    lead.get("/search/")
    assert lead.submit(typed=typed).status_code == 422
    assert lead.errors() == [sentence]
    field = lead.page.find("input", {"name": "typed"})
    assert field is not None
    assert str(field["value"]).strip() == typed.strip()


def test_terms_in_the_address_are_not_looked_at(sqlite_service: Service, browser: BrowserFor) -> None:
    people.open_case(sqlite_service, first_name=SECRET, last_name="Marsh")
    lead = browser(people.LEAD)
    lead.get(f"/search/?typed={SECRET}")
    assert SECRET not in lead.text()


def test_only_lead_officers_are_offered_the_search(browser: BrowserFor) -> None:
    assert browser(people.LEAD).get("/cases/").find("a", href="/search/") is not None
    for email in (people.POLICE, people.MANAGER):
        partner = browser(email)
        assert partner.get("/").find("a", href="/search/") is None
        partner.get("/search/", status=403)
