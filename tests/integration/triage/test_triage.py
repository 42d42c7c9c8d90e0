"""A referral on its way to a decision: nobody loses it, nobody decides beside another, everyone hears back."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select, text

from cse_tracker.app import Service
from cse_tracker.duties import queries as duties
from cse_tracker.duties.model import Duty, DutyState
from cse_tracker.jobs.deadlines import bring_back_offers, tidy_drafts
from cse_tracker.notifications.model import MessageKind, OutgoingMessage
from cse_tracker.people.model import Person
from cse_tracker.records.keys import unlock
from cse_tracker.referrals import commands as referrals
from cse_tracker.referrals import queries as referral_queries
from cse_tracker.referrals.model import Referral, ReferralState
from cse_tracker.triage import commands, queries
from cse_tracker.triage.model import Comparison, OfferState, ReferralOffer, ReferralQuestion, Verdict
from cse_tracker.work.errors import NotFound, NotPermitted, RuleBroken
from cse_tracker.work.unit import Work
from tests import people
from tests.people import HACKNEY, HEALTH, ISLINGTON, LEAD, OTHER_LEAD, POLICE
from tests.store import Clock
from tests.web.steps import SECOND_LEAD, add_second_lead


def opened(work: Work, referral: Referral) -> Referral:
    return referral_queries.open_referral(work, referral.id, for_change=True)


def told(service: Service, kind: MessageKind) -> int:
    with people.working(service, reading=True) as work:
        wanted = select(func.count()).select_from(OutgoingMessage).where(OutgoingMessage.kind == kind)
        return work.session.scalar(wanted) or 0


def ask(service: Service, referral: Referral) -> UUID:
    with people.working(service, LEAD) as work:
        return commands.ask(work, opened(work, referral), "Who collects her?").id


def offer(service: Service, referral: Referral, email: str = LEAD, to_gss: str = ISLINGTON) -> UUID:
    with people.working(service, email) as work:
        return commands.offer(work, opened(work, referral), to_gss=to_gss, reason="She lives there now.").id


def test_a_claim_keeps_others_from_deciding_for_half_an_hour(service: Service, clock: Clock) -> None:
    add_second_lead(service)
    referral = people.refer(service)
    with people.working(service, LEAD) as work:
        referrals.hold(work, opened(work, referral))
    with people.working(service, SECOND_LEAD) as work:
        found = opened(work, referral)
        for act in (
            lambda: referrals.accept_as_new(work, found, people.NO_REPLY),
            lambda: commands.ask(work, found, "?"),
            lambda: commands.release(work, found),
            lambda: commands.offer(work, found, to_gss=ISLINGTON, reason="?"),
        ):
            with pytest.raises(RuleBroken, match="Somebody else has claimed"):
                act()
    clock.advance(minutes=30)
    with people.working(service, SECOND_LEAD) as work:
        case = referrals.accept_as_new(work, opened(work, referral), people.NO_REPLY)
    assert case.borough_gss == HACKNEY


def test_a_question_goes_to_the_referrer_and_its_answer_onto_the_referral(service: Service) -> None:
    referral = people.refer(service)
    question_id = ask(service, referral)
    assert told(service, MessageKind.REFERRAL_QUESTION) == 1
    with people.working(service, HEALTH) as work, pytest.raises(NotFound):
        opened(work, referral)
    with people.working(service, POLICE) as work:
        found = opened(work, referral)
        assert found.state is ReferralState.INFO_REQUESTED
        assert [row.body.question for row in queries.questions(work, found)] == ["Who collects her?"]
        commands.answer(work, found, question_id, "A man in a grey car.")
        with pytest.raises(RuleBroken, match="answered already"):
            commands.answer(work, found, question_id, "Twice")
        with pytest.raises(NotPermitted):
            commands.ask(work, found, "May I?")
    assert told(service, MessageKind.REFERRAL_ANSWERED) == 1
    case = people.accept(service, referral)
    with people.working(service, LEAD) as work:
        row = queries.questions(work, opened(work, referral))[0]
        # Accepting destroys the referral's own key: what belongs to it must have moved under the case's.
        assert row.compartment_id == case.compartment_id
        assert row.body.answer == "A man in a grey car."


def test_the_time_to_decide_runs_on_while_an_answer_is_awaited(service: Service, clock: Clock) -> None:
    referral = people.refer(service)
    ask(service, referral)
    clock.advance(days=2)
    with people.working(service, LEAD) as work:
        assert duties.about(work, referral.id)[0].is_late(work.now)
        referrals.advise(work, opened(work, referral), referrals.Reply(reason_key="", reason_label="", note="Call us."))
    with people.working(service, LEAD) as work:
        assert duties.about(work, referral.id)[0].state is DutyState.MET_LATE
        assert opened(work, referral).state is ReferralState.ADVICE_ONLY
    assert told(service, MessageKind.REFERRAL_DECIDED) == 1


def test_a_withdrawn_request_is_still_decided(service: Service) -> None:
    referral = people.refer(service)
    with people.working(service, POLICE) as work:
        commands.withdraw(work, opened(work, referral))
    with people.working(service, LEAD) as work:
        waiting = referral_queries.awaiting_decision(work)
        assert [row.id for row in waiting] == [referral.id]
        assert waiting[0].withdrawn_at is not None
    people.accept(service, referral)
    with people.working(service, POLICE) as work, pytest.raises(RuleBroken, match="decided already"):
        commands.withdraw(work, opened(work, referral))


def test_the_other_borough_takes_a_referral_on_under_its_own_key_and_clock(service: Service, clock: Clock) -> None:
    referral = people.refer(service)
    question_id = ask(service, referral)
    with people.working(service, POLICE) as work:
        commands.answer(work, opened(work, referral), question_id, "A man in a grey car.")
    with people.working(service, OTHER_LEAD) as work, pytest.raises(NotFound):
        opened(work, referral)
    offer(service, referral)
    assert told(service, MessageKind.REFERRAL_OFFERED) == 1
    clock.advance(hours=1)
    before = referral.compartment_id
    with people.working(service, OTHER_LEAD) as work:
        found = opened(work, referral)
        with pytest.raises(NotPermitted):
            referrals.hold(work, found)
        # Until the referral is theirs, what was asked and answered elsewhere is not.
        assert queries.questions(work, found) == []
        commands.take_on(work, found, note="Yes.")
    with people.working(service, OTHER_LEAD) as work:
        found = opened(work, referral)
        assert (found.borough_gss, found.state) == (ISLINGTON, ReferralState.SUBMITTED)
        assert found.answers.identity.first_name == "Keira"
        assert queries.questions(work, found)[0].body.answer == "A man in a grey car."
        assert queries.offers(work, found)[0].body.answer == "Yes."
        held = work.session.execute(select(Duty.borough_gss, Duty.state).where(Duty.about_id == referral.id))
        assert {tuple(row) for row in held} == {
            (HACKNEY, DutyState.MET),
            (ISLINGTON, DutyState.PENDING),
        }
        assert found.compartment_id != before
        kept = text("SELECT count(*) FROM data_key WHERE compartment_id = :id")
        spelt = before.hex if service.store.engine.dialect.name == "sqlite" else str(before)
        assert work.session.execute(kept, {"id": spelt}).scalar_one() == 0
    with people.working(service, LEAD) as work:
        with pytest.raises(NotFound):
            opened(work, referral)
        assert [one.reference for one in queries.passed_on(work)] == [referral.reference]
    with people.working(service, POLICE) as work:
        assert opened(work, referral).borough_gss == ISLINGTON
    assert told(service, MessageKind.REFERRAL_TAKEN_ON) == 2


def test_two_boroughs_cannot_send_a_referral_to_and_fro(service: Service) -> None:
    referral = people.refer(service)
    offer(service, referral)
    with people.working(service, OTHER_LEAD) as work:
        commands.take_on(work, opened(work, referral))
    with pytest.raises(RuleBroken, match="passed this referral on to yours"):
        offer(service, referral, email=OTHER_LEAD, to_gss=HACKNEY)


@pytest.mark.parametrize("how", ["refused", "lapsed"])
def test_what_the_other_borough_does_not_take_on_comes_back_with_an_alarm(
    service: Service, clock: Clock, how: str
) -> None:
    referral = people.refer(service)
    offer_id = offer(service, referral)
    with people.working(service, LEAD) as work:
        assert queries.bounced(work, [opened(work, referral)]) == frozenset()
    if how == "refused":
        with people.working(service, OTHER_LEAD) as work:
            commands.refuse(work, opened(work, referral), reason="Never lived here.")
    else:
        with service.app.app_context():
            assert bring_back_offers(service.tools) == 0
            clock.advance(days=2)
            assert bring_back_offers(service.tools) == 1
            assert bring_back_offers(service.tools) == 0
    with people.working(service, LEAD) as work:
        found = opened(work, referral)
        assert found.state is ReferralState.SUBMITTED
        assert queries.bounced(work, [found]) == {referral.id}
        unlock(work.session, [found.compartment_id])
        assert work.session.get_one(ReferralOffer, offer_id).state is OfferState(how)
        assert [duty.is_open for duty in duties.about(work, referral.id)] == [True]
    assert told(service, MessageKind.REFERRAL_BOUNCED) == 1
    with people.working(service, OTHER_LEAD) as work, pytest.raises(NotFound):
        opened(work, referral)
    # Back is back: it can be decided here.
    people.accept(service, referral)


def test_an_offer_can_be_taken_back_and_nothing_else_done_while_it_stands(service: Service) -> None:
    referral = people.refer(service)
    offer(service, referral)
    with people.working(service, LEAD) as work:
        found = opened(work, referral)
        with pytest.raises(RuleBroken, match="offered to somebody else"):
            referrals.accept_as_new(work, found, people.NO_REPLY)
        commands.take_back(work, found)
        assert queries.bounced(work, [found]) == frozenset()
    with people.working(service, OTHER_LEAD) as work, pytest.raises(NotFound):
        opened(work, referral)
    for wrong, said in ((HACKNEY, "yours already"), ("E09000001", "no lead officer")):
        with pytest.raises(RuleBroken, match=said):
            offer(service, referral, to_gss=wrong)


def test_a_comparison_is_remembered_and_can_be_made_again(service: Service) -> None:
    case = people.open_case(service)
    referral = people.refer(service, HEALTH)
    for verdict in (Verdict.UNDECIDED, Verdict.DIFFERENT):
        with people.working(service, LEAD) as work:
            commands.compare(work, opened(work, referral), {case.person_id: verdict})
    with people.working(service, LEAD) as work:
        found = opened(work, referral)
        assert queries.comparisons(work, found)[case.person_id].verdict is Verdict.DIFFERENT
        assert work.session.scalar(select(func.count()).select_from(Comparison)) == 1
        other = work.session.scalars(select(Person.id)).all()
        with pytest.raises(RuleBroken, match="one young person only"):
            commands.compare(work, found, dict.fromkeys([*other, referral.id], Verdict.SAME))


def test_several_young_people_are_drafted_together_and_sealed_apart(service: Service) -> None:
    with people.working(service, POLICE) as work:
        first = referrals.start(work, borough_gss=HACKNEY)
        referrals.save_step(work, first, "young-person", {"first_name": ["Ana"]})
        referrals.save_step(work, first, "worries", {"why_worried": ["Cars."]})
        second = referrals.add_another(work, first)
        assert second.body.typed == {"worries": {"why_worried": ["Cars."]}}
        assert second.compartment_id != first.compartment_id
        assert [row.id for row in referral_queries.batch_of(work, first)] == [second.id]
    with people.working(service, POLICE) as work:
        drafts = [referral_queries.open_draft(work, each.id, for_change=True) for each in (first, second)]
        for draft, name in zip(drafts, ("Ana", "Bea"), strict=True):
            referrals.submit(work, draft, people.answers(first_name=name))
        with pytest.raises(RuleBroken):
            referrals.add_another(work, drafts[0])
    with people.working(service, LEAD) as work:
        together = referral_queries.batch_of(work, opened(work, first))
        assert [row.answers.identity.first_name for row in together] == ["Bea"]
    with people.working(service, OTHER_LEAD) as work:
        assert referral_queries.batch_of(work, work.session.get_one(Referral, first.id)) == []


def test_a_forgotten_draft_is_reminded_of_once_and_then_purged_with_its_key(service: Service, clock: Clock) -> None:
    with people.working(service, POLICE) as work:
        referrals.start(work, borough_gss=HACKNEY)
    sent = people.refer(service)
    with service.app.app_context():
        clock.advance(days=59)
        assert tidy_drafts(service.tools) == 0
        clock.advance(days=1)
        assert tidy_drafts(service.tools) == 1
        assert tidy_drafts(service.tools) == 0
        clock.advance(days=29, hours=23)
        assert tidy_drafts(service.tools) == 0
        clock.advance(hours=1)
        assert tidy_drafts(service.tools) == 1
    assert told(service, MessageKind.REFERRAL_DRAFT) == 1
    with people.working(service, reading=True) as work:
        assert list(work.session.scalars(select(Referral.id))) == [sent.id]


def test_touching_a_draft_begins_its_days_again(service: Service, clock: Clock) -> None:
    with people.working(service, POLICE) as work:
        draft = referrals.start(work, borough_gss=HACKNEY)
    clock.advance(days=80)
    with people.working(service, POLICE) as work:
        found = referral_queries.open_draft(work, draft.id, for_change=True)
        referrals.save_step(work, found, "worries", {})
        assert found.touched_at == work.now
    with service.app.app_context():
        clock.advance(days=20)
        assert tidy_drafts(service.tools) == 0


def test_only_its_author_throws_a_draft_away_and_nobody_a_referral(service: Service) -> None:
    with people.working(service, POLICE) as work:
        draft = referrals.start(work, borough_gss=HACKNEY)
    with people.working(service, HEALTH) as work, pytest.raises(NotPermitted):
        referrals.discard(work, work.session.get_one(Referral, draft.id))
    sent = people.refer(service)
    with people.working(service, POLICE) as work:
        with pytest.raises(RuleBroken, match="has been sent"):
            referrals.discard(work, referral_queries.open_draft(work, sent.id))
        referrals.discard(work, referral_queries.open_draft(work, draft.id))
    with people.working(service, reading=True) as work:
        assert work.session.get(Referral, draft.id) is None
        assert work.session.scalar(select(func.count()).select_from(ReferralQuestion)) == 0


def test_an_offer_is_answered_within_the_next_working_day(service: Service) -> None:
    referral = people.refer(service)
    offer_id = offer(service, referral)
    with people.working(service, reading=True) as work:
        row = work.session.get_one(ReferralOffer, offer_id)
        assert row.answer_by - row.offered_at < timedelta(days=2)
