"""Every page of the path, wide and at 320 pixels, with everything unfolded: accessible, and never wider than the window."""

import pytest
from playwright.sync_api import expect

from cse_tracker.app import Service
from tests import people
from tests.journeys import path
from tests.journeys.conftest import Somebody
from tests.journeys.pages import Person
from tests.journeys.path import Referred
from tests.journeys.witness import Witness
from tests.store import Clock

pytestmark = pytest.mark.journey
LONG = "Bartholomew-Fotheringham-Okonkwo-Wolstenholme"


@pytest.fixture
def witness(site: str) -> Witness:
    """Looks at every page at both widths."""
    return Witness(site, widths=(320, 1200), unfolded=True)


def test_all_pages_at_320_and_1200(
    sqlite_service: Service, somebody: Somebody, witness: Witness, clock: Clock
) -> None:
    who = Referred("Maximiliana", LONG)
    people.open_case(sqlite_service, first_name="Maximiliana", last_name=LONG)
    police, lead, manager = (somebody(email) for email in (people.POLICE, people.LEAD, people.MANAGER))
    _read_what_everybody_may(somebody())
    sent = _refer_with_every_mistake(police, who)
    path.decide(lead, sent, "The same as number 1")
    path.decide(lead, sent, "Decline this referral")
    path.decide(lead, sent, "Somebody new to us: open a new case")
    case = path.accept(lead)
    path.assess(lead, case)
    _make_every_mistake_on_a_case(lead, case)
    meeting = path.call_meeting(lead, case, ("16", "11", "2026"))
    police.open(meeting)
    _record_with_mistakes(lead, meeting)
    _read_every_list(police, lead, manager, case)
    clock.advance(days=30)
    # Everything is late now.
    lead.sign_in(people.LEAD)
    lead.expect_words("working days late")
    lead.open(case)
    assert witness.pages > 70
    assert witness.problems == []


def _read_what_everybody_may(stranger: Person) -> None:
    stranger.open("/sign-in")
    stranger.press("Sign in")
    for words in ("Accessibility statement", "Privacy notice", "Cookies", "Help and contact"):
        stranger.follow(words)
        stranger.expect_heading(words)


def _refer_with_every_mistake(police: Person, who: Referred) -> path.Sent:
    path.begin(police)
    draft = police.path.removesuffix("/young-person")
    police.open(draft)
    for step in ("young-person", "worries", "seen", "others", "aware", "about-you"):
        police.open(f"{draft}/{step}")
        if step == "about-you":
            police.write("Your telephone number", "none")
        police.press(path.SAVE)
        assert police.page.title().startswith("Error: ")
    police.open(f"{draft.removesuffix('/draft')}/check")
    police.expect_words("Some steps are not finished")
    police.open(f"{draft}/young-person")
    path.tell_who(police, who)
    path.tell_worries(police)
    path.tell_rest(police)
    return path.send(police, who)


def _make_every_mistake_on_a_case(lead: Person, case: str) -> None:
    for form, button in (("certainty", "Save"), ("indicators", "Continue to the evidence"), ("level", "Decide")):
        lead.open(f"{case}/{form}")
        lead.press(button)
        assert lead.page.title().startswith("Error: ")


def _record_with_mistakes(lead: Person, meeting: str) -> None:
    lead.open(meeting)
    lead.press("Record the meeting")
    lead.press("Record the meeting")
    assert lead.page.title().startswith("Error: ")
    lead.press("Add another action")
    expect(lead.box("Action 2: what is to be done?")).to_be_visible()
    path.record_meeting(lead, meeting, ("30", "11", "2026"))


def _read_every_list(police: Person, lead: Person, manager: Person, case: str) -> None:
    for each in (police, lead):
        for place in ("/", "/referrals/", "/meetings/", "/account"):
            each.open(place)
    for place in ("/cases/", "/cases/?order=name", "/cases/?level=2", "/cases/?level=3", "/statistics/", "/estimate/", case):
        lead.open(place)
    path.prepare_figures(manager)
    for place in ("/", "/statistics/", "/estimate/", "/estimate/method", "/account", "/nowhere"):
        manager.open(place)
