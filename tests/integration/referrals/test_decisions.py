"""Deciding on a referral: once, with a reason, and joined to a case without leaving a key behind."""

from uuid import uuid4

import pytest
from sqlalchemy import select

from cse_tracker.app import Service
from cse_tracker.cases import queries as case_queries
from cse_tracker.cases.model import Case
from cse_tracker.duties.model import Duty, DutyState
from cse_tracker.identity import commands as identity
from cse_tracker.identity.model import User
from cse_tracker.notifications.model import MessageKind
from cse_tracker.people.model import Person
from cse_tracker.referrals import commands, queries
from cse_tracker.referrals.model import Referral, ReferralState
from cse_tracker.work.actor import Role
from cse_tracker.work.errors import NotFound, NotPermitted, RuleBroken
from tests import people
from tests.integration.referrals.acts import DECLINED, count, decide, decline, keys_of, messages


@pytest.mark.parametrize("email", [people.OTHER_LEAD, people.POLICE, people.HEALTH, people.MANAGER, None])
def test_only_the_boroughs_lead_officer_decides(sqlite_service: Service, email: str | None) -> None:
    referral = people.refer(sqlite_service)
    with people.working(sqlite_service, email) as work:
        row = work.session.get_one(Referral, referral.id)
        with pytest.raises(NotPermitted):
            commands.accept_as_new(work, row, people.NO_REPLY)
        with pytest.raises(NotPermitted):
            commands.accept_for_known(work, row, uuid4(), people.NO_REPLY)
        with pytest.raises(NotPermitted):
            commands.decline(work, row, DECLINED)
    assert count(sqlite_service, Referral, Referral.state == ReferralState.SUBMITTED) == 1


@pytest.mark.parametrize("key", ["", "no", "Threshold not met", "threshold_not_met "])
def test_declining_needs_a_reason_of_the_protocol(service: Service, key: str) -> None:
    referral = people.refer(service)
    with pytest.raises(RuleBroken) as refused:
        decline(service, referral, commands.Reply(reason_key=key, reason_label="", note="No."))
    assert (refused.value.code, refused.value.field) == ("referral.reason", "reason")
    assert count(service, Duty, Duty.state == DutyState.PENDING) == 1
    decline(service, referral)
    with people.working(service, people.POLICE, reading=True) as work:
        decision = queries.decision_on(work, queries.open_referral(work, referral.id))
        assert decision is not None
        assert (decision.body.reason_key, decision.body.note_to_referrer) == ("threshold_not_met", "Thank you.")
    assert messages(service, MessageKind.REFERRAL_DECIDED) == 1


def test_a_referral_is_decided_once(service: Service) -> None:
    referral = people.refer(service)
    decline(service, referral)
    for again in (lambda: decline(service, referral), lambda: decide(service, referral)):
        with pytest.raises(RuleBroken) as refused:
            again()
        assert refused.value.code == "referral.transition"
    assert (count(service, Case), count(service, Person)) == (0, 0)
    assert messages(service, MessageKind.REFERRAL_DECIDED) == 1


def test_joining_an_open_case_moves_everything_and_destroys_the_old_key(service: Service) -> None:
    case = people.open_case(service)
    referral = people.refer(service, email=people.HEALTH)
    old = referral.compartment_id
    assert keys_of(service, old) == 1
    assert decide(service, referral, case.person_id).id == case.id
    assert keys_of(service, old) == 0
    assert (count(service, Case), count(service, Person)) == (1, 1)
    with people.working(service, people.LEAD, reading=True) as work:
        joined = queries.open_referral(work, referral.id)
        assert (joined.state, joined.case_id) == (ReferralState.JOINED_EXISTING, case.id)
        assert joined.compartment_id == case.compartment_id
        assert joined.answers.identity.full_name == "Keira Marsh"
        body = case_queries.open_case(work, case.id).case.body
        assert len(body.joined_referrals) == 2
        assert referral.id in body.joined_referrals
        (duty,) = work.session.scalars(select(Duty).where(Duty.about_id == referral.id))
        assert (duty.state, duty.body.satisfied_by) == (DutyState.MET, "referral:decision")
    for kind in (Referral, Duty):
        assert count(service, kind, kind.compartment_id == old) == 0


def test_a_key_destroyed_by_joining_is_never_made_again(service: Service) -> None:
    case = people.open_case(service)
    referral = people.refer(service)
    old = referral.compartment_id
    decide(service, referral, case.person_id)
    people.certainty(service, case)
    people.assess(service, case, "missing_once")
    people.open_case(service, first_name="Leon")
    assert keys_of(service, old) == 0


def test_a_young_person_whose_case_was_closed_has_it_reopened(sqlite_service: Service) -> None:
    first = people.open_case(sqlite_service)
    with people.working(sqlite_service) as work:
        case = work.session.get_one(Case, first.id)
        case.status, case.left_at = type(first.status).CLOSED, work.now
    second = decide(sqlite_service, people.refer(sqlite_service), first.person_id)
    assert second.id == first.id
    assert second.is_open
    assert second.person_id == first.person_id
    assert count(sqlite_service, Person) == 1
    assert keys_of(sqlite_service, first.compartment_id) == 1


def test_a_young_person_of_another_borough_is_not_found_by_its_lead_officer(service: Service) -> None:
    elsewhere = decide(service, people.refer(service, borough_gss=people.ISLINGTON), email=people.OTHER_LEAD)
    referral = people.refer(service)
    with pytest.raises(NotFound):
        decide(service, referral, elsewhere.person_id)
    assert count(service, Referral, Referral.state == ReferralState.SUBMITTED) == 1


def test_a_young_person_of_another_borough_is_refused_even_to_a_lead_officer_of_both(service: Service) -> None:
    elsewhere = decide(service, people.refer(service, borough_gss=people.ISLINGTON), email=people.OTHER_LEAD)
    with people.working(service) as work:
        token = identity.email_tokens(work, people.LEAD)[0]
        lead = work.session.scalars(select(User).where(User.email_token == token)).one()
        identity.grant(work, lead, role=Role.LEAD_OFFICER, borough_gss=people.ISLINGTON)
    referral = people.refer(service)
    with pytest.raises(RuleBroken, match="another borough"):
        decide(service, referral, elsewhere.person_id)
    assert keys_of(service, referral.compartment_id) == 1


def test_a_decision_that_fails_halfway_leaves_the_referral_openable(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise NotFound

    referral = people.refer(service)
    with monkeypatch.context() as broken:
        broken.setattr("cse_tracker.referrals.commands.duties.meet", refuse)
        with pytest.raises(NotFound):
            decide(service, referral)
    assert keys_of(service, referral.compartment_id) == 1
    assert count(service, Case) == 0
    assert decide(service, referral).borough_gss == people.HACKNEY
