"""What lead officers see of cases: the list, one case, and open cases of a person."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from cse_tracker.access.decisions import require_sight, scope
from cse_tracker.access.matrix import Permission
from cse_tracker.cases.events import CaseListViewed, CaseViewed
from cse_tracker.cases.model import Case, CaseStatus
from cse_tracker.people import queries as people
from cse_tracker.people.model import Person
from cse_tracker.records.keys import unlock
from cse_tracker.work.errors import NotFound, NotPermitted
from cse_tracker.work.unit import Work


@dataclass(frozen=True)
class CaseRow:
    """A case in a list, with its person."""

    case: Case
    person: Person


def cases_in_sight(work: Work) -> list[CaseRow]:
    """Give every open case that the actor may see, in order of name, recorded as one viewing of a list.

    Raises NotPermitted where the actor may list no case at all: an empty list would say that there are none.
    """
    allowed = scope(work.actor, Permission.CASE_LIST)
    if allowed.empty:
        raise NotPermitted(Permission.CASE_LIST)
    wanted = select(Case).where(Case.borough_gss.in_(allowed.boroughs), Case.status == CaseStatus.OPEN)
    rows = _rows(work, list(work.session.scalars(wanted)))
    rows.sort(key=lambda row: (row.person.head.last_name.casefold(), row.person.head.first_name.casefold()))
    work.record(CaseListViewed(subject_id=None, shown=len(rows)))
    return rows


def rows_of(work: Work, case_ids: Iterable[UUID]) -> dict[UUID, CaseRow]:
    """Give cases by id with their persons, only those the actor may see (for lists made of other things)."""
    allowed = scope(work.actor, Permission.CASE_LIST).boroughs
    wanted = select(Case).where(Case.id.in_(set(case_ids)), Case.borough_gss.in_(allowed))
    return {row.case.id: row for row in _rows(work, list(work.session.scalars(wanted)))}


def _rows(work: Work, cases: list[Case]) -> list[CaseRow]:
    persons = people.persons(work, [case.person_id for case in cases])
    unlock(work.session, [case.compartment_id for case in cases])
    return [CaseRow(case, persons[case.person_id]) for case in cases if case.person_id in persons]


def open_case(work: Work, case_id: UUID, *, for_change: bool = False) -> CaseRow:
    """Give one case with its person, recorded as seen; NotFound where the actor may not know of it."""
    case = work.session.get(Case, case_id, with_for_update=for_change)
    if case is None:
        raise NotFound
    require_sight(work.actor, Permission.CASE_VIEW, case)
    work.record(CaseViewed(subject_id=case.id, borough_gss=case.borough_gss))
    person = people.open_person(work, case.person_id)
    # Both keys with one query, before the page asks for what they open.
    unlock(work.session, [case.compartment_id, person.compartment_id])
    return CaseRow(case, person)


def open_cases_of(work: Work, person_ids: Iterable[UUID]) -> dict[UUID, Case]:
    """Give the open case of each person who has one, by person."""
    allowed = scope(work.actor, Permission.CASE_LIST).boroughs
    wanted = select(Case).where(
        Case.person_id.in_(set(person_ids)), Case.status == CaseStatus.OPEN, Case.borough_gss.in_(allowed)
    )
    return {case.person_id: case for case in work.session.scalars(wanted)}
