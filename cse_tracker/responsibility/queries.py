"""What both boroughs see of claims, and what the one that took a case over sees of its history."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import or_, select

from cse_tracker.access.decisions import require_sight, scope
from cse_tracker.access.matrix import Permission
from cse_tracker.cases.model import Case
from cse_tracker.people import queries as people
from cse_tracker.people.queries import Candidate
from cse_tracker.records.keys import unlock
from cse_tracker.responsibility.events import ClaimListViewed, ClaimViewed, HandedCaseViewed
from cse_tracker.responsibility.model import Claim
from cse_tracker.work.errors import NotFound, NotPermitted
from cse_tracker.work.unit import Work


def in_sight(work: Work) -> list[Claim]:
    """Give every claim between a borough that the actor leads and another, recorded as one viewing of a list.

    Raises NotPermitted where the actor may list none at all.
    """
    allowed = scope(work.actor, Permission.RESPONSIBILITY_LIST)
    if allowed.empty:
        raise NotPermitted(Permission.RESPONSIBILITY_LIST)
    wanted = select(Claim).where(or_(Claim.from_gss.in_(allowed.boroughs), Claim.to_gss.in_(allowed.other_boroughs)))
    rows = _opened(work, work.session.scalars(wanted))
    rows.sort(key=lambda row: row.body.steps[-1].at, reverse=True)
    work.record(ClaimListViewed(subject_id=None, shown=len(rows)))
    return rows


def _opened(work: Work, found: Iterable[Claim]) -> list[Claim]:
    rows = list(found)
    unlock(work.session, {row.compartment_id for row in rows})
    return rows


def open_claim(work: Work, claim_id: UUID, *, for_change: bool = False) -> Claim:
    """Give one claim, recorded as seen; NotFound where the actor may not know of it."""
    claim = work.session.get(Claim, claim_id, with_for_update=for_change)
    if claim is None:
        raise NotFound
    require_sight(work.actor, Permission.RESPONSIBILITY_VIEW, claim)
    work.record(ClaimViewed(subject_id=claim.id, borough_gss=claim.from_gss))
    return claim


def of_case(work: Work, case: Case) -> list[Claim]:
    """Give the claims on a case that has been opened, and the one by which it came here, the latest first."""
    wanted = select(Claim).where(or_(Claim.case_id == case.id, Claim.successor_id == case.id))
    rows = _opened(work, work.session.scalars(wanted))
    return sorted(rows, key=lambda row: row.body.steps[0].at, reverse=True)


def unsettled(work: Work, case: Case) -> Claim | None:
    """Give the claim on a case that is not settled, None where there is none."""
    return next((claim for claim in of_case(work, case) if claim.case_id == case.id and claim.is_unsettled), None)


def candidates(work: Work, claim: Claim) -> list[Candidate]:
    """Give the young people whom the receiving borough knows already and who may be the one concerned."""
    require_sight(work.actor, Permission.RESPONSIBILITY_ANSWER, claim)
    own = people.matches(work, claim.body.identity, about_id=claim.id)
    return [each for each in own if each.person.borough_gss == claim.to_gss]


def history_of(work: Work, claim: Claim) -> Case:
    """Give the case as it was until it was handed over, for either borough; NotFound before that."""
    case = work.session.get_one(Case, claim.case_id)
    if case.handed_to_gss is None:
        raise NotFound
    require_sight(work.actor, Permission.CASE_HISTORY, case)
    unlock(work.session, [case.compartment_id])
    work.record(HandedCaseViewed(subject_id=case.id, borough_gss=case.borough_gss))
    return case
