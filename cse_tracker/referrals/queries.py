"""What people see of referrals: their drafts, what their agency sent, what waits in the borough, and one of them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, and_, or_, select

from cse_tracker.access.decisions import permits, require, require_sight, scope
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.people import queries as people
from cse_tracker.people.queries import Candidate
from cse_tracker.records.keys import unlock
from cse_tracker.referrals.events import ReferralListViewed, ReferralViewed
from cse_tracker.referrals.model import AWAITING, READ_FOR, REMINDED, Referral, ReferralDecision, ReferralState
from cse_tracker.work.errors import NotFound, NotPermitted
from cse_tracker.work.unit import Work


@dataclass(frozen=True)
class Overview:
    """The referrals that the actor may see."""

    drafts: tuple[Referral, ...]
    awaiting: tuple[Referral, ...]
    decided: tuple[Referral, ...]


def _opened(work: Work, wanted: Select[Referral]) -> list[Referral]:
    rows = list(work.session.scalars(wanted))
    unlock(work.session, [row.compartment_id for row in rows])
    return rows


def overview(work: Work) -> Overview:
    """Give one's own drafts, and the referrals sent by one's agency or to the boroughs one leads.

    Raises NotPermitted where the actor may list no referral at all: an empty list would say that there are none.
    """
    allowed = scope(work.actor, Permission.REFERRAL_LIST)
    if allowed.empty:
        raise NotPermitted(Permission.REFERRAL_LIST)
    drafts = _opened(
        work,
        select(Referral).where(Referral.author_id == work.actor.user_id, Referral.state == ReferralState.DRAFT),
    )
    mine = or_(
        Referral.borough_gss.in_(allowed.boroughs),
        Referral.offered_to_gss.in_(allowed.other_boroughs),
        and_(
            Referral.from_agency_id == allowed.referring_agency_id,
            Referral.closed_to_referrer_at.is_(None),
        ),
        and_(Referral.with_agency_id.is_not(None), Referral.with_agency_id == allowed.receiving_agency_id),
    )
    sent = _opened(
        work, select(Referral).where(Referral.state != ReferralState.DRAFT, mine).order_by(Referral.received_at.desc())
    )
    work.record(ReferralListViewed(subject_id=None, shown=len(sent)))
    return Overview(
        # Whose role was withdrawn sees no more of what they once began.
        tuple(row for row in drafts if permits(work.actor, Permission.REFERRAL_DRAFT, row)),
        tuple(row for row in reversed(sent) if not row.is_decided),
        tuple(row for row in sent if row.is_decided),
    )


def sent_by_agency(work: Work, *, after: tuple[datetime, UUID] | None, most: int) -> list[Referral]:
    """Give some of what one's agency has referred, the earliest first, from after a moment and an id; nothing opened.

    As one viewing of a list. Raises NotPermitted where one refers for no agency.
    """
    agency_id = scope(work.actor, Permission.REFERRAL_LIST).referring_agency_id
    if agency_id is None:
        raise NotPermitted(Permission.REFERRAL_LIST)
    wanted = select(Referral).where(Referral.from_agency_id == agency_id, Referral.state != ReferralState.DRAFT)
    if after is not None:
        moment, row_id = after
        later = and_(Referral.received_at == moment, Referral.id > row_id)
        wanted = wanted.where(or_(Referral.received_at > moment, later))
    rows = list(work.session.scalars(wanted.order_by(Referral.received_at, Referral.id).limit(most)))
    work.record(ReferralListViewed(subject_id=None, shown=len(rows)))
    return rows


def awaiting_decision(work: Work, borough_gss: str | None = None) -> list[Referral]:
    """Give the undecided referrals to the boroughs that the actor leads, the longest waiting first, as one viewing.

    To one borough alone where one is given.
    """
    allowed = scope(work.actor, Permission.REFERRAL_LIST)
    own, other = allowed.boroughs, allowed.other_boroughs
    if borough_gss is not None:
        own, other = own & {borough_gss}, other & {borough_gss}
    here = or_(Referral.borough_gss.in_(own), Referral.offered_to_gss.in_(other))
    wanted = select(Referral).where(Referral.state.in_(AWAITING), here)
    rows = _opened(work, wanted.order_by(Referral.received_at))
    work.record(ReferralListViewed(subject_id=None, shown=len(rows)))
    return rows


def open_referral(work: Work, referral_id: UUID, *, for_change: bool = False) -> Referral:
    """Give one referral that was sent, recorded as seen; NotFound where the actor may not know of it."""
    referral = work.session.get(Referral, referral_id, with_for_update=for_change)
    if referral is None:
        raise NotFound
    require_sight(work.actor, Permission.REFERRAL_VIEW, referral)
    work.record(ReferralViewed(subject_id=referral.id, borough_gss=referral.borough_gss))
    return referral


def open_draft(work: Work, referral_id: UUID, *, for_change: bool = False) -> Referral:
    """Give one's own referral as its author, draft or just sent, recorded as seen."""
    referral = work.session.get(Referral, referral_id, with_for_update=for_change)
    if referral is None or referral.author_id != work.actor.user_id:
        raise NotFound
    require_sight(work.actor, Permission.REFERRAL_DRAFT, referral)
    work.record(ReferralViewed(subject_id=referral.id, borough_gss=referral.borough_gss))
    return referral


def is_own_draft(work: Work, referral_id: UUID) -> bool:
    """Whether this is a draft by the actor, whom its plain address should lead back to the form."""
    referral = work.session.get(Referral, referral_id)
    return referral is not None and referral.is_draft and permits(work.actor, Permission.REFERRAL_DRAFT, referral)


def batch_of(work: Work, referral: Referral) -> list[Referral]:
    """Give the other referrals made together with this one that the actor may see: drafts to their author alone."""
    if referral.batch_id is None:
        return []
    permission = Permission.REFERRAL_DRAFT if referral.is_draft else Permission.REFERRAL_VIEW
    wanted = select(Referral).where(
        Referral.batch_id == referral.batch_id,
        Referral.id != referral.id,
        (Referral.state == ReferralState.DRAFT) == referral.is_draft,
    )
    allowed = [row for row in work.session.scalars(wanted) if permits(work.actor, permission, row)]
    unlock(work.session, [row.compartment_id for row in allowed])
    for row in allowed:
        work.record(ReferralViewed(subject_id=row.id, borough_gss=row.borough_gss))
    return sorted(allowed, key=lambda row: row.reference)


def feedback_owed(work: Work) -> list[Referral]:
    """Give the decided referrals of the boroughs one leads whose referrers have not been told yet, the oldest first."""
    boroughs = scope(work.actor, Permission.REFERRAL_LIST).boroughs
    wanted = (
        select(Referral)
        .join(ReferralDecision, ReferralDecision.referral_id == Referral.id)
        .where(Referral.borough_gss.in_(boroughs), ReferralDecision.told_at.is_(None))
    )
    rows = _opened(work, wanted.order_by(Referral.decided_at))
    work.record(ReferralListViewed(subject_id=None, shown=len(rows)))
    return rows


def read_long_ago_ids(work: Work) -> list[UUID]:
    """Give the decided referrals whose referrers were told and have had their time to read, for the clock."""
    require(work.actor, Permission.REFERRAL_TIDY, Subject())
    wanted = (
        select(Referral.id)
        .join(ReferralDecision, ReferralDecision.referral_id == Referral.id)
        .where(Referral.closed_to_referrer_at.is_(None), ReferralDecision.told_at.is_not(None))
        .where(Referral.decided_at <= work.now - READ_FOR)
    )
    return list(work.session.scalars(wanted))


def untouched_ids(work: Work) -> list[UUID]:
    """Give the drafts that nobody has touched for a while, for the clock to remind of or purge."""
    require(work.actor, Permission.REFERRAL_TIDY, Subject())
    wanted = select(Referral.id).where(
        Referral.state == ReferralState.DRAFT, Referral.touched_at <= work.now - REMINDED
    )
    return list(work.session.scalars(wanted))


def decision_on(work: Work, referral: Referral) -> ReferralDecision | None:
    """Give the decision on a referral that has been opened."""
    return work.session.scalar(select(ReferralDecision).where(ReferralDecision.referral_id == referral.id))


def matches(work: Work, referral: Referral) -> list[Candidate]:
    """Give the young people already known who may be the one referred."""
    require_sight(work.actor, Permission.REFERRAL_DECIDE, referral)
    return people.matches(work, referral.answers.identity, about_id=referral.id)


def of_case(work: Work, case_id: UUID) -> list[Referral]:
    """Give the referrals that a case rests on, for one who may see the case."""
    allowed = scope(work.actor, Permission.CASE_VIEW).boroughs
    wanted = select(Referral).where(Referral.case_id == case_id, Referral.borough_gss.in_(allowed))
    return _opened(work, wanted.order_by(Referral.received_at))
