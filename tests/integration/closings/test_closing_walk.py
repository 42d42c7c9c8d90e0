"""Lead officers propose, answer, monitor and reopen in any order: no case ends by one person, or with work owed."""

from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from cse_tracker.app import Service
from cse_tracker.assessments import queries as assessments
from cse_tracker.audit.model import AuditEntry
from cse_tracker.cases import commands as cases
from cse_tracker.cases import queries as case_queries
from cse_tracker.cases.model import OPEN, Case, CaseStatus
from cse_tracker.closings import commands, queries
from cse_tracker.closings.model import Closing, ClosingState
from cse_tracker.duties import queries as duties
from cse_tracker.work.errors import Refused
from cse_tracker.work.unit import Work
from tests import people
from tests.integration.closings.acts import paper, ready_case, settle_everything
from tests.people import DEPUTY, LEAD, OTHER_LEAD, POLICE

LEADS = st.sampled_from([LEAD, DEPUTY])
# Reasons, who goes on offering help, and whether they carry a closing.
REASONS = st.sampled_from(
    [
        (("risk_reduced",), "", True),
        (("risk_reduced",), "", True),
        (("contact_lost", "RC7"), "Safe Steps", True),
        (("contact_lost",), "Safe Steps", False),
        (("contact_lost", "RC7"), "", False),
    ]
)
SEEN: Counter[str] = Counter()


class Walk(RuleBasedStateMachine):
    """One case, judged by a model that is written from the promises and not from the code."""

    service: Service

    @initialize()
    def begin(self) -> None:
        self.case = ready_case(self.service)
        self.walked = [CaseStatus.OPENED, CaseStatus.ACTIVE]
        self.owed = False
        self.closings: dict[UUID, ClosingState] = {}
        self.waits: tuple[UUID, str] | None = None
        self.done: Counter[str] = Counter()

    def _do(self, email: str, what: Callable[[Work, Case], UUID | None], *, allowed: bool) -> UUID | None:
        """Do something in a unit of work of its own; exactly what is not allowed must be refused."""
        with nullcontext() if allowed else pytest.raises(Refused), people.working(self.service, email) as work:
            return what(work, case_queries.open_case(work, self.case.id, for_change=True).case)
        return None

    def _move(self, status: CaseStatus) -> None:
        self.walked.append(status)
        self.done["case.moved"] += 1
        SEEN[status.value] += 1

    @rule(email=LEADS, reasons=REASONS)
    def propose(self, email: str, reasons: tuple[tuple[str, ...], str, bool]) -> None:
        keys, outreach, carried = reasons
        allowed = carried and self.walked[-1] in OPEN and not self.owed and self.waits is None

        def act(work: Work, case: Case) -> UUID:
            return commands.propose(work, case, paper(*keys, outreach_by=outreach)).id

        closing_id = self._do(email, act, allowed=allowed)
        if closing_id:
            self.closings[closing_id], self.waits = ClosingState.PROPOSED, (closing_id, email)
            self.done["case.closing_proposed"] += 1

    def _answered(self, closing_id: UUID, state: ClosingState) -> None:
        self.closings[closing_id], self.waits = state, None
        self.done["case.closing_answered"] += 1
        SEEN[state.value] += 1

    @rule(email=LEADS)
    def approve(self, email: str) -> None:
        for closing_id in list(self.closings)[-1:]:
            allowed = self.waits is not None and self.waits[1] != email and not self.owed

            def act(work: Work, case: Case, closing_id: UUID = closing_id) -> None:
                commands.approve(work, case, queries.open_closing(work, case, closing_id))

            self._do(email, act, allowed=allowed)
            if allowed:
                self._answered(closing_id, ClosingState.APPROVED)
                self._move(CaseStatus.CLOSED)

    @rule(email=LEADS)
    def refuse(self, email: str) -> None:
        for closing_id in list(self.closings)[-1:]:
            own = self.waits is not None and self.waits[1] == email

            def act(work: Work, case: Case, closing_id: UUID = closing_id) -> None:
                commands.refuse(work, case, queries.open_closing(work, case, closing_id), note="Not yet.")

            self._do(email, act, allowed=self.waits is not None)
            if self.waits:
                self._answered(closing_id, ClosingState.WITHDRAWN if own else ClosingState.REFUSED)

    @rule(email=LEADS)
    def take_the_usual_way(self, email: str) -> None:
        """Close as practice does, and reopen what was closed, so that the walk comes to the end and beyond it."""
        if self.walked[-1] is CaseStatus.CLOSED:
            self.reopen(email)
            return
        self.settle()
        self.propose(email, (("risk_reduced",), "", True))
        self.approve(DEPUTY if email == LEAD else LEAD)

    @rule(email=LEADS)
    def be_refused(self, email: str) -> None:
        """Propose what another refuses, which a walk by chance seldom comes to."""
        if self.walked[-1] in OPEN:
            self.settle()
            self.propose(email, (("risk_reduced",), "", True))
            self.refuse(DEPUTY if email == LEAD else LEAD)

    @rule(email=LEADS)
    def reopen(self, email: str) -> None:
        allowed = self.walked[-1] is CaseStatus.CLOSED
        self._do(email, lambda work, case: cases.reopen(work, case, reason="Seen with him again."), allowed=allowed)
        if allowed:
            self._move(CaseStatus.ACTIVE)
            self.owed = True
            SEEN["reopened"] += 1

    @rule(email=LEADS)
    def monitor(self, email: str) -> None:
        allowed = self.walked[-1] is CaseStatus.ACTIVE and not self.owed

        def act(work: Work, case: Case) -> None:
            commands.monitor(work, case, reason="Quiet.", review_on=work.today + timedelta(days=30))

        self._do(email, act, allowed=allowed)
        if allowed:
            self._move(CaseStatus.MONITORING)
            self.owed = True

    @rule(email=LEADS)
    def resume(self, email: str) -> None:
        allowed = self.walked[-1] is CaseStatus.MONITORING
        self._do(email, lambda work, case: cases.resume(work, case, reason="New worries."), allowed=allowed)
        if allowed:
            self._move(CaseStatus.ACTIVE)
            self.owed = True

    @rule()
    def settle(self) -> None:
        settle_everything(self.service, self.case)
        self.owed = False

    @rule(email=st.sampled_from([OTHER_LEAD, POLICE]))
    def a_stranger_tries(self, email: str) -> None:
        """Even somebody who holds the row, as a page never would."""
        with people.working(self.service, email) as work:
            case = work.session.get_one(Case, self.case.id)
            for act in (
                lambda: commands.propose(work, case, paper()),
                lambda: cases.reopen(work, case, reason="x"),
                lambda: cases.resume(work, case, reason="x"),
                lambda: commands.monitor(work, case, reason="x", review_on=work.today + timedelta(days=30)),
            ):
                with pytest.raises(Refused):
                    act()

    @invariant()
    def it_stands_where_it_walked_to_and_everything_of_it_is_kept(self) -> None:
        with people.working(self.service, LEAD, reading=True) as work:
            case = case_queries.open_case(work, self.case.id).case
            assert case.status is self.walked[-1]
            assert case.is_open == (case.left_at is None)
            assert [passage.body.status for passage in case_queries.passages(work, case)] == self.walked
            known = assessments.history(work, case)
            assert (len(known.assessments), len(known.levels)) == (1, 1)
            listed = {row.case.id for row in case_queries.cases_in_sight(work)}
            assert (case.id in listed) == (self.walked[-1] in OPEN)
            self._check_proposals(queries.of_case(work, case))
            self._check_duties([each.body.satisfied_by for each in duties.about(work, case.id) if each.is_open])
            self._check_record(work)

    def _check_proposals(self, closings: list[Closing]) -> None:
        assert {closing.id: closing.state for closing in closings} == self.closings
        assert sum(closing.state is ClosingState.PROPOSED for closing in closings) == (self.waits is not None)
        for closing in closings:
            assert (closing.body.decided_at is None) == (closing.state is ClosingState.PROPOSED)
            two = closing.body.decided_by not in {None, closing.body.proposed_by}
            assert two == (closing.state in {ClosingState.APPROVED, ClosingState.REFUSED})

    def _check_duties(self, acts: list[str]) -> None:
        """A closed case owes nothing at all; a reopened one an assessment, a monitored one its review."""
        owed = cases.MONITORING_REVIEW if self.walked[-1] is CaseStatus.MONITORING else cases.FIRST_LEVEL
        assert [act for act in acts if act != cases.LEVEL_REVIEW] == [owed] * self.owed
        assert self.walked[-1] is not CaseStatus.CLOSED or acts == []

    def _check_record(self, work: Work) -> None:
        """Every change is in the record, and nothing that was refused."""
        names = {"case.moved", "case.closing_proposed", "case.closing_answered"}
        wanted = select(AuditEntry.action).where(AuditEntry.object_id == self.case.id, AuditEntry.action.in_(names))
        # The first level decision made it active before the walk began.
        assert Counter(work.session.scalars(wanted)) == self.done + Counter({"case.moved": 1})


def walk(service: Service, examples: int) -> Counter[str]:
    """Walk, and give how often each end and each place was met."""
    SEEN.clear()
    machine = type("ClosingWalk", (Walk,), {"service": service})
    run_state_machine_as_test(
        machine, settings=settings(max_examples=examples, stateful_step_count=15, deadline=None, derandomize=True)
    )
    return SEEN


def test_no_way_leads_a_case_to_its_end_alone_or_loses_what_was_known(sqlite_service: Service) -> None:
    assert {"approved", "closed", "reopened"} <= walk(sqlite_service, 5).keys()


@pytest.mark.soak
def test_the_same_in_full_size_meets_every_answer(sqlite_service: Service) -> None:
    seen = walk(sqlite_service, 120)
    assert {"approved", "refused", "withdrawn", "closed", "active", "monitoring", "reopened"} == seen.keys()
