"""Gaps in services: where nobody could take a young person on."""

from cse_tracker.access.decisions import require
from cse_tracker.access.matrix import Permission
from cse_tracker.cases.model import Case
from cse_tracker.identity.model import Agency
from cse_tracker.outbound.events import (
    GapNoted,
)
from cse_tracker.outbound.model import (
    GapBody,
    OutboundReferral,
    ServiceGap,
)
from cse_tracker.outbound.rules import (
    DeclineReason,
    GapKind,
)
from cse_tracker.people.model import Person
from cse_tracker.records.keys import unlock
from cse_tracker.work.unit import Work


def note_no_service(work: Work, case: Case, person: Person) -> ServiceGap:
    """Note that no service was found that a young person could be referred to."""
    require(work.actor, Permission.OUTBOUND_PREPARE, case)
    case.require_open()
    return _add_gap(work, case, person, GapKind.NO_SERVICE, None, None)


def note(work: Work, outbound: OutboundReferral, kind: GapKind, reason: DeclineReason | None) -> None:
    """Note that a service could not take a young person on, or has closed."""
    case = work.session.get_one(Case, outbound.case_id)
    person = work.session.get_one(Person, case.person_id)
    unlock(work.session, [case.compartment_id, person.compartment_id])
    _add_gap(work, case, person, kind, reason, outbound)


def _add_gap(
    work: Work,
    case: Case,
    person: Person,
    kind: GapKind,
    reason: DeclineReason | None,
    outbound: OutboundReferral | None,
) -> ServiceGap:
    agency = work.session.get_one(Agency, outbound.agency_id) if outbound else None
    gap = ServiceGap(
        borough_gss=case.borough_gss,
        case_id=case.id,
        outbound_id=outbound.id if outbound else None,
        compartment_id=case.compartment_id,
    )
    gap.body = GapBody(
        kind=kind,
        reason=reason,
        agency_kind=agency.kind if agency else None,
        service_id=outbound.service_id if outbound else None,
        age=person.head.age_on(work.today),
        sex=person.head.sex.value,
        noted_at=work.now,
    )
    work.session.add(gap)
    work.session.flush()
    work.record(GapNoted(subject_id=gap.id, borough_gss=gap.borough_gss, case_id=case.id))
    return gap
