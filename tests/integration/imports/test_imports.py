"""Imports through the commands and the clock: tried out, all or nothing, the same people again, and taken back."""

from typing import Any

import pytest
from sqlalchemy import func, select, text

from cse_tracker.app import Service
from cse_tracker.cases import queries as cases
from cse_tracker.cases.model import Case
from cse_tracker.imports import commands, queries
from cse_tracker.imports.model import Import, ImportState
from cse_tracker.imports.rules import DateOrder
from cse_tracker.jobs.importing import carry_on_imports
from cse_tracker.matching.model import MatchToken
from cse_tracker.people.model import Person
from cse_tracker.records.keys import DataKey
from cse_tracker.retention import commands as retention
from cse_tracker.sheets.reading import read
from cse_tracker.work.errors import NotFound, NotPermitted, RuleBroken
from tests import people

HEAD = "First name,Last name,Date of birth,NHS number,Certainty,Concern,Same as\n"


def a_file(*rows: str) -> bytes:
    return (HEAD + "\n".join(rows)).encode()


TWO = a_file("Nia,Okoro,2011-05-06,,indicated,Seen at the station,", "Lea,Brandt,2010-01-02,,known,Told a nurse,")


def tried(service: Service, content: bytes = TWO, email: str = people.LEAD, gss: str = people.HACKNEY) -> Import:
    with people.working(service, email) as work:
        batch = commands.upload(work, read("cases.csv", content), file_name="cases.csv", borough_gss=gss)
        commands.check(work, batch, columns=batch.head.columns or {}, order=DateOrder.NOT_SAID)
        assert batch.head.problems is not None
    return batch


def begin(service: Service, batch: Import) -> None:
    with people.working(service, people.LEAD) as work:
        commands.begin(work, queries.open_import(work, batch.id, for_change=True))


def clock_runs(service: Service) -> None:
    with service.app.app_context():
        while carry_on_imports(service.tools):
            pass


def brought_in(service: Service, content: bytes = TWO) -> Import:
    batch = tried(service, content)
    begin(service, batch)
    clock_runs(service)
    return batch


def state_of(service: Service, batch: Import) -> tuple[ImportState, int, int]:
    with people.working(service, people.LEAD, reading=True) as work:
        found = queries.open_import(work, batch.id)
        return found.state, found.done, len(queries.staying(work, found, 1_000))


def counts(service: Service) -> dict[str, int]:
    kinds: dict[str, Any] = {"person": Person, "case": Case, "key": DataKey, "token": MatchToken}
    with people.working(service, reading=True) as work:
        return {name: work.session.scalar(select(func.count()).select_from(kind)) or 0 for name, kind in kinds.items()}


def names(service: Service) -> list[str]:
    with people.working(service, people.LEAD, reading=True) as work:
        return [row.person.head.full_name for row in cases.cases_in_sight(work)]


def test_cases_come_in_with_their_concern_and_the_duty_to_decide_a_level(service: Service) -> None:
    batch = brought_in(service)
    assert state_of(service, batch) == (ImportState.APPLIED, 2, 2)
    assert names(service) == ["Lea Brandt", "Nia Okoro"]
    with people.working(service, people.LEAD, reading=True) as work:
        for row in cases.cases_in_sight(work):
            assert row.case.head.certainty is not None
    with people.working(service, people.LEAD, reading=True) as work:
        found = queries.open_import(work, batch.id)
        assert found.body.rows == ()


def test_the_same_file_again_finds_the_same_people_and_changes_nobody(service: Service) -> None:
    brought_in(service)
    before = counts(service)
    again = tried(service)
    with people.working(service, people.LEAD, reading=True) as work:
        found = queries.open_import(work, again.id)
        assert (found.head.new, found.head.known, found.head.problem_count) == (0, 2, 0)
    with pytest.raises(RuleBroken, match="Nobody is new"):
        begin(service, again)
    after = counts(service)
    assert {name: after[name] - before[name] for name in before} == {"person": 0, "case": 0, "key": 1, "token": 0}


def test_one_bad_cell_keeps_everything_out(service: Service) -> None:
    rows = [f"First{number},Last{number},2011-05-06,,indicated,Seen," for number in range(60)]
    rows[31] = "First31,Last31,2011-13-06,,indicated,Seen,"
    batch = tried(service, a_file(*rows))
    with people.working(service, people.LEAD, reading=True) as work:
        (problem,) = queries.open_import(work, batch.id).head.problems
        assert (problem.row, problem.column) == (33, 3)
    with pytest.raises(RuleBroken, match="problems"):
        begin(service, batch)
    clock_runs(service)
    assert names(service) == []


def test_somebody_who_may_be_known_is_asked_about_and_never_assumed(service: Service) -> None:
    case = people.open_case(service, first_name="Keira", last_name="Marsh")
    alike = "Kiera,Marsh,2012-03-03,,indicated,Seen,{}"
    batch = tried(service, a_file(alike.format("")))
    with people.working(service, people.LEAD, reading=True) as work:
        (problem,) = queries.open_import(work, batch.id).head.problems
        assert f"May be Keira Marsh, {case.reference}" in problem.message
    for word, new, known in ((case.reference, 0, 1), ("new", 1, 0), ("C-2222-2222", 1, 0)):
        batch = tried(service, a_file(alike.format(word)))
        with people.working(service, people.LEAD, reading=True) as work:
            found = queries.open_import(work, batch.id)
            assert (found.head.new, found.head.known) == (new, known)
            assert found.head.problem_count == (word == "C-2222-2222")


def test_what_an_import_made_is_taken_back_without_a_trace_of_content(service: Service) -> None:
    before = counts(service)
    batch = brought_in(service)
    with people.working(service, people.LEAD) as work:
        commands.take_back(work, queries.open_import(work, batch.id, for_change=True))
    clock_runs(service)
    assert state_of(service, batch) == (ImportState.UNDONE, 0, 0)
    after = counts(service)
    # The import's own compartment stays: it says what was done.
    assert {name: after[name] - before[name] for name in before} == {"person": 0, "case": 0, "key": 1, "token": 0}
    brought_in(service)
    assert names(service) == ["Lea Brandt", "Nia Okoro"]


def test_what_somebody_has_worked_on_since_stays(service: Service) -> None:
    batch = brought_in(service)
    with people.working(service, people.LEAD, reading=True) as work:
        nia = next(row.case for row in cases.cases_in_sight(work) if row.person.head.first_name == "Nia")
    people.assess(service, nia, "older_boyfriend")
    with people.working(service, people.LEAD) as work:
        commands.take_back(work, queries.open_import(work, batch.id, for_change=True))
    clock_runs(service)
    assert state_of(service, batch) == (ImportState.UNDONE, 1, 1)
    assert names(service) == ["Nia Okoro"]


def nia_of(service: Service) -> Case:
    with people.working(service, people.LEAD, reading=True) as work:
        return next(row.case for row in cases.cases_in_sight(work) if row.person.head.first_name == "Nia")


def test_a_person_under_legal_hold_stays_and_stops_nobody_else_s_going(service: Service) -> None:
    batch = brought_in(service)
    with people.working(service, people.LEAD) as work:
        retention.place_hold(work, work.session.get_one(Person, nia_of(service).person_id), reason="Inquiry")
    with people.working(service, people.LEAD) as work:
        commands.take_back(work, queries.open_import(work, batch.id, for_change=True))
    clock_runs(service)
    assert state_of(service, batch) == (ImportState.UNDONE, 1, 1)
    assert names(service) == ["Nia Okoro"]


def test_a_large_import_goes_in_steps_and_comes_back_whole_when_one_fails(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "AT_ONCE", 4)
    monkeypatch.setattr(commands, "STEP", 3)
    rows = [f"First{number},Last{number},2011-05-06,,indicated,Seen," for number in range(8)]
    rows = [row.replace("2011-05-06", f"20{10 + number % 4}-0{1 + number}-11") for number, row in enumerate(rows)]
    batch = tried(service, a_file(*(row + "new" for row in rows)))
    real, calls = commands._bring_in, []

    def fails(work: Any, batch: Import, group: Any) -> None:
        calls.append(1)
        if len(calls) == 5:
            raise OSError
        real(work, batch, group)

    monkeypatch.setattr(commands, "_bring_in", fails)
    begin(service, batch)
    clock_runs(service)
    assert state_of(service, batch) == (ImportState.UNDONE, 0, 0)
    assert names(service) == []
    monkeypatch.setattr(commands, "_bring_in", real)
    batch = tried(service, a_file(*(row + "new" for row in rows)))
    begin(service, batch)
    clock_runs(service)
    assert state_of(service, batch) == (ImportState.APPLIED, 8, 8)


def test_an_import_is_seen_and_run_by_its_borough_s_lead_officers_alone(service: Service) -> None:
    batch = tried(service)
    for email in (people.OTHER_LEAD, people.POLICE, people.MANAGER):
        with pytest.raises(NotFound), people.working(service, email) as work:
            queries.open_import(work, batch.id)
        with pytest.raises(NotPermitted):
            tried(service, email=email)
    with pytest.raises(NotPermitted), people.working(service, people.POLICE) as work:
        queries.listing(work)


def test_nothing_of_the_file_stands_in_the_store_in_plain(sqlite_service: Service) -> None:
    brought_in(sqlite_service)
    tried(sqlite_service, a_file("Ada,Unwritten,2011-05-06,,indicated,Very secret,"))
    with sqlite_service.store.engine.connect() as connection:
        rows = repr(connection.execute(text("SELECT * FROM import_batch")).all())
    for word in ("Okoro", "Unwritten", "secret", "cases.csv"):
        assert word not in rows


def test_a_file_that_was_thrown_away_is_empty_and_cannot_be_begun(service: Service) -> None:
    batch = tried(service)
    with people.working(service, people.LEAD) as work:
        found = queries.open_import(work, batch.id, for_change=True)
        commands.discard(work, found)
        with pytest.raises(RuleBroken, match="moved on"):
            commands.begin(work, found)
    with people.working(service, people.LEAD, reading=True) as work:
        assert queries.open_import(work, batch.id).body.rows == ()
