"""Two boroughs push a young person's case to and fro in any order: at no moment is nobody responsible."""

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from cse_tracker.app import Service
from cse_tracker.cases import queries as case_queries
from cse_tracker.cases.model import OPEN, Case, CaseStatus
from cse_tracker.closings import commands as closings
from cse_tracker.identity import queries as identity
from cse_tracker.identity.model import PostKind
from cse_tracker.responsibility import commands, queries
from cse_tracker.responsibility.model import Claim
from cse_tracker.responsibility.rules import AGREED, ClaimState
from cse_tracker.work.errors import Refused
from tests import people
from tests.integration.closings.acts import paper as closing_paper
from tests.integration.closings.acts import settle_everything
from tests.integration.responsibility.acts import LEAD_OF, OTHER, paper
from tests.people import HACKNEY, ISLINGTON

BOROUGHS = st.sampled_from([HACKNEY, ISLINGTON])
# Mostly the borough whose turn it is, so that the walk gets somewhere; sometimes the other, which must be refused.
RIGHT = st.sampled_from([True, True, True, False])
SEEN: set[ClaimState] = set()


class TwoBoroughs(RuleBasedStateMachine):
    """Lead officers of both boroughs try everything at any time; what is refused changes nothing."""

    service: Service

    @initialize()
    def begin(self) -> None:
        self.lineage = [people.open_case(self.service)]
        self.claims: list[Any] = []
        self.closed = False

    def _holder(self, *, right: bool) -> str:
        """The borough that has the case, or the other."""
        gss = self.lineage[-1].borough_gss
        return gss if right else OTHER[gss]

    def _try(self, gss: str, what: Any) -> None:
        """Do something as the lead officer of a borough, with the latest case and claim."""
        try:
            with people.working(self.service, LEAD_OF[gss]) as work:
                claim = queries.open_claim(work, self.claims[-1], for_change=True) if self.claims else None
                what(work, claim)
        except Refused:
            pass

    @rule(right=RIGHT, there=st.booleans())
    def assert_other(self, *, right: bool, there: bool) -> None:
        gss = self._holder(right=right)

        def claim(work: Any, _claim: Any) -> None:
            case = case_queries.open_case(work, self.lineage[-1].id, for_change=True).case
            self.claims.append(commands.assert_other(work, case, paper(OTHER[gss], is_there_now=there)).id)

        self._try(gss, claim)

    @rule(right=RIGHT, answer=st.sampled_from(["acknowledge", "accept", "dispute", "dispute"]))
    def answer(self, *, right: bool, answer: str) -> None:
        if self.claims:
            self._try(
                self._holder(right=not right),
                lambda work, claim: getattr(commands, answer)(work, claim, note="As agreed."),
            )

    @rule(gss=BOROUGHS, right=RIGHT)
    def escalate(self, gss: str, *, right: bool) -> None:
        side = gss if right else OTHER[gss]
        if self.claims:
            self._try(gss, lambda w, c: commands.escalate(w, c, for_gss=side, to_whom="Both directors", note=""))

    @rule(gss=BOROUGHS)
    def take_it_upstairs(self, gss: str) -> None:
        self.answer(right=True, answer="dispute")
        self.escalate(gss, right=True)

    @rule(first=BOROUGHS, responsible=BOROUGHS, agree=RIGHT)
    def decide(self, first: str, responsible: str, *, agree: bool) -> None:
        if not self.claims:
            return
        for gss in (first, OTHER[first]):
            outcome = responsible if agree or gss == first else OTHER[responsible]
            self._try(
                gss,
                lambda w, c, gss=gss, outcome=outcome: commands.record_ruling(
                    w, c, for_gss=gss, responsible_gss=outcome, decided_by="Both directors"
                ),
            )

    @rule(gss=BOROUGHS, right=RIGHT, note=st.sampled_from(["", "", "She came back."]))
    def withdraw(self, gss: str, note: str, *, right: bool) -> None:
        side = gss if right else OTHER[gss]
        if self.claims:
            self._try(gss, lambda work, claim: commands.withdraw(work, claim, for_gss=side, note=note))

    @rule(right=RIGHT)
    def take_over(self, *, right: bool) -> None:
        gss = self._holder(right=not right)

        def over(work: Any, claim: Any) -> None:
            known = work.session.scalars(
                select(Case).where(Case.id.in_([case.id for case in self.lineage]), Case.borough_gss == claim.to_gss)
            ).first()
            person = known.person_id if known else None
            new = commands.take_over(work, claim, person_id=person, note="Taken over.")
            self.lineage.append(new)

        if self.claims:
            self._try(gss, over)

    @rule()
    def try_to_close(self) -> None:
        """Propose to close, which must be refused while it is unsettled who is responsible."""
        case = self.lineage[-1]

        def close(work: Any, _claim: Any) -> None:
            found = case_queries.open_case(work, case.id, for_change=True).case
            found_claim = queries.unsettled(work, found)
            try:
                closings.propose(work, found, closing_paper())
            except Refused:
                return
            assert found_claim is None

        if case.borough_gss == HACKNEY:
            settle_everything(self.service, case)
        self._try(case.borough_gss, close)

    @invariant()
    def exactly_one_borough_answers_and_says_so(self) -> None:
        with people.working(self.service) as work:
            ids = [case.id for case in self.lineage]
            cases = list(work.session.scalars(select(Case).where(Case.id.in_(ids))))
            (open_case,) = [case for case in cases if case.status in OPEN]
            assert identity.post_holders(work, borough_gss=open_case.borough_gss, kind=PostKind.LEAD_OFFICER)
            claims = [work.session.get_one(Claim, claim_id) for claim_id in self.claims]
            SEEN.update(claim.state for claim in claims)
            unsettled = [claim for claim in claims if claim.is_unsettled]
            assert len(unsettled) <= 1
            agreed = [claim for claim in unsettled if claim.state in AGREED]
            assert (open_case.status is CaseStatus.TRANSFER_PENDING) == bool(agreed)
            for claim in unsettled:
                assert claim.case_id == open_case.id
                assert claim.interim.plan == claim.from_gss == open_case.borough_gss
                assert claim.interim.emergency in {claim.from_gss, claim.to_gss}
            for claim in claims:
                if claim.state is ClaimState.HANDED_OVER:
                    assert work.session.get_one(Case, claim.case_id).handed_to_gss == claim.to_gss


def walk(service: Service, examples: int) -> set[ClaimState]:
    """Walk, and give every state in which a claim was seen."""
    TwoBoroughs.service = service
    SEEN.clear()
    run_state_machine_as_test(
        TwoBoroughs, settings=settings(max_examples=examples, stateful_step_count=25, deadline=None, derandomize=True)
    )
    return set(SEEN)


def test_nobody_can_bring_about_a_moment_in_which_no_borough_is_responsible(sqlite_service: Service) -> None:
    # Few walks here, in which some states may not be met; `make soak` walks until all were.
    assert ClaimState.ASSERTED in walk(sqlite_service, 8)


@pytest.mark.soak
def test_the_same_in_full_size_meets_every_state(sqlite_service: Service) -> None:
    assert walk(sqlite_service, 150) == set(ClaimState)
