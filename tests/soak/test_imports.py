"""Imports of many rows: one bad cell keeps all of them out, and what fails in the middle is taken back whole."""

import io
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from cse_tracker.app import Service
from cse_tracker.audit.verify import verify
from cse_tracker.cases.model import Case
from cse_tracker.imports import commands, queries
from cse_tracker.imports.model import Import, ImportState
from cse_tracker.jobs.importing import carry_on_imports
from cse_tracker.people.model import Person
from cse_tracker.work.unit import Work
from tests import people
from tests.soak.conftest import Report
from tests.web.client import Browser

HEAD = "First name,Last name,Date of birth,NHS number,Certainty,Concern,Same as"
FIRST_BORN = date(2009, 1, 1)


def many(number: int, bad: int | None = None) -> bytes:
    """A file of so many young people, told apart by a word of their own; one of them with a day that is none."""
    rows = [
        f"First{place},Last{place},{FIRST_BORN + timedelta(days=place % 2_000)},,indicated,Seen at the station,new"
        for place in range(number)
    ]
    if bad is not None:
        rows[bad] = f"First{bad},Last{bad},2011-13-06,,indicated,Seen at the station,new"
    return "\n".join((HEAD, *rows)).encode()


def tried_out(service: Service, content: bytes, name: str = "cases.csv") -> Browser:
    """Upload a file and try it out through its pages."""
    lead = Browser(service).sign_in(people.LEAD)
    lead.get("/imports/")
    with io.BytesIO(content) as file:
        lead.submit(file=(file, name))
    lead.submit()
    return lead


def held(service: Service) -> tuple[int, int]:
    """How many young people and cases there are."""
    with people.working(service, reading=True) as work:
        kinds = (Person, Case)
        persons, cases = (work.session.scalar(select(func.count()).select_from(kind)) or 0 for kind in kinds)
        return persons, cases


def stands(service: Service, name: str) -> tuple[ImportState, int]:
    """Where the import of a file stands, and how many young people of it are there."""
    with people.working(service, people.LEAD, reading=True) as work:
        (found,) = (each for each in queries.listing(work) if each.head.file_name == name)
        return found.state, found.done


def one_bad_cell(service: Service, number: int) -> None:
    before, bad = held(service), number * 2 // 3
    lead = tried_out(service, many(number, bad))
    assert f"C{bad + 2}" in lead.text()
    assert "There is no such day" in lead.text()
    assert "Nothing can be brought in before" in lead.text()
    with service.app.app_context():
        assert carry_on_imports(service.tools) == 0
    assert held(service) == before


def whole_or_nothing(service: Service, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    before, real, last = held(service), commands._bring_in, f"First{number * 3 // 5}"

    def fails(work: Work, batch: Import, group: commands.Group) -> None:
        if group[0].first_name == last:
            raise OSError
        real(work, batch, group)

    content = many(number)
    with monkeypatch.context() as patched, service.app.app_context():
        patched.setattr(commands, "_bring_in", fails)
        tried_out(service, content, "fails.csv").submit(_form=0, sure="y")
        seen = []
        while carry_on_imports(service.tools):
            seen.append(held(service)[0])
    assert stands(service, "fails.csv") == (ImportState.UNDONE, 0)
    assert held(service) == before
    assert max(seen) <= before[0] + number * 3 // 5
    with service.app.app_context():
        tried_out(service, content, "whole.csv").submit(_form=0, sure="y")
        while carry_on_imports(service.tools):
            pass
    assert stands(service, "whole.csv") == (ImportState.APPLIED, number)
    assert held(service) == (before[0] + number, before[1] + number)
    with people.working(service, reading=True) as work:
        assert verify(work.session).intact


def test_one_bad_cell_among_many_is_named_and_nothing_comes_in(sqlite_service: Service) -> None:
    one_bad_cell(sqlite_service, 600)


def test_many_rows_come_in_whole_or_not_at_all(sqlite_service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "AT_ONCE", 20)
    monkeypatch.setattr(commands, "STEP", 8)
    whole_or_nothing(sqlite_service, 50, monkeypatch)


@pytest.mark.soak
def test_one_bad_cell_among_fifty_thousand_rows(sqlite_service: Service, report: Report) -> None:
    one_bad_cell(sqlite_service, 50_000)
    report("rows tried out, with one bad cell, of which were brought in", 0, "count", limit=0)


@pytest.mark.soak
def test_fifty_thousand_rows_come_in_whole_or_not_at_all(
    service: Service, monkeypatch: pytest.MonkeyPatch, report: Report
) -> None:
    number = 50_000
    whole_or_nothing(service, number, monkeypatch)
    report("rows brought in whole, after once taken back whole from the middle", number, "count", holds=True)
