"""The main path on a phone, 320 pixels wide and without scripts: everything can be done, and nothing needs sideways scrolling."""

import pytest
from playwright.sync_api import expect

from tests import people
from tests.journeys import path
from tests.journeys.conftest import Somebody
from tests.journeys.path import Referred
from tests.journeys.pages import Person
from tests.journeys.witness import Witness

pytestmark = pytest.mark.journey
PHONE = 320
WHO = Referred()


@pytest.fixture
def witness(site: str) -> Witness:
    """Looks at widths while the path is walked; what is accessible is asked where scripts run."""
    return Witness(site, widths=(PHONE,), accessible=False)


def test_main_path_without_javascript(somebody: Somebody, witness: Witness) -> None:
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
    path.prepare_figures(manager)
    manager.open("/estimate/")
    assert witness.problems == []
    _see_every_page_again_with_scripts(somebody, witness, {people.POLICE: police, people.LEAD: lead, people.MANAGER: manager})


def _see_every_page_again_with_scripts(somebody: Somebody, witness: Witness, walked: dict[str, Person]) -> None:
    for email, person in walked.items():
        again = somebody(email, width=PHONE)
        seen = witness.pages
        for each in person.visited:
            again.open(each)
        assert witness.pages - seen == len(person.visited) >= 5
    assert witness.problems == []
