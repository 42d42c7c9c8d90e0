"""What people do with the service directory: enter a service, keep its entry, close it or its whole agency."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from cse_tracker.access.decisions import require
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.directory.events import AgencyClosed, DirectoryLoaded, ServiceClosed, ServiceKept
from cse_tracker.directory.model import Service, ServiceCoverage, ServiceState
from cse_tracker.directory.rules import DirectoryRefused, Entry, check, entry_of
from cse_tracker.hsds.reading import Listed
from cse_tracker.identity import commands as identity
from cse_tracker.identity.model import Agency
from cse_tracker.rulebook.terms import AgencyKind
from cse_tracker.work.actor import Actor, Role
from cse_tracker.work.errors import RuleBroken
from cse_tracker.work.unit import Work


@dataclass(frozen=True)
class Loaded:
    """How many services were brought in, and how many agencies were new."""

    services: int
    agencies: int


def enter(work: Work, agency: Agency, entry: Entry, *, service_id: UUID | None = None) -> Service:
    """Enter a service of an agency; `service_id` is made with the form, so that a double click enters one.

    One of the same name that was closed is opened again, with the new entry.
    """
    require(work.actor, Permission.SERVICE_KEEP, Subject(referring_agency_id=agency.id, covered=entry.covers))
    again = work.session.get(Service, service_id) if service_id else None
    if again is not None:
        if again.agency_id != agency.id:
            raise RuleBroken("service.once", "This form belongs to another service. Begin again from the directory")
        return again
    check(entry)
    if agency.closed_at is not None:
        raise RuleBroken("agency.closed", "This agency is closed")
    closed = _closed_before(work, agency.id, entry.name)
    if closed is not None:
        closed.state = ServiceState.ACTIVE
        _rewrite(work, closed, entry)
        _note_kept(work, closed, entry)
        return closed
    _check_name(work, agency.id, entry.name, None)
    service = Service(id=service_id or uuid4(), agency_id=agency.id, kept_at=work.now, **_columns(entry))
    work.session.add(service)
    _note_kept(work, service, entry)
    return service


def keep(work: Work, service: Service, entry: Entry) -> None:
    """Bring an entry up to date."""
    require(work.actor, Permission.SERVICE_KEEP, service)
    check(entry)
    _check_name(work, service.agency_id, entry.name, service.id)
    if not service.is_open:
        raise RuleBroken("service.closed", "This service is closed")
    _rewrite(work, service, entry)
    _note_kept(work, service, entry)


def close(work: Work, service: Service) -> None:
    """Close a service: nobody is referred to it any more. A second click changes nothing."""
    require(work.actor, Permission.SERVICE_KEEP, service)
    _close(work, service)


def close_agency(work: Work, agency: Agency) -> None:
    """Close an agency and every service of it, and let none of its people sign in; an operator's act."""
    require(work.actor, Permission.SERVICE_CLOSE, Subject())
    if agency.closed_at is not None:
        return
    agency.closed_at = work.now
    for service in work.session.scalars(select(Service).where(Service.agency_id == agency.id)):
        _close(work, service)
    identity.switch_off(work, agency)
    work.record(AgencyClosed(subject_id=agency.id, borough_gss=agency.borough_gss))


def load(work: Work, listed: list[Listed]) -> Loaded:
    """Bring a directory in, all of it or nothing: what is known by its id is brought up to date, the rest is added.

    Raises DirectoryRefused with every problem and its path. Agencies are known by their names.
    """
    require(work.actor, Permission.SERVICE_LOAD, Subject(borough_gss=_led(work.actor)))
    wanted = [(each, entry_of(each)) for each in listed]
    agencies = {agency.name.casefold(): agency for agency in work.session.scalars(select(Agency))}
    problems = [problem for _, found in wanted if isinstance(found, list) for problem in found]
    problems += [
        f"{each.path}, organization, name: this agency is closed here"
        for each, _ in wanted
        if (known := agencies.get(each.agency.casefold())) is not None and known.closed_at is not None
    ]
    problems += _clashes(work, listed, agencies)
    if problems:
        raise DirectoryRefused(problems)
    added = 0
    for each, entry in wanted:
        agency = agencies.get(each.agency.casefold())
        if agency is None:
            kind = AgencyKind(each.agency_kind) if each.agency_kind in set(AgencyKind) else AgencyKind.OTHER
            agency = identity.add_agency(work, name=each.agency, kind=kind, borough_gss=None)
            agencies[each.agency.casefold()] = agency
            added += 1
        assert isinstance(entry, Entry)  # noqa: S101 - a list of problems was refused above
        _bring_in(work, agency, each, entry)
    work.record(DirectoryLoaded(subject_id=None, services=len(wanted), agencies=added))
    return Loaded(len(wanted), added)


def _led(actor: Actor) -> str | None:
    return min(actor.boroughs_as(Role.LEAD_OFFICER), default=None)


def _clashes(work: Work, listed: list[Listed], agencies: dict[str, Agency]) -> list[str]:
    """Say which services of a file would have the name of another of their agency, whatever their order."""
    wanted = select(Service.agency_id, Service.name, Service.id)
    known = {(agency_id, name): service_id for agency_id, name, service_id in work.session.execute(wanted)}
    by_id, in_file = set(known.values()), {each.id for each in listed}
    said: dict[tuple[str, str], str] = {}
    problems = []
    for each in listed:
        agency, name = agencies.get(each.agency.casefold()), each.name.strip()
        first = said.setdefault((each.agency.casefold(), name), each.path)
        holder = known.get((agency.id, name), each.id) if agency else each.id
        if first != each.path:
            problems.append(f"{each.path}, name: the same as that of another service of this agency, {first}")
        elif holder != each.id and (each.id in by_id or holder in in_file):
            problems.append(f"{each.path}, name: another service of this agency is known here by this name")
    return problems


def _bring_in(work: Work, agency: Agency, each: Listed, entry: Entry) -> None:
    service = work.session.get(Service, each.id)
    if service is None:
        wanted = select(Service).where(Service.agency_id == agency.id, Service.name == entry.name.strip())
        service = work.session.scalar(wanted)
    if service is not None and service.agency_id != agency.id:
        raise DirectoryRefused([f"{each.path}, id: this service is known here under another agency"])
    if service is None:
        service = Service(id=each.id, agency_id=agency.id, kept_at=work.now, **_columns(entry))
        work.session.add(service)
    else:
        _rewrite(work, service, entry)
    _note_kept(work, service, entry)
    if each.open:
        service.state = ServiceState.ACTIVE
    else:
        _close(work, service)


def _close(work: Work, service: Service) -> None:
    if not service.is_open:
        return
    service.state = ServiceState.CLOSED
    work.record(ServiceClosed(subject_id=service.id, agency_id=service.agency_id))


def _closed_before(work: Work, agency_id: UUID, name: str) -> Service | None:
    wanted = select(Service).where(Service.agency_id == agency_id, Service.name == name.strip())
    return work.session.scalar(wanted.where(Service.state == ServiceState.CLOSED).with_for_update())


def _check_name(work: Work, agency_id: UUID, name: str, own: UUID | None) -> None:
    wanted = select(Service).where(Service.agency_id == agency_id, Service.name == name.strip())
    if own is not None:
        wanted = wanted.where(Service.id != own)
    known = work.session.scalar(wanted)
    if known is None:
        return
    message = "This agency has a service of this name already"
    if not known.is_open:
        # Nobody finds it in the directory, so it must be said why the name is not free.
        message = "This agency had a service of this name, which is closed. Choose another name"
    raise RuleBroken("service.known", message, field="name")


def _rewrite(work: Work, service: Service, entry: Entry) -> None:
    for name, value in _columns(entry).items():
        setattr(service, name, value)
    service.kept_at = work.now


def _note_kept(work: Work, service: Service, entry: Entry) -> None:
    _cover(service, entry)
    work.session.flush()
    work.record(ServiceKept(subject_id=service.id, agency_id=service.agency_id, capacity=service.capacity))


def _columns(entry: Entry) -> dict[str, Any]:
    return {
        "name": entry.name.strip(),
        "description": entry.description,
        "min_age": entry.min_age,
        "max_age": entry.max_age,
        "serves": entry.serves,
        "capacity": entry.capacity,
        "wait_weeks": entry.wait_weeks,
        "who_may_refer": entry.who_may_refer,
        "how_to_refer": entry.how_to_refer,
        "email": entry.email,
        "phone": entry.phone,
        "website": entry.website,
    }


def _cover(service: Service, entry: Entry) -> None:
    known = {each.borough_gss: each for each in service.coverage}
    for gss, row in known.items():
        if gss not in entry.covers:
            service.coverage.remove(row)
        else:
            row.commissions = gss in entry.commissioned_by
    for gss in sorted(entry.covers - known.keys()):
        row = ServiceCoverage(service_id=service.id, borough_gss=gss, commissions=gss in entry.commissioned_by)
        service.coverage.append(row)
