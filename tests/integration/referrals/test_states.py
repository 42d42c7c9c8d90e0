"""Every walk that a referral can take, and every row that the database must refuse."""

from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import UUID, uuid4

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from cse_tracker.access.matrix import Subject
from cse_tracker.app import Service
from cse_tracker.referrals.model import (
    CLAIM_LASTS,
    DECIDED,
    TRANSITIONS,
    Referral,
    ReferralBody,
    ReferralHead,
    ReferralState,
)
from cse_tracker.work.errors import RuleBroken
from tests import people

AT = datetime(2026, 11, 16, 10, tzinfo=UTC)
WITH_CASE = frozenset({ReferralState.ACCEPTED_NEW, ReferralState.JOINED_EXISTING})


def new_referral(state: ReferralState = ReferralState.DRAFT) -> Referral:
    referral = Referral(
        borough_gss=people.HACKNEY,
        from_agency_id=uuid4(),
        author_id=uuid4(),
        compartment_id=uuid4(),
        state=state,
        touched_at=AT,
    )
    referral.head, referral.body = ReferralHead(), ReferralBody()
    return referral


class ReferralWalk(RuleBasedStateMachine):
    """People send, claim, put back, offer and decide in any order; state, times, claim and case always agree."""

    @initialize()
    def begin(self) -> None:
        self.referral = new_referral()
        self.walked = [ReferralState.DRAFT]
        self.now = AT

    @rule(minutes=st.sampled_from([1, 29, 30, 31]))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(who=st.sampled_from([UUID(int=1), UUID(int=2)]))
    def claim(self, who: UUID) -> None:
        held = self.referral.claimed_by
        state = self.walked[-1]
        running = held not in (None, who) and self.now < (self.referral.claimed_at or AT) + CLAIM_LASTS
        free = state in (ReferralState.SUBMITTED, ReferralState.INFO_REQUESTED, ReferralState.IN_TRIAGE)
        if free and not running:
            self.referral.claim(who, at=self.now)
            self.walked.append(ReferralState.IN_TRIAGE)
            return
        with pytest.raises(RuleBroken):
            self.referral.claim(who, at=self.now)

    @rule(state=st.sampled_from([ReferralState.SUBMITTED, ReferralState.INFO_REQUESTED, ReferralState.REDIRECTED]))
    def put(self, state: ReferralState) -> None:
        offered = people.ISLINGTON if state is ReferralState.REDIRECTED else None
        if state in TRANSITIONS[self.walked[-1]] and self.walked[-1] is not ReferralState.DRAFT:
            self.referral.put(state, offered_to=offered)
            self.walked.append(state)
            return
        with pytest.raises(RuleBroken):
            self.referral.put(state, offered_to=offered)

    @rule()
    def send(self) -> None:
        if self.walked == [ReferralState.DRAFT]:
            self.referral.receive(at=AT)
            self.walked.append(ReferralState.SUBMITTED)
            return
        with pytest.raises(RuleBroken):
            self.referral.receive(at=AT)

    @rule(state=st.sampled_from(sorted(DECIDED, key=str)))
    def decide(self, state: ReferralState) -> None:
        case_id = uuid4() if state in WITH_CASE else None
        if self.walked[-1] is ReferralState.IN_TRIAGE:
            self.referral.decide(state, at=AT, case_id=case_id)
            self.walked.append(state)
            return
        with pytest.raises(RuleBroken):
            self.referral.decide(state, at=AT, case_id=case_id)

    @invariant()
    def state_times_and_case_agree(self) -> None:
        state = self.referral.state
        assert state is self.walked[-1]
        assert (self.referral.received_at is None) == (state is ReferralState.DRAFT)
        assert (self.referral.decided_at is not None) == (state in DECIDED) == self.referral.is_decided
        assert (self.referral.case_id is not None) == (state in WITH_CASE)
        assert (self.referral.claimed_by is not None) == (state is ReferralState.IN_TRIAGE)
        assert (self.referral.offered_to_gss is not None) == (state is ReferralState.REDIRECTED)

    @invariant()
    def only_an_author_has_a_draft_and_the_borough_only_what_was_sent(self) -> None:
        subject: Subject = self.referral.access_subject
        assert (subject.borough_gss is None) == self.referral.is_draft
        assert (subject.referring_agency_id is None) == self.referral.is_draft
        assert subject.author_id == self.referral.author_id


TestReferralWalk = ReferralWalk.TestCase
TestReferralWalk.settings = settings(max_examples=60, stateful_step_count=10, deadline=None)


@pytest.mark.parametrize(("before", "after"), list(product(ReferralState, ReferralState)))
def test_a_state_follows_exactly_those_that_the_table_names(before: ReferralState, after: ReferralState) -> None:
    referral = new_referral(before)
    if after in TRANSITIONS[before]:
        referral.check(after)
        return
    with pytest.raises(RuleBroken):
        referral.check(after)


def test_every_state_is_in_the_table_and_a_decision_is_the_end() -> None:
    assert set(TRANSITIONS) == set(ReferralState)
    assert {state for state, after in TRANSITIONS.items() if not after} == set(DECIDED)


def test_a_draft_has_no_answers_to_read() -> None:
    with pytest.raises(RuleBroken, match="not been sent"):
        _ = new_referral().answers


def consistent(state: str, received: object, decided: object, case: object) -> bool:
    """What makes a row of the table make sense, said apart from the constraints."""
    meaning = {
        "draft": (False, False, False),
        "submitted": (True, False, False),
        "in_triage": (True, False, False),
        "info_requested": (True, False, False),
        "redirected": (True, False, False),
        "advice_only": (True, True, False),
        "declined": (True, True, False),
        "accepted_new": (True, True, True),
        "joined_existing": (True, True, True),
    }
    return meaning.get(state) == (received is not None, decided is not None, case is not None)


def accepted(service: Service, referral_id: UUID, values: dict[str, object]) -> bool:
    spelt = referral_id.hex if service.store.engine.dialect.name == "sqlite" else str(referral_id)
    statement = text(
        "UPDATE referral SET state = :state, received_at = :received, decided_at = :decided, case_id = :case,"
        " claimed_by = CASE WHEN :claimed = 1 THEN author_id END,"
        " offered_to_gss = CASE WHEN :offered = 1 THEN borough_gss END WHERE id = :id"
    )
    try:
        with service.store.engine.begin() as connection:
            assert connection.execute(statement, {**values, "id": spelt}).rowcount == 1
    except IntegrityError:
        return False
    return True


def test_the_database_refuses_every_row_whose_state_times_and_case_disagree(service: Service) -> None:
    case = people.open_case(service)
    referral = people.refer(service, first_name="Leon")
    case_id = case.id.hex if service.store.engine.dialect.name == "sqlite" else str(case.id)
    states = [*(state.value for state in ReferralState), "lost", ""]
    rows = list(product(states, (None, str(AT)), (None, str(AT)), (None, case_id)))
    assert len(rows) == 88
    for state, received, decided, about in rows:
        values = {"state": state, "received": received, "decided": decided, "case": about}
        waits = {"claimed": int(state == "in_triage"), "offered": int(state == "redirected")}
        assert accepted(service, referral.id, {**values, **waits}) == consistent(state, received, decided, about), (
            values
        )


@pytest.mark.parametrize("state", ["submitted", "in_triage", "info_requested", "redirected"])
def test_the_database_refuses_a_claim_or_an_offer_that_the_state_does_not_know(service: Service, state: str) -> None:
    referral = people.refer(service)
    for claimed, offered in product((0, 1), (0, 1)):
        values = {"state": state, "received": str(AT), "decided": None, "case": None}
        right = (bool(claimed), bool(offered)) == (state == "in_triage", state == "redirected")
        assert accepted(service, referral.id, {**values, "claimed": claimed, "offered": offered}) == right
