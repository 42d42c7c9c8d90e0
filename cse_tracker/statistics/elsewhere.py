"""Who of a borough's young people another borough knows too, among boroughs that signed the agreement."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from cse_tracker.cases import queries as case_queries
from cse_tracker.cases.model import Case
from cse_tracker.matching.commands import holders_of
from cse_tracker.matching.model import Answer, AnswerState, Enquiry
from cse_tracker.people.model import Person
from cse_tracker.people.rules import LIKELY, likeness
from cse_tracker.records.keys import unlock
from cse_tracker.statistics import agreements, categories
from cse_tracker.statistics.linkage import Known, Standing, attribute
from cse_tracker.work.unit import Work

WORDS: Mapping[Standing, str] = {
    Standing.ELSEWHERE: categories.ELSEWHERE[0],
    Standing.PERHAPS: categories.ELSEWHERE[1],
    Standing.HERE: categories.ELSEWHERE[2],
}


def standings(
    work: Work, borough_gss: str, cases: Mapping[UUID, Case], people: Iterable[Person], end: datetime
) -> list[str]:
    """Give for each young person with an open case whether another borough counts them for London.

    `cases` go by person. A borough that has not signed compares nobody, and nobody is compared with it.
    """
    mine = {person.id: person for person in people}
    signed = agreements.signed_at(work, end)
    if borough_gss not in signed:
        return [WORDS[Standing.HERE]] * len(mine)
    alike = _alike(work, mine, signed - {borough_gss})
    theirs = _open_elsewhere(work, {other for pair in alike for other in pair[1:]}, end)
    pairs = [(one, other) for one, other in alike if other in theirs]
    settled = {pair for pair in _settled(work, mine) if pair[1] in theirs}
    known = {person_id: _known(cases[person_id]) for person_id in mine}
    known |= {person_id: _known(case) for person_id, case in theirs.items()}
    found = attribute(known, settled=settled, alike=pairs)
    return [WORDS[found[person_id]] for person_id in mine]


def _known(case: Case) -> Known:
    return Known(case.head.opened_at, case.borough_gss)


def _alike(work: Work, mine: Mapping[UUID, Person], boroughs: frozenset[str]) -> list[tuple[UUID, UUID]]:
    pairs = []
    for person in mine.values() if boroughs else ():
        for other, how in holders_of(work, person.head, person.body.contact):
            if other.borough_gss in boroughs and how.score >= LIKELY:
                pairs.append((person.id, other.id))
    return pairs


def _open_elsewhere(work: Work, person_ids: set[UUID], end: datetime) -> dict[UUID, Case]:
    boroughs = set(work.session.scalars(select(Person.borough_gss).where(Person.id.in_(person_ids))))
    found: dict[UUID, Case] = {}
    for gss in sorted(boroughs):
        found |= {case.person_id: case for case in case_queries.open_at(work, gss, end) if case.person_id in person_ids}
    return found


def _settled(work: Work, mine: Mapping[UUID, Person]) -> set[tuple[UUID, UUID]]:
    """Give whom a borough asked about whom it holds itself, and another said: that is the same young person."""
    boroughs = {person.borough_gss for person in mine.values()}
    wanted = (
        select(Answer, Enquiry)
        .join(Enquiry, Enquiry.id == Answer.enquiry_id)
        .where(
            Answer.state == AnswerState.ACCEPTED, Enquiry.borough_gss.in_(boroughs) | Answer.borough_gss.in_(boroughs)
        )
    )
    rows = [(answer, enquiry) for answer, enquiry in work.session.execute(wanted)]
    unlock(work.session, {key for answer, enquiry in rows for key in (answer.compartment_id, enquiry.compartment_id)})
    pairs: set[tuple[UUID, UUID]] = set()
    for answer, enquiry in rows:
        if answer.body.person_id in mine:
            pairs |= {(answer.body.person_id, other) for other in _asked_about(work, enquiry)}
        else:
            pairs |= {(own.id, answer.body.person_id) for own in mine.values() if _is(own, enquiry)}
    return pairs


def _is(person: Person, enquiry: Enquiry) -> bool:
    how = likeness(person.head, enquiry.body.identity)
    return person.borough_gss == enquiry.borough_gss and how is not None and how.score >= LIKELY


def _asked_about(work: Work, enquiry: Enquiry) -> list[UUID]:
    body = enquiry.body
    return [person.id for person, _ in holders_of(work, body.identity, body.contact) if _is(person, enquiry)]
