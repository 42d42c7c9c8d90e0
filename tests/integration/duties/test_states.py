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
SETTLED = frozenset({DutyState.MET, DutyState.MET_LATE, DutyState.VOID})


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
        self.expected, self.ever_breached = DutyState.PENDING, False

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
        self._try(DutyState.BREACHED, allowed=allowed, act=self.duty.breach)
        self.ever_breached |= allowed

    @rule()
    def settle(self) -> None:
        late = self.expected is DutyState.BREACHED or self.now > DUE
        state = DutyState.MET_LATE if late else DutyState.MET
        self._try(state, allowed=self.expected in OPEN, act=lambda: self.duty.settle(at=self.now, by=None))

    @rule()
    def void(self) -> None:
        allowed = self.expected in OPEN
        self._try(DutyState.VOID, allowed=allowed, act=lambda: self.duty.void(at=self.now, by=None, note=""))

    @invariant()
    def it_stands_where_the_model_says(self) -> None:
        assert self.duty.state is self.expected
        assert self.duty.is_open == (self.expected in OPEN)
        assert (self.duty.body.settled_at is not None) == (self.expected in SETTLED)

    @invariant()
    def a_breach_is_never_met_in_time(self) -> None:
        assert not (self.ever_breached and self.duty.state is DutyState.MET)

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
    assert DutyState.MET not in TRANSITIONS[DutyState.BREACHED]


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
