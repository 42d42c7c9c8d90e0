"""Deciding on a referral: comparing, accepting, joining, declining, and what the referrer is told."""

import pytest

from cse_tracker.app import Service
from cse_tracker.cases.model import Case
from cse_tracker.people.model import Person
from tests import people
from tests.web import walk
from tests.web.conftest import BrowserFor
from tests.web.steps import CASE_REFERENCE, add_second_lead, count, heading


def test_the_comparison_shows_who_may_be_the_same_and_why(browser: BrowserFor, sqlite_service: Service) -> None:
    known = people.open_case(sqlite_service, first_name="Keira", last_name="Marsh")
    again = people.refer(sqlite_service, people.HEALTH, first_name="Kiera", last_name="Marsh")
    lead = browser(people.LEAD)
    lead.get(f"/referrals/{again.id}/decide")
    for words in ("Kiera Marsh", "Keira Marsh", "Likely match", "Similar name; Same date of birth", known.reference):
        assert words in lead.text(), words
    assert lead.submit().status_code == 422
    assert lead.errors() == ["Select what you decide"]
    lead.submit(choice=str(known.person_id))
    assert heading(lead) == "Join to a young person you already know"
    lead.submit(sure="y")
    assert lead.text().count("received 16 November 2026") == 2
    assert count(sqlite_service, Case) == count(sqlite_service, Person) == 1


def test_nobody_is_compared_with_somebody_unlike_them(browser: BrowserFor, sqlite_service: Service) -> None:
    people.open_case(sqlite_service, first_name="Imani", last_name="Quinn")
    other = people.refer(sqlite_service)
    lead = browser(people.LEAD)
    lead.get(f"/referrals/{other.id}/decide")
    assert "Nobody known to you is like the young person referred." in lead.text()
    assert "Imani" not in lead.text()


def test_a_new_case_is_opened_only_by_somebody_who_compared(browser: BrowserFor, sqlite_service: Service) -> None:
    referral = people.refer(sqlite_service)
    lead = browser(people.LEAD)
    lead.get(f"/referrals/{referral.id}/accept")
    assert lead.submit(note="Thank you for this").status_code == 422
    assert lead.errors() == ["Confirm that you have compared this referral with the young people already known"]
    assert "Thank you for this" in lead.text()
    assert count(sqlite_service, Case) == 0


def test_what_another_agency_is_to_act_on_leads_to_the_services(browser: BrowserFor, sqlite_service: Service) -> None:
    referral = people.refer(sqlite_service)
    lead = browser(people.LEAD)
    lead.get(f"/referrals/{referral.id}/decide")
    lead.submit(choice="new")
    lead.submit(sure="y", onward="y")
    assert heading(lead) == "Services"
    lead.get(lead.link("Overview"))
    assert "A service takes on what another agency is to act on" in lead.text()
    lead.get(lead.link("Refer to a service"))
    assert heading(lead) == "Services"


def test_without_that_nothing_is_asked_of_a_service(browser: BrowserFor, sqlite_service: Service) -> None:
    referral = people.refer(sqlite_service)
    lead = browser(people.LEAD)
    lead.get(f"/referrals/{referral.id}/decide")
    lead.submit(choice="new")
    lead.submit(sure="y")
    assert CASE_REFERENCE.search(lead.text())
    assert "A service takes on" not in lead.text()


def test_why_a_referral_is_declined_reaches_the_referrer(browser: BrowserFor, sqlite_service: Service) -> None:
    referral = people.refer(sqlite_service)
    lead, police = browser(people.LEAD), browser(people.POLICE)
    lead.get(f"/referrals/{referral.id}/decide")
    lead.submit(choice="decline")
    told = "Ask the family hub first, and refer again if she goes missing."
    assert lead.submit(note=told).status_code == 422
    assert lead.errors() == ["Select why the referral is declined"]
    assert told in lead.text()
    assert lead.submit(reason="no_capacity", note="").status_code == 422
    assert lead.errors() == ["Enter what you want to tell the referrer"]
    assert lead.page.find("input", value="no_capacity", checked=True) is not None
    lead.submit(note=told)
    assert "is declined and the referrer is told why" in lead.text()
    police.get(f"/referrals/{referral.id}")
    for words in ("Declined", "No capacity to respond", told, "What you are told"):
        assert words in police.text(), words
    police.get("/referrals/")
    assert "Declined" in police.text()
    assert count(sqlite_service, Case) == 0


@pytest.mark.parametrize(
    ("page", "answers"),
    [("accept", {"sure": "y", "note": "Also yes"}), ("decline", {"reason": "duplicate", "note": "Also yes"})],
)
def test_of_two_lead_officers_deciding_at_once_the_second_is_told(
    browser: BrowserFor, sqlite_service: Service, page: str, answers: dict[str, str]
) -> None:
    referral = people.refer(sqlite_service)
    first, second = browser(people.LEAD), browser(add_second_lead(sqlite_service))
    first.get(f"/referrals/{referral.id}/accept")
    second.get(f"/referrals/{referral.id}/{page}")
    first.submit(sure="y", note="Yes")
    assert "is accepted and the referrer is told" in first.text()
    assert second.submit(**answers).status_code == 422
    assert second.errors() == ["This referral has been decided already"]
    assert "Also yes" in second.text()
    assert count(sqlite_service, Case) == 1
    second.get(f"/referrals/{referral.id}/decide")
    assert "has been decided already" in second.text()
    assert heading(second) == f"Referral {referral.reference}"


def test_the_referrer_learns_what_came_of_it_and_nothing_of_the_case(
    browser: BrowserFor, sqlite_service: Service
) -> None:
    referral = people.refer(sqlite_service)
    lead, police = browser(people.LEAD), browser(people.POLICE)
    case = walk.decide(lead, f"/referrals/{referral.id}")
    walk.assess(lead, case)
    for path in (f"/referrals/{referral.id}", "/referrals/", "/"):
        police.get(path)
        shown = str(police.page)
        for word in (walk.CERTAINTY, walk.EVIDENCE, walk.REASON, "/cases/", "Level two", "planning meeting"):
            assert word not in shown, (path, word)
        assert CASE_REFERENCE.search(police.text()) is None
        assert "Accepted" in shown or path == "/"
    police.get(f"/referrals/{referral.id}")
    assert walk.NOTE in police.text()
    police.get(case, status=404)
    lead.get(f"/referrals/{referral.id}")
    assert lead.link("Open the case") == case


def test_a_referral_joins_only_a_young_person_of_the_same_borough(browser: BrowserFor, sqlite_service: Service) -> None:
    elsewhere = people.refer(sqlite_service, borough_gss=people.ISLINGTON)
    known = people.accept(sqlite_service, elsewhere, people.OTHER_LEAD)
    here = people.refer(sqlite_service)
    lead = browser(people.LEAD)
    lead.get(f"/referrals/{here.id}/join/{known.person_id}", status=404)
    lead.get(f"/referrals/{here.id}/decide")
    assert known.reference not in lead.text()
    assert lead.submit(choice=str(known.person_id)).status_code == 422
