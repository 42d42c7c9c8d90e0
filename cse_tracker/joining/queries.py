"""Which cases may be one young person's, two of them side by side, and what was proposed."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import or_, select

from cse_tracker.access.decisions import require_sight
from cse_tracker.access.matrix import Permission
from cse_tracker.cases import queries as cases
from cse_tracker.cases.model import Case, CaseStatus
from cse_tracker.cases.queries import CaseRow
from cse_tracker.joining.events import CasesCompared
from cse_tracker.joining.model import Joining
from cse_tracker.people import queries as people
from cse_tracker.people.queries import Candidate
from cse_tracker.work.errors import NotFound
from cse_tracker.work.unit import Work


@dataclass(frozen=True)
class Likely:
    """Another case that may be the same young person's, and why."""

    row: CaseRow
    candidate: Candidate


def likely(work: Work, row: CaseRow) -> list[Likely]:
    """Give the cases of others in the borough who are alike, the likeliest first; of each the one that counts."""
    require_sight(work.actor, Permission.CASE_JOIN, row.case)
    found = [
        each
        for each in people.matches(work, row.person.head, about_id=row.case.id)
        if each.person.id != row.person.id and each.person.borough_gss == row.case.borough_gss
    ]
    by_person = _cases_of(work, [each.person.id for each in found])
    return [Likely(by_person[each.person.id], each) for each in found if each.person.id in by_person]


def _cases_of(work: Work, person_ids: list[UUID]) -> dict[UUID, CaseRow]:
    over = (CaseStatus.MERGED, CaseStatus.TRANSFERRED_OUT)
    wanted = select(Case.id).where(Case.person_id.in_(person_ids), Case.status.not_in(over))
    rows = cases.rows_of(work, work.session.scalars(wanted))
    # An open one before a closed one, the latest closed before earlier ones.
    ordered = sorted(rows.values(), key=lambda each: (each.case.is_open, each.case.head.opened_at))
    return {each.person.id: each for each in ordered}


def side_by_side(work: Work, case_id: UUID, other_id: UUID, *, for_change: bool = False) -> tuple[CaseRow, CaseRow]:
    """Give two cases, recorded as compared; NotFound where the actor may not see both."""
    found = {each: cases.open_case(work, each, for_change=for_change) for each in sorted({case_id, other_id})}
    if len(found) < 2:
        raise NotFound
    one, other = found[case_id], found[other_id]
    for each in (one, other):
        require_sight(work.actor, Permission.CASE_JOIN, each.case)
    work.record(CasesCompared(subject_id=case_id, borough_gss=one.case.borough_gss, other_case_id=other_id))
    return one, other


def of_case(work: Work, case: Case) -> list[Joining]:
    """Give every joining of a case that has been opened, into it and out of it, the latest first."""
    wanted = select(Joining).where(or_(Joining.ending_id == case.id, Joining.going_on_id == case.id))
    return sorted(work.session.scalars(wanted), key=lambda row: row.body.proposed_at, reverse=True)


def open_joining(work: Work, joining_id: UUID, *, for_change: bool = False) -> tuple[Joining, CaseRow, CaseRow]:
    """Give a joining with the case that ends and the one that goes on; NotFound where the actor may not see both."""
    joining = work.session.get(Joining, joining_id, with_for_update=for_change)
    if joining is None:
        raise NotFound
    ending, going_on = side_by_side(work, joining.ending_id, joining.going_on_id, for_change=for_change)
    return joining, ending, going_on
