"""A referral offered to another agency: it helps or it does not, and the borough is responsible throughout."""

from uuid import UUID, uuid4

import pytest

from cse_tracker.app import Service
from cse_tracker.departures import commands as departures
from cse_tracker.duties import queries as duties
from cse_tracker.identity import commands as identity_commands
from cse_tracker.identity import queries as identity
from cse_tracker.jobs.deadlines import bring_back_offers
from cse_tracker.notifications.model import MessageKind
from cse_tracker.referrals import commands as referrals
from cse_tracker.referrals import queries as referral_queries
from cse_tracker.referrals.model import READ_FOR, HowTold, Referral, ReferralState
from cse_tracker.rulebook.terms import AgencyKind
from cse_tracker.triage import commands, queries
from cse_tracker.triage.model import OfferState
from cse_tracker.work.errors import NotFound, NotPermitted, RuleBroken
from tests import people
from tests.integration.triage.test_triage import offer, opened, told
from tests.people import HACKNEY, HEALTH, LEAD, OTHER_LEAD, POLICE
from tests.store import Clock

REPLY = referrals.Reply(reason_key="", reason_label="", note="Her school nurse sees her on Monday.")


def agency_of(service: Service, email: str) -> UUID:
    with service.app.app_context():
        found = people.actor(service, email).agency_id
    assert found is not None
    return found


def offered(service: Service, referral: Referral, agency_id: UUID | None = None) -> UUID:
    asked = agency_id or agency_of(service, HEALTH)
    with people.working(service, LEAD) as work:
        return commands.offer_to_agency(work, opened(work, referral), agency_id=asked, reason="They know her.").id


def agreed(service: Service) -> Referral:
    """A referral that health has said yes to."""
    referral = people.refer(service)
    offered(service, referral)
    with people.working(service, HEALTH) as work:
        commands.take_on(work, opened(work, referral), note="She has an appointment.")
    return referral


def sees(service: Service, email: str, referral: Referral) -> bool:
    with people.working(service, email) as work:
        listed = {
            row.id for row in (*referral_queries.overview(work).awaiting, *referral_queries.overview(work).decided)
        }
        try:
            opened(work, referral)
        except NotFound:
            assert referral.id not in listed
            return False
        assert referral.id in listed
        return True


def owed(service: Service, referral: Referral) -> list[bool]:
    """Whether each duty about a referral is open, all of them its borough's."""
    with people.working(service, LEAD) as work:
        found = duties.about(work, opened(work, referral).id)
        assert {duty.borough_gss for duty in found} == {HACKNEY}
        return [duty.is_open for duty in found]


def test_an_agency_sees_what_it_is_offered_says_yes_and_the_borough_decides(service: Service, clock: Clock) -> None:
    referral = people.refer(service)
    assert not sees(service, HEALTH, referral)
    offered(service, referral)
    assert told(service, MessageKind.REFERRAL_OFFERED) == 1
    assert sees(service, HEALTH, referral)
    assert owed(service, referral) == [True]
    with people.working(service, POLICE) as work:
        assert queries.offers(work, opened(work, referral)) == []
    with people.working(service, HEALTH) as work:
        found = opened(work, referral)
        assert [row.body.reason for row in queries.offers(work, found)] == ["They know her."]
        for act in (
            lambda: commands.offer(work, found, to_gss=HACKNEY, reason="?"),
            lambda: commands.take_back(work, found),
            lambda: referrals.advise(work, found, REPLY),
        ):
            with pytest.raises(NotPermitted):
                act()
        commands.take_on(work, found, note="She has an appointment.")
    assert told(service, MessageKind.REFERRAL_ANSWERED) == 1
    assert owed(service, referral) == [True]
    assert sees(service, HEALTH, referral)
    with people.working(service, LEAD) as work:
        found = opened(work, referral)
        assert (found.state, found.is_agreed) == (ReferralState.SUBMITTED, True)
        assert queries.passed_on(work) == []
        referrals.pass_on(work, found, REPLY)
        assert found.state is ReferralState.ADVICE_ONLY
    assert owed(service, referral) == [False]
    assert told(service, MessageKind.REFERRAL_DECIDED) == 1
    with people.working(service, POLICE) as work:
        decision = referral_queries.decision_on(work, opened(work, referral))
        assert decision is not None
        body = decision.body
        assert (body.reason_key, body.reason_label, body.note_to_referrer) == (
            "passed_to_agency",
            "Another agency helps",
            REPLY.note,
        )
    assert sees(service, HEALTH, referral)
    with people.working(service, LEAD) as work:
        referrals.record_told(work, opened(work, referral), HowTold.TELEPHONE)
    clock.advance(days=READ_FOR.days)
    with people.working(service) as work:
        assert referrals.close_window(work, referral.id)
    assert not sees(service, HEALTH, referral)


@pytest.mark.parametrize("how", ["refused", "lapsed", "closed"])
def test_what_an_agency_does_not_say_yes_to_comes_back_with_an_alarm(service: Service, clock: Clock, how: str) -> None:
    referral = people.refer(service)
    offer_id = offered(service, referral)
    if how == "refused":
        with people.working(service, HEALTH) as work:
            commands.refuse(work, opened(work, referral), reason="Not one of ours.")
    elif how == "lapsed":
        with service.app.app_context():
            assert bring_back_offers(service.tools) == 0
            clock.advance(days=2)
            assert bring_back_offers(service.tools) == 1
    else:
        closing = agency_of(service, HEALTH)
        with people.working(service) as work:
            assert commands.bring_back_from(work, closing) == 1
    assert told(service, MessageKind.REFERRAL_BOUNCED) == 1
    assert owed(service, referral) == [True]
    with people.working(service, LEAD) as work:
        found = opened(work, referral)
        assert found.state is ReferralState.SUBMITTED
        assert queries.bounced(work, [found]) == {referral.id}
        states = {row.id: row.state for row in queries.offers(work, found)}
        assert states == {offer_id: OfferState.REFUSED if how == "refused" else OfferState.LAPSED}
        with pytest.raises(RuleBroken, match="No other agency has said yes"):
            referrals.pass_on(work, found, REPLY)
    assert not sees(service, HEALTH, referral)
    people.accept(service, referral)


def test_whoever_could_not_answer_and_whoever_brought_it_is_offered_nothing(service: Service) -> None:
    referral = people.refer(service)
    with people.working(service, LEAD) as work:
        social_care = identity.bearing_agency(work, AgencyKind.SOCIAL_CARE, HACKNEY)
        names = {each.id for each in commands.receivers(work, opened(work, referral))}
    with people.working(service) as work:
        kind = AgencyKind.EDUCATION
        mute = identity_commands.add_agency(work, name="A school nobody works for", kind=kind, borough_gss=HACKNEY)
    assert agency_of(service, HEALTH) in names
    for wrong in (agency_of(service, POLICE), social_care, mute.id, uuid4()):
        assert wrong not in names
        with pytest.raises(RuleBroken, match="Nobody in that agency"):
            offered(service, referral, wrong)


@pytest.mark.parametrize("otherwise", ["accepted", "offered", "closed"])
def test_what_an_agency_agreed_to_is_over_when_the_borough_does_otherwise(service: Service, otherwise: str) -> None:
    referral = agreed(service)
    assert owed(service, referral) == [True]
    with pytest.raises(RuleBroken, match="said yes already"):
        offered(service, referral)
    if otherwise == "accepted":
        people.accept(service, referral)
    elif otherwise == "offered":
        offer(service, referral)
        with people.working(service, OTHER_LEAD) as work:
            commands.take_on(work, opened(work, referral))
    else:
        closing = agency_of(service, HEALTH)
        with people.working(service) as work:
            assert commands.bring_back_from(work, closing) == 1
        assert told(service, MessageKind.REFERRAL_BOUNCED) == 1
        assert owed(service, referral) == [True]
    assert not sees(service, HEALTH, referral)


def test_an_agency_that_closes_sends_back_what_it_was_offered(service: Service) -> None:
    referral = people.refer(service)
    offered(service, referral)
    closing = agency_of(service, HEALTH)
    with people.working(service) as work:
        # Its borough cannot do without one of its kind.
        identity_commands.add_agency(work, name="Another trust", kind=AgencyKind.HEALTH, borough_gss=None)
        departures.close_agency(work, identity.agency(work, closing))
    assert told(service, MessageKind.REFERRAL_BOUNCED) == 1
    assert owed(service, referral) == [True]
