"""What a service does with a referral, under its account or behind its link."""

from collections.abc import Sequence
from dataclasses import replace

from cse_tracker.access.decisions import require
from cse_tracker.access.matrix import Permission
from cse_tracker.cases import commands as cases
from cse_tracker.duties import commands as duties
from cse_tracker.outbound.commands import gaps, steps
from cse_tracker.outbound.model import (
    OutboundReferral,
    Place,
    StepKind,
)
from cse_tracker.outbound.rules import (
    ACKNOWLEDGE,
    ANSWER,
    ANSWERED_WITHIN,
    PLACE,
    PLACE_ASKED,
    DeclineReason,
    GapKind,
    OutboundState,
    Outcome,
)
from cse_tracker.records.keys import unlock
from cse_tracker.rulebook.calendar import end_of_day
from cse_tracker.work.errors import RuleBroken
from cse_tracker.work.unit import Work


def acknowledge(work: Work, outbound: OutboundReferral, *, words: str = "") -> None:
    """Say that the referral has arrived; the time to answer it begins."""
    _may_answer(work, outbound)
    steps.move(work, outbound, OutboundState.ACKNOWLEDGED, StepKind.ACKNOWLEDGED, words)
    duties.meet(work, outbound.id, ACKNOWLEDGE)
    steps.demand(work, outbound, ANSWERED_WITHIN, ANSWER, "acknowledged")


def accept(work: Work, outbound: OutboundReferral, *, words: str = "") -> None:
    """Take the young person on."""
    _may_answer(work, outbound)
    steps.move(work, outbound, OutboundState.ACCEPTED, StepKind.ACCEPTED, words)
    steps.settle(work, outbound)
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
    steps.move(work, outbound, OutboundState.WAITING_LIST, StepKind.WAITING, words + place.note)
    outbound.body = replace(outbound.body, place=place)
    steps.settle(work, outbound)
    due_at = end_of_day(place.expected_on)
    sentence = f"A place on the waiting list was expected by {place.expected_on.isoformat()}, as the service said."
    steps.demand(work, outbound, PLACE_ASKED, PLACE, "estimated", due_at=due_at, sentence=sentence)


def decline(work: Work, outbound: OutboundReferral, *, reason: DeclineReason, words: str) -> None:
    """Decline with a coded reason; a gap in services is noted, and what was shared closes to the service."""
    _may_answer(work, outbound)
    if reason is DeclineReason.OTHER and not words.strip():
        raise RuleBroken("outbound.reason", "Enter the reason in your own words", field="words")
    steps.move(work, outbound, OutboundState.DECLINED, StepKind.DECLINED, words)
    outbound.body = replace(outbound.body, decline=reason)
    steps.settle(work, outbound)
    gaps.note(work, outbound, GapKind.DECLINED, reason)


def begin(work: Work, outbound: OutboundReferral, *, words: str = "") -> None:
    """Say that support has begun."""
    _may_answer(work, outbound)
    steps.move(work, outbound, OutboundState.ACTIVE, StepKind.BEGUN, words)


def report(work: Work, outbound: OutboundReferral, words: str) -> None:
    """Tell the borough how it goes, or ask it something; moves nothing."""
    _may_answer(work, outbound)
    steps.write(work, outbound, StepKind.REPORTED, words)


def ask(work: Work, outbound: OutboundReferral, words: str) -> None:
    """Ask the borough something; the time to answer the referral runs on."""
    _may_answer(work, outbound)
    steps.write(work, outbound, StepKind.ASKED, words)


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
    steps.move(work, outbound, state, kind, words)
    outbound.body = replace(outbound.body, outcomes=tuple(outcomes))


def _may_answer(work: Work, outbound: OutboundReferral) -> None:
    require(work.actor, Permission.OUTBOUND_ANSWER, outbound)
    if outbound.state is OutboundState.DRAFT:
        raise RuleBroken("outbound.draft", "This referral has not been sent yet")
    unlock(work.session, [outbound.compartment_id])
