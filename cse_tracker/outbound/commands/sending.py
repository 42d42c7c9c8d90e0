"""A referral to a service is drafted, changed, thrown away, and sent."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID, uuid4

from cse_tracker.access.decisions import require
from cse_tracker.access.matrix import Permission
from cse_tracker.cases.model import Case
from cse_tracker.directory.model import Service
from cse_tracker.identity import queries as identity
from cse_tracker.identity.model import Agency
from cse_tracker.outbound.commands import steps
from cse_tracker.outbound.events import (
    OutboundDiscarded,
    OutboundPrepared,
    OutboundSent,
)
from cse_tracker.outbound.model import (
    OutboundBody,
    OutboundReferral,
    Plan,
    StepKind,
)
from cse_tracker.outbound.rules import (
    ACKNOWLEDGE,
    ACKNOWLEDGED_WITHIN,
    AGREEMENTS,
    SECTIONS,
    Agreement,
    Leaf,
    OutboundState,
    Way,
)
from cse_tracker.sharing import commands as sharing
from cse_tracker.work.errors import NotFound, RuleBroken
from cse_tracker.work.unit import Work


def prepare(
    work: Work, case: Case, service: Service, plan: Plan, *, outbound_id: UUID | None = None
) -> OutboundReferral:
    """Draft a referral to a service; `outbound_id` is made with the form, so that a double click drafts one."""
    require(work.actor, Permission.OUTBOUND_PREPARE, case)
    again = work.session.get(OutboundReferral, outbound_id) if outbound_id else None
    if again is not None:
        if again.case_id != case.id:
            raise RuleBroken("outbound.once", "This form belongs to another case. Begin again from the case")
        return again
    case.require_open()
    _check_service(work, service)
    _check_plan(plan)
    row = OutboundReferral(
        id=outbound_id or uuid4(),
        borough_gss=case.borough_gss,
        case_id=case.id,
        agency_id=service.agency_id,
        service_id=service.id,
        way=Way.ACCOUNT if identity.reachable(work, service.agency_id) else Way.LINK,
        compartment_id=case.compartment_id,
    )
    row.body = OutboundBody(plan=plan, prepared_by=work.actor.user_id)
    work.session.add(row)
    work.session.flush()
    work.record(OutboundPrepared(subject_id=row.id, borough_gss=row.borough_gss, case_id=case.id))
    return row


def change(work: Work, outbound: OutboundReferral, plan: Plan) -> None:
    """Change a draft."""
    require(work.actor, Permission.OUTBOUND_PREPARE, outbound)
    _check_draft(outbound)
    _check_plan(plan)
    outbound.body = replace(outbound.body, plan=plan)
    work.record(OutboundPrepared(subject_id=outbound.id, borough_gss=outbound.borough_gss, case_id=outbound.case_id))


def discard(work: Work, outbound: OutboundReferral) -> None:
    """Throw a draft away."""
    require(work.actor, Permission.OUTBOUND_PREPARE, outbound)
    _check_draft(outbound)
    work.session.delete(outbound)
    work.record(OutboundDiscarded(subject_id=outbound.id, borough_gss=outbound.borough_gss))


def _check_draft(outbound: OutboundReferral) -> None:
    if outbound.state is not OutboundState.DRAFT:
        raise RuleBroken("outbound.sent", "This referral has been sent, so it can no longer be changed")


def _check_service(work: Work, service: Service) -> None:
    agency = work.session.get_one(Agency, service.agency_id)
    if not service.is_open or agency.closed_at is not None:
        raise RuleBroken("service.closed", "This service is closed. Choose another one", field="service")


def _check_plan(plan: Plan) -> None:
    if not plan.sections:
        raise RuleBroken("outbound.sections", "Select what the service needs to know", field="sections")
    if plan.agreement is not Agreement.AGREED and not plan.why_not.strip():
        message = "Enter why you share it all the same"
        raise RuleBroken("outbound.agreement", message, field="why_not")


def send(work: Work, outbound: OutboundReferral, case: Case, leaving: Sequence[Leaf]) -> None:
    """Send a draft: what leaves is recorded word for word, the decision to share it with it, and the clock starts."""
    require(work.actor, Permission.OUTBOUND_PREPARE, outbound)
    if outbound.case_id != case.id:
        raise NotFound
    case.require_open()
    service = work.session.get_one(Service, outbound.service_id)
    agency = work.session.get_one(Agency, outbound.agency_id)
    _check_service(work, service)
    plan = outbound.body.plan
    if {leaf.section for leaf in leaving} != plan.sections:
        raise RuleBroken("outbound.changed", "What would be shared has changed. Look at it again before you send")
    outbound.move(OutboundState.SENT, at=work.now)
    # An agency may have been given accounts, or lost them, since the draft was begun.
    outbound.way = Way.ACCOUNT if identity.reachable(work, agency.id) else Way.LINK
    record = sharing.share(work, case, _sharing_form(plan, service, agency), what=_what(plan), chapters=len(leaving))
    outbound.body = replace(outbound.body, left=tuple(leaving), sharing_id=record.id)
    steps.step(work, outbound, StepKind.SENT)
    work.record(
        OutboundSent(
            subject_id=outbound.id,
            borough_gss=outbound.borough_gss,
            case_id=case.id,
            agency_id=agency.id,
            service_id=service.id,
            sharing_id=record.id,
            sections=len(leaving),
        )
    )
    steps.demand(work, outbound, ACKNOWLEDGED_WITHIN, ACKNOWLEDGE, "sent")


def _sharing_form(plan: Plan, service: Service, agency: Agency) -> sharing.SharingForm:
    asked = AGREEMENTS[plan.agreement]
    return sharing.SharingForm(
        recipient=service.name,
        organisation=agency.name,
        purpose=plan.asked_for,
        footing=plan.footing,
        asked=". ".join(part for part in (asked, plan.said, plan.why_not) if part.strip()),
    )


def _what(plan: Plan) -> str:
    return "; ".join(words for section, words in SECTIONS.items() if section in plan.sections)
