"""What the borough and the clock do with a referral that has been sent."""

from uuid import UUID

from cse_tracker.access.decisions import require
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.directory.model import Service
from cse_tracker.duties import commands as duties
from cse_tracker.outbound.commands import gaps, steps
from cse_tracker.outbound.events import (
    OutboundCameBack,
    OutboundChased,
    OutboundUnanswered,
)
from cse_tracker.outbound.model import (
    OutboundReferral,
    StepKind,
)
from cse_tracker.outbound.rules import (
    ACKNOWLEDGE,
    UNDECIDED,
    GapKind,
    OutboundState,
)
from cse_tracker.records.keys import unlock
from cse_tracker.work.errors import RuleBroken
from cse_tracker.work.unit import Work


def reply(work: Work, outbound: OutboundReferral, words: str) -> None:
    """Write to the service as the borough."""
    require(work.actor, Permission.OUTBOUND_PREPARE, outbound)
    steps.write(work, outbound, StepKind.REPLIED, words)


def chase(work: Work, outbound: OutboundReferral) -> None:
    """Remind the service of a referral that it has not decided on."""
    require(work.actor, Permission.OUTBOUND_PREPARE, outbound)
    if outbound.state not in UNDECIDED:
        raise RuleBroken("outbound.answered", "The service has answered, or the referral is over")
    outbound.chased_at = work.now
    steps.step(work, outbound, StepKind.CHASED)
    work.record(OutboundChased(subject_id=outbound.id, borough_gss=outbound.borough_gss, agency_id=outbound.agency_id))


def revoke(work: Work, outbound: OutboundReferral, *, reason: str) -> None:
    """Take a referral back, whatever became of the receiver: what was shared closes to the service at once."""
    require(work.actor, Permission.OUTBOUND_REVOKE, outbound)
    if not reason.strip():
        raise RuleBroken("outbound.revoke", "Enter why it is revoked", field="reason")
    unlock(work.session, [outbound.compartment_id])
    steps.move(work, outbound, OutboundState.REVOKED, StepKind.REVOKED, reason)
    duties.withdraw(work, outbound.id, None, note="The referral was revoked.")


def note_silence(work: Work, outbound_id: UUID) -> bool:
    """Write down that a service has not answered in time, and chase it; False where it has. Run by the clock."""
    outbound = _for_the_clock(work, outbound_id)
    if outbound is None or outbound.state is not OutboundState.SENT:
        return False
    if not any(duty.is_late(work.now) for duty in duties.standing(work, outbound.id, [ACKNOWLEDGE])):
        return False
    outbound.move(OutboundState.NO_RESPONSE, at=work.now)
    outbound.chased_at = work.now
    steps.step(work, outbound, StepKind.UNANSWERED)
    work.record(
        OutboundUnanswered(subject_id=outbound.id, borough_gss=outbound.borough_gss, agency_id=outbound.agency_id)
    )
    return True


def bring_back(work: Work, outbound_id: UUID) -> bool:
    """Bring a referral back from a service that has closed, with an alarm; False where it is over. Run by the clock."""
    outbound = _for_the_clock(work, outbound_id)
    if outbound is None or not outbound.is_live:
        return False
    service = work.session.get_one(Service, outbound.service_id)
    if service.is_open:
        return False
    undecided = outbound.state in UNDECIDED
    outbound.move(OutboundState.REVOKED if undecided else OutboundState.ENDED_EARLY, at=work.now)
    steps.step(work, outbound, StepKind.CAME_BACK, "The service has closed.")
    duties.withdraw(work, outbound.id, None, note="The service has closed.")
    gaps.note(work, outbound, GapKind.CLOSED, None)
    work.record(
        OutboundCameBack(subject_id=outbound.id, borough_gss=outbound.borough_gss, agency_id=outbound.agency_id)
    )
    return True


def _for_the_clock(work: Work, outbound_id: UUID) -> OutboundReferral | None:
    require(work.actor, Permission.OUTBOUND_TIDY, Subject())
    outbound = work.session.get(OutboundReferral, outbound_id, with_for_update=True)
    if outbound is not None:
        unlock(work.session, [outbound.compartment_id])
    return outbound
