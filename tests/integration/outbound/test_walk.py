"""Borough, service, manager and clock do everything in any order: the state table, access and duties stay true."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from cse_tracker.app import Service as Running
from cse_tracker.duties.model import OPEN, Duty
from cse_tracker.jobs.deadlines import breach_duties, watch_outbound
from cse_tracker.outbound import queries
from cse_tracker.outbound.commands import answering, following
from cse_tracker.outbound.model import OutboundReferral, Place, ServiceGap
from cse_tracker.outbound.rules import LIVE, TRANSITIONS, UNDECIDED, DeclineReason, OutboundState, Outcome
from cse_tracker.work.errors import NotFound, Refused
from tests import people
from tests.integration.outbound import acts
from tests.integration.outbound.acts import SPECIALIST
from tests.people import LEAD, MANAGER, POLICE
from tests.store import Clock

WHO = st.sampled_from([SPECIALIST, SPECIALIST, SPECIALIST, LEAD, POLICE])
SEEN: set[OutboundState] = set()


class Walk(RuleBasedStateMachine):
    """Whatever is refused changes nothing; whatever is done follows the table."""

    service: Running
    clock: Clock
    service_id: Any
    case: Any

    @initialize(sent=st.sampled_from([True, True, True, False]))
    def begin(self, *, sent: bool) -> None:
        self.outbound_id = acts.prepared(self.service, self.case, self.service_id)
        self.state = OutboundState.DRAFT
        if sent:
            acts.send(self.service, self.outbound_id)
            self.state = OutboundState.SENT
        self.gaps = self._count_gaps()

    def _count_gaps(self) -> int:
        with people.working(self.service, reading=True) as work:
            return len(list(work.session.scalars(select(ServiceGap.id))))

    def _row(self, work: Any) -> OutboundReferral:
        row: OutboundReferral = work.session.get_one(OutboundReferral, self.outbound_id, with_for_update=True)
        return row

    def _try(self, email: str, what: Any) -> bool:
        try:
            with people.working(self.service, email) as work:
                what(work, self._row(work))
        except Refused:
            with people.working(self.service, reading=True) as work:
                assert self._row(work).state is self.state
            return False
        return True

    @rule()
    def send(self) -> None:
        try:
            acts.send(self.service, self.outbound_id)
        except Refused:
            assert self.state is not OutboundState.DRAFT
        else:
            assert self.state is OutboundState.DRAFT

    @rule(who=WHO)
    def acknowledge(self, who: str) -> None:
        done = self._try(who, answering.acknowledge)
        assert done == (who != POLICE and OutboundState.ACKNOWLEDGED in TRANSITIONS[self.state])

    @rule(who=WHO)
    def accept(self, who: str) -> None:
        done = self._try(who, answering.accept)
        assert done == (who != POLICE and OutboundState.ACCEPTED in TRANSITIONS[self.state])

    @rule(who=WHO, days=st.integers(-1, 40), position=st.none() | st.integers(0, 9))
    def wait(self, who: str, days: int, position: int | None) -> None:
        place = Place(position=position, expected_on=(self.clock.now + timedelta(days=days)).date())
        self._try(who, lambda w, o: answering.put_on_waiting_list(w, o, place))

    @rule(who=WHO)
    def begin_support(self, who: str) -> None:
        self._try(who, answering.begin)

    @rule(who=WHO, reason=st.sampled_from(DeclineReason))
    def decline(self, who: str, reason: DeclineReason) -> None:
        if self._try(who, lambda w, o: answering.decline(w, o, reason=reason, words="As agreed.")):
            self.gaps += 1

    @rule(who=WHO, early=st.booleans())
    def end(self, who: str, *, early: bool) -> None:
        outcomes = [(need, Outcome.PARTLY) for need in acts.plan().needs]
        self._try(who, lambda w, o: answering.end(w, o, early=early, outcomes=outcomes, words="It is over."))

    @rule(who=st.sampled_from([LEAD, MANAGER, SPECIALIST]), reason=st.sampled_from(["", "Wrong service."]))
    def revoke(self, who: str, reason: str) -> None:
        done = self._try(who, lambda w, o: following.revoke(w, o, reason=reason))
        assert done == (who != SPECIALIST and bool(reason) and OutboundState.REVOKED in TRANSITIONS[self.state])

    @rule(who=WHO)
    def chase(self, who: str) -> None:
        assert self._try(who, following.chase) == (who == LEAD and self.state in UNDECIDED)

    @rule(who=WHO)
    def write(self, who: str) -> None:
        assert self._try(who, lambda w, o: answering.report(w, o, "Word.")) == (who != POLICE and self.state in LIVE)

    @rule(hours=st.integers(1, 300))
    def time_passes(self, hours: int) -> None:
        self.clock.advance(hours=hours)
        with self.service.app.app_context():
            breach_duties(self.service.tools)
            watch_outbound(self.service.tools)

    @invariant()
    def it_stands_where_the_table_says(self) -> None:
        if not hasattr(self, "outbound_id"):
            return
        with people.working(self.service, reading=True) as work:
            now = self._row(work).state
        assert now is self.state or now in TRANSITIONS[self.state]
        self.state = now
        SEEN.add(now)

    @invariant()
    def the_service_sees_it_exactly_while_it_is_live(self) -> None:
        if not hasattr(self, "outbound_id"):
            return
        with people.working(self.service, SPECIALIST) as work:
            try:
                queries.open_outbound(work, self.outbound_id)
                seen = True
            except NotFound:
                seen = False
            assert (self.outbound_id in {row.id for row in queries.in_sight(work)}) == seen
        assert seen == (self.state in LIVE)

    @invariant()
    def somebody_owes_an_answer_exactly_while_nobody_has_decided(self) -> None:
        if not hasattr(self, "outbound_id"):
            return
        with people.working(self.service, reading=True) as work:
            wanted = select(Duty).where(Duty.about_id == self.outbound_id, Duty.state.in_(OPEN))
            assert bool(list(work.session.scalars(wanted))) == (self.state in UNDECIDED)

    @invariant()
    def every_decline_left_one_gap(self) -> None:
        if hasattr(self, "outbound_id"):
            assert self._count_gaps() == self.gaps


def test_a_referral_to_a_service_is_never_lost(
    sqlite_service: Running, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    SEEN.clear()
    monkeypatch.setattr(Walk, "service", sqlite_service, raising=False)
    monkeypatch.setattr(Walk, "clock", clock, raising=False)
    monkeypatch.setattr(Walk, "case", people.open_case(sqlite_service), raising=False)
    monkeypatch.setattr(Walk, "service_id", acts.service_of(sqlite_service), raising=False)
    run_state_machine_as_test(
        Walk, settings=settings(max_examples=12, stateful_step_count=14, deadline=None, derandomize=True)
    )
    assert len(SEEN) >= 5, SEEN
