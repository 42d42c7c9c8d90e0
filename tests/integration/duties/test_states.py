"""Every walk that a duty can take: late stays late, what is settled stays settled."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import uuid4

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from cse_tracker.app import Service
from cse_tracker.duties.model import OPEN, TRANSITIONS, About, Duty, DutyBody, DutyState
from cse_tracker.work.errors import RuleBroken
from tests import people

DUE = datetime(2026, 11, 16, 23, 59, 59, tzinfo=UTC)
SETTLED = frozenset(
    {DutyState.MET, DutyState.MET_LATE, DutyState.VOID, DutyState.WAIVED, DutyState.SUPERSEDED},
)


def new_duty(state: DutyState = DutyState.PENDING) -> Duty:
    duty = Duty(
        borough_gss=people.HACKNEY,
        owner_agency_id=uuid4(),
        about=About.CASE,
        about_id=uuid4(),
        compartment_id=uuid4(),
        due_at=DUE,
        state=state,
    )
    duty.body = DutyBody("rule", "Label", "Sentence.", "act", uuid4(), DUE - timedelta(days=1))
    return duty


class DutyWalk(RuleBasedStateMachine):
    """Time passes and people act on one duty, in any order; a plain model says what must come of it."""

    @initialize()
    def begin(self) -> None:
        self.duty, self.now = new_duty(), DUE - timedelta(hours=3)
        self.expected, self.ever_breached, self.late_in_truth = DutyState.PENDING, False, False

    @rule(minutes=st.sampled_from([0, 30, 120, 180, 181, 6000]))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    def _try(self, state: DutyState, *, allowed: bool, act: Callable[[], None]) -> None:
        if not allowed:
            with pytest.raises(RuleBroken):
                act()
            return
        act()
        self.expected = state

    @rule()
    def breach(self) -> None:
        allowed = self.expected is DutyState.PENDING
        self._try(DutyState.BREACHED, allowed=allowed, act=lambda: self.duty.breach(self.now))
        self.ever_breached |= allowed

    @rule(ago=st.sampled_from([0, 60, 3000, 7000]))
    def settle(self, ago: int) -> None:
        done_at = self.now - timedelta(minutes=ago)
        late = done_at > DUE
        state = DutyState.MET_LATE if late else DutyState.MET
        allowed = self.expected in OPEN
        self._try(state, allowed=allowed, act=lambda: self.duty.settle(at=self.now, by=None, done_at=done_at))
        self.late_in_truth |= allowed and late

    @rule(ending=st.sampled_from(["waive", "void", "supersede"]))
    def give_up(self, ending: str) -> None:
        allowed, late = self.expected in OPEN, self.duty.is_late(self.now)
        state = {"waive": DutyState.WAIVED, "void": DutyState.VOID, "supersede": DutyState.SUPERSEDED}[ending]
        self._try(state, allowed=allowed, act=lambda: getattr(self.duty, ending)(at=self.now, by=None, note=""))
        self.late_in_truth |= allowed and late

    @invariant()
    def it_stands_where_the_model_says(self) -> None:
        assert self.duty.state is self.expected
        assert self.duty.is_open == (self.expected in OPEN)
        assert (self.duty.body.settled_at is not None) == (self.expected in SETTLED)

    @invariant()
    def a_breach_stays_in_sight_for_ever(self) -> None:
        if self.ever_breached or self.late_in_truth:
            assert self.duty.breached_at is not None
        if not self.duty.is_open:
            assert self.duty.was_late == self.late_in_truth
            assert self.duty.recorded_late == (self.duty.state is DutyState.MET and self.ever_breached)

    @invariant()
    def only_what_is_open_can_be_late(self) -> None:
        late = self.duty.is_late(self.now)
        assert not late or self.duty.is_open
        assert late == (self.expected is DutyState.BREACHED or (self.expected is DutyState.PENDING and self.now > DUE))


TestDutyWalk = DutyWalk.TestCase
TestDutyWalk.settings = settings(max_examples=60, stateful_step_count=15, deadline=None)


@pytest.mark.parametrize(("before", "after"), list(product(DutyState, DutyState)))
def test_a_state_follows_exactly_those_that_the_table_names(before: DutyState, after: DutyState) -> None:
    duty = new_duty(before)
    if after in TRANSITIONS[before]:
        duty._move(after)
        assert duty.state is after
    else:
        with pytest.raises(RuleBroken):
            duty._move(after)
        assert duty.state is before


def test_every_state_is_in_the_table_and_what_is_settled_is_the_end() -> None:
    assert set(TRANSITIONS) == set(DutyState)
    assert {state for state, after in TRANSITIONS.items() if not after} == SETTLED


def test_what_was_done_in_time_and_recorded_late_is_met_and_says_so() -> None:
    duty = new_duty()
    duty.breach(DUE + timedelta(minutes=1))
    duty.settle(at=DUE + timedelta(days=3), by=None, done_at=DUE - timedelta(hours=2))
    assert (duty.state, duty.recorded_late, duty.was_late) == (DutyState.MET, True, False)
    assert duty.body.done_at == DUE - timedelta(hours=2)
    assert duty.body.settled_at == DUE + timedelta(days=3)


@pytest.mark.parametrize(("seconds", "state"), [(-1, DutyState.MET), (0, DutyState.MET), (1, DutyState.MET_LATE)])
def test_the_last_second_is_still_in_time(seconds: int, state: DutyState) -> None:
    duty = new_duty()
    duty.settle(at=DUE + timedelta(seconds=seconds), by=None)
    assert duty.state is state


def test_the_database_refuses_a_state_that_there_is_none_of(service: Service) -> None:
    people.refer(service)
    for state in DutyState:
        with service.store.engine.begin() as connection:
            connection.execute(text("UPDATE duty SET state = :state"), {"state": state.value})
    for wrong in ("", "late", "PENDING", "met "):
        with pytest.raises(IntegrityError), service.store.engine.begin() as connection:
            connection.execute(text("UPDATE duty SET state = :state"), {"state": wrong})
