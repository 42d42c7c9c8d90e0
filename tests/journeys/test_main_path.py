"""The main path, wide, with scripts, on both databases: every page accessible, every promise of the path kept."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from icalendar import Calendar
from playwright.sync_api import Browser, expect

from cse_tracker.app import Service
from cse_tracker.jobs.delivery import deliver_outbox
from cse_tracker.notifications.mailers import SmtpMailer
from tests import people
from tests.journeys import path
from tests.journeys.conftest import Somebody
from tests.journeys.live import HOST, Postbox, serving
from tests.journeys.pages import Person
from tests.journeys.path import Referred, Sent
from tests.journeys.witness import Witness
from tests.store import Clock

pytestmark = pytest.mark.journey
WHO = Referred()


@pytest.fixture
def site(chromium: Browser, service: Service) -> Iterator[str]:
    """The address of a service, once for each database."""
    with serving(service.web) as address:
        yield address


@pytest.fixture
def witness(site: str) -> Witness:
    """Asks axe about every page."""
    return Witness(site, accessible=True)


def test_main_path(
    service: Service, somebody: Somebody, witness: Witness, clock: Clock, smtp: tuple[Postbox, int]
) -> None:
    known = people.open_case(service, first_name="Kiera", last_name="Marsh")
    police, lead = somebody(people.POLICE), somebody(people.LEAD)
    sent = _refer(police)
    case = _accept_as_new(lead, sent, known.reference)
    path.assess(lead, case)
    _see_the_duty(lead)
    meeting = path.call_meeting(lead, case, ("24", "11", "2026"))
    _read_the_invitations(service, smtp, meeting)
    clock.set(2026, 11, 24, 16)
    lead.sign_in(people.LEAD, case)
    path.record_meeting(lead, meeting, ("8", "12", "2026"))
    _see_what_came_of_it(lead, case)
    _hear_the_decision(police.sign_in(people.POLICE), sent)
    _read_the_figures(somebody(people.MANAGER), case, service)
    assert witness.pages > 50
    assert witness.problems == []


def _refer(police: Person) -> Sent:
    path.begin(police)
    path.tell_who(police, WHO, mistaken=True)
    path.tell_worries(police)
    path.tell_rest(police, pausing=True)
    sent = path.send(police, WHO)
    assert sent.reference.startswith("R-")
    police.expect_heading(f"Referral {sent.reference}")
    expect(police.answer("State")).to_have_text("Awaiting a decision")
    return sent


def _accept_as_new(lead: Person, sent: Sent, known_reference: str) -> str:
    lead.open("/")
    # Received on a Monday, to be decided by the end of the next working day.
    waiting = lead.row(sent.reference, path.POLICE_AGENCY, within=lead.table("Referrals to decide"))
    expect(waiting).to_contain_text("17 November 2026")
    path.decide(lead, sent, "Somebody new to us: open a new case")
    lead.page.go_back()
    lead.expect_words("Kiera Marsh", "Similar name", known_reference)
    lead.choose("What do you decide?", "Somebody new to us: open a new case")
    lead.press("Continue")
    case = path.accept(lead)
    lead.expect_heading("Keira Marsden")
    return case


def _see_the_duty(lead: Person) -> None:
    duty = lead.item(path.DUTY)
    expect(duty).to_contain_text("due 30 November 2026")
    expect(duty).to_contain_text("10 working days")
    expect(duty).to_contain_text("16 November 2026")
    expect(lead.answer("Level")).to_have_text("Level two")
    expect(lead.answer("Certainty")).to_have_text("Indicated")


def _read_the_invitations(service: Service, smtp: tuple[Postbox, int], meeting: str) -> None:
    postbox, port = smtp
    with service.app.app_context():
        assert deliver_outbox(replace(service.tools, mailer=SmtpMailer(HOST, port))) == len(postbox.taken)
    invitations = {address: mail for address, mail in postbox.taken if "Invitation" in str(mail["Subject"])}
    assert {people.LEAD, people.POLICE, people.HEALTH} < set(invitations)
    for address, mail in invitations.items():
        _read_the_calendar(address, mail, meeting)
    assert not [mail for _, mail in postbox.taken if "Keira" in mail.as_string() or "Marsden" in mail.as_string()]


def _read_the_calendar(address: str, mail: EmailMessage, meeting: str) -> None:
    part = next(part for part in mail.walk() if part.get_content_type() == "text/calendar")
    assert part["Content-Type"].params["method"] == "REQUEST"
    calendar = Calendar.from_ical(part.get_content())
    assert calendar["METHOD"] == "REQUEST"
    (event,) = calendar.walk("VEVENT")
    assert event.decoded("DTSTART") == datetime(2026, 11, 24, 14, 30, tzinfo=UTC)
    assert event.decoded("DTEND") == datetime(2026, 11, 24, 15, 30, tzinfo=UTC)
    assert event["ATTENDEE"] == f"mailto:{address}"
    assert event["ORGANIZER"] == f"mailto:{people.LEAD}"
    assert event["LOCATION"] == "Town Hall, room 2.14"
    assert meeting in str(event["DESCRIPTION"])


def _see_what_came_of_it(lead: Person, case: str) -> None:
    lead.expect_words(path.DECISION, path.ACTION)
    expect(lead.row(path.ACTION)).to_contain_text("8 December 2026")
    lead.open(case)
    expect(lead.item(path.DUTY).get_by_text("Met", exact=True)).to_be_visible()
    expect(lead.item(path.ACTION)).to_contain_text("due 8 December 2026")


def _hear_the_decision(police: Person, sent: Sent) -> None:
    police.follow(sent.reference, within=police.table("Latest decisions on your agency’s referrals"))
    assert police.path == sent.path
    expect(police.answer("Outcome")).to_have_text("Accepted")
    expect(police.answer("What you are told")).to_have_text(path.REPLY)


def _read_the_figures(manager: Person, case: str, service: Service) -> None:
    assert manager.open(case) == 404
    manager.expect_heading("Page not found")
    path.prepare_figures(manager, service)
    # Nothing leaves before a second person has approved the month.
    expect(manager.page.get_by_role("link", name="(CSV)")).to_have_count(0)
    manager.follow("Estimate")
    manager.expect_heading("The estimate")
    expect(manager.row("Hackney").first).to_be_visible()
    manager.follow("Every figure, for a statistician")
    manager.expect_heading("How the estimate is worked out")
