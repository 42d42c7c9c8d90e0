"""Revisions: every change raises one, and a stale save is refused."""

from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import select

from cse_tracker.app import Service
from cse_tracker.cases import commands as cases
from cse_tracker.cases import queries as case_queries
from cse_tracker.cases.model import Case
from cse_tracker.identity.model import Agency
from cse_tracker.rulebook.decisions import Certainty
from cse_tracker.work.errors import Conflict
from tests import people


def read(service: Service, case_id: UUID) -> Case:
    with people.working(service, people.LEAD, reading=True) as work:
        return case_queries.open_case(work, case_id).case


def test_a_new_row_has_revision_one_and_every_change_raises_it(service: Service) -> None:
    case = people.open_case(service)
    assert read(service, case.id).revision == 1
    people.certainty(service, case)
    assert read(service, case.id).revision == 2
    people.assess(service, case, "missing_once")
    assert read(service, case.id).revision == 3


def test_reading_raises_no_revision(sqlite_service: Service) -> None:
    case = people.open_case(sqlite_service)
    with people.working(sqlite_service, people.LEAD) as work:
        row = case_queries.open_case(work, case.id).case
        _ = row.head, row.body
    assert read(sqlite_service, case.id).revision == 1


def test_a_change_of_a_plain_column_seals_the_payloads_again_for_the_new_revision(sqlite_service: Service) -> None:
    case = people.open_case(sqlite_service)
    with people.working(sqlite_service) as work:
        row = work.session.get_one(Case, case.id)
        before = row.head_sealed
        row.borough_gss = people.ISLINGTON
        work.session.flush()
        assert row.head_sealed != before
    with people.working(sqlite_service, people.OTHER_LEAD, reading=True) as work:
        assert work.session.get_one(Case, case.id).head.certainty is None


def move(service: Service, case: Case) -> None:
    with people.working(service, people.LEAD) as work:
        work.session.add(case)
        case.borough_gss = people.ISLINGTON


def test_a_row_changed_by_another_session_meanwhile_is_a_conflict(service: Service) -> None:
    case = people.open_case(service)
    stale = read(service, case.id)
    people.certainty(service, case)
    with pytest.raises(Conflict):
        move(service, stale)
    assert read(service, case.id).revision == 2


def test_two_open_sessions_that_change_one_row_cannot_both_win(postgresql_service: Service) -> None:
    case = people.open_case(postgresql_service)

    def change_while_another_does() -> None:
        with people.working(postgresql_service, people.LEAD) as work:
            mine = case_queries.open_case(work, case.id).case
            mine.head = replace(mine.head, level_label="Mine")
            people.certainty(postgresql_service, case)

    with pytest.raises(Conflict):
        change_while_another_does()
    with people.working(postgresql_service, people.LEAD, reading=True) as work:
        kept = case_queries.open_case(work, case.id).case
        assert (kept.head.certainty, kept.head.level_label) == (Certainty.INDICATED, "")


def test_a_plain_record_is_locked_by_its_revision_too(sqlite_service: Service) -> None:
    with people.working(sqlite_service) as work:
        stale = work.session.scalars(select(Agency)).first()
        assert stale is not None
    with people.working(sqlite_service) as work:
        row = work.session.get_one(Agency, stale.id)
        row.name = "Renamed"
        work.session.flush()
        assert row.revision == stale.revision + 1

    def rename(agency: Agency) -> None:
        with people.working(sqlite_service) as work:
            work.session.add(agency)
            agency.name = "Renamed otherwise"

    with pytest.raises(Conflict):
        rename(stale)


def test_a_page_made_before_another_change_is_a_conflict(sqlite_service: Service) -> None:
    case = people.open_case(sqlite_service)
    seen = read(sqlite_service, case.id).revision
    people.assess(sqlite_service, case, "missing_once")
    now = read(sqlite_service, case.id)
    cases.check_revision(now, now.revision)
    with pytest.raises(Conflict):
        cases.check_revision(now, seen)
