"""The main path at 320 pixels without scripts: all of it can be done, and nothing needs sideways scrolling."""

import pytest
from playwright.sync_api import expect

from cse_tracker.app import Service
from tests import people
from tests.journeys import path
from tests.journeys.conftest import Somebody
from tests.journeys.pages import Person
from tests.journeys.path import Referred
from tests.journeys.witness import Witness

pytestmark = pytest.mark.journey
PHONE = 320
WHO = Referred()


@pytest.fixture
def witness(site: str) -> Witness:
    """Looks at widths while the path is walked; what is accessible is asked where scripts run."""
    return Witness(site, widths=(PHONE,))


def test_main_path_without_javascript(sqlite_service: Service, somebody: Somebody, witness: Witness) -> None:
    police, lead, manager = (
        somebody(email, width=PHONE, scripts=False) for email in (people.POLICE, people.LEAD, people.MANAGER)
    )
    expect(police.page.locator("body")).not_to_have_class("js-enabled")
    path.begin(police)
    path.tell_who(police, WHO, mistaken=True)
    path.tell_worries(police)
    path.tell_rest(police, pausing=True)
    sent = path.send(police, WHO)
    path.decide(lead, sent, "Somebody new to us: open a new case")
    case = path.accept(lead)
    path.assess(lead, case)
    meeting = path.call_meeting(lead, case, ("16", "11", "2026"))
    path.record_meeting(lead, meeting, ("30", "11", "2026"))
    police.open(sent.path)
    expect(police.answer("Outcome")).to_have_text("Accepted")
    path.prepare_figures(manager, sqlite_service)
    manager.open("/estimate/")
    assert witness.problems == []
    for email, person in ((people.POLICE, police), (people.LEAD, lead), (people.MANAGER, manager)):
        _see_every_page_again_with_scripts(somebody(email, width=PHONE), person, witness)
    assert witness.problems == []


def _see_every_page_again_with_scripts(again: Person, person: Person, witness: Witness) -> None:
    before = witness.pages
    for path_seen in person.visited:
        again.open(path_seen)
    assert witness.pages - before == len(person.visited) >= 5
