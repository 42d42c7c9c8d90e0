"""Home and host: who may say what, what each borough owes meanwhile, and what a handover takes along."""

from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from cse_tracker.app import Service
from cse_tracker.cases import queries as case_queries
from cse_tracker.cases.model import Case, CaseStatus
from cse_tracker.duties import queries as duties
from cse_tracker.notifications.model import MessageKind
from cse_tracker.people.model import Person
from cse_tracker.responsibility import commands, queries
from cse_tracker.responsibility.model import Claim
from cse_tracker.responsibility.rules import TRANSITIONS, UNSETTLED, ClaimState, days_in_dispute, interim
from cse_tracker.work.errors import NotFound, NotPermitted, RuleBroken
from tests import people
from tests.integration.closings import acts as closing_acts
from tests.integration.referrals.acts import messages
from tests.integration.responsibility import acts
from tests.people import HACKNEY, ISLINGTON
from tests.store import Clock

AT = datetime(2026, 11, 16, 10, tzinfo=UTC)


def state_of(service: Service, case_id: object) -> CaseStatus:
    with people.working(service) as work:
        return work.session.get_one(Case, case_id).status


def test_a_case_is_handed_over_with_who_it_is_about_and_its_history(service: Service, clock: Clock) -> None:
    case = closing_acts.levelled_case(service)
    claim_id = acts.claim_on(service, case)
    with people.working(service, people.OTHER_LEAD) as work:
        claim = queries.open_claim(work, claim_id)
        assert claim.body.identity.full_name == "Keira Marsh"
        with pytest.raises(NotFound):
            case_queries.open_case(work, case.id)
        with pytest.raises(NotFound):
            queries.history_of(work, claim)
        (answer,) = duties.about(work, claim_id)
        assert answer.borough_gss == ISLINGTON
    acts.accept(service, claim_id)
    assert state_of(service, case.id) is CaseStatus.TRANSFER_PENDING
    clock.advance(days=3)
    new_id = acts.take_over(service, claim_id)
    with people.working(service, people.OTHER_LEAD, reading=True) as work:
        row = case_queries.open_case(work, new_id)
        assert (row.case.borough_gss, row.case.status) == (ISLINGTON, CaseStatus.OPENED)
        assert row.person.head.full_name == "Keira Marsh"
        assert row.person.borough_gss == ISLINGTON
        claim = queries.open_claim(work, claim_id)
        assert queries.history_of(work, claim).id == case.id
        assert all(not duty.is_open for duty in duties.about(work, claim_id))
    with people.working(service, people.LEAD, reading=True) as work:
        old = case_queries.open_case(work, case.id).case
        assert (old.status, old.handed_to_gss, old.left_at) == (CaseStatus.TRANSFERRED_OUT, ISLINGTON, clock.now)
        # The duty that was pending is void; nothing is left that nobody will do.
        assert [duty.state.value for duty in duties.about(work, case.id) if duty.is_open] == []
        with pytest.raises(NotFound):
            case_queries.open_case(work, new_id)


def test_a_young_person_whom_the_other_borough_knows_is_not_made_twice(sqlite_service: Service) -> None:
    case = people.open_case(sqlite_service)
    first = acts.claim_on(sqlite_service, case)
    acts.accept(sqlite_service, first)
    new_id = acts.take_over(sqlite_service, first)
    back = people.open_case(sqlite_service)
    second = acts.claim_on(sqlite_service, back)
    acts.accept(sqlite_service, second)
    with people.working(sqlite_service, people.OTHER_LEAD) as work:
        (candidate,) = queries.candidates(work, queries.open_claim(work, second))
        person_id = candidate.person.id
    assert acts.take_over(sqlite_service, second, person_id) == new_id
    with people.working(sqlite_service) as work:
        known = [row for row in work.session.query(Person) if row.borough_gss == ISLINGTON]
        assert len(known) == 1


def test_a_dispute_is_escalated_and_binds_only_when_both_record_the_same(sqlite_service: Service, clock: Clock) -> None:
    case = people.open_case(sqlite_service)
    claim_id = acts.claim_on(sqlite_service, case, is_there_now=False)
    lead, other = people.LEAD, people.OTHER_LEAD

    def ruling(email: str, side: str, outcome: str) -> None:
        acts.act(
            sqlite_service,
            email,
            claim_id,
            commands.record_ruling,
            for_gss=side,
            responsible_gss=outcome,
            decided_by="Directors",
        )

    with pytest.raises(RuleBroken, match="was escalated"):
        ruling(lead, HACKNEY, ISLINGTON)
    acts.act(sqlite_service, other, claim_id, commands.dispute, note="She is only visiting.")
    clock.advance(days=9)
    with pytest.raises(RuleBroken, match="to whom"):
        acts.act(sqlite_service, lead, claim_id, commands.escalate, for_gss=HACKNEY, to_whom=" ", note="")
    acts.act(sqlite_service, lead, claim_id, commands.escalate, for_gss=HACKNEY, to_whom="D", note="")
    with pytest.raises(NotPermitted):
        ruling(lead, ISLINGTON, ISLINGTON)
    ruling(lead, HACKNEY, ISLINGTON)
    ruling(lead, HACKNEY, ISLINGTON)
    assert state_of(sqlite_service, case.id) is CaseStatus.OPENED
    ruling(other, ISLINGTON, HACKNEY)
    assert state_of(sqlite_service, case.id) is CaseStatus.OPENED
    ruling(lead, HACKNEY, HACKNEY)
    with people.working(sqlite_service, lead, reading=True) as work:
        claim = queries.open_claim(work, claim_id)
        assert claim.state is ClaimState.KEPT
        assert days_in_dispute([(step.state, step.at) for step in claim.body.steps], clock.now) == 9


def test_what_was_decided_above_both_is_taken_over_and_not_taken_back(sqlite_service: Service) -> None:
    case = people.open_case(sqlite_service)
    claim_id = acts.claim_on(sqlite_service, case)
    acts.act(sqlite_service, people.OTHER_LEAD, claim_id, commands.dispute, note="No.")
    acts.act(
        sqlite_service,
        people.OTHER_LEAD,
        claim_id,
        commands.escalate,
        for_gss=ISLINGTON,
        to_whom="Both directors",
        note="",
    )
    for email, side in ((people.LEAD, HACKNEY), (people.OTHER_LEAD, ISLINGTON)):
        acts.act(
            sqlite_service,
            email,
            claim_id,
            commands.record_ruling,
            for_gss=side,
            responsible_gss=ISLINGTON,
            decided_by="Both directors",
        )
    assert state_of(sqlite_service, case.id) is CaseStatus.TRANSFER_PENDING
    for email, side in ((people.LEAD, HACKNEY), (people.OTHER_LEAD, ISLINGTON)):
        with pytest.raises(RuleBroken):
            acts.act(
                sqlite_service,
                email,
                claim_id,
                commands.withdraw,
                for_gss=side,
                note="No.",
            )
    acts.take_over(sqlite_service, claim_id)
    assert state_of(sqlite_service, case.id) is CaseStatus.TRANSFERRED_OUT


def test_a_handover_that_is_called_off_leads_back_to_where_the_case_stood(sqlite_service: Service) -> None:
    for prepare in (people.open_case, closing_acts.levelled_case):
        case = prepare(sqlite_service, first_name="Ana" if prepare is people.open_case else "Bea")
        before = state_of(sqlite_service, case.id)
        claim_id = acts.claim_on(sqlite_service, case)
        acts.accept(sqlite_service, claim_id)
        for wrong in ("", "  "):
            with pytest.raises(RuleBroken, match="Enter why"):
                acts.act(
                    sqlite_service,
                    people.OTHER_LEAD,
                    claim_id,
                    commands.withdraw,
                    for_gss=ISLINGTON,
                    note=wrong,
                )
        acts.act(
            sqlite_service,
            people.OTHER_LEAD,
            claim_id,
            commands.withdraw,
            for_gss=ISLINGTON,
            note="She went home.",
        )
        assert state_of(sqlite_service, case.id) is before
        with pytest.raises(RuleBroken):
            acts.take_over(sqlite_service, claim_id)


def test_a_case_under_claim_cannot_be_closed_and_takes_no_second_claim(sqlite_service: Service) -> None:
    case = closing_acts.ready_case(sqlite_service)
    acts.claim_on(sqlite_service, case)
    with pytest.raises(RuleBroken, match="not settled"):
        closing_acts.propose(sqlite_service, case)
    with pytest.raises(RuleBroken, match="not settled yet"):
        acts.claim_on(sqlite_service, case)


def test_each_borough_does_only_its_own_part(sqlite_service: Service) -> None:
    case = people.open_case(sqlite_service)
    claim_id = acts.claim_on(sqlite_service, case)
    for what in (commands.acknowledge, commands.accept, commands.dispute):
        with pytest.raises(NotPermitted):
            acts.act(sqlite_service, people.LEAD, claim_id, what, note="x")
    with pytest.raises(RuleBroken, match="You can dispute it"):
        acts.act(
            sqlite_service,
            people.OTHER_LEAD,
            claim_id,
            commands.withdraw,
            for_gss=ISLINGTON,
            note="x",
        )
    with people.working(sqlite_service, people.POLICE) as work:
        with pytest.raises(NotFound):
            queries.open_claim(work, claim_id)
        with pytest.raises(NotPermitted):
            queries.in_sight(work)
    for email in (people.LEAD, people.OTHER_LEAD):
        with people.working(sqlite_service, email, reading=True) as work:
            assert [claim.id for claim in queries.in_sight(work)] == [claim_id]
    assert messages(sqlite_service, MessageKind.CLAIM_NOTICE) == 2


@pytest.mark.parametrize("to_gss", [HACKNEY, "E09000030", "E99999999", ""])
def test_a_claim_goes_to_another_borough_that_is_here(sqlite_service: Service, to_gss: str) -> None:
    case = people.open_case(sqlite_service)
    with people.working(sqlite_service, people.LEAD) as work:
        found = case_queries.open_case(work, case.id).case
        with pytest.raises(RuleBroken) as refused:
            commands.assert_other(work, found, acts.paper(to_gss))
        assert refused.value.field == "to_gss"
        later = commands.ClaimForm(**{**vars(acts.paper()), "since": date(2026, 11, 17)})
        with pytest.raises(RuleBroken) as refused:
            commands.assert_other(work, found, later)
        assert refused.value.field == "since"


@pytest.mark.parametrize(("state", "host"), list(product(ClaimState, [HACKNEY, ISLINGTON])))
def test_somebody_answers_for_the_plan_and_in_an_emergency_in_every_state(state: ClaimState, host: str) -> None:
    who = interim(state, from_gss=HACKNEY, to_gss=ISLINGTON, host_gss=host)
    assert {who.plan, who.emergency} <= {HACKNEY, ISLINGTON}
    assert (who.plan == ISLINGTON) == (state is ClaimState.HANDED_OVER)
    assert who.emergency == (host if state in UNSETTLED else who.plan)


def test_every_state_is_in_the_table_and_unsettled_ones_lead_on() -> None:
    assert set(TRANSITIONS) == set(ClaimState)
    assert {state for state, after in TRANSITIONS.items() if after} == UNSETTLED


@given(st.lists(st.tuples(st.sampled_from(ClaimState), st.integers(0, 400)), max_size=6), st.integers(0, 500))
def test_days_in_dispute_are_never_negative_nor_more_than_have_passed(
    steps: list[tuple[ClaimState, int]], now: int
) -> None:
    dated = sorted(((state, AT + timedelta(days=day)) for state, day in steps), key=lambda step: step[1])
    at = max([AT + timedelta(days=now), *(when for _, when in dated)])
    days = days_in_dispute(dated, at)
    assert 0 <= days <= (at - AT).days
    assert days == 0 or any(state is ClaimState.DISPUTED for state, _ in dated)


def test_the_database_refuses_two_unsettled_claims_on_one_case(service: Service) -> None:
    case = people.open_case(service)
    first = acts.claim_on(service, case)
    acts.act(service, people.LEAD, first, commands.withdraw, for_gss=HACKNEY, note="A mistake.")
    acts.claim_on(service, case)
    with pytest.raises(IntegrityError), service.store.engine.begin() as connection:
        connection.execute(text("UPDATE responsibility_claim SET state = 'asserted'"))
    with pytest.raises(IntegrityError), service.store.engine.begin() as connection:
        connection.execute(text("UPDATE responsibility_claim SET to_gss = from_gss"))
    with people.working(service) as work:
        assert work.session.query(Claim).count() == 2
