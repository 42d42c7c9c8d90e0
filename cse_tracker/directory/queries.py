"""What people find in the service directory."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from cse_tracker.access.decisions import require, require_sight
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.directory.model import Service, ServiceState
from cse_tracker.directory.rules import Search, answers_to
from cse_tracker.hsds.reading import Listed, Place
from cse_tracker.identity.model import Agency, Borough
from cse_tracker.work.errors import NotFound
from cse_tracker.work.unit import Work


@dataclass(frozen=True)
class Found:
    """A service with its agency."""

    service: Service
    agency: Agency


def _with_agencies(work: Work, rows: Iterable[Service]) -> list[Found]:
    found = list(rows)
    agencies = {
        each.id: each
        for each in work.session.scalars(select(Agency).where(Agency.id.in_({r.agency_id for r in found})))
    }
    return [Found(row, agencies[row.agency_id]) for row in found]


def every(work: Work) -> list[Found]:
    """Give every service that is open, by agency and name."""
    require(work.actor, Permission.SERVICE_VIEW, Subject())
    rows = work.session.scalars(select(Service).where(Service.state == ServiceState.ACTIVE))
    return sorted(_with_agencies(work, rows), key=lambda each: (each.agency.name, each.service.name))


def search(work: Work, wanted: Search) -> list[Found]:
    """Give the services that a search asks for: those with room first, then those with the shorter wait."""
    found = [each for each in every(work) if answers_to(each.service.entry, each.agency.name, each.agency.kind, wanted)]
    order = ("open", "limited", "full")
    found.sort(
        key=lambda each: (
            order.index(each.service.capacity.value),
            each.service.wait_weeks if each.service.wait_weeks is not None else 1_000,
            each.service.name,
        )
    )
    return found


def open_service(work: Work, service_id: UUID, *, for_change: bool = False) -> Found:
    """Give one service, closed ones included; NotFound where there is none or the actor may not see the directory."""
    service = work.session.get(Service, service_id, with_for_update=for_change)
    if service is None:
        raise NotFound
    require_sight(work.actor, Permission.SERVICE_VIEW, service)
    return Found(service, work.session.get_one(Agency, service.agency_id))


def named(work: Work, service_ids: Iterable[UUID]) -> dict[UUID, Found]:
    """Give services by id with their agencies, for lists made of other things that were opened."""
    rows = work.session.scalars(select(Service).where(Service.id.in_(set(service_ids))))
    return {each.service.id: each for each in _with_agencies(work, rows)}


def of_agency(work: Work, agency_id: UUID) -> list[Service]:
    """Give the open services of an agency, in order of name."""
    require(work.actor, Permission.SERVICE_VIEW, Subject())
    wanted = select(Service).where(Service.agency_id == agency_id, Service.state == ServiceState.ACTIVE)
    return list(work.session.scalars(wanted.order_by(Service.name)))


def listed(work: Work) -> list[Listed]:
    """Give the whole directory as it is written to a file, in order of agency and name."""
    names = {row.gss: row.name for row in work.session.scalars(select(Borough))}
    return [_listed(each, names) for each in every(work)]


def _listed(each: Found, names: dict[str, str]) -> Listed:
    entry = each.service.entry
    return Listed(
        path="",
        id=each.service.id,
        name=entry.name,
        open=each.service.is_open,
        agency_id=each.agency.id,
        agency=each.agency.name,
        agency_kind=each.agency.kind.value,
        description=entry.description,
        min_age=entry.min_age,
        max_age=entry.max_age,
        serves=entry.serves.value,
        capacity=entry.capacity.value,
        wait_weeks=entry.wait_weeks,
        who_may_refer=entry.who_may_refer,
        how_to_refer=entry.how_to_refer,
        email=entry.email,
        phone=entry.phone,
        website=entry.website,
        places=tuple(Place(gss, names.get(gss, ""), gss in entry.commissioned_by) for gss in sorted(entry.covers)),
    )
