"""What lead officers, services and the clock do with a referral to a service."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import func, select

from cse_tracker.access.decisions import permits, require
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.cases import commands as cases
from cse_tracker.cases.model import Case
from cse_tracker.directory.model import Service
from cse_tracker.duties import commands as duties
from cse_tracker.duties.model import About
from cse_tracker.identity import queries as identity
from cse_tracker.identity.model import Agency
from cse_tracker.outbound.events import (
    GapNoted,
    OutboundCameBack,
    OutboundChased,
    OutboundDiscarded,
    OutboundMoved,
    OutboundPrepared,
    OutboundSent,
    OutboundUnanswered,
    OutboundWritten,
)
from cse_tracker.outbound.model import (
    GapBody,
    OutboundBody,
    OutboundReferral,
    OutboundStep,
    Place,
    Plan,
    ServiceGap,
    StepBody,
    StepKind,
    Via,
)
from cse_tracker.outbound.rules import (
    ACKNOWLEDGE,
    ACKNOWLEDGED_WITHIN,
    AGREEMENTS,
    ANSWER,
    ANSWERED_WITHIN,
    PLACE,
    PLACE_ASKED,
    SECTIONS,
    UNDECIDED,
    Agreement,
    DeclineReason,
    Fallback,
    GapKind,
    Leaf,
    OutboundState,
    Outcome,
    Way,
)
from cse_tracker.people.model import Person
from cse_tracker.records.keys import unlock
from cse_tracker.rulebook.calendar import end_of_day
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
    _step(work, outbound, StepKind.SENT)
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
    _demand(work, outbound, ACKNOWLEDGED_WITHIN, ACKNOWLEDGE, "sent")


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


def acknowledge(work: Work, outbound: OutboundReferral, *, words: str = "") -> None:
    """Say that the referral has arrived; the time to answer it begins."""
    _may_answer(work, outbound)
    _move(work, outbound, OutboundState.ACKNOWLEDGED, StepKind.ACKNOWLEDGED, words)
    duties.meet(work, outbound.id, ACKNOWLEDGE)
    _demand(work, outbound, ANSWERED_WITHIN, ANSWER, "acknowledged")


def accept(work: Work, outbound: OutboundReferral, *, words: str = "") -> None:
    """Take the young person on."""
    _may_answer(work, outbound)
    _move(work, outbound, OutboundState.ACCEPTED, StepKind.ACCEPTED, words)
    _answered(work, outbound)
    duties.meet(work, outbound.case_id, cases.TAKEN_ON, note=f"Referral {outbound.reference} was accepted")


def put_on_waiting_list(work: Work, outbound: OutboundReferral, place: Place) -> None:
    """Put the young person on a waiting list, or change their place; asked about again on the day that is expected.

    Raises RuleBroken for a day that has passed and for a place below one.
    """
    _may_answer(work, outbound)
    if place.expected_on <= work.today:
        message = "The day on which a place is expected must be in the future"
        raise RuleBroken("outbound.past", message, field="expected_on")
    if place.position is not None and place.position < 1:
        raise RuleBroken("outbound.position", "The place on the list must be 1 or more", field="position")
    words = f"Expected on {place.expected_on.isoformat()}"
    words += f", place {place.position}. " if place.position else ". "
    _move(work, outbound, OutboundState.WAITING_LIST, StepKind.WAITING, words + place.note)
    outbound.body = replace(outbound.body, place=place)
    _answered(work, outbound)
    due_at = end_of_day(place.expected_on)
    sentence = f"A place on the waiting list was expected by {place.expected_on.isoformat()}, as the service said."
    _demand(work, outbound, PLACE_ASKED, PLACE, "estimated", due_at=due_at, sentence=sentence)


def decline(work: Work, outbound: OutboundReferral, *, reason: DeclineReason, words: str) -> None:
    """Decline with a coded reason; a gap in services is noted, and what was shared closes to the service."""
    _may_answer(work, outbound)
    if reason is DeclineReason.OTHER and not words.strip():
        raise RuleBroken("outbound.reason", "Enter the reason in your own words", field="words")
    _move(work, outbound, OutboundState.DECLINED, StepKind.DECLINED, words)
    outbound.body = replace(outbound.body, decline=reason)
    _answered(work, outbound)
    _note_gap(work, outbound, GapKind.DECLINED, reason)


def begin(work: Work, outbound: OutboundReferral, *, words: str = "") -> None:
    """Say that support has begun."""
    _may_answer(work, outbound)
    _move(work, outbound, OutboundState.ACTIVE, StepKind.BEGUN, words)


def report(work: Work, outbound: OutboundReferral, words: str) -> None:
    """Tell the borough how it goes, or ask it something; moves nothing."""
    _may_answer(work, outbound)
    _write(work, outbound, StepKind.REPORTED, words)


def ask(work: Work, outbound: OutboundReferral, words: str) -> None:
    """Ask the borough something; the time to answer the referral runs on."""
    _may_answer(work, outbound)
    _write(work, outbound, StepKind.ASKED, words)


def reply(work: Work, outbound: OutboundReferral, words: str) -> None:
    """Write to the service as the borough."""
    require(work.actor, Permission.OUTBOUND_PREPARE, outbound)
    _write(work, outbound, StepKind.REPLIED, words)


def _write(work: Work, outbound: OutboundReferral, kind: StepKind, words: str) -> None:
    if not outbound.is_live:
        raise RuleBroken("outbound.over", "This referral is over, so nothing can be written on it any more")
    if not words.strip():
        raise RuleBroken("outbound.words", "Enter what you want to say", field="words")
    _step(work, outbound, kind, words)
    work.record(
        OutboundWritten(
            subject_id=outbound.id, borough_gss=outbound.borough_gss, agency_id=outbound.agency_id, kind=kind
        )
    )


def end(
    work: Work, outbound: OutboundReferral, *, early: bool, outcomes: Sequence[tuple[str, Outcome]], words: str
) -> None:
    """End the support, completed or early, with the outcome for each need that was named.

    Raises RuleBroken where a need has no outcome, or where it ended early without a word of why.
    """
    _may_answer(work, outbound)
    if [need for need, _ in outcomes] != list(outbound.body.plan.needs):
        raise RuleBroken("outbound.outcomes", "Select for each need how far it was met", field="outcomes")
    if early and not words.strip():
        raise RuleBroken("outbound.why", "Enter why it ended early", field="words")
    state, kind = (
        (OutboundState.ENDED_EARLY, StepKind.ENDED_EARLY) if early else (OutboundState.COMPLETED, StepKind.COMPLETED)
    )
    _move(work, outbound, state, kind, words)
    outbound.body = replace(outbound.body, outcomes=tuple(outcomes))


def revoke(work: Work, outbound: OutboundReferral, *, reason: str) -> None:
    """Take a referral back, whatever became of the receiver: what was shared closes to the service at once."""
    require(work.actor, Permission.OUTBOUND_REVOKE, outbound)
    if not reason.strip():
        raise RuleBroken("outbound.revoke", "Enter why it is revoked", field="reason")
    unlock(work.session, [outbound.compartment_id])
    _move(work, outbound, OutboundState.REVOKED, StepKind.REVOKED, reason)
    duties.withdraw(work, outbound.id, None, note="The referral was revoked.")


def chase(work: Work, outbound: OutboundReferral) -> None:
    """Remind the service of a referral that it has not decided on."""
    require(work.actor, Permission.OUTBOUND_PREPARE, outbound)
    if outbound.state not in UNDECIDED:
        raise RuleBroken("outbound.answered", "The service has answered, or the referral is over")
    outbound.chased_at = work.now
    _step(work, outbound, StepKind.CHASED)
    work.record(OutboundChased(subject_id=outbound.id, borough_gss=outbound.borough_gss, agency_id=outbound.agency_id))


def note_silence(work: Work, outbound_id: UUID) -> bool:
    """Write down that a service has not answered in time, and chase it; False where it has. Run by the clock."""
    outbound = _for_the_clock(work, outbound_id)
    if outbound is None or outbound.state is not OutboundState.SENT:
        return False
    if not any(duty.is_late(work.now) for duty in duties.standing(work, outbound.id, [ACKNOWLEDGE])):
        return False
    outbound.move(OutboundState.NO_RESPONSE, at=work.now)
    outbound.chased_at = work.now
    _step(work, outbound, StepKind.UNANSWERED)
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
    _step(work, outbound, StepKind.CAME_BACK, "The service has closed.")
    duties.withdraw(work, outbound.id, None, note="The service has closed.")
    _note_gap(work, outbound, GapKind.CLOSED, None)
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


def note_no_service(work: Work, case: Case, person: Person) -> ServiceGap:
    """Note that no service was found that a young person could be referred to."""
    require(work.actor, Permission.OUTBOUND_PREPARE, case)
    case.require_open()
    return _add_gap(work, case, person, GapKind.NO_SERVICE, None, None)


def _note_gap(work: Work, outbound: OutboundReferral, kind: GapKind, reason: DeclineReason | None) -> None:
    case = work.session.get_one(Case, outbound.case_id)
    person = work.session.get_one(Person, case.person_id)
    unlock(work.session, [case.compartment_id, person.compartment_id])
    _add_gap(work, case, person, kind, reason, outbound)


def _add_gap(
    work: Work,
    case: Case,
    person: Person,
    kind: GapKind,
    reason: DeclineReason | None,
    outbound: OutboundReferral | None,
) -> ServiceGap:
    agency = work.session.get_one(Agency, outbound.agency_id) if outbound else None
    gap = ServiceGap(
        borough_gss=case.borough_gss,
        case_id=case.id,
        outbound_id=outbound.id if outbound else None,
        compartment_id=case.compartment_id,
    )
    gap.body = GapBody(
        kind=kind,
        reason=reason,
        agency_kind=agency.kind if agency else None,
        service_id=outbound.service_id if outbound else None,
        age=person.head.age_on(work.today),
        sex=person.head.sex.value,
        noted_at=work.now,
    )
    work.session.add(gap)
    work.session.flush()
    work.record(GapNoted(subject_id=gap.id, borough_gss=gap.borough_gss, case_id=case.id))
    return gap


def _may_answer(work: Work, outbound: OutboundReferral) -> None:
    require(work.actor, Permission.OUTBOUND_ANSWER, outbound)
    if outbound.state is OutboundState.DRAFT:
        raise RuleBroken("outbound.draft", "This referral has not been sent yet")
    unlock(work.session, [outbound.compartment_id])


def _move(work: Work, outbound: OutboundReferral, state: OutboundState, kind: StepKind, words: str) -> None:
    outbound.move(state, at=work.now)
    _step(work, outbound, kind, words)
    work.record(
        OutboundMoved(
            subject_id=outbound.id, borough_gss=outbound.borough_gss, agency_id=outbound.agency_id, state=state
        )
    )


def _answered(work: Work, outbound: OutboundReferral) -> None:
    """Settle whatever an answer settles: it acknowledges too, and it answers what was asked about a place."""
    for act in (ACKNOWLEDGE, ANSWER, PLACE):
        duties.meet(work, outbound.id, act)


def _step(work: Work, outbound: OutboundReferral, kind: StepKind, words: str = "") -> None:
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


def _demand(
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
