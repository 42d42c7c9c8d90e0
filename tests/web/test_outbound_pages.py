"""The pages of referrals to services, walked by a lead officer, a service with an account and one without."""

import io
import json
import re
from uuid import UUID

import pytest
from sqlalchemy import select

from cse_tracker.app import Service as Running
from cse_tracker.directory import queries as directory
from cse_tracker.hsds.reading import read
from cse_tracker.identity import commands as identity
from cse_tracker.identity import queries as identity_queries
from cse_tracker.identity.commands import NewUser
from cse_tracker.jobs.deadlines import breach_duties, watch_outbound
from cse_tracker.jobs.delivery import deliver_outside
from cse_tracker.outbound import queries
from cse_tracker.outbound.commands import following
from cse_tracker.outbound.model import OutboundReferral
from cse_tracker.outbound.rules import OutboundState
from cse_tracker.work.actor import Role
from tests import people
from tests.integration.outbound import acts
from tests.people import HACKNEY, LEAD, MANAGER, PASSWORD
from tests.store import CHEAP, Clock, MailBag
from tests.web.client import Browser

PLAN = {
    "asked_for": "Somebody who sees her every week.",
    "needs": "Somewhere safe to stay\nBack at school",
    "sections": ["identity", "view"],
    "footing": "safeguarding",
    "agreement": "agreed",
}


def referred(running: Running, browser: Browser, agency: str) -> UUID:
    """Refer a young person through the pages; gives the referral."""
    case, service_id = people.open_case(running), acts.service_of(running, agency)
    browser.get(f"/cases/{case.id}/services")
    assert "One-to-one support" in browser.text()
    browser.get(f"/cases/{case.id}/services/{service_id}")
    browser.submit(**PLAN)
    assert "Check what is shared" in browser.text()
    assert "Keira Marsh" in browser.text()
    assert "Sample Road" not in browser.text()
    assert "Address and how to make contact safely" in browser.text()
    browser.submit()
    with people.working(running, reading=True) as work:
        return work.session.scalars(select(OutboundReferral.id)).one()


def state(running: Running, outbound_id: UUID) -> OutboundState:
    with people.working(running, reading=True) as work:
        return work.session.get_one(OutboundReferral, outbound_id).state


def test_a_service_with_an_account_answers_and_loses_sight_when_it_declines(sqlite_service: Running) -> None:
    lead = Browser(sqlite_service).sign_in(LEAD)
    outbound_id = referred(sqlite_service, lead, acts.WITH_ACCOUNT)
    specialist = Browser(sqlite_service).sign_in(acts.SPECIALIST)
    specialist.get("/outbound/")
    specialist.get(specialist.link("X-"))
    assert "Keira Marsh" in specialist.text()
    assert "The decision to share" not in specialist.text()
    specialist.get(f"/outbound/{outbound_id}/answer")
    specialist.submit(act="wait")
    assert specialist.errors() == ["Enter the day on which you expect to begin"]
    days = {"expected_on-day": "14", "expected_on-month": "12", "expected_on-year": "2026"}
    specialist.submit(act="wait", position="3", words="Mondays.", **days)
    assert state(sqlite_service, outbound_id) is OutboundState.WAITING_LIST
    lead.get(f"/outbound/{outbound_id}")
    assert "Number 3, expected on 14 December 2026" in lead.text()
    specialist.get(f"/outbound/{outbound_id}/answer")
    specialist.submit(act="decline")
    assert specialist.errors() == ["Select why you cannot take them on"]
    specialist.submit(act="decline", reason="no_capacity", words="Full.")
    assert state(sqlite_service, outbound_id) is OutboundState.DECLINED
    specialist.get(f"/outbound/{outbound_id}", status=404)
    lead.get("/outbound/gaps")
    assert "No capacity" in lead.text()
    assert "Keira" not in lead.text()


def test_a_service_without_an_account_reads_and_answers_by_link_and_code(
    sqlite_service: Running, mail: MailBag, clock: Clock
) -> None:
    lead = Browser(sqlite_service).sign_in(LEAD)
    outbound_id = referred(sqlite_service, lead, acts.WITHOUT_ACCOUNT)
    assert "Send a link" in lead.text()
    lead.submit(address="team@open-door.example", code_way="phone")
    found = re.search(r"\b\w{4}-\w{4}\b", lead.page.select_one(".govuk-panel__title").get_text())  # type: ignore[union-attr]
    assert found
    with sqlite_service.app.app_context():
        assert deliver_outside(sqlite_service.tools) == 1
    path = re.search(r"https?://[^/\s]+(/outside/\S+)", mail.sent[-1].get_content())
    assert path
    scanner = Browser(sqlite_service)
    for _ in range(3):
        scanner.get(path.group(1))
        assert "Keira" not in scanner.text()
    team = Browser(sqlite_service)
    team.get(path.group(1))
    team.submit(code="WRONG-999")
    assert "does not open this link" in team.errors()[0]
    team.submit(code=found.group())
    assert "Keira Marsh" in team.text()
    assert team.response is not None
    assert team.response.request.path == "/visit/read"
    # Nothing else opens, and no menu leads anywhere.
    team.get("/outbound/", status=200)
    assert "Sign in" in team.text()
    team.get("/visit/read")
    team.submit(act="accept", words="We begin on Monday.")
    assert state(sqlite_service, outbound_id) is OutboundState.ACCEPTED
    team.submit(act="end")
    team.submit(early="no", need_0="achieved")
    assert team.errors() == ["Select how far this was met: Back at school"]
    team.get("/visit/read")
    # Somebody else with the same link finds it used up, and asks for another.
    late = Browser(sqlite_service)
    late.get(path.group(1))
    late.submit(code=found.group())
    assert "does not open this link" in late.errors()[0]
    late.post(f"{path.group(1)}/again")
    assert "Asked for a new link" in late.text()
    lead.get(f"/outbound/{outbound_id}")
    assert "asked for a new one" in lead.text()
    clock.advance(minutes=61)
    team.get("/visit/read", status=404)


def test_silence_stands_on_the_page_and_can_be_chased_and_revoked(sqlite_service: Running, clock: Clock) -> None:
    lead = Browser(sqlite_service).sign_in(LEAD)
    outbound_id = referred(sqlite_service, lead, acts.WITH_ACCOUNT)
    clock.advance(days=8)
    with sqlite_service.app.app_context():
        breach_duties(sqlite_service.tools)
        watch_outbound(sqlite_service.tools)
    lead = Browser(sqlite_service).sign_in(LEAD)
    lead.get("/outbound/")
    assert "1 referral has had no answer in time" in lead.text()
    lead.get(f"/outbound/{outbound_id}")
    assert "The service has not answered in time" in lead.text()
    lead.post(f"/outbound/{outbound_id}/chase")
    assert "The service is reminded" in lead.text()
    manager = Browser(sqlite_service).sign_in(MANAGER)
    manager.get("/outbound/")
    assert "No answer" in manager.text()
    manager.get(manager.link("Revoke"))
    assert "Keira" not in manager.text()
    manager.submit(reason="")
    assert manager.errors() == ["Enter why it is revoked"]
    manager.submit(reason="Sent to the wrong service.")
    assert state(sqlite_service, outbound_id) is OutboundState.REVOKED


def test_nothing_is_sent_but_what_was_looked_at(sqlite_service: Running) -> None:
    lead = Browser(sqlite_service).sign_in(LEAD)
    case = people.open_case(sqlite_service)
    outbound_id = acts.prepared(sqlite_service, case, acts.service_of(sqlite_service))
    lead.get(f"/outbound/{outbound_id}/check")
    people.assess(sqlite_service, case, "missing_once")
    lead.submit()
    assert lead.errors() == ["The case has changed since you looked. Check again what would be shared"]
    assert state(sqlite_service, outbound_id) is OutboundState.DRAFT


def test_agreement_that_was_not_sought_needs_its_reason(sqlite_service: Running) -> None:
    lead = Browser(sqlite_service).sign_in(LEAD)
    case, service_id = people.open_case(sqlite_service), acts.service_of(sqlite_service)
    lead.get(f"/cases/{case.id}/services/{service_id}")
    lead.submit(**{**PLAN, "agreement": "not_sought"})
    assert lead.errors() == ["Enter why you share it all the same"]
    assert "Somebody who sees her every week." in str(lead.page)
    lead.submit()
    assert lead.errors() == ["Enter why you share it all the same"]
    lead.post(f"/cases/{case.id}/services/none")
    assert "Noted as a gap in services" in lead.text()


def test_an_agency_sees_what_it_owes_by_reference_and_its_lead_an_overview(sqlite_service: Running) -> None:
    outbound_id = acts.sent(sqlite_service)
    specialist = Browser(sqlite_service).sign_in(acts.SPECIALIST)
    specialist.get("/agency/")
    assert "Referral acknowledged by the service" in specialist.text()
    for kept in ("Keira", "every week", "Your agency at a glance"):
        assert kept not in specialist.text()
    with people.working(sqlite_service) as work:
        agency = identity_queries.agency_named(work, acts.WITH_ACCOUNT)
        form = NewUser("Ada Lead", "lead.safe@demo.example", "Team manager", PASSWORD)
        user = identity.add_user(work, agency, form, passwords=CHEAP)
        identity.grant(work, user, role=Role.PARTNER_LEAD, borough_gss=HACKNEY)
    head = Browser(sqlite_service).sign_in("lead.safe@demo.example")
    head.get("/")
    assert "Your agency at a glance" in head.text()
    assert "Keira" not in head.text()
    for path in (f"/outbound/{outbound_id}", "/cases/", "/referrals/", "/search/", "/directory/load"):
        assert head.client.get(path).status_code in {403, 404, 308}, path


def test_the_directory_is_kept_by_its_agency_and_brought_in_whole_or_not_at_all(sqlite_service: Running) -> None:
    acts.service_of(sqlite_service)
    specialist = Browser(sqlite_service).sign_in(acts.SPECIALIST)
    specialist.get("/directory/?age=14&sex=F&room=yes")
    specialist.get(specialist.link("More"))
    specialist.get(specialist.link("Keep up to date"))
    specialist.submit(capacity="full", wait_weeks="many")
    assert specialist.errors() != []
    specialist.submit(capacity="full", wait_weeks="12")
    assert "No places now" in specialist.text()
    specialist.get("/directory/?room=yes")
    assert "0 services" in specialist.text()
    lead = Browser(sqlite_service).sign_in(LEAD)
    response = lead.client.get("/directory/open-referral.json")
    listed = read(response.get_data())
    assert [each.wait_weeks for each in listed] == [12]
    document = json.loads(response.get_data())
    document["contents"] += [{"id": "x", "name": " ", "status": "open"}]
    lead.get("/directory/load")
    lead.post("/directory/load", file=(io.BytesIO(json.dumps(document).encode()), "directory.json"))
    words = lead.text()
    for path in ("contents, 2, id", "contents, 2, name", "contents, 2, status", "contents, 2, organization"):
        assert path in words
    del document["contents"][1]
    document["contents"][0]["id"], document["contents"][0]["name"] = str(UUID(int=7)), "Second service"
    lead.post("/directory/load", file=(io.BytesIO(json.dumps(document).encode()), "directory.json"))
    assert "1 services are loaded, 0 agencies are new" in lead.text()
    with people.working(sqlite_service, LEAD) as work:
        assert [each.service.name for each in directory.every(work)] == ["One-to-one support", "Second service"]


@pytest.mark.parametrize("path", ["/outbound/{0}", "/outbound/{0}/answer", "/outbound/{0}/end", "/outbound/{0}/revoke"])
def test_what_is_over_is_closed_to_the_service(sqlite_service: Running, path: str) -> None:
    outbound_id = acts.sent(sqlite_service)
    specialist = Browser(sqlite_service).sign_in(acts.SPECIALIST)
    with people.working(sqlite_service, LEAD) as work:
        outbound = queries.open_outbound(work, outbound_id, for_change=True)
        following.revoke(work, outbound, reason="Wrong service.")
    specialist.get(path.format(outbound_id), status=404)


def test_what_a_service_owes_leads_from_the_lead_officer_s_first_page_to_the_referral(
    sqlite_service: Running, clock: Clock
) -> None:
    outbound_id = acts.sent(sqlite_service)
    clock.advance(days=4)
    lead = Browser(sqlite_service).sign_in(LEAD)
    lead.get("/")
    ways = {str(link["href"]) for link in lead.page.select("main table a[href]")}
    assert f"/outbound/{outbound_id}" in ways
    for way in ways:
        lead.get(way)
