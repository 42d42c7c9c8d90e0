"""Two lead officers assess, decide, sign and refuse in any order: no level falls by one, nothing is rewritten."""

from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from cse_tracker.app import Service
from cse_tracker.assessments import commands, queries
from cse_tracker.assessments.model import AssessmentBody, LevelProposal, Observation, ProposalState, Source
from cse_tracker.audit.model import AuditEntry
from cse_tracker.cases import commands as cases
from cse_tracker.cases import queries as case_queries
from cse_tracker.cases.model import Case
from cse_tracker.duties import queries as duties
from cse_tracker.work.errors import Refused
from cse_tracker.work.unit import Work
from tests import people
from tests.people import DEPUTY, LEAD, OTHER_LEAD, POLICE

LEADS = st.sampled_from([LEAD, DEPUTY])
# From nothing much to three strong signs, so that suggestions go up and down.
OBSERVED = st.sampled_from([("missing_once",), ("older_boyfriend",), ("older_boyfriend", "unexplained_gifts")])
LEVELS = st.sampled_from([1, 2, 3])


class Walk(RuleBasedStateMachine):
    """One case, judged by a model that is written from the promises and not from the code."""

    service: Service
    seen: Counter[str]

    @initialize()
    def begin(self) -> None:
        self.case = people.open_case(self.service)
        self.assessed: list[AssessmentBody] = []
        self.levels: list[tuple[int, str, str | None]] = []
        self.proposals: list[ProposalState] = []
        # Of the one that waits: its level, who proposed it, and what was suggested then.
        self.waits: tuple[int, str, int] | None = None
        self.done: Counter[str] = Counter()
        self.ids: dict[str, UUID | None] = {}
        for email in (LEAD, DEPUTY):
            with people.working(self.service, email, reading=True) as work:
                self.ids[email] = work.actor.user_id

    def _do(self, email: str, what: Callable[[Work, Case], object], *, allowed: bool) -> None:
        """Do something in a unit of work of its own; exactly what is not allowed must be refused."""
        with nullcontext() if allowed else pytest.raises(Refused), people.working(self.service, email) as work:
            what(work, case_queries.open_case(work, self.case.id, for_change=True).case)

    def _level(self) -> int | None:
        return self.levels[-1][0] if self.levels else None

    def _suggested(self) -> int:
        return self.assessed[-1].suggested_level or 0

    def _answered(self, state: ProposalState) -> None:
        self.proposals[-1], self.waits = state, None
        self.done["case.level_lowering_answered"] += 1
        self.seen[state.value] += 1

    def _decided(self, level: int, by: str, signed: str | None = None) -> None:
        before = self._level()
        self.seen[
            "first" if before is None else "raised" if level > before else "lowered" if level < before else ""
        ] += 1
        self.levels.append((level, by, signed))
        self.done["case.level_decided"] += 1

    @rule(email=LEADS, indicators=OBSERVED)
    def assess(self, email: str, indicators: tuple[str, ...]) -> None:
        observations = tuple(
            Observation(indicator=key, source=Source.SEEN, evidence="Seen on 1 November.") for key in indicators
        )
        form = commands.AssessmentForm(observations=observations, narrative="Adds up.", young_person_view="Not asked.")
        self._do(email, lambda work, case: self.assessed.append(commands.assess(work, case, form).body), allowed=True)
        self.done["case.assessed"] += 1

    @rule(email=LEADS, level=LEVELS)
    def decide(self, email: str, level: int) -> None:
        form = commands.LevelForm(level=level, reason="As agreed.", override_reason="We know more than the list says.")
        now = self._level()
        lower = now is not None and level < now
        allowed = bool(self.assessed) and not (lower and self.waits)
        self._do(email, lambda work, case: commands.decide_level(work, case, form), allowed=allowed)
        if allowed and lower:
            self.waits = (level, email, self._suggested())
            self.proposals.append(ProposalState.PENDING)
            self.done["case.level_lowering_proposed"] += 1
        elif allowed:
            if self.waits:
                self._answered(ProposalState.SUPERSEDED)
            self._decided(level, email)

    @rule(email=LEADS)
    def sign(self, email: str) -> None:
        if not self.proposals:
            return
        waits = self.waits
        allowed = waits is not None and waits[1] != email and self._suggested() <= waits[2]
        if waits is not None and waits[1] != email and not allowed:
            self.seen["outdated"] += 1
        self._do(email, lambda work, case: commands.sign(work, case, _newest(work, case)), allowed=allowed)
        if waits is not None and allowed:
            self._answered(ProposalState.SIGNED)
            self._decided(waits[0], waits[1], email)

    @rule(email=LEADS)
    def refuse(self, email: str) -> None:
        if not self.proposals:
            return
        waits = self.waits
        self._do(
            email,
            lambda work, case: commands.refuse(work, case, _newest(work, case), note="Not yet."),
            allowed=waits is not None,
        )
        if waits is not None:
            self._answered(ProposalState.WITHDRAWN if waits[1] == email else ProposalState.REFUSED)

    @rule(email=LEADS)
    def go_up_or_down(self, email: str) -> None:
        """Go to the other end, which the one who proposes it cannot sign, and the other at once."""
        self.decide(email, 1 if (self._level() or 1) > 1 else 3)
        self.sign(email)
        self.sign(DEPUTY if email == LEAD else LEAD)

    @rule(email=LEADS, end=st.sampled_from(["refused", "withdrawn", "overtaken", "outdated"]))
    def propose_and_come_to_nothing(self, email: str, end: str) -> None:
        """Every end of a proposal but its signing, which a walk by chance seldom comes to."""
        other = DEPUTY if email == LEAD else LEAD
        if not self.assessed or (self._level() or 1) == 1:
            return
        self.assess(other, ("missing_once",))
        self.decide(email, 1)
        if end == "overtaken":
            self.decide(other, 3)
        elif end == "outdated":
            self.assess(other, ("older_boyfriend", "unexplained_gifts"))
            self.sign(other)
        else:
            self.refuse(other if end == "refused" else email)

    @rule(email=st.sampled_from([OTHER_LEAD, POLICE]), level=LEVELS)
    def a_stranger_tries(self, email: str, level: int) -> None:
        """Even somebody who holds the row, as a page never would."""
        form = commands.LevelForm(level=level, reason="x", override_reason="x")
        with people.working(self.service, email) as work:
            case = work.session.get_one(Case, self.case.id)
            with pytest.raises(Refused):
                commands.decide_level(work, case, form)
            for proposal in work.session.scalars(select(LevelProposal).where(LevelProposal.case_id == case.id)):
                with pytest.raises(Refused):
                    commands.sign(work, case, proposal)
                with pytest.raises(Refused):
                    commands.refuse(work, case, proposal, note="x")

    @invariant()
    def the_level_is_what_was_decided_and_every_fact_is_kept(self) -> None:
        with people.working(self.service, LEAD, reading=True) as work:
            case = case_queries.open_case(work, self.case.id).case
            assert case.head.level == self._level()
            known = queries.history(work, case)
            assert [each.body for each in reversed(known.assessments)] == self.assessed
            decided = [(each.body.level, each.body.decided_by, each.body.signed_by) for each in reversed(known.levels)]
            assert decided == [(level, self.ids[by], self._id(signed)) for level, by, signed in self.levels]
            for before, after in pairwise(decided):
                assert after[0] >= before[0] or after[2] not in {None, after[1]}
            assert [each.state for each in reversed(queries.proposals(work, case))] == self.proposals
            self._check_duties(work)
            names = {
                "case.assessed",
                "case.level_decided",
                "case.level_lowering_proposed",
                "case.level_lowering_answered",
            }
            wanted = select(AuditEntry.action).where(AuditEntry.object_id == case.id, AuditEntry.action.in_(names))
            assert Counter(work.session.scalars(wanted)) == self.done

    def _id(self, email: str | None) -> UUID | None:
        return self.ids[email] if email else None

    def _check_duties(self, work: Work) -> None:
        """Until the first decision that is owed; from then on the next review, and never two of them."""
        acts = Counter(each.body.satisfied_by for each in duties.about(work, self.case.id) if each.is_open)
        assert (acts[cases.FIRST_LEVEL], acts[cases.LEVEL_REVIEW]) == ((0, 1) if self.levels else (1, 0))


def _newest(work: Work, case: Case) -> LevelProposal:
    return queries.proposals(work, case)[0]


def walk(service: Service, examples: int) -> Counter[str]:
    """Walk, and give how often each answer and each change of the level was met."""
    seen: Counter[str] = Counter()
    machine = type("LevelWalk", (Walk,), {"service": service, "seen": seen})
    run_state_machine_as_test(
        machine, settings=settings(max_examples=examples, stateful_step_count=15, deadline=None, derandomize=True)
    )
    return seen


def test_no_way_leads_to_a_lower_level_by_one_person(sqlite_service: Service) -> None:
    assert {"first", "raised", "lowered", "signed"} <= walk(sqlite_service, 6).keys()


@pytest.mark.soak
def test_the_same_in_full_size_meets_every_answer(sqlite_service: Service) -> None:
    answers = {"signed", "refused", "withdrawn", "superseded", "outdated", "first", "raised", "lowered"}
    assert answers <= walk(sqlite_service, 150).keys()
