"""What lead officers see of cases: the list, one case, and open cases of a person."""

from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from cse_tracker.access.decisions import require_sight, scope
from cse_tracker.access.matrix import Permission
from cse_tracker.cases.events import CaseListViewed, CaseViewed
from cse_tracker.cases.model import OPEN, Case, CaseHead, CasePassage, CaseStatus
from cse_tracker.people import queries as people
from cse_tracker.people.model import Person
from cse_tracker.records.keys import unlock
from cse_tracker.records.reference import reference
from cse_tracker.records.sealed import with_keys
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
    wanted = select(Case).where(Case.borough_gss.in_(allowed.boroughs), Case.status.in_(OPEN))
    rows = _rows(work, wanted)
    rows.sort(key=lambda row: (row.person.head.last_name.casefold(), row.person.head.first_name.casefold()))
    work.record(CaseListViewed(subject_id=None, shown=len(rows)))
    return rows


def by_reference(work: Work, case: Case, typed: Iterable[str]) -> dict[str, UUID]:
    """Give the ids of other cases of a case's borough by their references as typed; only those the actor may see."""
    wanted = {each.strip().upper(): each for each in typed}
    allowed = scope(work.actor, Permission.CASE_LIST).boroughs & {case.borough_gss}
    ids = work.session.scalars(select(Case.id).where(Case.borough_gss.in_(allowed), Case.id != case.id))
    return {wanted[found]: each for each in ids if (found := reference("C", each)) in wanted}


def rows_of(work: Work, case_ids: Iterable[UUID]) -> dict[UUID, CaseRow]:
    """Give cases by id with their persons, only those the actor may see (for lists made of other things)."""
    allowed = scope(work.actor, Permission.CASE_LIST).boroughs
    wanted = select(Case).where(Case.id.in_(set(case_ids)), Case.borough_gss.in_(allowed))
    return {row.case.id: row for row in _rows(work, wanted)}


def _rows(work: Work, cases: Select[Any]) -> list[CaseRow]:
    """Give the cases of a query with their persons, where the actor may see both, and their keys: one statement."""
    seen = scope(work.actor, Permission.PERSON_VIEW).boroughs
    wanted = cases.join(Person, Person.id == Case.person_id).add_columns(Person).where(Person.borough_gss.in_(seen))
    return [CaseRow(case, person) for case, person, *_ in with_keys(work.session, wanted, Case, Person)]


def open_case(work: Work, case_id: UUID, *, for_change: bool = False) -> CaseRow:
    """Give one case with its person, recorded as seen; NotFound where the actor may not know of it."""
    wanted = select(Case, Person).join(Person, Person.id == Case.person_id).where(Case.id == case_id)
    if for_change:
        wanted = wanted.with_for_update(of=Case).execution_options(populate_existing=True)
    # Case, person and both their keys with one statement: the statements of this page cost more than its sealing.
    found = with_keys(work.session, wanted, Case, Person)
    if not found:
        raise NotFound
    case: Case = found[0][0]
    require_sight(work.actor, Permission.CASE_VIEW, case)
    work.record(CaseViewed(subject_id=case.id, borough_gss=case.borough_gss))
    return CaseRow(case, people.open_person(work, case.person_id))


def open_cases_of(work: Work, person_ids: Iterable[UUID]) -> dict[UUID, Case]:
    """Give the open case of each person who has one, by person."""
    allowed = scope(work.actor, Permission.CASE_LIST).boroughs
    wanted = select(Case).where(
        Case.person_id.in_(set(person_ids)), Case.status.in_(OPEN), Case.borough_gss.in_(allowed)
    )
    return {case.person_id: case for case in work.session.scalars(wanted)}


def closed_cases(work: Work) -> list[CaseRow]:
    """Give every closed case that the actor may see, the latest closed first, recorded as one viewing of a list.

    Raises NotPermitted where the actor may list no case at all.
    """
    allowed = scope(work.actor, Permission.CASE_LIST)
    if allowed.empty:
        raise NotPermitted(Permission.CASE_LIST)
    wanted = select(Case).where(Case.borough_gss.in_(allowed.boroughs), Case.status.not_in(OPEN))
    rows = _rows(work, wanted.order_by(Case.left_at.desc(), Case.id))
    work.record(CaseListViewed(subject_id=None, shown=len(rows)))
    return rows


def last_closed_of(work: Work, person_id: UUID) -> Case | None:
    """Give the latest case of a young person that was closed and could be reopened, None where there is none."""
    allowed = scope(work.actor, Permission.CASE_LIST).boroughs
    wanted = select(Case).where(
        Case.person_id == person_id, Case.status == CaseStatus.CLOSED, Case.borough_gss.in_(allowed)
    )
    found = work.session.scalar(wanted.order_by(Case.left_at.desc(), Case.id).limit(1))
    if found is not None:
        unlock(work.session, [found.compartment_id])
    return found


def open_ids(session: Session) -> list[UUID]:
    """Give the ids of all open cases, for jobs."""
    return list(session.scalars(select(Case.id).where(Case.status.in_(OPEN))))


def passages(work: Work, case: Case) -> list[CasePassage]:
    """Give where a case that has been opened stood, in order of time."""
    wanted = select(CasePassage).where(CasePassage.case_id == case.id).order_by(CasePassage.ordinal)
    return list(work.session.scalars(wanted))


def open_at(work: Work, borough_gss: str, moment: datetime) -> list[Case]:
    """Give the cases of a borough that were open just before a moment, whatever became of them since.

    For counting only: nothing is asked of the matrix and nothing is recorded. A case that was closed, handed over or
    merged before the moment is not counted, even where it was reopened later.
    """
    still = or_(Case.status.in_(OPEN), Case.left_at >= moment)
    rows = list(work.session.scalars(select(Case).where(Case.borough_gss == borough_gss, still)))
    unlock(work.session, {row.compartment_id for row in rows})
    latest: dict[UUID, CaseStatus] = {}
    known = select(CasePassage).where(CasePassage.case_id.in_([row.id for row in rows]))
    for passage in work.session.scalars(known.order_by(CasePassage.case_id, CasePassage.ordinal)):
        if passage.body.at < moment:
            latest[passage.case_id] = passage.body.status
    # A case from before passages were kept was open from the day it was opened on.
    counted = {
        row.id: row for row in rows if row.head.opened_at < moment and latest.get(row.id, CaseStatus.OPENED) in OPEN
    }
    # Two cases of one young person that were joined since count once.
    return [row for row in counted.values() if not _goes_on_in(work, row, counted)]


def _goes_on_in(work: Work, case: Case, others: Container[UUID]) -> bool:
    """Whether the case that a case was joined to, directly or by others, is among some."""
    at = case.merged_into_id
    while at is not None:
        if at in others:
            return True
        at = work.session.get_one(Case, at).merged_into_id
    return False


def joined_to(work: Work, case: Case) -> list[Case]:
    """Give the cases that were joined to a case that has been opened, and to those, the earliest opened first."""
    found: dict[UUID, Case] = {}
    new = {case.id}
    while new:
        rows = work.session.scalars(select(Case).where(Case.merged_into_id.in_(new))).all()
        new = {row.id for row in rows} - found.keys()
        found |= {row.id: row for row in rows}
    unlock(work.session, {row.compartment_id for row in found.values()})
    return sorted(found.values(), key=lambda row: row.head.opened_at)


def gone_on_in(work: Work, case: Case) -> Case | None:
    """Give the case that a case that has been opened was joined to, None where it was not."""
    return work.session.get_one(Case, case.merged_into_id) if case.merged_into_id else None


def heads_of(work: Work, borough_gss: str) -> list[CaseHead]:
    """Give what lists show of a borough's open cases without any person, recorded as one viewing of a list."""
    allowed = scope(work.actor, Permission.CASE_LIST).boroughs & {borough_gss}
    rows = list(work.session.scalars(select(Case).where(Case.borough_gss.in_(allowed), Case.status.in_(OPEN))))
    unlock(work.session, [row.compartment_id for row in rows])
    work.record(CaseListViewed(subject_id=None, borough_gss=borough_gss, shown=len(rows)))
    return [row.head for row in rows]
