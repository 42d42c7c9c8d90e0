"""A young person is referred to a service without an account: link by mail, code by telephone, an answer, an end."""

import re
from uuid import UUID

import pytest
from playwright.sync_api import expect

from cse_tracker.app import Service
from cse_tracker.jobs.deadlines import breach_duties, watch_outbound
from cse_tracker.jobs.delivery import deliver_outside
from tests import people
from tests.integration.outbound import acts
from tests.journeys.conftest import Somebody
from tests.journeys.pages import Person
from tests.journeys.witness import Witness
from tests.store import Clock, MailBag

pytestmark = pytest.mark.journey


@pytest.fixture
def witness(site: str) -> Witness:
    """Looks at every page at both widths."""
    return Witness(site, widths=(320, 1200), accessible=True)


def test_a_service_without_an_account(
    sqlite_service: Service, somebody: Somebody, witness: Witness, mail: MailBag, clock: Clock
) -> None:
    case = people.open_case(sqlite_service)
    acts.service_of(sqlite_service, acts.WITHOUT_ACCOUNT)
    lead = somebody(people.LEAD)
    _refer(lead, case.id)
    code = lead.page.locator(".govuk-panel__title").inner_text()
    lead.follow("Back to the referral")
    outbound = lead.path
    with sqlite_service.app.app_context():
        deliver_outside(sqlite_service.tools)
    found = re.search(r"/outside/\S+", mail.sent[-1].get_content())
    assert found
    scanner, team = somebody(), somebody()
    scanner.open(found.group())
    scanner.open(found.group())
    _answer(team, found.group(), code)
    lead.open(outbound)
    expect(lead.main).to_contain_text("We begin on Monday.")
    _end(team)
    assert team.open("/visit/read") == 404
    assert scanner.open("/visit/read") == 404
    lead.open(outbound)
    expect(lead.main).to_contain_text("Partly achieved")
    assert witness.problems == []


def _refer(lead: Person, case_id: UUID) -> None:
    lead.open(f"/cases/{case_id}")
    lead.follow("Services", within=lead.page.get_by_role("navigation", name="This case"))
    lead.follow("Refer to One-to-one support", exact=False)
    lead.press("Save and check")
    lead.write("What do you ask of the service?", "Somebody who sees her every week.")
    lead.write("Which needs is it to meet?", "Somewhere safe to stay\nBack at school")
    lead.tick("Name, age and sex", "What the young person thinks")
    lead.choose("What does sharing it rest on?", "To protect the young person (safeguarding duty)")
    agreement = "Was agreement sought from the young person, or their parent or carer?"
    lead.choose(agreement, "It was sought, and given")
    lead.press("Save and check")
    lead.expect_heading("Check what is shared")
    lead.press("Send the referral")
    lead.expect_heading("Send a link")
    lead.choose("How does the code reach them?", "I tell it by telephone, after making sure whom I speak to")
    lead.press("Send the link")
    lead.expect_heading("The code for the link")


def _answer(team: Person, path: str, code: str) -> None:
    team.open(path)
    team.press("Open")
    team.write("Code", "XXXX-XXXX")
    team.press("Open")
    team.write("Code", code.lower())
    team.press("Open")
    expect(team.main).to_contain_text("Keira Marsh")
    team.choose("What do you want to say?", "We put them on our waiting list, or their place has changed")
    team.press("Send the answer")
    team.choose("What do you want to say?", "We take the young person on")
    team.write("In your words", "We begin on Monday.")
    team.press("Send the answer")


def _end(team: Person) -> None:
    team.choose("What do you want to say?", "Support has begun")
    team.press("Send the answer")
    team.choose("What do you want to say?", "Support is over")
    team.press("Send the answer")
    team.expect_heading("How support ended")
    team.press("Record the end")
    team.choose("How did it end?", "As planned")
    team.choose("Somewhere safe to stay", "Achieved")
    team.choose("Back at school", "Partly achieved")
    team.press("Record the end")
    team.expect_heading("The borough has your answer")


def test_an_agency_with_an_account_its_directory_and_a_manager(
    sqlite_service: Service, somebody: Somebody, witness: Witness, clock: Clock
) -> None:
    outbound_id = acts.sent(sqlite_service)
    clock.advance(days=8)
    with sqlite_service.app.app_context():
        breach_duties(sqlite_service.tools)
        watch_outbound(sqlite_service.tools)
    lead, manager, worker = (somebody(email) for email in (people.LEAD, people.MANAGER, acts.SPECIALIST))
    lead.follow("Services", within=lead.page.get_by_role("navigation", name="Main"))
    expect(lead.main).to_contain_text("has had no answer in time")
    lead.open(f"/outbound/{outbound_id}")
    lead.press("Remind the service")
    lead.follow("Write to the service")
    lead.write("What do you want to say?", "Please tell us whether you have room.")
    lead.press("Write")
    manager.open("/outbound/")
    manager.open(f"/outbound/{outbound_id}/revoke")
    worker.follow("What your agency owes, and what was sent to it")
    worker.open(f"/outbound/{outbound_id}")
    worker.press("Answer")
    worker.choose("What do you want to say?", "We cannot take them on")
    worker.press("Send the answer")
    worker.pick("If you cannot take them on: why?", "No capacity: we would take them on if we had room")
    worker.press("Send the answer")
    worker.open("/directory/")
    worker.follow("More about One-to-one support", exact=False)
    _keep(worker)
    lead.open("/outbound/gaps")
    expect(lead.main).to_contain_text("No capacity")
    lead.open("/directory/load")
    lead.press("Load")
    lead.open("/directory/new")
    assert witness.problems == []


def _keep(worker: Person) -> None:
    control = worker.page.get_by_role("button", name="Keep up to date")
    with worker.page.expect_navigation():
        control.click()
    worker.choose("Has it places?", "No places now")
    worker.press("Save")
    expect(worker.main).to_contain_text("No places now")
