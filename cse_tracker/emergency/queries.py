"""What emergency access shows, for as long as it lasts, and what its review shows."""

from dataclasses import dataclass
from uuid import UUID

from cse_tracker.access.decisions import require_sight
from cse_tracker.access.matrix import Permission
from cse_tracker.cases.model import Case
from cse_tracker.casework import queries as casework
from cse_tracker.casework.rules import Warning  # noqa: A004
from cse_tracker.emergency.events import EmergencyUsed
from cse_tracker.emergency.model import EmergencyAccess
from cse_tracker.identity import queries as identity
from cse_tracker.people.model import Person
from cse_tracker.records.keys import unlock
from cse_tracker.work.errors import NotFound
from cse_tracker.work.unit import Work


@dataclass(frozen=True, repr=False)
class Safety:
    """The little that emergency access shows: who it is, how things stand, what to mind, and whom to call."""

    access: EmergencyAccess
    reference: str
    name: str
    age: int | None
    address: str
    contact: str
    certainty: str
    level: str
    warnings: tuple[str, ...]
    lead_officers: tuple[str, ...]


def use(work: Work, access_id: UUID) -> Safety:
    """Give what emergency access shows to whoever asked, recorded as used; NotFound once it has ended."""
    access = work.session.get(EmergencyAccess, access_id)
    if access is None or access.case_id is None:
        raise NotFound
    require_sight(work.actor, Permission.EMERGENCY_USE, access)
    unlock(work.session, [access.compartment_id])
    if work.now >= access.body.expires_at:
        raise NotFound
    case = work.session.get_one(Case, access.case_id)
    person = work.session.get_one(Person, case.person_id)
    unlock(work.session, [case.compartment_id, person.compartment_id])
    work.record(EmergencyUsed(subject_id=access.id, borough_gss=access.borough_gss, case_id=case.id))
    today = work.today
    found = [entry.body.what for entry in casework.warnings_in_force(casework.entries(work, case), today)]
    leads = identity.names(work, identity.lead_officers(work, case.borough_gss))
    return Safety(
        access=access,
        reference=case.reference,
        name=person.head.full_name,
        age=person.head.age_on(today),
        address=person.body.address,
        contact=person.body.contact,
        certainty=case.head.certainty.value if case.head.certainty else "",
        level=case.head.level_label,
        warnings=tuple(what.text for what in found if isinstance(what, Warning)),
        lead_officers=tuple(sorted(leads.values())),
    )


def open_for_review(work: Work, access_id: UUID, *, for_change: bool = False) -> EmergencyAccess:
    """Give a request to a lead officer of the borough; NotFound where nobody was found by it."""
    access = work.session.get(EmergencyAccess, access_id, with_for_update=for_change)
    if access is None or access.case_id is None:
        raise NotFound
    require_sight(work.actor, Permission.EMERGENCY_REVIEW, access)
    unlock(work.session, [access.compartment_id])
    return access
