"""The pages of links: recording one, being told at once of another case, the picture with its table, taking back."""

import pytest

from cse_tracker.app import Service
from cse_tracker.intelligence.model import Link
from tests import people
from tests.integration.missing import acts
from tests.web.client import Browser
from tests.web.conftest import BrowserFor
from tests.web.steps import Typed, count

GRADED: Typed = {"source": "DC Price, police", "reliability": "2", "assessment": "B", "handling": "P"}


def record(lead: Browser, case_id: object, kind: str, relation: str, label: str, **more: str) -> None:
    lead.get(f"/links/case/{case_id}/add")
    lead.submit(kind=kind)
    lead.submit(label=label, relation=relation, **{**GRADED, **more})


@pytest.fixture
def lead(browser: BrowserFor) -> Browser:
    return browser(people.LEAD)


def test_a_link_to_another_case_is_told_at_once_and_drawn_with_its_table(
    lead: Browser, sqlite_service: Service
) -> None:
    one, two = people.open_case(sqlite_service), people.open_case(sqlite_service, first_name="Amal")
    record(lead, one.id, "vehicle", "travelled_in", "")
    assert lead.errors() == ["Enter the registration mark"]
    lead.submit(label="LK61 ABC")
    assert "Link recorded" in lead.text()
    assert "1 case and 1 other thing, 1 link, up to three steps away" in lead.text()
    record(lead, two.id, "vehicle", "seen_with", "lk6iabc")
    assert "1 other case has to do with the same" in lead.text()
    assert "Keira Marsh" in lead.text()
    picture = lead.page.find("svg")
    assert picture is not None
    assert {text.get_text() for text in picture.find_all("text")} >= {one.reference, two.reference, "LK61 ABC"}
    rows = [row.get_text(" ", strip=True) for row in lead.page.select("tbody tr")]
    assert sorted(rows) == sorted(
        [f"{one.reference} travelled in LK61 ABC 2-B-P", f"{two.reference} seen with LK61 ABC 2-B-P"]
    )
    lead.get("/links/")
    assert f"{min(one.reference, two.reference)}" in lead.text()


def test_a_link_is_refused_beside_its_field_and_keeps_what_was_typed(lead: Browser, sqlite_service: Service) -> None:
    case = people.open_case(sqlite_service)
    record(lead, case.id, "phone", "called_by", "12", narrative="Rang at night.")
    assert lead.errors() == ["Enter a telephone number, like 07700 900 982 or +44 7700 900 982"]
    assert "Rang at night." in lead.text()
    lead.submit(label="07700 900982", handling="C")
    assert lead.errors() == ["Enter the conditions under which this may be shared"]
    lead.submit(conditions="Ask DC Price first.")
    assert "conditions: Ask DC Price first. Recorded" in lead.text()
    assert "There is nothing to draw yet" in lead.text()
    lead.get(lead.link("Show that too"))
    assert lead.page.find("svg") is not None
    assert count(sqlite_service, Link) == 1


def test_a_namesake_is_asked_about_on_the_page(lead: Browser, sqlite_service: Service) -> None:
    case = people.open_case(sqlite_service)
    record(lead, case.id, "person", "seen_with", "Adam Bright")
    record(lead, case.id, "person", "seen_with", "adam bright")
    assert lead.errors() == ["Somebody of a name like this is recorded already. Say whether it is the same person"]
    lead.submit(same_as="new")
    assert count(sqlite_service, Link) == 2


def test_what_was_learnt_in_an_interview_leads_back_to_it(lead: Browser, sqlite_service: Service) -> None:
    case = people.open_case(sqlite_service)
    episode = acts.report(sqlite_service, case.id, ended_at=acts.BACK)
    lead.get(f"/links/case/{case.id}/add?learnt_in={episode.id}")
    lead.submit(kind="phone")
    lead.submit(label="07700 900982", relation="called_by", **GRADED)
    assert lead.link("Learnt after a missing episode") == f"/missing/{episode.id}"
    lead.get(f"/links/case/{case.id}/add/phone?learnt_in={case.id}", status=404)
    lead.get(f"/links/case/{case.id}/add/phone?learnt_in=x", status=404)
    lead.get(f"/links/case/{case.id}/add/weapon", status=404)


def test_things_are_joined_to_each_other_and_links_taken_back(lead: Browser, sqlite_service: Service) -> None:
    case = people.open_case(sqlite_service)
    record(lead, case.id, "vehicle", "travelled_in", "LK61 ABC")
    lead.get(lead.link("Open"))
    lead.get(lead.link("Link it to something"))
    lead.submit(kind="person")
    lead.submit(label="Adam Bright", relation="knows", **GRADED)
    assert "Adam Bright" in lead.text()
    lead.get(f"/links/case/{case.id}")
    lead.get(lead.link("Take back"))
    lead.submit(reason="It was another car.")
    assert "Taken back" in lead.text()
    assert "It was another car." in lead.text()


def test_another_borough_is_named_with_whom_to_ask_and_nothing_else(
    lead: Browser, browser: BrowserFor, sqlite_service: Service
) -> None:
    mine = people.open_case(sqlite_service)
    referral = people.refer(sqlite_service, people.OTHER_LEAD, borough_gss=people.ISLINGTON, first_name="Farrah")
    far = people.accept(sqlite_service, referral, people.OTHER_LEAD)
    other = browser(people.OTHER_LEAD)
    record(other, far.id, "phone", "called_by", "07700 900982", narrative="Very secret words.")
    record(lead, mine.id, "phone", "called_by", "+447700900982")
    assert "Also in Islington What they hold is not shown. Ask" in lead.text()
    assert people.OTHER_LEAD in lead.text()
    for word in ("Farrah", far.reference, "Very secret words"):
        assert word not in str(lead.page)
