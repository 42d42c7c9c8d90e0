"""Files uploaded, tried out, brought in, failing, taken back and thrown away in any order: all of it, or nothing."""

from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from cse_tracker.app import Service
from cse_tracker.audit.model import AuditEntry
from cse_tracker.cases import queries as cases
from cse_tracker.cases.model import Case
from cse_tracker.imports import commands, queries
from cse_tracker.imports.model import Import, ImportedCase, ImportState
from cse_tracker.imports.rules import DateOrder
from cse_tracker.jobs import importing
from cse_tracker.sheets.reading import read
from cse_tracker.work.errors import Refused
from cse_tracker.work.unit import Work
from tests import people
from tests.integration.imports.test_imports import a_file
from tests.people import DEPUTY, HACKNEY, LEAD, OTHER_LEAD, POLICE

LEADS = st.sampled_from([LEAD, DEPUTY])
LATEST = st.integers(-3, -1)
OVER = {ImportState.APPLIED, ImportState.UNDONE, ImportState.DISCARDED}
BEFORE = {ImportState.UPLOADED, ImportState.CHECKED}
FIRST_BORN = date(2009, 1, 1)
AT_ONCE, STEP = 3, 2
MOST_RUNS = 50
ENDS = ("fails", "kept", "stopped", "again")


@dataclass
class File:
    """What the walk knows of an import: who stands in its file, how it was tried out, and who was worked on since."""

    id: UUID
    names: list[str]
    bad: bool
    state: ImportState = ImportState.UPLOADED
    tried: int = 0
    runs: int = 0
    touched: set[str] = field(default_factory=set)


class Walk(RuleBasedStateMachine):
    """Imports of one borough, judged by a model that is written from the promises."""

    service: Service
    seen: Counter[str]
    # Whose row fails when it is brought in.
    failing: set[str]

    @initialize()
    def begin_anew(self) -> None:
        self.failing.clear()
        # What an earlier walk left on its way comes to its end, too.
        assert any(self._clock_runs() == 0 for _ in range(MOST_RUNS))
        self.files: list[File] = []
        self.moved: Counter[UUID] = Counter()
        # Every walk goes on from the longest of the ways, so that even a few walks have gone it.
        self.go_the_usual_way(LEAD, 5, "kept")

    def _clock_runs(self) -> int:
        with self.service.app.app_context():
            return importing.carry_on_imports(self.service.tools)

    def _held(self) -> dict[str, Case]:
        """Everybody in the borough by first name, which no two share."""
        with people.working(self.service, LEAD, reading=True) as work:
            return {row.person.head.first_name: row.case for row in cases.cases_in_sight(work)}

    def _do(self, email: str, file: File, what: Callable[[Work, Import], object], *, allowed: bool) -> None:
        with nullcontext() if allowed else pytest.raises(Refused), people.working(self.service, email) as work:
            what(work, queries.open_import(work, file.id, for_change=True))

    # What people do

    @rule(email=LEADS, number=st.integers(1, 6), bad=st.sampled_from([False, False, False, True]))
    def upload(self, email: str, number: int, *, bad: bool) -> None:
        first = self.seen["rows"]
        self.seen["rows"] += number
        self._send(email, [f"First{place}" for place in range(first, first + number)], bad=bad)

    @rule(email=LEADS, which=LATEST)
    def upload_the_same_again(self, email: str, which: int) -> None:
        for file in self.files[which:][:1]:
            self._send(email, file.names, bad=False)

    def _send(self, email: str, names: list[str], *, bad: bool) -> None:
        rows = [f"{name},Last{name},{_born(name)},,indicated,Seen at the station,new" for name in names]
        if bad:
            rows[-1] = rows[-1].replace(str(_born(names[-1])), "2011-13-06")
        with people.working(self.service, email) as work:
            sheet = read("cases.csv", a_file(*rows))
            batch = commands.upload(work, sheet, file_name="cases.csv", borough_gss=HACKNEY)
        self.files.append(File(batch.id, names, bad))

    @rule(email=LEADS, which=LATEST)
    def try_out(self, email: str, which: int) -> None:
        for file in self.files[which:][:1]:
            allowed = file.state in BEFORE

            def check(work: Work, batch: Import) -> None:
                commands.check(work, batch, columns=batch.head.columns or {}, order=DateOrder.NOT_SAID)

            self._do(email, file, check, allowed=allowed)
            if allowed:
                held = self._held()
                file.tried = sum(name not in held for name in (file.names[:-1] if file.bad else file.names))
                file.state = ImportState.CHECKED

    @rule(email=LEADS, which=LATEST)
    def begin(self, email: str, which: int) -> None:
        for file in self.files[which:][:1]:
            allowed = file.state is ImportState.CHECKED and not file.bad and file.tried > 0
            self.seen[
                "bad" if file.bad else "nobody new" if file.state is ImportState.CHECKED and not allowed else ""
            ] += 1
            self._do(email, file, commands.begin, allowed=allowed)
            if allowed:
                self._moved(file, ImportState.APPLYING)

    @rule(email=LEADS, which=LATEST)
    def take_back(self, email: str, which: int) -> None:
        for file in self.files[which:][:1]:
            allowed = file.state in {ImportState.APPLYING, ImportState.APPLIED, ImportState.UNDOING}
            self.seen["stopped" if file.state is ImportState.APPLYING else ""] += 1
            self._do(email, file, commands.take_back, allowed=allowed)
            if allowed:
                self._moved(file, ImportState.UNDOING)

    @rule(email=LEADS, which=LATEST)
    def discard(self, email: str, which: int) -> None:
        for file in self.files[which:][:1]:
            allowed = file.state in BEFORE
            self._do(email, file, commands.discard, allowed=allowed)
            if allowed:
                self._moved(file, ImportState.DISCARDED)

    def _moved(self, file: File, state: ImportState) -> None:
        file.state, file.runs = state, 0
        self.moved[file.id] += 1
        self.seen[state.value] += 1

    @rule(which=LATEST, place=st.integers(0, 5))
    def somebody_works_on_one_of_them(self, which: int, place: int) -> None:
        held = self._held()
        for file in self.files[which:][:1]:
            name = file.names[place % len(file.names)]
            if name in held:
                people.certainty(self.service, held[name])
                # Whichever import of this file brought it in.
                for each in self.files:
                    if name in each.names:
                        each.touched.add(name)

    @rule(which=LATEST)
    def one_of_them_fails_from_now_on(self, which: int) -> None:
        for file in self.files[which:][:1]:
            self.failing.add(file.names[-1])

    @rule()
    def the_clock_runs(self) -> None:
        """Carry every import on by a step, in the order of the clock; each goes on or, where it cannot, back."""
        self._clock_runs()
        with people.working(self.service, LEAD, reading=True) as work:
            for file in self.files:
                batch = queries.open_import(work, file.id)
                file.runs += file.state in {ImportState.APPLYING, ImportState.UNDOING}
                if batch.state is file.state:
                    # Nothing lasts longer than its steps.
                    assert file.runs <= len(file.names) // STEP + 1
                    continue
                follows = {
                    ImportState.APPLYING: {ImportState.APPLIED, ImportState.UNDOING},
                    ImportState.UNDOING: {ImportState.UNDONE},
                }
                assert batch.state in follows[file.state]
                if batch.state is ImportState.UNDOING:
                    assert "being taken back" in batch.head.message
                    self.seen["failed"] += 1
                self._moved(file, batch.state)

    @rule(which=LATEST)
    def the_clock_runs_to_the_end(self, which: int) -> None:
        for file in self.files[which:][:1]:
            while file.state in {ImportState.APPLYING, ImportState.UNDOING}:
                self.the_clock_runs()

    @rule(email=LEADS, number=st.integers(4, 6), end=st.sampled_from(ENDS))
    def go_the_usual_way(self, email: str, number: int, end: str) -> None:
        """Upload, try out and begin; then come to one of the ends."""
        self.upload(email, number, bad=False)
        self.try_out(email, -1)
        self.begin(email, -1)
        if end == "fails":
            self.one_of_them_fails_from_now_on(-1)
        self.the_clock_runs()
        if end == "stopped":
            self.take_back(email, -1)
        self.the_clock_runs_to_the_end(-1)
        if end == "kept":
            # As many as are looked at in one step.
            for place in range(AT_ONCE):
                self.somebody_works_on_one_of_them(-1, place)
            self.take_back(email, -1)
            self.the_clock_runs_to_the_end(-1)
        if end == "again":
            self.upload_the_same_again(email, -1)
            self.try_out(email, -1)
            self.begin(email, -1)

    @rule(email=st.sampled_from([OTHER_LEAD, POLICE]))
    def a_stranger_tries(self, email: str) -> None:
        """Even somebody who holds the row, as a page never would."""
        with people.working(self.service, email) as work:
            for file in self.files:
                batch = work.session.get_one(Import, file.id)
                for what in (commands.begin, commands.take_back, commands.discard, commands.plan):
                    with pytest.raises(Refused):
                        what(work, batch)

    # What has to be so

    @invariant()
    def each_file_is_in_whole_or_on_its_way_or_not_at_all(self) -> None:
        held = self._held()
        names = {case.id: name for name, case in held.items()}
        with people.working(self.service, LEAD, reading=True) as work:
            for file in self.files:
                batch = queries.open_import(work, file.id)
                made = work.session.scalars(select(ImportedCase.case_id).where(ImportedCase.import_id == file.id))
                there = [names[case_id] for case_id in made]
                assert batch.state is file.state
                assert set(there) <= set(file.names)
                assert len(set(there)) == len(there) == batch.done
                assert (batch.body.rows == ()) == (file.state in OVER)
                if file.state in BEFORE | {ImportState.DISCARDED}:
                    assert there == []
                elif file.state is ImportState.APPLIED:
                    assert len(there) == file.tried == batch.total
                elif file.state is ImportState.UNDONE:
                    assert set(there) <= file.touched
                    self.seen["kept"] += bool(there)
                self._check_head(batch, file)
            ids = [file.id for file in self.files]
            kept = select(AuditEntry.object_id).where(
                AuditEntry.object_id.in_(ids), AuditEntry.action == "import.moved_on"
            )
            assert Counter(work.session.scalars(kept)) == self.moved
        mine = {name for file in self.files for name in file.names}
        for name in mine & set(held):
            assert any(name in file.names and file.state not in BEFORE for file in self.files)
        for name in {name for file in self.files for name in file.touched}:
            assert name in held

    @staticmethod
    def _check_head(batch: Import, file: File) -> None:
        if file.state is ImportState.CHECKED:
            assert batch.head.new == batch.total == file.tried
            assert [(each.row, each.column) for each in batch.head.problems] == [(len(file.names) + 1, 3)] * file.bad


def _born(name: str) -> date:
    return FIRST_BORN + timedelta(days=int(name.removeprefix("First")) % 2_000)


def walk(service: Service, examples: int, *, steps: int = 12) -> Counter[str]:
    """Walk, and give how often each outcome was met. Steps are small, and the clock takes one at a time."""
    seen: Counter[str] = Counter()
    failing: set[str] = set()
    real = commands._bring_in

    def fails(work: Work, batch: Import, group: Any) -> None:
        if group[0].first_name in failing:
            raise OSError
        real(work, batch, group)

    machine = type("ImportWalk", (Walk,), {"service": service, "seen": seen, "failing": failing})
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(commands, "AT_ONCE", AT_ONCE)
        patched.setattr(commands, "STEP", STEP)
        patched.setattr(importing, "MOST_STEPS", 1)
        patched.setattr(commands, "_bring_in", fails)
        run_state_machine_as_test(
            machine,
            settings=settings(max_examples=examples, stateful_step_count=steps, deadline=None, derandomize=True),
        )
    return +seen


def test_no_way_leads_to_half_an_import(sqlite_service: Service) -> None:
    assert {"applied", "undone", "kept"} <= walk(sqlite_service, 3, steps=5).keys()


@pytest.mark.soak
def test_the_same_in_full_size_meets_every_end(sqlite_service: Service) -> None:
    ends = {"applied", "undone", "discarded", "failed", "stopped", "kept", "bad", "nobody new"}
    assert ends <= walk(sqlite_service, 100).keys()
