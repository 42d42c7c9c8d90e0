"""What people do with person records: add one, and correct who it is said to be."""

from dataclasses import fields

from sqlalchemy import func, select

from cse_tracker.access.decisions import require
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.people.events import PersonAdded, PersonCorrected
from cse_tracker.people.model import Correction, CorrectionBody, Person, PersonDetails
from cse_tracker.people.rules import Identity
from cse_tracker.records.keys import new_compartment
from cse_tracker.work.errors import RuleBroken
from cse_tracker.work.unit import Work


def add(work: Work, identity: Identity, details: PersonDetails, *, borough_gss: str) -> Person:
    """Add a young person who is new to the borough, in a compartment of their own."""
    require(work.actor, Permission.CASE_OPEN, Subject(borough_gss=borough_gss))
    person = Person(borough_gss=borough_gss, compartment_id=new_compartment(work.session, "borough", borough_gss))
    person.head = identity
    person.body = details
    work.session.add(person)
    work.session.flush()
    work.record(PersonAdded(subject_id=person.id, borough_gss=borough_gss))
    return person


def correct(work: Work, person: Person, identity: Identity, details: PersonDetails, *, reason: str) -> Correction:
    """Correct who a young person is held to be, with the day and the reason; what stood before is kept.

    Lists, searches, comparisons and blind tokens go by what is held from then on. Raises RuleBroken where nothing
    would change, without a reason, or for somebody whose record was joined to another.
    """
    require(work.actor, Permission.PERSON_CORRECT, person)
    changed = _changed(person.head, identity) + _changed(person.body, details)
    if person.merged_into_id is not None:
        raise RuleBroken("person.joined", "This record was joined to another one. Correct that one")
    if not changed:
        raise RuleBroken("person.same", "Nothing is different from what is held already")
    if not reason.strip():
        raise RuleBroken("person.reason", "Enter how you know", field="reason")
    last = work.session.scalar(select(func.max(Correction.ordinal)).where(Correction.person_id == person.id))
    correction = Correction(
        person_id=person.id,
        ordinal=(last or 0) + 1,
        compartment_id=person.compartment_id,
    )
    correction.body = CorrectionBody(
        before=person.head,
        after=identity,
        details_before=person.body,
        details_after=details,
        reason=reason,
        corrected_at=work.now,
        corrected_by=work.actor.user_id,
    )
    person.head, person.body = identity, details
    work.session.add(correction)
    work.session.flush()
    event = PersonCorrected(
        subject_id=person.id, borough_gss=person.borough_gss, ordinal=correction.ordinal, fields=changed
    )
    work.record(event)
    return correction


def _changed(before: Identity | PersonDetails, after: Identity | PersonDetails) -> int:
    return sum(getattr(before, each.name) != getattr(after, each.name) for each in fields(before))
