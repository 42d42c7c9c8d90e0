"""What a service does: say that it is involved with a young person, and that it no longer is."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from cse_tracker.access.decisions import require, require_sight
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.involvement.events import InvolvementMarked
from cse_tracker.involvement.model import Marker, MarkerBody
from cse_tracker.records.keys import new_compartment
from cse_tracker.work.errors import NotFound, RuleBroken
from cse_tracker.work.unit import Work


@dataclass(frozen=True, kw_only=True, repr=False)
class MarkerForm:
    """The paper form on being involved."""

    borough_gss: str
    first_name: str
    last_name: str
    born: date
    contact: str


def mark(work: Work, form: MarkerForm) -> Marker:
    """Say that one's service is involved; whether the borough knows the young person is not told."""
    agency_id = work.actor.agency_id
    require(work.actor, Permission.INVOLVEMENT_MARK, Subject(referring_agency_id=agency_id))
    if agency_id is None:
        code = "involvement.no_agency"
        raise RuleBroken(code, "Only a person who works for an agency can say so")
    marker = Marker(
        borough_gss=form.borough_gss,
        agency_id=agency_id,
        compartment_id=new_compartment(work.session, "borough", form.borough_gss),
    )
    marker.body = MarkerBody(
        first_name=form.first_name,
        last_name=form.last_name,
        born=form.born.isoformat(),
        contact=form.contact,
        marked_at=work.now,
        marked_by=work.actor.user_id,
    )
    work.session.add(marker)
    work.session.flush()
    _record(work, marker)
    return marker


def end(work: Work, marker_id: UUID) -> None:
    """Say that one's service is no longer involved; from then on nobody is pointed to it."""
    marker = work.session.get(Marker, marker_id, with_for_update=True)
    if marker is None:
        raise NotFound
    require_sight(work.actor, Permission.INVOLVEMENT_MARK, marker)
    if marker.ended_at is None:
        marker.ended_at = work.now
        _record(work, marker)


def _record(work: Work, marker: Marker) -> None:
    work.record(
        InvolvementMarked(
            subject_id=marker.id,
            borough_gss=marker.borough_gss,
            agency_id=marker.agency_id,
            ended=marker.ended_at is not None,
        )
    )
