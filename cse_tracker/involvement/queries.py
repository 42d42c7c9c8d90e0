"""A service's own markers, and on a case: which services are involved and whom to ask there."""

from dataclasses import dataclass

from sqlalchemy import select

from cse_tracker.access.decisions import permits, require_sight
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.cases.model import Case
from cse_tracker.identity import queries as identity
from cse_tracker.involvement.events import InvolvementListViewed, InvolvementSeen
from cse_tracker.involvement.model import Marker
from cse_tracker.likeness.names import normal_name
from cse_tracker.people.model import Person
from cse_tracker.records.keys import unlock
from cse_tracker.work.errors import NotPermitted
from cse_tracker.work.unit import Work


@dataclass(frozen=True, repr=False)
class Presence:
    """A service that is involved, and whom to ask there."""

    agency: str
    contact: str


def own(work: Work) -> list[Marker]:
    """Give the markers of one's own service that have not ended; NotPermitted for whoever keeps none."""
    if not permits(work.actor, Permission.INVOLVEMENT_MARK, Subject(referring_agency_id=work.actor.agency_id)):
        raise NotPermitted(Permission.INVOLVEMENT_MARK)
    wanted = select(Marker).where(Marker.agency_id == work.actor.agency_id, Marker.ended_at.is_(None))
    rows = list(work.session.scalars(wanted))
    unlock(work.session, [row.compartment_id for row in rows])
    work.record(InvolvementListViewed(subject_id=None, shown=len(rows)))
    return sorted(rows, key=lambda row: row.body.marked_at, reverse=True)


def on_case(work: Work, case: Case, person: Person) -> list[Presence]:
    """Give the services involved with the young person of a case that has been opened: who they are, whom to ask.

    A marker fits where name and date of birth are the same, so that no service is given away to the wrong case.
    """
    require_sight(work.actor, Permission.CASE_VIEW, case)
    wanted = select(Marker).where(Marker.borough_gss == case.borough_gss, Marker.ended_at.is_(None))
    rows = list(work.session.scalars(wanted))
    unlock(work.session, [row.compartment_id for row in rows])
    born = person.head.date_of_birth
    fitting = [
        row
        for row in rows
        if born is not None
        and row.body.born == born.isoformat()
        and normal_name(f"{row.body.first_name} {row.body.last_name}") == normal_name(person.head.full_name)
    ]
    if not fitting:
        return []
    agencies = identity.agencies(work, [row.agency_id for row in fitting])
    work.record(InvolvementSeen(subject_id=case.id, borough_gss=case.borough_gss, shown=len(fitting)))
    return [Presence(agencies[row.agency_id].name, row.body.contact) for row in fitting]
