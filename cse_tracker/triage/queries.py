"""What people see of a referral on its way to a decision."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from cse_tracker.access.decisions import permits, require, scope
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.records.keys import unlock
from cse_tracker.records.reference import reference
from cse_tracker.referrals.model import Referral, ReferralState
from cse_tracker.triage.events import PassedOnListViewed
from cse_tracker.triage.model import BOUNCED, Comparison, OfferState, ReferralOffer, ReferralQuestion
from cse_tracker.work.unit import Work


@dataclass(frozen=True)
class PassedOn:
    """A referral that another borough took on, as the borough that offered it may still see it."""

    reference: str
    offer: ReferralOffer


def questions(work: Work, referral: Referral) -> list[ReferralQuestion]:
    """Give the questions on a referral that has been opened, the first first; none where one may only receive."""
    if not any(
        permits(work.actor, each, referral) for each in (Permission.REFERRAL_DECIDE, Permission.REFERRAL_ANSWER)
    ):
        return []
    wanted = select(ReferralQuestion).where(ReferralQuestion.referral_id == referral.id)
    rows = list(work.session.scalars(wanted.order_by(ReferralQuestion.ordinal)))
    unlock(work.session, [row.compartment_id for row in rows])
    return rows


def offers(work: Work, referral: Referral) -> list[ReferralOffer]:
    """Give the offers of a referral to other boroughs, for one who decides on it or is offered it; the first first.

    The referrer sees none: what two boroughs say to each other about who is responsible is not theirs to carry.
    """
    decides = permits(work.actor, Permission.REFERRAL_DECIDE, referral)
    receives = permits(work.actor, Permission.REFERRAL_RECEIVE, referral)
    if not (decides or receives):
        return []
    wanted = select(ReferralOffer).where(ReferralOffer.referral_id == referral.id)
    rows = list(work.session.scalars(wanted.order_by(ReferralOffer.offered_at)))
    unlock(work.session, [row.compartment_id for row in rows])
    return rows if decides else [row for row in rows if row.state is OfferState.OFFERED]


def bounced(work: Work, referrals: Iterable[Referral]) -> frozenset[UUID]:
    """Give those waiting referrals that came back from another borough and that nobody has claimed since."""
    waiting = [row.id for row in referrals if row.state is ReferralState.SUBMITTED]
    wanted = select(ReferralOffer).where(ReferralOffer.referral_id.in_(waiting)).order_by(ReferralOffer.offered_at)
    last = {row.referral_id: row.state for row in work.session.scalars(wanted)}
    return frozenset(referral_id for referral_id, state in last.items() if state in BOUNCED)


def offered_here(work: Work, referrals: Iterable[Referral]) -> list[Referral]:
    """Give those referrals that are offered to the actor's agency, or to a borough that the actor leads."""
    waiting = [row for row in referrals if row.state is ReferralState.REDIRECTED]
    return [row for row in waiting if permits(work.actor, Permission.REFERRAL_RECEIVE, row)]


def passed_on(work: Work) -> list[PassedOn]:
    """Give what other boroughs took on from the boroughs that the actor leads: the reference, to whom and when."""
    boroughs = scope(work.actor, Permission.REFERRAL_LIST).boroughs
    wanted = select(ReferralOffer).where(
        ReferralOffer.from_gss.in_(boroughs),
        ReferralOffer.to_gss.is_not(None),
        ReferralOffer.state == OfferState.ACCEPTED,
    )
    rows = list(work.session.scalars(wanted.order_by(ReferralOffer.answered_at.desc())))
    if rows:
        work.record(PassedOnListViewed(subject_id=None, shown=len(rows)))
    return [PassedOn(reference("R", row.referral_id), row) for row in rows]


def comparisons(work: Work, referral: Referral) -> dict[UUID, Comparison]:
    """Give what comparing came to so far, by young person already known."""
    require(work.actor, Permission.REFERRAL_DECIDE, referral)
    rows = work.session.scalars(select(Comparison).where(Comparison.referral_id == referral.id))
    return {row.person_id: row for row in rows}


def lapsed_ids(work: Work) -> list[UUID]:
    """Give the offers whose time to answer has passed, for the clock."""
    require(work.actor, Permission.REFERRAL_TIDY, Subject())
    wanted = select(ReferralOffer.id).where(
        ReferralOffer.state == OfferState.OFFERED, ReferralOffer.answer_by < work.now
    )
    return list(work.session.scalars(wanted))
