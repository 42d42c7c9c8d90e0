"""What an operator does when an agency closes, and what that will come to before it is done."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select

from cse_tracker.access.decisions import require
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.directory import commands as directory
from cse_tracker.directory.model import Service, ServiceState
from cse_tracker.duties.model import OPEN, Duty
from cse_tracker.identity import queries as identity
from cse_tracker.identity.model import Agency, Post, PostKind, User
from cse_tracker.outbound.commands import following
from cse_tracker.outbound.model import OutboundReferral
from cse_tracker.outbound.rules import LIVE
from cse_tracker.protocols import queries as protocols
from cse_tracker.records.base import Base
from cse_tracker.referrals.model import AWAITING, Referral, ReferralState
from cse_tracker.rulebook.terms import AgencyKind
from cse_tracker.systems import commands as systems
from cse_tracker.systems.model import AgencySystem
from cse_tracker.triage import commands as triage
from cse_tracker.work.errors import RuleBroken
from cse_tracker.work.unit import Work


@dataclass(frozen=True)
class Foreseen:
    """What hangs on an agency, as numbers alone."""

    people: int
    systems: int
    services: int
    outbound: int
    undecided: int
    asked: int
    drafts: int
    duties: int


def foresee(work: Work, agency: Agency) -> Foreseen:
    """Give what closing an agency would come to. Raises RuleBroken where a borough could not do without it."""
    require(work.actor, Permission.SERVICE_CLOSE, Subject())
    _check_others_remain(work, agency)
    sent_by = Referral.from_agency_id == agency.id
    return Foreseen(
        people=_count(work, User, User.agency_id == agency.id, User.active.is_(True)),
        systems=_count(work, AgencySystem, AgencySystem.agency_id == agency.id, AgencySystem.closed_at.is_(None)),
        services=_count(work, Service, Service.agency_id == agency.id, Service.state != ServiceState.CLOSED),
        outbound=_count(work, OutboundReferral, *_live_at(agency)),
        undecided=_count(work, Referral, sent_by, Referral.state.in_(AWAITING)),
        asked=_count(work, Referral, sent_by, Referral.state == ReferralState.INFO_REQUESTED),
        drafts=_count(work, Referral, sent_by, Referral.state == ReferralState.DRAFT),
        duties=_count(work, Duty, Duty.owner_agency_id == agency.id, Duty.state.in_(OPEN)),
    )


def close_agency(work: Work, agency: Agency) -> None:
    """Close an agency with all that hangs on it, in one piece; a second time changes nothing.

    Referrals to its services come back with an alarm, referrals that wait for its answer wait for the borough again
    with an alarm, and what it referred is decided as before. Raises RuleBroken where a borough could not do without it.
    """
    require(work.actor, Permission.SERVICE_CLOSE, Subject())
    if agency.closed_at is not None:
        return
    _check_others_remain(work, agency)
    for system in work.session.scalars(select(AgencySystem).where(AgencySystem.agency_id == agency.id)).all():
        systems.close(work, system)
    triage.stop_waiting_for(work, agency.id)
    triage.bring_back_from(work, agency.id)
    directory.close_agency(work, agency)
    work.session.flush()
    for outbound_id in work.session.scalars(select(OutboundReferral.id).where(*_live_at(agency))).all():
        following.bring_back(work, outbound_id)


def _live_at(agency: Agency) -> tuple[ColumnElement[bool], ...]:
    return (OutboundReferral.agency_id == agency.id, OutboundReferral.state.in_(LIVE))


def _count(work: Work, kind: type[Base], *wanted: ColumnElement[bool]) -> int:
    return work.session.scalar(select(func.count()).select_from(kind).where(*wanted)) or 0


def _check_others_remain(work: Work, agency: Agency) -> None:
    """Raise RuleBroken where a live borough has no other agency of a kind on which its protocol lays duties."""
    live = select(Post.borough_gss).where(Post.kind == PostKind.LEAD_OFFICER).distinct()
    for gss in sorted(work.session.scalars(live)):
        if agency.borough_gss not in {None, gss}:
            continue
        borough = identity.borough(work, gss).name
        levels = protocols.in_force(work, gss).document.levels
        needed = {AgencyKind.SOCIAL_CARE, *(response.owner for level in levels for response in level.responses)}
        others = [each for each in identity.agencies_of(work, gss) if each.id != agency.id]
        if agency.kind in needed and not any(each.kind is agency.kind for each in others):
            message = f"{borough} has no other agency of this kind to do what its protocol demands. Add it first"
            raise RuleBroken("agency.needed", message)
        if not _led_without(work, agency, gss):
            message = f"Nobody outside this agency leads in {borough}. Appoint another lead officer first"
            raise RuleBroken("agency.leads", message)


def _led_without(work: Work, agency: Agency, borough_gss: str) -> bool:
    ids = identity.lead_officers(work, borough_gss)
    return any(each.agency_id != agency.id for each in identity.users(work, ids).values())
