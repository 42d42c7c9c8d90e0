"""Counts the tracker's own young people of a year, and which services know them. Nothing here is shown as it is.

Like the counting of the monthly statistics it opens sealed records with the work's keys and asks no access to cases:
a manager who may open no case may still have them counted. What is counted stays sealed, and is protected wherever it
is shown.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import or_, select

from cse_tracker.assessments.model import CertaintyFact
from cse_tracker.cases.model import OPEN, Case, CasePassage, CaseStatus
from cse_tracker.estimates.years import Year
from cse_tracker.identity import queries as identity
from cse_tracker.involvement.model import Marker
from cse_tracker.likeness.names import normal_name
from cse_tracker.people.model import Person
from cse_tracker.records.keys import unlock
from cse_tracker.referrals.model import Referral, ReferralState
from cse_tracker.rulebook.terms import AgencyKind
from cse_tracker.work.unit import Work

# Ours, after statistics' own groups: the services that come upon young people by different roads.
SOCIAL_CARE: Final = "Social care"
OTHER: Final = "Other services"
LISTS: Final[Mapping[AgencyKind, str]] = {
    AgencyKind.SOCIAL_CARE: SOCIAL_CARE,
    AgencyKind.POLICE: "Police and youth justice",
    AgencyKind.YOT: "Police and youth justice",
    AgencyKind.HEALTH: "Health",
    AgencyKind.SEXUAL_HEALTH: "Health",
    AgencyKind.CAMHS: "Health",
    AgencyKind.DRUGS_ALCOHOL: "Health",
    AgencyKind.EDUCATION: "Education",
    AgencyKind.SPECIALIST_CSE: "Specialist and voluntary services",
    AgencyKind.VOLUNTARY: "Specialist and voluntary services",
    AgencyKind.MISSING_HOMELESS: "Specialist and voluntary services",
    AgencyKind.ADULT_SEX_WORK: "Specialist and voluntary services",
}
SMALL_LIST: Final = 5
_TAKEN: Final = (ReferralState.ACCEPTED_NEW, ReferralState.JOINED_EXISTING)

Pattern = tuple[int, ...]


def identified(work: Work, borough_gss: str, year: Year) -> int:
    """How many young people the borough had an open case for in the year, exploitation being known or indicated."""
    return len(_cases(work, borough_gss, year))


def patterns(work: Work, borough_gss: str, year: Year) -> tuple[tuple[str, ...], dict[Pattern, int]]:
    """The lists, and how many of those young people stand on which of them; never on none.

    A service knows a young person whom it referred, or of whom it says that it is involved. One whose case the borough
    opened by itself stands on the list of social care. Lists of fewer than SMALL_LIST are put together as OTHER.
    """
    cases = _cases(work, borough_gss, year)
    known: dict[UUID, set[str]] = {person: set() for person in cases}
    for person, kind in (*_referred(work, cases, year), *_marked(work, borough_gss, cases, year)):
        known[person].add(LISTS.get(kind, OTHER))
    return tabulated(known.values())


def tabulated(known: Iterable[set[str]]) -> tuple[tuple[str, ...], dict[Pattern, int]]:
    """Sets of lists, one for each young person, as names of lists and counts by pattern."""
    people = [each or {SOCIAL_CARE} for each in known]
    sizes = {name: sum(name in each for each in people) for name in dict.fromkeys((*LISTS.values(), OTHER))}
    small = {name for name, size in sizes.items() if size < SMALL_LIST}
    people = [{OTHER if name in small else name for name in each} for each in people]
    lists = tuple(name for name in sizes if any(name in each for each in people))
    counts: dict[Pattern, int] = {}
    for each in people:
        pattern = tuple(int(name in each) for name in lists)
        counts[pattern] = counts.get(pattern, 0) + 1
    return lists, counts


def _cases(work: Work, borough_gss: str, year: Year) -> dict[UUID, list[UUID]]:
    """The ids of the year's cases by person: open at some time in it, with a certainty recorded before its end."""
    wanted = select(Case).where(
        Case.borough_gss == borough_gss,
        Case.status != CaseStatus.MERGED,
        or_(Case.left_at.is_(None), Case.left_at >= year.starts_at),
    )
    rows = list(work.session.scalars(wanted))
    unlock(work.session, {row.compartment_id for row in rows})
    rows = [row for row in rows if row.head.opened_at < year.ends_at]
    passages = _passages(work, rows)
    judged = _judged(work, rows, year.ends_at)
    found: dict[UUID, list[UUID]] = {}
    for row in rows:
        if row.id in judged and _open_in(row.head.opened_at, passages.get(row.id, []), year):
            found.setdefault(row.person_id, []).append(row.id)
    return found


def _passages(work: Work, rows: list[Case]) -> dict[UUID, list[tuple[datetime, CaseStatus]]]:
    wanted = select(CasePassage).where(CasePassage.case_id.in_([row.id for row in rows]))
    found: dict[UUID, list[tuple[datetime, CaseStatus]]] = {}
    for passage in work.session.scalars(wanted.order_by(CasePassage.case_id, CasePassage.ordinal)):
        found.setdefault(passage.case_id, []).append((passage.body.at, passage.body.status))
    return found


def _open_in(opened_at: datetime, passages: list[tuple[datetime, CaseStatus]], year: Year) -> bool:
    """Whether a case that had been opened by the year's end was open at any moment of it."""
    before = [status for at, status in passages if at < year.starts_at]
    at_start = opened_at < year.starts_at and (before[-1] if before else CaseStatus.OPENED) in OPEN
    within = any(year.starts_at <= at < year.ends_at and status in OPEN for at, status in passages)
    return at_start or within or opened_at >= year.starts_at


def _judged(work: Work, rows: list[Case], end: datetime) -> set[UUID]:
    facts = work.session.scalars(select(CertaintyFact).where(CertaintyFact.case_id.in_([row.id for row in rows])))
    return {fact.case_id for fact in facts if fact.body.recorded_at < end}


def _referred(work: Work, cases: dict[UUID, list[UUID]], year: Year) -> list[tuple[UUID, AgencyKind]]:
    person_of = {case_id: person for person, ids in cases.items() for case_id in ids}
    # A case that was joined to another brought its referrals along.
    joined = select(Case.id, Case.merged_into_id).where(Case.merged_into_id.in_(person_of))
    person_of |= {case_id: person_of[into] for case_id, into in work.session.execute(joined) if into is not None}
    wanted = select(Referral).where(
        Referral.case_id.in_(person_of), Referral.state.in_(_TAKEN), Referral.received_at < year.ends_at
    )
    rows = [(row.case_id, row.from_agency_id) for row in work.session.scalars(wanted)]
    agencies = identity.agencies(work, {agency for _, agency in rows})
    return [(person_of[case_id], agencies[agency].kind) for case_id, agency in rows if case_id is not None]


def _marked(work: Work, borough_gss: str, cases: dict[UUID, list[UUID]], year: Year) -> list[tuple[UUID, AgencyKind]]:
    """Involvement said for one of these young people: name and date of birth must be the same, as on the case."""
    wanted = select(Marker).where(
        Marker.borough_gss == borough_gss, or_(Marker.ended_at.is_(None), Marker.ended_at >= year.starts_at)
    )
    markers = list(work.session.scalars(wanted))
    people = list(work.session.scalars(select(Person).where(Person.id.in_(cases)))) if markers else []
    unlock(work.session, {row.compartment_id for row in (*markers, *people)})
    by_name: dict[tuple[str, str], list[UUID]] = {}
    for person in people:
        if person.head.date_of_birth is not None:
            key = (normal_name(person.head.full_name), person.head.date_of_birth.isoformat())
            by_name.setdefault(key, []).append(person.id)
    agencies = identity.agencies(work, {marker.agency_id for marker in markers})
    return [
        (person, agencies[marker.agency_id].kind)
        for marker in markers
        if marker.body.marked_at < year.ends_at
        for person in by_name.get(
            (normal_name(f"{marker.body.first_name} {marker.body.last_name}"), marker.body.born), ()
        )
    ]
