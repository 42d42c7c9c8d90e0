"""Cases are said to be one, agreed, refused and taken apart in any order: never by one person, and nothing is lost."""

from collections import Counter
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import func, select

from cse_tracker.app import Service
from cse_tracker.audit.model import AuditEntry
from cse_tracker.cases import queries as case_queries
from cse_tracker.cases.model import OPEN, Case, CaseStatus
from cse_tracker.casework import commands as casework
from cse_tracker.casework import queries as casework_queries
from cse_tracker.casework.rules import Relation
from cse_tracker.joining import commands
from cse_tracker.joining.model import Joining, JoiningState
from cse_tracker.people.model import Person
from cse_tracker.referrals import queries as referrals
from cse_tracker.rulebook.decisions import Certainty
from cse_tracker.work.errors import Refused
from cse_tracker.work.unit import Work
from tests import people
from tests.integration.joining import acts
from tests.people import DEPUTY, LEAD, OTHER_LEAD, POLICE

LEADS = st.sampled_from([LEAD, DEPUTY])
ONE, NEXT = st.sampled_from([0, 1, 2]), st.sampled_from([1, 2])
NAMES = ("Ana", "Bea", "Cleo")
# The second and the third were born on one day, the first on another.
BORN = (date(2012, 3, 3), date(2011, 5, 6), date(2011, 5, 6))


@dataclass
class Told:
    """What the walk knows of a case: where it stands, and what was written down about it itself."""

    id: UUID
    name: str
    born: date
    status: CaseStatus = CaseStatus.OPENED
    level: int | None = None
    known: bool = False
    went_into: int | None = None
    before: CaseStatus = CaseStatus.OPENED
    entries: list[str] = field(default_factory=list)


@dataclass
class Said:
    """A proposal: which case ends in which, who said so, and what became of it."""

    id: UUID
    ending: int
    going_on: int
    by: str
    state: JoiningState = JoiningState.PROPOSED


class Walk(RuleBasedStateMachine):
    """Three cases, judged by a model that is written from the promises: two people, nothing lost, nothing lowered."""

    service: Service
    seen: Counter[str]

    @initialize()
    def begin(self) -> None:
        # Walks share a store; cases of earlier ones have other names, so that nobody is taken for them.
        self.seen["walks"] += 1
        last = f"Walker{self.seen['walks']}"
        self.cases: list[Told] = []
        for first, born in zip(NAMES, BORN, strict=True):
            case = people.open_case(self.service, first_name=first, last_name=last, born=born, nhs_number="")
            self.cases.append(Told(case.id, f"{first} {last}", born))
        self.said: list[Said] = []
        self.done: Counter[tuple[UUID, str]] = Counter()
        self.decide(1, 2)

    # What people do

    @rule(email=LEADS, which=ONE, on=NEXT)
    def propose(self, email: str, which: int, on: int) -> None:
        ending, going_on = which, (which + on) % 3
        waits = any(
            each.state is JoiningState.PROPOSED and {each.ending, each.going_on} & {ending, going_on}
            for each in self.said
        )
        allowed = not waits and self._may_end_in(ending, going_on)
        with nullcontext() if allowed else pytest.raises(Refused):
            joining_id = acts.propose(self.service, self._row(ending), self._row(going_on), email)
            self.said.append(Said(joining_id, ending, going_on, email))
            self.done[self.cases[ending].id, "case.joining_proposed"] += 1
        self.seen["proposed" if allowed else "not proposed"] += 1

    @rule(email=LEADS, which=st.integers(-3, -1))
    def agree(self, email: str, which: int) -> None:
        for each in self.said[which:][:1]:
            own, waits = each.by == email, each.state is JoiningState.PROPOSED
            fits = waits and self._may_end_in(each.ending, each.going_on)
            with nullcontext() if fits and not own else pytest.raises(Refused):
                acts.agree(self.service, each.id, email)
                self._joined(each)
            self.seen["own" if waits and own else "outdated" if waits and not fits else "agreed" if waits else ""] += 1

    def _joined(self, each: Said) -> None:
        ended = self.cases[each.ending]
        each.state, ended.went_into = JoiningState.AGREED, each.going_on
        ended.before, ended.status = ended.status, CaseStatus.MERGED
        self.done[ended.id, "case.joining_answered"] += 1

    @rule(email=LEADS, which=st.integers(-3, -1))
    def refuse(self, email: str, which: int) -> None:
        for each in self.said[which:][:1]:
            waits = each.state is JoiningState.PROPOSED
            with nullcontext() if waits else pytest.raises(Refused):
                acts.refuse(self.service, each.id, email)
                each.state = JoiningState.WITHDRAWN if each.by == email else JoiningState.REFUSED
                self.done[self.cases[each.ending].id, "case.joining_answered"] += 1
                self.seen[each.state.value] += 1

    @rule(email=LEADS, which=st.integers(-3, -1))
    def undo(self, email: str, which: int) -> None:
        for each in self.said[which:][:1]:
            agreed = each.state is JoiningState.AGREED
            allowed = agreed and self.cases[each.going_on].status is not CaseStatus.MERGED
            with nullcontext() if allowed else pytest.raises(Refused):
                acts.undo(self.service, each.id, email)
                ended = self.cases[each.ending]
                each.state, ended.went_into, ended.status = JoiningState.UNDONE, None, ended.before
                self.done[ended.id, "case.joining_answered"] += 1
            self.seen["undone" if allowed else "joined on" if agreed else ""] += 1

    @rule(which=ONE, level=st.sampled_from([1, 2, 3]))
    def decide(self, which: int, level: int) -> None:
        """Decide a level, or a higher one; lowering it has a walk of its own."""
        told = self.cases[which]
        if level <= (told.level or 0) or told.went_into is not None:
            return
        row = self._row(which)
        people.assess(self.service, row, "older_boyfriend")
        people.decide(self.service, row, level, override="We know more than the list says.")
        told.level, told.status = level, CaseStatus.ACTIVE

    @rule(which=ONE)
    def record_as_known(self, which: int) -> None:
        if self.cases[which].went_into is None:
            people.certainty(self.service, self._row(which), Certainty.KNOWN)
            self.cases[which].known = True

    @rule(which=ONE)
    def write_down(self, which: int) -> None:
        told, text = self.cases[which], f"Friend {self.seen['entries']}"
        with nullcontext() if told.went_into is None else pytest.raises(Refused):
            with people.working(self.service, LEAD) as work:
                found = case_queries.open_case(work, told.id, for_change=True).case
                casework.enter(work, found, Relation(relation="friend", name=text, text=""))
            told.entries.append(text)
            self.seen["entries"] += 1

    @rule(email=LEADS, which=ONE, on=NEXT, end=st.sampled_from(["agreed", "refused", "withdrawn", "outdated"]))
    def go_the_usual_way(self, email: str, which: int, on: int, end: str) -> None:
        """Propose what may be, write on both sides, and come to every answer; chance alone seldom does."""
        other = DEPUTY if email == LEAD else LEAD
        ending, going_on = which, (which + on) % 3
        if self.cases[ending].went_into is not None or self.cases[going_on].went_into is not None:
            return
        self.decide(going_on, self.cases[ending].level or 1)
        if self.cases[ending].known:
            self.record_as_known(going_on)
        self.propose(email, ending, going_on - ending)
        self.write_down(ending)
        self.write_down(going_on)
        if end == "outdated":
            self.record_as_known(ending)
        self.agree(email, -1)
        (self.agree if end in {"agreed", "outdated"} else self.refuse)(email if end == "withdrawn" else other, -1)

    @rule(email=LEADS)
    def join_two_into_the_third_and_take_the_first_out(self, email: str) -> None:
        """The one way in which a record holds what has come from two others, of which one goes again."""
        if any(each.went_into is not None for each in self.cases):
            return
        self.go_the_usual_way(email, 0, 1, "agreed")
        self.go_the_usual_way(email, 2, 2, "agreed")
        self.undo(email, -2)

    @rule(email=st.sampled_from([OTHER_LEAD, POLICE]))
    def a_stranger_tries(self, email: str) -> None:
        """Even somebody who holds the rows, as a page never would."""
        with people.working(self.service, email) as work:
            one, other = (work.session.get_one(Case, each.id) for each in self.cases[:2])
            with pytest.raises(Refused):
                commands.propose(work, one, other, reason="x")
            for each in self.said:
                joining = work.session.get_one(Joining, each.id)
                ending, going_on = (work.session.get_one(Case, key) for key in (joining.ending_id, joining.going_on_id))
                with pytest.raises(Refused):
                    commands.agree(work, joining, ending, going_on)
                with pytest.raises(Refused):
                    commands.refuse(work, joining, ending, note="x")
                with pytest.raises(Refused):
                    commands.undo(work, joining, ending, going_on, reason="x")

    # What has to be so

    def _row(self, which: int) -> Case:
        with people.working(self.service, LEAD, reading=True) as work:
            return work.session.get_one(Case, self.cases[which].id)

    def _may_end_in(self, ending: int, going_on: int) -> bool:
        one, other = self.cases[ending], self.cases[going_on]
        open_both = one.went_into is None and other.went_into is None
        return open_both and (other.level or 0) >= (one.level or 0) and (other.known or not one.known)

    def _within(self, which: int) -> list[int]:
        """The case itself, and all that have gone into it and are still there."""
        gone = [place for place, each in enumerate(self.cases) if each.went_into == which]
        return [which, *(inside for place in gone for inside in self._within(place))]

    @invariant()
    def everything_is_where_it_belongs_and_nothing_less_is_done(self) -> None:
        with people.working(self.service, LEAD, reading=True) as work:
            for which in range(3):
                self._check_case(work, which)
            for said in self.said:
                joining = work.session.get_one(Joining, said.id)
                assert joining.state is said.state
                if said.state in {JoiningState.AGREED, JoiningState.REFUSED, JoiningState.UNDONE}:
                    assert joining.body.decided_by not in {None, joining.body.proposed_by}
                if said.state is JoiningState.UNDONE:
                    assert (joining.body.held, joining.body.moved) == (None, ())
            twice = select(Case.person_id).where(Case.status.in_(OPEN)).group_by(Case.person_id)
            assert work.session.scalars(twice.having(func.count() > 1)).all() == []
            ids = [each.id for each in self.cases]
            kept = select(AuditEntry.object_id, AuditEntry.action).where(
                AuditEntry.object_id.in_(ids), AuditEntry.action.startswith("case.joining")
            )
            assert Counter((key, action) for key, action in work.session.execute(kept)) == self.done

    def _check_case(self, work: Work, which: int) -> None:
        told = self.cases[which]
        case = case_queries.open_case(work, told.id).case
        into = None if told.went_into is None else self.cases[told.went_into].id
        assert (case.status, case.merged_into_id) == (told.status, into)
        assert case.head.level == told.level
        assert (case.head.certainty is Certainty.KNOWN) == told.known
        inside = self._within(which) if told.went_into is None else []
        written = [each.body.what for each in casework_queries.entries(work, case)]
        texts = [each.name for each in written if isinstance(each, Relation)]
        assert sorted(texts) == sorted(text for place in inside for text in self.cases[place].entries)
        assert len(referrals.of_case(work, case.id)) == len(inside)
        if inside:
            self._check_person(work.session.get_one(Person, case.person_id), inside)

    def _check_person(self, person: Person, inside: list[int]) -> None:
        """Who went in is found by name; who was taken out again has left nothing behind."""
        own, *others = (self.cases[place] for place in inside)
        assert person.head.full_name == own.name
        names = [each for each in person.head.also_known_as.split(", ") if each]
        assert sorted(names) == sorted(each.name for each in others)
        assert person.head.age_disputed == (len({each.born for each in (own, *others)}) > 1)


def walk(service: Service, examples: int, *, steps: int = 12) -> Counter[str]:
    """Walk, and give how often each outcome was met."""
    seen: Counter[str] = Counter()
    machine = type("JoiningWalk", (Walk,), {"service": service, "seen": seen})
    run_state_machine_as_test(
        machine, settings=settings(max_examples=examples, stateful_step_count=steps, deadline=None, derandomize=True)
    )
    return seen


def test_no_way_leads_to_a_joining_by_one_person_or_loses_a_line(sqlite_service: Service) -> None:
    assert {"proposed", "agreed", "own", "undone"} <= walk(sqlite_service, 3, steps=8).keys()


@pytest.mark.soak
def test_the_same_in_full_size_meets_every_answer(sqlite_service: Service) -> None:
    answers = {"agreed", "own", "outdated", "refused", "withdrawn", "undone", "joined on", "not proposed"}
    assert answers <= walk(sqlite_service, 120).keys()
