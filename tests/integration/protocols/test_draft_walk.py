"""Drafts begun, changed, submitted, approved and given up in any order: no version is one hand's, or ever changes."""

from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from cse_tracker.app import Service
from cse_tracker.assessments import commands as assessments
from cse_tracker.assessments import queries as assessment_queries
from cse_tracker.cases import commands as case_commands
from cse_tracker.cases import queries as cases
from cse_tracker.protocols import commands, queries
from cse_tracker.protocols.model import DraftState, ProtocolVersion
from cse_tracker.rulebook.document import to_yaml
from cse_tracker.work.errors import Refused
from cse_tracker.work.unit import Work
from tests import people
from tests.integration.protocols.test_drafts import shorter
from tests.people import DEPUTY, HACKNEY, LEAD, MANAGER, OTHER_LEAD, POLICE
from tests.store import Clock

LEADS = st.sampled_from([LEAD, DEPUTY])
SIGNATORIES = st.sampled_from([LEAD, DEPUTY, MANAGER])
DAYS = st.integers(2, 9)
SEEN: Counter[str] = Counter()
# Reading and writing a protocol takes longer than most steps.
protocol = lru_cache(shorter)


@lru_cache
def written(days: int) -> str:
    """The text of the protocol with so many days."""
    return to_yaml(protocol(days))


@dataclass
class Draft:
    """What a draft ought to be: who has had a hand in it, what it says, and from when on."""

    days: int
    hands: set[str]
    state: DraftState = DraftState.DRAFT
    day: date | None = None


@dataclass(frozen=True)
class Version:
    """What a version says and since when, as it was when it was made."""

    number: int
    day: date
    text: str


@dataclass
class Known:
    """What the walk has made, by id; versions of earlier walks stand among them."""

    drafts: dict[UUID, Draft] = field(default_factory=dict)
    versions: dict[UUID, Version] = field(default_factory=dict)

    def in_force(self, on: date) -> UUID:
        """The version of the latest day that has come, and of two of one day the later number."""
        come = [key for key, each in self.versions.items() if each.day <= on]
        return max(come, key=lambda key: (self.versions[key].day, self.versions[key].number))


class Walk(RuleBasedStateMachine):
    """The protocol of one borough and one case under it, judged by a model that is written from the promises."""

    service: Service
    clock: Clock

    @initialize()
    def begin(self) -> None:
        self.known = Known(versions=self._stored())
        self.case = people.open_case(self.service)
        people.assess(self.service, self.case, "older_boyfriend")
        self.under = self.known.in_force(self.clock().date())
        self.decided: list[UUID] = []

    def _stored(self) -> dict[UUID, Version]:
        with people.working(self.service, reading=True) as work:
            rows = work.session.scalars(select(ProtocolVersion).where(ProtocolVersion.borough_gss == HACKNEY))
            return {row.id: Version(row.number, row.in_force_from, row.text) for row in rows}

    def _do(self, email: str, what: Callable[[Work], Any], *, allowed: bool) -> Any:
        """Do something in a unit of work of its own; exactly what is not allowed must be refused."""
        with nullcontext() if allowed else pytest.raises(Refused), people.working(self.service, email) as work:
            return what(work)
        return None

    def _latest(self) -> tuple[UUID, Draft] | None:
        return list(self.known.drafts.items())[-1] if self.known.drafts else None

    @rule(email=SIGNATORIES, days=DAYS)
    def start(self, email: str, days: int) -> None:
        def act(work: Work) -> UUID:
            return commands.start_draft(work, protocol(days), borough_gss=HACKNEY).id

        made = self._do(email, act, allowed=email != MANAGER)
        if made:
            self.known.drafts[made] = Draft(days, {email})

    @rule(email=SIGNATORIES, days=DAYS)
    def save(self, email: str, days: int) -> None:
        latest = self._latest()
        if latest is None:
            return
        draft_id, draft = latest
        allowed = email != MANAGER and draft.state is DraftState.DRAFT

        def act(work: Work) -> None:
            commands.save_draft(work, queries.draft(work, draft_id, for_change=True), protocol(days))

        self._do(email, act, allowed=allowed)
        if allowed:
            draft.days = days
            draft.hands.add(email)

    @rule(email=SIGNATORIES, ahead=st.sampled_from([0, 1, 1, 2, 4]))
    def submit(self, email: str, ahead: int) -> None:
        latest = self._latest()
        if latest is None:
            return
        draft_id, draft = latest
        day = self.clock().date() + timedelta(days=ahead)
        allowed = email != MANAGER and draft.state is DraftState.DRAFT and ahead > 0

        def act(work: Work) -> None:
            commands.submit(work, queries.draft(work, draft_id, for_change=True), in_force_from=day)

        self._do(email, act, allowed=allowed)
        if allowed:
            draft.state, draft.day = DraftState.SUBMITTED, day
            draft.hands.add(email)
            SEEN["submitted"] += 1

    @rule(email=SIGNATORIES)
    def approve(self, email: str) -> None:
        latest = self._latest()
        if latest is None:
            return
        draft_id, draft = latest
        waits = draft.state is DraftState.SUBMITTED
        own = email in draft.hands
        in_time = draft.day is not None and draft.day > self.clock().date()

        def act(work: Work) -> UUID:
            return commands.approve(work, queries.draft(work, draft_id, for_change=True)).id

        made = self._do(email, act, allowed=waits and not own and in_time)
        if waits and own:
            SEEN["own"] += 1
        elif waits and not in_time:
            SEEN["too late"] += 1
        if made:
            assert draft.day is not None
            number = max(each.number for each in self.known.versions.values()) + 1
            self.known.versions[made] = Version(number, draft.day, written(draft.days))
            draft.state = DraftState.APPROVED
            SEEN["approved"] += 1

    @rule(email=SIGNATORIES)
    def take_back(self, email: str) -> None:
        latest = self._latest()
        if latest is None:
            return
        draft_id, draft = latest
        allowed = draft.state is DraftState.SUBMITTED

        def act(work: Work) -> None:
            commands.take_back(work, queries.draft(work, draft_id, for_change=True))

        self._do(email, act, allowed=allowed)
        if allowed:
            draft.state = DraftState.DRAFT
            SEEN["taken back"] += 1

    @rule(email=SIGNATORIES)
    def withdraw(self, email: str) -> None:
        latest = self._latest()
        if latest is None:
            return
        draft_id, draft = latest
        allowed = email != MANAGER and draft.state in {DraftState.DRAFT, DraftState.SUBMITTED}

        def act(work: Work) -> None:
            commands.withdraw(work, queries.draft(work, draft_id, for_change=True))

        self._do(email, act, allowed=allowed)
        if allowed:
            draft.state = DraftState.WITHDRAWN
            SEEN["withdrawn"] += 1

    @rule(days=st.sampled_from([1, 1, 2]))
    def days_pass(self, days: int) -> None:
        self.clock.advance(days=days)

    @rule(days=DAYS)
    def take_the_usual_way(self, days: int) -> None:
        """A version made as practice does, and the case moved to it once it is in force."""
        self.start(LEAD, days)
        self.submit(LEAD, 1)
        self.approve(LEAD)
        self.approve(MANAGER)
        self.days_pass(1)
        self.move_the_case(DEPUTY)
        self.decide()

    @rule(days=DAYS)
    def wait_too_long(self, days: int) -> None:
        """A draft that nobody approved before its day, and that is made a draft again."""
        self.start(LEAD, days)
        self.submit(LEAD, 1)
        self.days_pass(1)
        self.approve(MANAGER)
        self.take_back(MANAGER)

    @rule(email=LEADS)
    def move_the_case(self, email: str) -> None:
        current = self.known.in_force(self.clock().date())
        allowed = current != self.under

        def act(work: Work) -> None:
            row = cases.open_case(work, self.case.id, for_change=True).case
            assessments.move_to_version(work, row, reason="Agreed by the board.")

        self._do(email, act, allowed=allowed)
        if allowed:
            self.under = current
            SEEN["moved"] += 1

    @rule()
    def decide(self) -> None:
        people.decide(self.service, self.case, 2)
        self.decided.append(self.under)

    @rule(email=st.sampled_from([OTHER_LEAD, POLICE]))
    def a_stranger_tries(self, email: str) -> None:
        latest = self._latest()
        if latest:
            draft_id = latest[0]
            self._do(email, lambda work: queries.draft(work, draft_id), allowed=False)
        self._do(email, lambda work: commands.start_draft(work, protocol(3), borough_gss=HACKNEY), allowed=False)

    @invariant()
    def drafts_stand_where_they_were_brought_and_no_version_ever_changes(self) -> None:
        assert self._stored() == self.known.versions
        numbers = sorted(each.number for each in self.known.versions.values())
        assert numbers == list(range(1, len(numbers) + 1))
        with people.working(self.service, LEAD, reading=True) as work:
            for draft_id, expected in self.known.drafts.items():
                found = queries.draft(work, draft_id)
                assert (found.state, found.text) == (expected.state, written(expected.days))
                assert (found.version_id is not None) == (expected.state is DraftState.APPROVED)

    @invariant()
    def the_case_stays_under_its_version_and_each_decision_under_its_own(self) -> None:
        with people.working(self.service, LEAD, reading=True) as work:
            today = queries.in_force(work, HACKNEY)
            assert today.version_id == self.known.in_force(self.clock().date())
            case = cases.open_case(work, self.case.id).case
            assert case_commands.protocol_of(work, case).version_id == self.under
            levels = assessment_queries.history(work, case).levels
            assert [each.body.protocol_version_id for each in reversed(levels)] == self.decided


def walk(service: Service, clock: Clock, examples: int) -> Counter[str]:
    """Walk, and give how often each end and each refusal that matters was met."""
    SEEN.clear()
    machine = type("DraftWalk", (Walk,), {"service": service, "clock": clock})
    run_state_machine_as_test(
        machine, settings=settings(max_examples=examples, stateful_step_count=15, deadline=None, derandomize=True)
    )
    return SEEN


def test_no_version_comes_of_one_hand_or_ever_changes(sqlite_service: Service, clock: Clock) -> None:
    assert {"submitted", "approved", "own", "moved"} <= walk(sqlite_service, clock, 3).keys()


@pytest.mark.soak
def test_the_same_in_full_size_meets_every_answer(service: Service, clock: Clock) -> None:
    seen = walk(service, clock, 60)
    assert {"submitted", "approved", "own", "too late", "taken back", "withdrawn", "moved"} == seen.keys()
