"""Reads persons, and finds those who may be the same as one who is named."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from cse_tracker.access.decisions import require_sight, scope
from cse_tracker.access.matrix import Permission
from cse_tracker.people.events import MatchesShown, PersonViewed
from cse_tracker.people.model import Correction, Person
from cse_tracker.people.rules import Identity, Likeness, likeness
from cse_tracker.records.keys import unlock
from cse_tracker.work.errors import NotFound
from cse_tracker.work.unit import Work

MOST_SHOWN: Final = 8


@dataclass(frozen=True)
class Candidate:
    """A young person already known who may be the one named, and why."""

    person: Person
    likeness: Likeness


def open_person(work: Work, person_id: UUID) -> Person:
    """Give one person, recorded as seen; NotFound where the actor may not know of them."""
    person = work.session.get(Person, person_id)
    if person is None:
        raise NotFound
    require_sight(work.actor, Permission.PERSON_VIEW, person)
    work.record(PersonViewed(subject_id=person.id, borough_gss=person.borough_gss))
    return person


def persons(work: Work, person_ids: Iterable[UUID]) -> dict[UUID, Person]:
    """Give persons by id, only those the actor may see, their keys unwrapped together."""
    allowed = scope(work.actor, Permission.PERSON_VIEW).boroughs
    wanted = select(Person).where(Person.id.in_(set(person_ids)), Person.borough_gss.in_(allowed))
    rows = work.session.scalars(wanted).all()
    unlock(work.session, [row.compartment_id for row in rows])
    return {row.id: row for row in rows}


def matches(work: Work, identity: Identity, *, about_id: UUID) -> list[Candidate]:
    """Compare an identity with every head the actor may see, in memory; the likeliest first, eight at most."""
    allowed = scope(work.actor, Permission.PERSON_MATCH).boroughs
    # Whoever was joined to another is found with that one, under every name that either had.
    one_each = (Person.borough_gss.in_(allowed), Person.merged_into_id.is_(None))
    rows = work.session.scalars(select(Person).where(*one_each)).all()
    unlock(work.session, [row.compartment_id for row in rows])
    found = [Candidate(row, alike) for row in rows if (alike := likeness(identity, row.head)) is not None]
    found.sort(key=lambda candidate: (-candidate.likeness.score, str(candidate.person.id)))
    shown = found[:MOST_SHOWN]
    work.record(MatchesShown(subject_id=about_id, compared=len(rows), shown=len(shown)))
    return shown


def corrections(work: Work, person: Person) -> list[Correction]:
    """Give the corrections of a young person who has been opened, the latest first."""
    wanted = select(Correction).where(Correction.person_id == person.id).order_by(Correction.ordinal.desc())
    return list(work.session.scalars(wanted))


def whole(session: Session, person_ids: Iterable[UUID]) -> set[UUID]:
    """Give these persons' ids with those of everybody who was joined to them, however often."""
    known, new = set(person_ids), set(person_ids)
    while new:
        new = set(session.scalars(select(Person.id).where(Person.merged_into_id.in_(new)))) - known
        known |= new
    return known


def present(session: Session, person: Person) -> Person:
    """Give the record under which a young person is held now: their own, or the one that it was joined to."""
    while person.merged_into_id is not None:
        person = session.get_one(Person, person.merged_into_id)
    return person
