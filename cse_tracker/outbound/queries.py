"""What people see of referrals to services: what left, what came of it, and the gaps that showed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, and_, or_, select

from cse_tracker.access.decisions import require, require_sight, scope
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.assessments import queries as assessments
from cse_tracker.cases import commands as cases
from cse_tracker.cases.queries import CaseRow
from cse_tracker.directory.model import Service, ServiceState
from cse_tracker.identity.model import Agency
from cse_tracker.outbound.events import GapsViewed, OutboundListViewed, OutboundViewed
from cse_tracker.outbound.model import OutboundReferral, OutboundStep, ServiceGap
from cse_tracker.outbound.rules import LIVE, DeclineReason, GapKind, Leaf, Material, OutboundState, Section, leaves
from cse_tracker.records.keys import unlock
from cse_tracker.referrals import queries as referrals
from cse_tracker.rulebook.terms import AgencyKind
from cse_tracker.work.errors import NotFound, NotPermitted
from cse_tracker.work.unit import Work


def _opened(work: Work, wanted: Select[OutboundReferral]) -> list[OutboundReferral]:
    rows = list(work.session.scalars(wanted))
    unlock(work.session, {row.compartment_id for row in rows})
    return rows


def in_sight(work: Work) -> list[OutboundReferral]:
    """Give the referrals of the boroughs one leads, and the live ones addressed to one's agency, the latest first.

    Recorded as one viewing of a list. Raises NotPermitted where the actor may list none at all.
    """
    allowed = scope(work.actor, Permission.OUTBOUND_LIST)
    if allowed.empty:
        raise NotPermitted(Permission.OUTBOUND_LIST)
    mine = or_(
        OutboundReferral.borough_gss.in_(allowed.boroughs),
        and_(OutboundReferral.agency_id == allowed.receiving_agency_id, OutboundReferral.state.in_(LIVE)),
    )
    rows = _opened(work, select(OutboundReferral).where(mine).order_by(OutboundReferral.sent_at.desc()))
    work.record(OutboundListViewed(subject_id=None, shown=len(rows)))
    return rows


def received(work: Work) -> list[OutboundReferral]:
    """Give the live referrals addressed to one's own agency, the longest waiting first."""
    agency_id = scope(work.actor, Permission.OUTBOUND_LIST).receiving_agency_id
    wanted = select(OutboundReferral).where(OutboundReferral.agency_id == agency_id, OutboundReferral.state.in_(LIVE))
    rows = _opened(work, wanted.order_by(OutboundReferral.sent_at))
    work.record(OutboundListViewed(subject_id=None, shown=len(rows)))
    return rows


def sent_to(work: Work, agency_id: UUID) -> list[OutboundReferral]:
    """Give the live referrals addressed to an agency to its lead, by reference only: nothing is opened."""
    require(work.actor, Permission.AGENCY_OVERSEE, Subject(referring_agency_id=agency_id))
    wanted = select(OutboundReferral).where(OutboundReferral.agency_id == agency_id, OutboundReferral.state.in_(LIVE))
    rows = list(work.session.scalars(wanted.order_by(OutboundReferral.sent_at)))
    work.record(OutboundListViewed(subject_id=None, shown=len(rows)))
    return rows


def open_outbound(work: Work, outbound_id: UUID, *, for_change: bool = False) -> OutboundReferral:
    """Give one referral, recorded as seen; NotFound where the actor may not know of it or it is over for them."""
    row = work.session.get(OutboundReferral, outbound_id, with_for_update=for_change)
    if row is None:
        raise NotFound
    require_sight(work.actor, Permission.OUTBOUND_VIEW, row)
    unlock(work.session, [row.compartment_id])
    work.record(OutboundViewed(subject_id=row.id, borough_gss=row.borough_gss))
    return row


def to_revoke(work: Work, outbound_id: UUID, *, for_change: bool = False) -> OutboundReferral:
    """Give one referral to somebody who may revoke it: its reference and state, and nothing that was shared."""
    row = work.session.get(OutboundReferral, outbound_id, with_for_update=for_change)
    if row is None:
        raise NotFound
    require_sight(work.actor, Permission.OUTBOUND_REVOKE, row)
    return row


def overseen(work: Work) -> list[OutboundReferral]:
    """Give every live referral of the boroughs that one leads or manages, by reference only: nothing is opened."""
    allowed = scope(work.actor, Permission.OUTBOUND_OVERSEE)
    if allowed.empty:
        raise NotPermitted(Permission.OUTBOUND_OVERSEE)
    wanted = select(OutboundReferral).where(
        OutboundReferral.borough_gss.in_(allowed.boroughs), OutboundReferral.state.in_(LIVE)
    )
    rows = list(work.session.scalars(wanted.order_by(OutboundReferral.sent_at)))
    work.record(OutboundListViewed(subject_id=None, shown=len(rows)))
    return rows


def of_case(work: Work, case_id: UUID) -> list[OutboundReferral]:
    """Give the referrals to services of a case that has been opened, the latest first."""
    allowed = scope(work.actor, Permission.CASE_VIEW).boroughs
    wanted = select(OutboundReferral).where(
        OutboundReferral.case_id == case_id, OutboundReferral.borough_gss.in_(allowed)
    )
    return _opened(work, wanted.order_by(OutboundReferral.sent_at.desc()))


def steps(work: Work, outbound: OutboundReferral) -> list[OutboundStep]:
    """Give what happened to a referral that has been opened, the first first."""
    wanted = select(OutboundStep).where(OutboundStep.outbound_id == outbound.id)
    return list(work.session.scalars(wanted.order_by(OutboundStep.ordinal)))


def leaving(work: Work, row: CaseRow, sections: Iterable[Section]) -> tuple[Leaf, ...]:
    """Give exactly what would leave with these sections today."""
    require(work.actor, Permission.OUTBOUND_PREPARE, row.case)
    history = assessments.history(work, row.case)
    latest = history.assessments[0].body if history.assessments else None
    document = cases.protocol_of(work, row.case).document
    labels = {indicator.key: indicator.text for indicator in document.indicators}
    observed = latest.observations if latest else ()
    first = referrals.of_case(work, row.case.id)
    material = Material(
        identity=row.person.head,
        details=row.person.body,
        case=row.case.head,
        answers=first[0].body.answers if first else None,
        assessment=latest,
        signs=tuple((labels.get(each.indicator, each.indicator), each.evidence) for each in observed),
        today=work.today,
    )
    return leaves(frozenset(sections), material)


def silent_ids(work: Work) -> list[UUID]:
    """Give the referrals that wait for their first answer, for the clock."""
    require(work.actor, Permission.OUTBOUND_TIDY, Subject())
    return list(work.session.scalars(select(OutboundReferral.id).where(OutboundReferral.state == OutboundState.SENT)))


def stranded_ids(work: Work) -> list[UUID]:
    """Give the live referrals to services that have closed, for the clock."""
    require(work.actor, Permission.OUTBOUND_TIDY, Subject())
    wanted = (
        select(OutboundReferral.id)
        .join(Service, Service.id == OutboundReferral.service_id)
        .where(OutboundReferral.state.in_(LIVE), Service.state == ServiceState.CLOSED)
    )
    return list(work.session.scalars(wanted))


@dataclass(frozen=True)
class GapRow:
    """One gap in services, as it is counted: no name, no reference."""

    noted_at: datetime
    kind: GapKind
    reason: DeclineReason | None
    agency_kind: AgencyKind | None
    service: str
    age: int | None
    sex: str


def gap_rows(work: Work, borough_gss: str, start: datetime, end: datetime) -> list[GapRow]:
    """Give the gaps of a borough noted from a moment to before another.

    For counting only: nothing is asked of the matrix and nothing is recorded.
    """
    rows = list(work.session.scalars(select(ServiceGap).where(ServiceGap.borough_gss == borough_gss)))
    unlock(work.session, {row.compartment_id for row in rows})
    names = {row.id: row.name for row in work.session.scalars(select(Service))}
    return [
        GapRow(
            noted_at=row.body.noted_at,
            kind=row.body.kind,
            reason=row.body.reason,
            agency_kind=row.body.agency_kind,
            service=names.get(row.body.service_id, "") if row.body.service_id else "",
            age=row.body.age,
            sex=row.body.sex,
        )
        for row in rows
        if start <= row.body.noted_at < end
    ]


@dataclass(frozen=True)
class SentRow:
    """One referral that was sent, as it is counted. Without `answered_at` nobody has said yes, no or wait."""

    sent_at: datetime
    acknowledged_at: datetime | None
    answered_at: datetime | None
    state: OutboundState
    agency_kind: AgencyKind
    agency: str
    service: str


def sent_rows(work: Work, borough_gss: str, start: datetime, end: datetime) -> list[SentRow]:
    """Give the referrals of a borough sent from a moment to before another, with how they stand today.

    For counting only: nothing is asked of the matrix, nothing is recorded and nothing sealed is opened.
    """
    wanted = (
        select(OutboundReferral, Service.name, Agency)
        .join(Service, Service.id == OutboundReferral.service_id)
        .join(Agency, Agency.id == OutboundReferral.agency_id)
        .where(OutboundReferral.borough_gss == borough_gss)
        .where(OutboundReferral.sent_at >= start, OutboundReferral.sent_at < end)
    )
    return [
        SentRow(
            sent_at=row.sent_at or start,
            acknowledged_at=row.acknowledged_at,
            answered_at=row.answered_at,
            state=row.state,
            agency_kind=agency.kind,
            agency=agency.name,
            service=service,
        )
        for row, service, agency in work.session.execute(wanted)
    ]


def gaps(work: Work, start: datetime, end: datetime) -> list[GapRow]:
    """Give the gaps of the boroughs that one leads, as one viewing of a list."""
    found: list[GapRow] = []
    for gss in sorted(scope(work.actor, Permission.CASE_LIST).boroughs):
        found += gap_rows(work, gss, start, end)
    work.record(GapsViewed(subject_id=None, shown=len(found)))
    return sorted(found, key=lambda row: row.noted_at, reverse=True)
