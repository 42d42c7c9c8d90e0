"""Months prepared, reviewed, approved, revised and sent back in any order: what is out is two people's, and stays."""

from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date
from json import dumps
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import delete

from cse_tracker.app import Service
from cse_tracker.disclosure.model import CountTable, one_way_tables, single
from cse_tracker.disclosure.release import Rule, from_stored
from cse_tracker.identity.model import Membership
from cse_tracker.records.keys import unlock
from cse_tracker.sheets import writing
from cse_tracker.statistics import commands, preparing, queries, register
from cse_tracker.statistics.designs import Design, table_name
from cse_tracker.statistics.model import MonthlyRelease, Preparation, ReleaseState
from cse_tracker.statistics.periods import Period
from cse_tracker.statistics.publication import as_json, csvw, publication, tidy
from cse_tracker.statistics.queries import Month
from cse_tracker.web.downloads import csv_file
from cse_tracker.work.actor import Role
from cse_tracker.work.errors import NotFound, Refused, RuleBroken
from cse_tracker.work.unit import Work
from tests import people
from tests.people import DEPUTY, HACKNEY, LEAD, MANAGER, OTHER_LEAD, POLICE

JUNE, SEPTEMBER = date(2026, 6, 1), date(2026, 9, 1)
MONTHS = st.sampled_from([JUNE, SEPTEMBER])
# The deputy leads the borough and manages it, so that nothing but the rule itself keeps them from both acts.
EVERYBODY = st.sampled_from([MANAGER, LEAD, DEPUTY, OTHER_LEAD, POLICE])
LEADS, MANAGERS = {LEAD, DEPUTY}, {MANAGER, DEPUTY}
REASONS = st.sampled_from(["", " ", "Two records were of one young person."])
RULES = st.sampled_from([Rule.ROUND_5, Rule.HIDE_1_TO_4])
WAITING = {ReleaseState.PREPARED, ReleaseState.REVIEWED}
STATES = ReleaseState


@dataclass
class Edition:
    """What an edition of a month ought to be; `files` is what it was in every format when it was approved."""

    id: UUID
    month: date
    number: int
    revises: bool
    state: ReleaseState = ReleaseState.PREPARED
    reviewer: str = ""
    files: tuple[bytes, ...] = ()


@dataclass
class Truth:
    """How many young people there were in June, came until September, and left."""

    before: int
    came: int
    left: int
    girls: int = 4

    def counted(self, _work: object, gss: str, period: Period) -> dict[Design, CountTable]:
        """What is counted of a month; stands in for the counting room."""
        late = period.first == SEPTEMBER
        stock = self.before + (self.came - self.left) * late
        girls = min(self.girls, stock)
        sexes = {"sex": {"Female": girls, "Male": stock - girls}}
        tables = {Design.YOUNG_PEOPLE: one_way_tables(table_name(gss, Design.YOUNG_PEOPLE), "All", sexes)}
        flows = {Design.JOINED: self.came, Design.LEFT: self.left}
        return tables | {each: single(table_name(gss, each), n) for each, n in flows.items() if late}


class Walk(RuleBasedStateMachine):
    """A June and a September whose figures belong together, judged by a model that is written from the promises."""

    service: Service
    seen: Counter[str]
    truth: Truth

    @initialize()
    def begin_anew(self) -> None:
        with people.working(self.service) as work:
            work.session.execute(delete(MonthlyRelease))
            work.session.execute(delete(Preparation))
        self.editions: list[Edition] = []
        self.audited = 0
        self._counts(20, 6, 2)
        # Every walk goes on from the longest of the ways: hidden figures that leak together, and the way out.
        self.go_the_usual_way(JUNE, DEPUTY, Rule.HIDE_1_TO_4)
        self.go_the_usual_way(SEPTEMBER, LEAD, Rule.HIDE_1_TO_4)
        self.go_the_usual_way(SEPTEMBER, LEAD, Rule.HIDE_1_TO_4, without_flows=True)
        self.everything_is_done_again(JUNE)
        self.prepare(JUNE, MANAGER, Rule.HIDE_1_TO_4, "A record was put right.", without_flows=False)
        self.everything_is_done_again(JUNE)

    def _of(self, month: date) -> list[Edition]:
        return [each for each in self.editions if each.month == month]

    def _latest(self, month: date) -> Edition | None:
        standing = [each for each in self._of(month) if each.state is not STATES.SENT_BACK]
        return standing[-1] if standing else None

    # What people do

    def _counts(self, before: int, came: int, left: int) -> None:
        self.truth.before, self.truth.came, self.truth.left = before, came, min(left, before)

    @rule(before=st.integers(0, 24), came=st.integers(0, 9), left=st.integers(0, 5))
    def other_people_come_and_go(self, before: int, came: int, left: int) -> None:
        self._counts(before, came, left)

    @rule(by=st.sampled_from([-1, 1]))
    def somebody_is_corrected(self, by: int) -> None:
        """Two records become one, or one is found to be two; or a sex was wrong."""
        self._counts(max(self.truth.before + by, 0), self.truth.came, self.truth.left)
        self.truth.girls = max(self.truth.girls + by, 0)
        self.seen["corrected"] += 1

    @rule(month=MONTHS, email=EVERYBODY, how=RULES, reason=REASONS, without_flows=st.booleans())
    def prepare(self, month: date, email: str, how: Rule, reason: str, *, without_flows: bool) -> None:
        latest = self._latest(month)
        waits = latest is not None and latest.state in WAITING
        final = latest is not None and latest.state is STATES.APPROVED
        allowed = email in MANAGERS and not waits and (bool(reason.strip()) or not final)
        with nullcontext() if allowed else pytest.raises(Refused), people.working(self.service, email) as work:
            asked = preparing.ask(
                work, borough_gss=HACKNEY, month=month, rule=how, reason=reason, without_flows=without_flows
            ).id
        if not allowed:
            return
        assert people.clock_prepares(self.service) == 1
        with people.working(self.service, MANAGER, reading=True) as work:
            outcome = preparing.shown(work, asked)
            if outcome.state is not outcome.state.PREPARED:
                # Figures that contradict what is out cannot be audited; nothing is laid before anybody.
                self.seen["not prepared"] += 1
                return
            newest = max(queries.register_of(work, HACKNEY), key=lambda row: (row.month == month, row.number))
            self.editions.append(Edition(newest.id, month, len(self._of(month)) + 1, revises=final))

    @rule(email=EVERYBODY, which=st.integers(-3, -1))
    def review(self, email: str, which: int) -> None:
        for each in self.editions[which:][:1]:
            allowed = email in LEADS and each.state is STATES.PREPARED
            self._do(email, each, commands.review, allowed=allowed)
            if allowed:
                each.state, each.reviewer = STATES.REVIEWED, email

    @rule(email=EVERYBODY, which=st.integers(-3, -1), note=REASONS)
    def send_back(self, email: str, which: int, note: str) -> None:
        for each in self.editions[which:][:1]:
            may = {STATES.PREPARED: LEADS, STATES.REVIEWED: MANAGERS}.get(each.state, set())
            allowed = email in may and bool(note.strip())
            self._do(email, each, lambda work, row: commands.send_back(work, row, note=note), allowed=allowed)
            if allowed:
                each.state = STATES.SENT_BACK
                self.seen["sent back"] += 1

    @rule(email=EVERYBODY, which=st.integers(-3, -1))
    def approve(self, email: str, which: int) -> None:
        for each in self.editions[which:][:1]:
            allowed = email in MANAGERS and each.state is STATES.REVIEWED and email != each.reviewer
            self.seen["both acts"] += email in MANAGERS and each.state is STATES.REVIEWED and not allowed
            if not allowed:
                self._do(email, each, commands.approve, allowed=False)
                continue
            try:
                self._do(email, each, commands.approve, allowed=True)
            except RuleBroken as refused:
                if refused.code not in {"statistics.leak", register.UNFINISHED}:
                    raise
                self.seen[refused.code] += 1
                continue
            each.state = STATES.APPROVED
            with people.working(self.service, MANAGER, reading=True) as work:
                each.files = files(work, each.id)
            self.seen["revised" if each.revises else "approved"] += 1

    def _do(self, email: str, each: Edition, what: Callable[[Work, MonthlyRelease], None], *, allowed: bool) -> None:
        with nullcontext() if allowed else pytest.raises(Refused), people.working(self.service, email) as work:
            what(work, queries.waiting(work, each.id))

    @rule(month=MONTHS, reviewer=st.sampled_from([LEAD, DEPUTY]), how=RULES, without_flows=st.booleans())
    def go_the_usual_way(self, month: date, reviewer: str, how: Rule, *, without_flows: bool = False) -> None:
        """Prepare, or revise; review; approve; and send back what the audit refuses."""
        latest = self._latest(month)
        if latest is None or latest.state not in WAITING:
            self.prepare(month, MANAGER, how, "A record was put right.", without_flows=without_flows)
        which = next((-n for n, each in enumerate(reversed(self.editions), 1) if each.state in WAITING), 0)
        if which:
            self.review(reviewer, which)
            self.approve(DEPUTY, which)
            self.approve(MANAGER, which)
            self.send_back(MANAGER, which, "The audit refuses it.")

    @rule(month=MONTHS)
    def everything_is_done_again(self, month: date) -> None:
        """What was done to the month last is done again, and it is prepared as if nothing had been."""
        latest = self._latest(month)
        if latest is None:
            return
        which = self.editions.index(latest) - len(self.editions)
        self.prepare(month, MANAGER, Rule.ROUND_5, "", without_flows=False)
        if latest.state is STATES.APPROVED:
            self.review(LEAD, which)
            self.approve(MANAGER, which)
            self.send_back(LEAD, which, "Wrong.")
            self.send_back(MANAGER, which, "Wrong.")
        else:
            self.prepare(month, MANAGER, Rule.ROUND_5, "A record was put right.", without_flows=False)
            again = self.approve if latest.state is STATES.PREPARED else self.review
            again(MANAGER, which)

    # What has to be so

    @invariant()
    def what_is_out_is_two_peoples_and_stays_as_it_was(self) -> None:
        with people.working(self.service, MANAGER, reading=True) as work:
            kept = {row.id: row for row in queries.register_of(work, HACKNEY)}
            assert kept.keys() == {each.id for each in self.editions}, "the register holds every edition"
            for each in self.editions:
                row = kept[each.id]
                assert (row.month, row.number, row.state) == (each.month, each.number, each.state)
                if each.state is STATES.APPROVED:
                    body = row.body
                    assert None not in {body.reviewed_by, body.approved_by}
                    assert body.reviewed_by != body.approved_by
                    assert files(work, each.id) == each.files
                    assert bool(body.reason.strip()) >= each.revises
                    assert ("[r]" in month_of(row).marks) == bool(body.reason)
            for month in (JUNE, SEPTEMBER):
                self._check_month(work, month)

    def _check_month(self, work: Work, month: date) -> None:
        assert sum(each.state in WAITING for each in self._of(month)) <= 1
        out = [each for each in self._of(month) if each.state is STATES.APPROVED]
        with nullcontext() if out else pytest.raises(NotFound):
            assert queries.open_month(work, HACKNEY, month, exporting=True).record.id == out[-1].id

    @invariant()
    def nothing_that_is_out_gives_anybody_away(self) -> None:
        out = sum(each.state is STATES.APPROVED for each in self.editions)
        if out == self.audited:
            return
        self.audited = out
        with people.working(self.service) as work:
            assert not register.audit_all(work).leaks


def month_of(row: MonthlyRelease) -> Month:
    stored = row.body.tables
    return Month(row, {Design(each): from_stored(stored[each]) for each in stored})


def files(work: Work, release_id: UUID) -> tuple[bytes, ...]:
    """Every file of an edition, byte for byte, though the pages hand out the newest only."""
    row = work.session.get_one(MonthlyRelease, release_id)
    unlock(work.session, [row.compartment_id])
    found = month_of(row)
    assert found.intact
    book = publication(found, "Hackney")
    made = [writing.ods(book), writing.xlsx(book), dumps(as_json(found, HACKNEY)).encode()]
    for design, table in found.tables.items():
        made += [
            csv_file("a.csv", *tidy(design, table, found.wording)).get_data(),
            dumps(csvw(found, design, "a.csv")).encode(),
        ]
    return tuple(made)


def walk(service: Service, examples: int, *, steps: int = 12) -> Counter[str]:
    """Walk, and give how often each outcome was met."""
    seen: Counter[str] = Counter()
    truth = Truth(0, 0, 0)
    with service.app.app_context():
        deputy = people.actor(service, DEPUTY).user_id
    assert deputy is not None
    with people.working(service) as work:
        work.session.add(Membership(user_id=deputy, borough_gss=HACKNEY, role=Role.MANAGER))
    machine = type("ReleaseWalk", (Walk,), {"service": service, "seen": seen, "truth": truth})
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(commands, "count_all", truth.counted)
        run_state_machine_as_test(
            machine,
            settings=settings(max_examples=examples, stateful_step_count=steps, deadline=None, derandomize=True),
        )
    return +seen


def test_no_way_leads_to_figures_that_one_person_let_out_or_that_change(service: Service) -> None:
    assert {"approved", "statistics.leak", "both acts", "sent back"} <= walk(service, 2, steps=5).keys()


@pytest.mark.soak
def test_the_same_in_full_size_meets_every_end(service: Service) -> None:
    ends = {"approved", "revised", "sent back", "both acts", "corrected", "statistics.leak", "statistics.audit"}
    assert ends <= walk(service, 40).keys()
