"""Every page of the path, wide and at 320 pixels, everything unfolded: accessible, and no wider than the window."""

import pytest
from playwright.sync_api import expect

from cse_tracker.app import Service
from tests import people
from tests.journeys import path
from tests.journeys.conftest import Somebody
from tests.journeys.pages import Person
from tests.journeys.path import Referred, Sent
from tests.journeys.witness import Witness
from tests.store import Clock

pytestmark = pytest.mark.journey
LONG = "Bartholomew-Fotheringham-Okonkwo-Wolstenholme"


@pytest.fixture
def witness(site: str) -> Witness:
    """Looks at every page at both widths."""
    return Witness(site, widths=(320, 1200), accessible=True)


def test_all_pages_at_320_and_1200(sqlite_service: Service, somebody: Somebody, witness: Witness, clock: Clock) -> None:
    who = Referred("Maximiliana", LONG)
    people.open_case(sqlite_service, first_name="Maximiliana", last_name=LONG)
    people.refer(sqlite_service, people.HEALTH, first_name="Jo", last_name="Vanterpool", immediate_danger=True)
    police, lead, manager = (somebody(email) for email in (people.POLICE, people.LEAD, people.MANAGER))
    _read_what_everybody_may(somebody())
    sent = _refer_with_every_mistake(police, who)
    case = _decide_after_looking_at_every_choice(lead, sent)
    _make_every_mistake_on_a_case(lead, case)
    _be_overtaken(lead, somebody(people.LEAD), case)
    meeting = path.call_meeting(lead, case, ("16", "11", "2026"))
    police.open(meeting)
    _record_with_mistakes(lead, meeting)
    _do_the_action(lead, case)
    _read_every_list(sqlite_service, police, lead, manager, case)
    _come_back_a_month_later(police, lead, clock, case)
    assert witness.pages > 90
    assert witness.problems == []


def _read_what_everybody_may(stranger: Person) -> None:
    stranger.open("/sign-in")
    stranger.press("Sign in")
    for words in ("Accessibility statement", "Privacy notice", "Cookies", "Help and contact"):
        stranger.follow(words)
        stranger.expect_heading(words)


def _refer_with_every_mistake(police: Person, who: Referred) -> Sent:
    path.begin(police)
    draft = police.path.removesuffix("/young-person")
    police.open(draft)
    for step in ("young-person", "worries", "seen", "others", "aware", "about-you"):
        # The step without its problem is seen below, when it is filled in.
        police.page.goto(f"{police.base}{draft}/{step}")
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


def _decide_after_looking_at_every_choice(lead: Person, sent: Sent) -> str:
    path.decide(lead, sent, "The same as number 1")
    lead.press("Accept the referral")
    lead.expect_problem("Confirm that you have compared this referral with the young people already known")
    path.decide(lead, sent, "Decline this referral")
    lead.press("Decline the referral")
    lead.expect_problem("Enter what you want to tell the referrer")
    path.decide(lead, sent, "Somebody new to us: open a new case")
    return path.accept(lead)


def _make_every_mistake_on_a_case(lead: Person, case: str) -> None:
    for form, button in (("certainty", "Save"), ("indicators", "Continue to the evidence")):
        lead.open(f"{case}/{form}")
        lead.press(button)
        assert lead.page.title().startswith("Error: ")
    lead.tick(path.GIFTS)
    lead.press("Continue to the evidence")
    lead.press("Save")
    lead.expect_problem(f"Select how this is known: {path.GIFTS}")
    lead.open(case)
    lead.press("Call a meeting")
    lead.date("Date", "25", "12", "2026")
    lead.press("Call the meeting and send invitations")
    lead.expect_problem("Christmas Day is not a working day. Choose another date, or confirm it below")


def _be_overtaken(lead: Person, slower: Person, case: str) -> None:
    slower.open(f"{case}/certainty")
    path.assess(lead, case)
    lead.open(f"{case}/level")
    lead.press("Decide")
    lead.expect_problem("Enter the reason for your decision")
    slower.choose("Is sexual exploitation indicated or known?", "Indicated: there are signs of it")
    slower.choose("What does this rest on?", "Police evidence")
    slower.write("What makes you say so?", LONG)
    slower.press("Save")
    slower.expect_words("after you opened it", "What you typed is still in the form below")
    expect(slower.box("What makes you say so?")).to_have_value(LONG)


def _do_the_action(lead: Person, case: str) -> None:
    lead.open(case)
    lead.follow("Record as done", within=lead.item(path.ACTION), exact=False)
    lead.press("Record as done")
    lead.expect_problem("Enter what was done")
    lead.write("What was done, and by whom?", "The police were there today.")
    lead.press("Record as done")


def _come_back_a_month_later(police: Person, lead: Person, clock: Clock, case: str) -> None:
    police.open("/referrals/start")
    police.pick("Borough", "Islington")
    clock.advance(days=30)
    police.press("Start")
    police.fill_in_sign_in(people.POLICE)
    police.press("Send what I typed")
    police.expect_heading("The young person")
    lead.sign_in(people.LEAD)
    lead.expect_words("working days late", "Immediate danger")
    lead.open(case)


def _record_with_mistakes(lead: Person, meeting: str) -> None:
    lead.open(meeting)
    lead.press("Record the meeting")
    lead.press("Record the meeting")
    assert lead.page.title().startswith("Error: ")
    lead.press("Add another action")
    expect(lead.box("Action 2: what is to be done?")).to_be_visible()
    path.record_meeting(lead, meeting, ("30", "11", "2026"))


def _read_every_list(service: Service, police: Person, lead: Person, manager: Person, case: str) -> None:
    for each in (police, lead):
        for place in ("/", "/referrals/", "/meetings/", "/account"):
            each.open(place)
    for place in ("/cases/?order=name", "/cases/?level=2", "/cases/?level=3", "/statistics/", case):
        lead.open(place)
    path.prepare_figures(manager, service)
    for place in ("/", "/statistics/", "/estimate/", "/estimate/method", "/estimate/explained", "/account", "/nowhere"):
        manager.open(place)
