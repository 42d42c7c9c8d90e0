"""Feedback is owed until it was given, and what a partner agency may read opens and closes."""

import pytest
from sqlalchemy import select

from cse_tracker.app import Service
from cse_tracker.jobs.deadlines import close_windows
from cse_tracker.referrals import commands, queries
from cse_tracker.referrals.model import HowTold, Referral, ReferralDecision
from cse_tracker.work.errors import NotFound, NotPermitted, RuleBroken
from tests import people
from tests.people import LEAD, POLICE
from tests.store import Clock


def owed(service: Service) -> list[str]:
    with people.working(service, LEAD) as work:
        return [row.reference for row in queries.feedback_owed(work)]


def test_feedback_is_owed_until_the_referrer_confirms_it_or_the_borough_says_how(
    service: Service, clock: Clock
) -> None:
    first, second = people.refer(service), people.refer(service, first_name="Jo", nhs_number="")
    assert owed(service) == []
    people.accept(service, first)
    # Of two decided at the same moment neither is the earlier.
    clock.advance(minutes=1)
    with people.working(service, LEAD) as work:
        reply = commands.Reply(reason_key="no_capacity", reason_label="No capacity to respond", note="Refer again.")
        commands.decline(work, queries.open_referral(work, second.id, for_change=True), reply)
    assert owed(service) == [first.reference, second.reference]
    with people.working(service, LEAD) as work, pytest.raises(NotPermitted):
        commands.confirm_read(work, queries.open_referral(work, first.id, for_change=True))
    for _ in range(2):
        with people.working(service, POLICE) as work:
            commands.confirm_read(work, queries.open_referral(work, first.id, for_change=True))
    with people.working(service, LEAD) as work:
        found = queries.open_referral(work, second.id, for_change=True)
        with pytest.raises(RuleBroken, match="Select how"):
            commands.record_told(work, found, HowTold.READ)
        commands.record_told(work, found, HowTold.TELEPHONE)
    assert owed(service) == []
    with people.working(service, reading=True) as work:
        told = work.session.scalars(select(ReferralDecision)).all()
        assert {row.referral_id: row.told_how for row in told} == {first.id: HowTold.READ, second.id: HowTold.TELEPHONE}


def test_a_referral_is_open_to_its_referrer_until_ninety_days_after_it_was_told(service: Service, clock: Clock) -> None:
    referral = people.refer(service)
    people.accept(service, referral)

    def seen() -> bool:
        with service.app.app_context():
            close_windows(service.tools)
        with people.working(service, POLICE) as work:
            try:
                queries.open_referral(work, referral.id)
            except NotFound:
                assert queries.overview(work).decided == ()
                return False
            return len(queries.overview(work).decided) == 1

    clock.advance(days=91)
    # Feedback is still owed, so the window stays open.
    assert seen()
    with people.working(service, POLICE) as work:
        commands.confirm_read(work, queries.open_referral(work, referral.id, for_change=True))
    assert not seen()
    with people.working(service, LEAD) as work:
        assert queries.open_referral(work, referral.id).closed_to_referrer_at == clock.now
        assert len(queries.overview(work).decided) == 1


def test_the_window_of_a_referral_closes_on_its_day_and_not_before(service: Service, clock: Clock) -> None:
    referral = people.refer(service)
    people.accept(service, referral)
    with people.working(service, POLICE) as work:
        commands.confirm_read(work, queries.open_referral(work, referral.id, for_change=True))
    for days, closed in ((89, False), (1, True)):
        clock.advance(days=days)
        with service.app.app_context():
            assert close_windows(service.tools) == closed
        with people.working(service, reading=True) as work:
            found = work.session.get_one(Referral, referral.id)
            assert (found.closed_to_referrer_at is not None) == closed
