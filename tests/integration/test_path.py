"""The first path through the domain, on both databases."""

import pytest
from sqlalchemy import select

from cse_tracker.app import Service
from cse_tracker.audit.verify import verify
from cse_tracker.duties import queries as duties
from cse_tracker.duties.model import DutyState
from cse_tracker.jobs.delivery import deliver_outbox
from cse_tracker.records.keys import DataKey
from cse_tracker.referrals import commands as referrals
from cse_tracker.referrals import queries as referral_queries
from cse_tracker.referrals.model import ReferralState
from cse_tracker.work.errors import RuleBroken
from tests import people
from tests.store import Clock, MailBag


def test_an_accepted_referral_becomes_a_case_and_the_referrer_hears(service: Service, mail: MailBag) -> None:
    referral = people.refer(service)
    case = people.accept(service, referral)
    with people.working(service, people.POLICE, reading=True) as work:
        seen = referral_queries.open_referral(work, referral.id)
        assert seen.state is ReferralState.ACCEPTED_NEW
        decision = referral_queries.decision_on(work, seen)
        assert decision is not None
        assert decision.body.note_to_referrer == "Thank you."
        assert seen.compartment_id == case.compartment_id != referral.compartment_id
        old_key = select(DataKey).where(DataKey.compartment_id == referral.compartment_id)
        assert work.session.scalar(old_key) is None
    with service.app.app_context():
        assert deliver_outbox(service.tools) == 3
    assert [str(message["To"].addresses[0].addr_spec) for message in mail.sent].count(people.POLICE) == 2


def test_deciding_level_two_demands_a_meeting_within_ten_working_days(service: Service, clock: Clock) -> None:
    clock.set(2026, 12, 17)
    case = people.open_case(service)
    people.certainty(service, case)
    people.assess(service, case, "older_boyfriend", "unexplained_gifts")
    people.decide(service, case, 2)
    with people.working(service, people.LEAD, reading=True) as work:
        found = duties.about(work, case.id)
        meeting = next(duty for duty in found if duty.body.satisfied_by == "meeting:multi_agency_planning")
        assert meeting.state is DutyState.PENDING
        assert meeting.due_at.isoformat() == "2027-01-05T23:59:59+00:00"
        assert "Christmas Day" in meeting.body.sentence
        first = next(duty for duty in found if duty.body.satisfied_by == "level:first")
        assert first.state is DutyState.MET


def test_the_audit_of_the_whole_path_is_intact(service: Service) -> None:
    case = people.open_case(service)
    people.assess(service, case, "missing_once")
    with people.working(service, reading=True) as work:
        verdict = verify(work.session)
    assert verdict.intact
    assert verdict.entries > 20


@pytest.mark.parametrize("level", [1, 3])
def test_a_level_other_than_suggested_needs_a_reason(service: Service, level: int) -> None:
    case = people.open_case(service)
    people.assess(service, case, "older_boyfriend")
    with pytest.raises(RuleBroken) as refused:
        people.decide(service, case, level)
    assert refused.value.field == "override_reason"
    people.decide(service, case, level, "Agreed with police.")


def test_joining_a_known_young_person_re_seals_what_was_never_opened(service: Service) -> None:
    case = people.open_case(service)
    again = people.refer(service, people.HEALTH, first_name="Kiera")
    with people.working(service, people.LEAD) as work:
        found = referral_queries.open_referral(work, again.id, for_change=True)
        joined = referrals.accept_for_known(work, found, case.person_id, people.NO_REPLY)
        assert joined.id == case.id
    with people.working(service, people.LEAD, reading=True) as work:
        assert referral_queries.open_referral(work, again.id).answers.identity.first_name == "Kiera"
        assert len(referral_queries.of_case(work, case.id)) == 2
