"""Which events make calls to which systems, and the calls as they go out: in order for each thing, until taken.

A call says that something changed, by a kind and a reference; the system then reads what it may.
"""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.orm import aliased

from cse_tracker.access.decisions import permits, require, scope
from cse_tracker.access.matrix import Permission
from cse_tracker.identity.model import Agency, Membership
from cse_tracker.notifications.calling import Outgoing
from cse_tracker.notifications.events import CallDropped, CallGivenUp, CallRetried, CallTaken
from cse_tracker.notifications.model import DeadCall, MessageState, WebhookCall, WhyDropped
from cse_tracker.outbound.events import OutboundChased, OutboundMoved, OutboundSent, OutboundUnanswered, OutboundWritten
from cse_tracker.outbound.model import StepKind
from cse_tracker.outbound.rules import OutboundState
from cse_tracker.records.keys import unlock
from cse_tracker.records.reference import reference
from cse_tracker.referrals.events import ReferralDecided, ReferralSubmitted
from cse_tracker.referrals.model import Referral
from cse_tracker.systems.model import AgencySystem, Webhook
from cse_tracker.systems.rules import Change
from cse_tracker.triage.events import ReferralQuestionAsked, ReferralTakenOn
from cse_tracker.work.errors import NotFound, RuleBroken
from cse_tracker.work.event import Event
from cse_tracker.work.retrying import CLAIM, Patience
from cse_tracker.work.unit import Work

CALLS: Final = Patience(timedelta(seconds=30), timedelta(hours=1))
# A receiver may be down over a long week-end.
TRIED_FOR: Final = timedelta(days=5)
_HOOKS: Final = select(Webhook.id).where(Webhook.agency_id == bindparam("agency"), Webhook.ended_at.is_(None))


def react_for_systems(work: Work, happened: Event) -> None:
    """Make the calls that an event makes due."""
    match happened:
        case ReferralSubmitted(subject_id=UUID() as about, from_agency_id=agency):
            _call(work, agency, Change.REFERRAL_RECEIVED, about)
        case ReferralQuestionAsked(subject_id=UUID() as about):
            _call(work, _referrer(work, about), Change.REFERRAL_QUESTION, about)
        case ReferralTakenOn(subject_id=UUID() as about):
            _call(work, _referrer(work, about), Change.REFERRAL_PASSED_ON, about)
        case ReferralDecided(subject_id=UUID() as about):
            _call(work, _referrer(work, about), Change.REFERRAL_DECIDED, about)
        case OutboundSent(subject_id=UUID() as about, agency_id=agency):
            _call(work, agency, Change.OUTBOUND_SENT, about)
        case OutboundChased(subject_id=UUID() as about, agency_id=agency):
            _call(work, agency, Change.OUTBOUND_CHASED, about)
        case OutboundUnanswered(subject_id=UUID() as about, agency_id=agency):
            _call(work, agency, Change.OUTBOUND_CHASED, about)
        case OutboundWritten(subject_id=UUID() as about, agency_id=agency, kind=StepKind.REPLIED):
            _call(work, agency, Change.OUTBOUND_REPLIED, about)
        case OutboundMoved(subject_id=UUID() as about, agency_id=agency, state=OutboundState.REVOKED):
            _call(work, agency, Change.OUTBOUND_REVOKED, about)


def _referrer(work: Work, referral_id: UUID) -> UUID:
    return work.session.get_one(Referral, referral_id).from_agency_id


def _call(work: Work, agency_id: UUID, change: Change, about_id: UUID) -> None:
    for webhook_id in work.read(_HOOKS, {"agency": agency_id}, apart=True).scalars().all():
        last = select(func.max(WebhookCall.ordinal)).where(
            WebhookCall.webhook_id == webhook_id, WebhookCall.about_id == about_id
        )
        row = WebhookCall(
            webhook_id=webhook_id,
            change=change,
            about_id=about_id,
            ordinal=(work.session.scalar(last) or 0) + 1,
            made_at=work.now,
            due_at=work.now,
        )
        work.session.add(row)
        work.session.flush()


def due_calls(work: Work, *, most: int = 200) -> list[UUID]:
    """Give the calls to be made: to receivers that do not rest, and of each thing the earliest alone."""
    earlier = aliased(WebhookCall)
    before = select(earlier.id).where(
        earlier.webhook_id == WebhookCall.webhook_id,
        earlier.about_id == WebhookCall.about_id,
        earlier.state == MessageState.WAITING,
        or_(
            earlier.ordinal < WebhookCall.ordinal,
            (earlier.ordinal == WebhookCall.ordinal) & (earlier.id < WebhookCall.id),
        ),
    )
    wanted = (
        select(WebhookCall.id)
        .join(Webhook, Webhook.id == WebhookCall.webhook_id)
        .where(WebhookCall.state == MessageState.WAITING, WebhookCall.due_at <= work.now)
        .where(Webhook.ended_at.is_(None), or_(Webhook.rests_until.is_(None), Webhook.rests_until <= work.now))
        .where(~before.exists())
    )
    return list(work.session.scalars(wanted.order_by(WebhookCall.made_at, WebhookCall.id).limit(most)))


def claim_call(work: Work, call_id: UUID) -> Outgoing | None:
    """Take a call for making, so that nobody else does for five minutes; None where it is not due any more."""
    call = work.session.get(WebhookCall, call_id, with_for_update={"skip_locked": True})
    if call is None or call.state is not MessageState.WAITING or call.due_at > work.now:
        return None
    hook = work.session.get_one(Webhook, call.webhook_id)
    if hook.ended_at is not None or (hook.rests_until is not None and hook.rests_until > work.now):
        return None
    call.attempts += 1
    call.due_at = work.now + CLAIM
    unlock(work.session, [hook.compartment_id])
    return Outgoing(call.id, hook.body.url, _text(call), hook.body.secrets(work.now))


def _text(call: WebhookCall) -> str:
    letter = "X" if call.change.value.startswith("outbound") else "R"
    data = {"id": str(call.about_id), "reference": reference(letter, call.about_id), "number": call.ordinal}
    return json.dumps({"type": call.change.value, "timestamp": call.made_at.isoformat(), "data": data})


def mark_taken(work: Work, call_id: UUID) -> None:
    """Record that the receiver took a call; it is there again."""
    call = _waiting(work, call_id)
    if call is None:
        return
    call.state, call.sent_at = MessageState.SENT, work.now
    hook = work.session.get_one(Webhook, call.webhook_id, with_for_update=True)
    if hook.failures:
        hook.failures, hook.rests_until = 0, None
    work.record(CallTaken(subject_id=call.id, webhook_id=hook.id, change=call.change))


def put_call_back(work: Work, call_id: UUID, *, down: bool) -> bool:
    """Record that a call was not taken: due again after a longer and longer while, given up after five days.

    Gives whether it is given up. A receiver that is `down` rests with all its calls, and is asked by one at a time.
    """
    call = _waiting(work, call_id)
    if call is None:
        return False
    hook = work.session.get_one(Webhook, call.webhook_id, with_for_update=True)
    if down:
        hook.failures += 1
        hook.rests_until = work.now + CALLS.after(hook.failures)
    call.due_at = work.now + (CALLS.first if down else CALLS.after(call.attempts))
    given_up = work.now - call.made_at > TRIED_FOR
    if given_up:
        call.state = MessageState.DEAD
        work.record(CallGivenUp(subject_id=call.id, webhook_id=hook.id, attempts=call.attempts))
    return given_up


def _waiting(work: Work, call_id: UUID) -> WebhookCall | None:
    call = work.session.get(WebhookCall, call_id, with_for_update=True)
    return call if call is not None and call.state is MessageState.WAITING else None


def dead_calls(work: Work) -> Sequence[DeadCall]:
    """Give the calls that were given up, for the operators of the boroughs in which their agencies refer."""
    wanted = select(WebhookCall).where(WebhookCall.state == MessageState.DEAD).order_by(WebhookCall.made_at)
    found = [_dead(work, row) for row in work.session.scalars(wanted)]
    return [each for each in found if permits(work.actor, Permission.OUTBOX_MEND, each)]


def dead_call(work: Work, call_id: UUID) -> DeadCall:
    """Give one call that was given up; NotFound where the actor may not know of it."""
    row = work.session.get(WebhookCall, call_id, with_for_update=True)
    if row is None or row.state is not MessageState.DEAD:
        raise NotFound
    found = _dead(work, row)
    if not permits(work.actor, Permission.OUTBOX_MEND, found):
        raise NotFound
    return found


def _dead(work: Work, row: WebhookCall) -> DeadCall:
    wanted = (
        select(AgencySystem, Agency)
        .join(Agency, Agency.id == AgencySystem.agency_id)
        .join(Webhook, Webhook.system_id == AgencySystem.id)
        .where(Webhook.id == row.webhook_id)
    )
    system, agency = work.session.execute(wanted).one()
    held = set(work.session.scalars(select(Membership.borough_gss).where(Membership.user_id == system.user_id)))
    mine = scope(work.actor, Permission.OUTBOX_MEND).boroughs
    return DeadCall(row, f"{agency.name}: {system.name}", min(held & mine if held else mine, default=None))


def retry_call(work: Work, dead: DeadCall) -> None:
    """Let a call that was given up be tried again, for another five days."""
    require(work.actor, Permission.OUTBOX_MEND, dead)
    _still_dead(dead)
    dead.call.state, dead.call.attempts = MessageState.WAITING, 0
    dead.call.due_at = dead.call.made_at = work.now
    work.record(CallRetried(subject_id=dead.call.id))


def drop_call(work: Work, dead: DeadCall, why: WhyDropped) -> None:
    """Let a call that was given up go, saying why."""
    require(work.actor, Permission.OUTBOX_MEND, dead)
    _still_dead(dead)
    dead.call.state = MessageState.DROPPED
    work.record(CallDropped(subject_id=dead.call.id, why=why))


def _still_dead(dead: DeadCall) -> None:
    if dead.call.state is not MessageState.DEAD:
        raise RuleBroken("message.settled", "Somebody else has dealt with this already")
