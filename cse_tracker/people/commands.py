"""What people do with person records: add one."""

from cse_tracker.access.decisions import require
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.people.events import PersonAdded
from cse_tracker.people.model import Person, PersonDetails
from cse_tracker.people.rules import Identity
from cse_tracker.records.keys import new_compartment
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
