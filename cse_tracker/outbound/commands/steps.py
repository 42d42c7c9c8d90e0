"""What every step of a referral to a service leaves behind: its line, its event, and the duties it opens or settles."""

from datetime import datetime

from sqlalchemy import func, select

from cse_tracker.access.decisions import permits
from cse_tracker.access.matrix import Permission
from cse_tracker.cases import commands as cases
from cse_tracker.cases.model import Case
from cse_tracker.duties import commands as duties
from cse_tracker.duties.model import About
from cse_tracker.outbound.events import (
    OutboundMoved,
    OutboundWritten,
)
from cse_tracker.outbound.model import (
    OutboundReferral,
    OutboundStep,
    StepBody,
    StepKind,
    Via,
)
from cse_tracker.outbound.rules import (
    ACKNOWLEDGE,
    ANSWER,
    PLACE,
    Fallback,
    OutboundState,
)
from cse_tracker.records.keys import unlock
from cse_tracker.work.errors import RuleBroken
from cse_tracker.work.unit import Work


def move(work: Work, outbound: OutboundReferral, state: OutboundState, kind: StepKind, words: str) -> None:
    """Move a referral to another state, with its line and its event."""
    outbound.move(state, at=work.now)
    step(work, outbound, kind, words)
    work.record(
        OutboundMoved(
            subject_id=outbound.id, borough_gss=outbound.borough_gss, agency_id=outbound.agency_id, state=state
        )
    )


def write(work: Work, outbound: OutboundReferral, kind: StepKind, words: str) -> None:
    """Write words on a referral, which move nothing; raises RuleBroken where it is over and for no words at all."""
    if not outbound.is_live:
        raise RuleBroken("outbound.over", "This referral is over, so nothing can be written on it any more")
    if not words.strip():
        raise RuleBroken("outbound.words", "Enter what you want to say", field="words")
    step(work, outbound, kind, words)
    work.record(
        OutboundWritten(
            subject_id=outbound.id, borough_gss=outbound.borough_gss, agency_id=outbound.agency_id, kind=kind
        )
    )


def settle(work: Work, outbound: OutboundReferral) -> None:
    """Settle whatever an answer settles: it acknowledges too, and it answers what was asked about a place."""
    for act in (ACKNOWLEDGE, ANSWER, PLACE):
        duties.meet(work, outbound.id, act)


def demand(
    work: Work,
    outbound: OutboundReferral,
    rule: Fallback,
    act: str,
    happened: str,
    *,
    due_at: datetime | None = None,
    sentence: str = "",
) -> None:
    """Open a duty of the service, by the protocol of the case, or by our own time limit where that names none."""
    case = work.session.get_one(Case, outbound.case_id)
    unlock(work.session, [case.compartment_id])
    protocol = cases.protocol_of(work, case)
    try:
        named = protocol.document.deadline(rule.key)
        label, trigger, amount, unit = named.label, named.trigger, named.amount, named.unit
    except LookupError:
        label, trigger, amount, unit = rule.label, rule.trigger, rule.amount, rule.unit
    demand = duties.Demand(
        rule_key=rule.key,
        label=label,
        satisfied_by=act,
        amount=amount,
        unit=unit,
        trigger=trigger,
        happened=happened,
        protocol_version_id=protocol.version_id,
        protocol_label=protocol.label,
    )
    bearer = duties.Bearer(
        borough_gss=outbound.borough_gss,
        owner_agency_id=outbound.agency_id,
        about=About.OUTBOUND,
        about_id=outbound.id,
        compartment_id=outbound.compartment_id,
    )
    if due_at is None:
        duties.open_duty(work, bearer, demand)
    else:
        duties.open_duty_by(work, bearer, demand, due_at=due_at, sentence=sentence)


def step(work: Work, outbound: OutboundReferral, kind: StepKind, words: str = "") -> None:
    """Add a line to what became of a referral."""
    before = select(func.count()).where(OutboundStep.outbound_id == outbound.id)
    row = OutboundStep(
        outbound_id=outbound.id,
        ordinal=(work.session.scalar(before) or 0) + 1,
        compartment_id=outbound.compartment_id,
    )
    row.body = StepBody(kind=kind, at=work.now, by=work.actor.user_id, via=_via(work, outbound), words=words.strip())
    work.session.add(row)
    work.session.flush()


def _via(work: Work, outbound: OutboundReferral) -> Via:
    if work.actor.is_system:
        return Via.CLOCK
    if work.actor.visiting == outbound.id:
        return Via.LINK
    borough = permits(work.actor, Permission.OUTBOUND_OVERSEE, outbound)
    return Via.BOROUGH if borough else Via.ACCOUNT
