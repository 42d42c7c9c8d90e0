"""The ledger in use: what a protocol demands is met, late or void, and a breach is written down once."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from cse_tracker.app import Service
from cse_tracker.audit.model import AuditEntry
from cse_tracker.duties import commands, queries
from cse_tracker.duties.model import Duty, DutyState
from cse_tracker.jobs.deadlines import breach_duties
from cse_tracker.notifications.model import MessageKind, OutgoingMessage
from cse_tracker.referrals import commands as referrals
from cse_tracker.referrals import queries as referral_queries
from cse_tracker.work.errors import NotFound, RuleBroken
from tests import people
from tests.store import Clock

DECLINED = referrals.Reply(reason_key="threshold_not_met", reason_label="The threshold is not met", note="Thank you.")


def the_duty(service: Service, about_id: UUID) -> Duty:
    with people.working(service, people.LEAD, reading=True) as work:
        (found,) = queries.about(work, about_id)
        _ = found.body
        return found


def decline(service: Service, referral_id: UUID) -> None:
    with people.working(service, people.LEAD) as work:
        referrals.decline(work, referral_queries.open_referral(work, referral_id), DECLINED)


def run_clock(service: Service) -> int:
    with service.app.app_context():
        return breach_duties(service.tools)


def breaches(service: Service) -> tuple[int, int]:
    """How many breaches the audit holds, and how many messages they made."""
    with people.working(service, reading=True) as work:
        entries = work.session.scalars(select(AuditEntry).where(AuditEntry.action == "duty.breached")).all()
        messages = select(OutgoingMessage).where(OutgoingMessage.kind == MessageKind.DUTY_BREACHED)
        return len(entries), len(work.session.scalars(messages).all())


def test_a_referral_is_to_be_decided_by_the_end_of_the_next_working_day(service: Service, clock: Clock) -> None:
    clock.set(2026, 11, 13, 16)
    duty = the_duty(service, people.refer(service).id)
    assert (duty.state, duty.due_at) == (DutyState.PENDING, datetime(2026, 11, 16, 23, 59, 59, tzinfo=UTC))
    assert "Report 2005 protocol, version 1" in duty.body.sentence


def test_a_duty_met_in_time_is_met_and_says_when_and_by_whom(service: Service, clock: Clock) -> None:
    referral = people.refer(service)
    clock.advance(hours=1)
    decline(service, referral.id)
    duty = the_duty(service, referral.id)
    assert duty.state is DutyState.MET
    assert duty.body.settled_at == clock.now
    with service.app.app_context():
        assert duty.body.settled_by == people.actor(service, people.LEAD).user_id


@pytest.mark.parametrize("clock_ran", [True, False])
def test_a_late_duty_stays_late_when_it_is_met(service: Service, clock: Clock, clock_ran: bool) -> None:  # noqa: FBT001
    referral = people.refer(service)
    clock.advance(days=3)
    assert the_duty(service, referral.id).is_late(clock.now)
    if clock_ran:
        assert run_clock(service) == 1
        assert the_duty(service, referral.id).state is DutyState.BREACHED
    decline(service, referral.id)
    assert the_duty(service, referral.id).state is DutyState.MET_LATE
    clock.advance(days=400)
    assert run_clock(service) == 0
    assert the_duty(service, referral.id).state is DutyState.MET_LATE


def test_a_breach_is_written_down_once_however_often_the_clock_runs(service: Service, clock: Clock) -> None:
    referral = people.refer(service)
    assert run_clock(service) == 0
    clock.advance(days=2)
    assert run_clock(service) == 1
    assert breaches(service) == (1, 1)
    for _ in range(3):
        clock.advance(minutes=1)
        assert run_clock(service) == 0
    assert breaches(service) == (1, 1)
    assert the_duty(service, referral.id).revision == 2


def test_the_clock_breaches_nothing_at_the_last_second(service: Service, clock: Clock) -> None:
    referral = people.refer(service)
    clock.now = the_duty(service, referral.id).due_at
    assert run_clock(service) == 0
    clock.advance(seconds=1)
    assert run_clock(service) == 1


def test_a_duty_settled_between_the_look_and_the_breach_is_left_alone(service: Service, clock: Clock) -> None:
    referral = people.refer(service)
    duty = the_duty(service, referral.id)
    decline(service, referral.id)
    clock.advance(days=2)
    with people.working(service) as work:
        commands.breach(work, duty.id)
        commands.breach(work, uuid4())
    assert breaches(service) == (0, 0)
    assert the_duty(service, referral.id).state is DutyState.MET


def test_two_clocks_that_saw_the_same_duty_breach_it_once_and_never_too_early(service: Service, clock: Clock) -> None:
    duty = the_duty(service, people.refer(service).id)
    with people.working(service) as work:
        commands.breach(work, duty.id)
    assert the_duty(service, duty.about_id).state is DutyState.PENDING
    clock.advance(days=2)
    for _ in range(2):
        with people.working(service) as work:
            commands.breach(work, duty.id)
    assert breaches(service) == (1, 1)


def test_the_clock_breaches_only_what_is_late(service: Service, clock: Clock) -> None:
    people.refer(service)
    clock.advance(days=2)
    young = people.refer(service, first_name="Leon")
    assert run_clock(service) == 1
    assert the_duty(service, young.id).state is DutyState.PENDING


def test_a_duty_can_be_done_by_hand_once(service: Service) -> None:
    case = people.open_case(service)
    duty = the_duty(service, case.id)
    with people.working(service, people.LEAD) as work:
        commands.complete(work, duty.id, note="Done by telephone.")
    assert the_duty(service, case.id).body.settled_note == "Done by telephone."
    with people.working(service, people.LEAD) as work, pytest.raises(RuleBroken):
        commands.complete(work, duty.id, note="Again.")
    assert the_duty(service, case.id).body.settled_note == "Done by telephone."


@pytest.mark.parametrize("email", [people.OTHER_LEAD, people.POLICE, people.HEALTH, people.MANAGER, None])
def test_nobody_else_may_know_of_a_duty(service: Service, email: str | None) -> None:
    duty = the_duty(service, people.open_case(service).id)
    for duty_id in (duty.id, uuid4()):
        with people.working(service, email) as work:
            with pytest.raises(NotFound):
                queries.open_duty(work, duty_id)
            with pytest.raises(NotFound):
                commands.complete(work, duty_id, note="Not mine.")
            assert queries.open_duties(work) == []
            assert queries.about(work, duty.about_id) == []
    assert the_duty(service, duty.about_id).state is DutyState.PENDING


def test_duties_of_a_borough_are_listed_in_order_of_time(service: Service, clock: Clock) -> None:
    case = people.open_case(service)
    referral = people.refer(service, first_name="Leon")
    clock.advance(days=1)
    later = people.refer(service, first_name="Tia")
    with people.working(service, people.LEAD, reading=True) as work:
        assert [duty.about_id for duty in queries.open_duties(work)] == [referral.id, later.id, case.id]
        assert set(queries.decision_due(work, [referral.id, later.id, case.id])) == {referral.id, later.id}
