"""What another agency is to act on stays the borough's duty until a service has said yes."""

from uuid import UUID

import pytest

from cse_tracker.app import Service
from cse_tracker.cases import commands as cases
from cse_tracker.cases import queries as case_queries
from cse_tracker.cases.model import Case
from cse_tracker.closings import commands as closings
from cse_tracker.duties import queries as duties
from cse_tracker.duties.model import Duty, DutyState
from cse_tracker.jobs.deadlines import breach_duties
from cse_tracker.outbound.commands import answering
from cse_tracker.outbound.model import OutboundReferral
from cse_tracker.outbound.rules import DeclineReason
from cse_tracker.work.errors import NotPermitted
from cse_tracker.work.unit import Work
from tests import people
from tests.integration.outbound import acts
from tests.store import Clock


def expecting(service: Service) -> Case:
    case = people.open_case(service)
    with people.working(service, people.LEAD) as work:
        cases.expect_service(work, case_queries.open_case(work, case.id, for_change=True).case)
    return case


def expected(service: Service, case: Case) -> list[Duty]:
    with people.working(service, people.LEAD, reading=True) as work:
        return [each for each in duties.about(work, case.id) if each.body.satisfied_by == cases.TAKEN_ON]


def referred_on(service: Service, case: Case, service_id: UUID) -> UUID:
    outbound_id = acts.prepared(service, case, service_id)
    acts.send(service, outbound_id)
    return outbound_id


def decline(work: Work, outbound: OutboundReferral) -> None:
    answering.decline(work, outbound, reason=DeclineReason.NO_CAPACITY, words="")


def test_a_refusal_leaves_it_open_and_a_yes_of_the_next_service_meets_it(service: Service) -> None:
    case = expecting(service)
    service_id = acts.service_of(service)
    acts.act(service, acts.SPECIALIST, referred_on(service, case, service_id), decline)
    (duty,) = expected(service, case)
    assert duty.is_open
    second = referred_on(service, case, service_id)
    acts.act(service, acts.SPECIALIST, second, answering.acknowledge)
    assert expected(service, case)[0].is_open
    acts.act(service, acts.SPECIALIST, second, answering.accept)
    (met,) = expected(service, case)
    assert met.state is DutyState.MET
    assert met.body.settled_note.startswith("Referral X-")


def test_silence_is_an_alarm_and_no_case_ends_before_a_service_answered(service: Service, clock: Clock) -> None:
    case = expecting(service)
    referred_on(service, case, acts.service_of(service))
    # Five working days from Monday 16 November.
    clock.set(2026, 11, 24)
    with service.app.app_context():
        breach_duties(service.tools)
    (late,) = expected(service, case)
    assert late.state is DutyState.BREACHED
    with people.working(service, people.LEAD) as work:
        row = case_queries.open_case(work, case.id, for_change=True).case
        assert any("A service takes on" in each for each in closings.obstacles(work, row))


def test_it_is_asked_for_once_and_by_the_borough_alone(service: Service) -> None:
    case = expecting(service)
    with people.working(service, people.LEAD) as work:
        cases.expect_service(work, case_queries.open_case(work, case.id, for_change=True).case)
    assert len(expected(service, case)) == 1
    with people.working(service, people.OTHER_LEAD) as work, pytest.raises(NotPermitted):
        cases.expect_service(work, work.session.get_one(Case, case.id))
