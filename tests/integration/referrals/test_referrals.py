"""Referrals in use: begun, sent once, and seen by the right people alone."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from cse_tracker.app import Service
from cse_tracker.duties.model import Duty
from cse_tracker.identity import commands as identity
from cse_tracker.identity.model import User
from cse_tracker.notifications.model import MessageKind
from cse_tracker.referrals import commands, queries
from cse_tracker.referrals.model import Referral
from cse_tracker.work.actor import Role
from cse_tracker.work.errors import Conflict, NotFound, NotPermitted, RuleBroken
from cse_tracker.work.unit import Work
from tests import people
from tests.integration.referrals.acts import COLLEAGUE, ISLINGTON_POLICE, add_user, count, draft, messages, submit


def seen(service: Service, email: str | None, referral_id: UUID) -> bool:
    with people.working(service, email, reading=True) as work:
        try:
            queries.open_referral(work, referral_id)
        except NotFound:
            return False
        return True


def listed(work: Work) -> queries.Overview | None:
    """What somebody may list, or None where they may list nothing at all."""
    try:
        return queries.overview(work)
    except NotPermitted:
        return None


def test_sending_twice_makes_one_referral_one_duty_and_one_receipt(service: Service) -> None:
    referral = draft(service)
    submit(service, referral.id)
    submit(service, referral.id)
    assert count(service, Referral) == 1
    assert count(service, Duty) == 1
    assert messages(service, MessageKind.REFERRAL_RECEIPT) == 1
    assert messages(service, MessageKind.REFERRAL_ARRIVED) == 1


def test_sending_from_two_windows_at_once_makes_one_of_everything(service: Service) -> None:
    referral = draft(service)
    with people.working(service, people.POLICE, reading=True) as work:
        stale = queries.open_draft(work, referral.id)
        _ = stale.body
    submit(service, referral.id)

    def submit_stale() -> None:
        with people.working(service, people.POLICE) as work:
            work.session.add(stale)
            commands.submit(work, stale, people.answers())

    with pytest.raises(Conflict):
        submit_stale()
    assert (count(service, Duty), messages(service, MessageKind.REFERRAL_RECEIPT)) == (1, 1)


def test_what_was_sent_can_no_longer_be_changed(sqlite_service: Service) -> None:
    referral = people.refer(sqlite_service)
    with people.working(sqlite_service, people.POLICE) as work, pytest.raises(RuleBroken) as refused:
        commands.save_step(work, queries.open_draft(work, referral.id), "worry", {"why": ["More."]})
    assert refused.value.code == "referral.sent"


def test_a_step_of_a_draft_is_kept_as_it_was_typed(service: Service) -> None:
    referral = draft(service)
    typed = {"born-day": ["31"], "born-month": ["second"]}
    with people.working(service, people.POLICE) as work:
        commands.save_step(work, queries.open_draft(work, referral.id), "who", typed)
    with people.working(service, people.POLICE) as work:
        commands.save_step(work, queries.open_draft(work, referral.id), "worry", {"why": [""]})
    with people.working(service, people.POLICE, reading=True) as work:
        assert queries.open_draft(work, referral.id).body.typed == {"who": typed, "worry": {"why": [""]}}


@pytest.mark.parametrize(
    "email", [people.LEAD, people.OTHER_LEAD, people.HEALTH, people.MANAGER, COLLEAGUE, ISLINGTON_POLICE, None]
)
def test_a_draft_is_seen_by_its_author_alone(service: Service, email: str | None) -> None:
    add_user(service, COLLEAGUE, of_the_same_agency=True)
    add_user(service, ISLINGTON_POLICE, of_the_same_agency=False)
    referral = draft(service)
    with people.working(service, email) as work:
        for ask in (queries.open_draft, queries.open_referral):
            with pytest.raises(NotFound):
                ask(work, referral.id)
        assert listed(work) in (None, queries.Overview((), (), ()))
        assert queries.awaiting_decision(work) == []
        with pytest.raises(NotPermitted):
            commands.save_step(work, work.session.get_one(Referral, referral.id), "who", {})
        with pytest.raises(NotPermitted):
            commands.submit(work, work.session.get_one(Referral, referral.id), people.answers())
    with people.working(service, people.POLICE, reading=True) as work:
        assert [row.id for row in queries.overview(work).drafts] == [referral.id]


def test_an_author_who_no_longer_practises_sees_their_drafts_no_more(service: Service) -> None:
    add_user(service, COLLEAGUE, of_the_same_agency=True, role=Role.MANAGER)
    referral = draft(service)
    with people.working(service) as work:
        token = identity.email_tokens(work, COLLEAGUE)[0]
        author = work.session.scalars(select(User).where(User.email_token == token)).one()
        work.session.get_one(Referral, referral.id).author_id = author.id
    with people.working(service, COLLEAGUE, reading=True) as work:
        with pytest.raises(NotFound):
            queries.open_draft(work, referral.id)
        assert listed(work) is None


def test_what_was_sent_is_seen_by_the_borough_and_the_referring_agency_alone(service: Service) -> None:
    add_user(service, COLLEAGUE, of_the_same_agency=True)
    add_user(service, ISLINGTON_POLICE, of_the_same_agency=False)
    referral = people.refer(service)
    everybody = (
        people.LEAD,
        people.OTHER_LEAD,
        people.POLICE,
        people.HEALTH,
        people.MANAGER,
        COLLEAGUE,
        ISLINGTON_POLICE,
        None,
    )
    assert {email for email in everybody if seen(service, email, referral.id)} == {
        people.LEAD,
        people.POLICE,
        COLLEAGUE,
    }
    for email in everybody:
        with people.working(service, email, reading=True) as work:
            shown = listed(work)
            assert (shown is None) == (email in {people.MANAGER, None}), email
            ids = [row.id for row in shown.awaiting] if shown else []
            assert (ids == [referral.id]) == (email in {people.LEAD, people.POLICE, COLLEAGUE}), email
            assert bool(queries.awaiting_decision(work)) == (email == people.LEAD), email


def test_a_referral_that_is_not_there_looks_like_one_not_to_be_known(service: Service) -> None:
    referral = people.refer(service)
    said = set()
    for referral_id in (referral.id, uuid4()):
        with people.working(service, people.OTHER_LEAD, reading=True) as work:
            with pytest.raises(NotFound) as refused:
                queries.open_referral(work, referral_id)
            said.add(str(refused.value))
    assert len(said) == 1
