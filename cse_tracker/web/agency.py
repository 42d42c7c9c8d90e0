"""An agency's own view: what it owes and has in hand over all cases, by reference, and its lead's overview."""

from collections.abc import Iterable
from dataclasses import dataclass

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from cse_tracker.access.decisions import permits
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.directory import queries as directory
from cse_tracker.duties import queries as duties
from cse_tracker.duties.model import Duty
from cse_tracker.identity import queries as identity
from cse_tracker.outbound import queries as outbound
from cse_tracker.outbound.model import OutboundReferral
from cse_tracker.web.context import actor, work
from cse_tracker.work.errors import NotPermitted

bp = Blueprint("agency", __name__, url_prefix="/agency")


@dataclass(frozen=True)
class Owed:
    """A duty as its agency sees it: a reference, what is due and when, and not a word of the case."""

    reference: str
    what: str
    duty: Duty


@dataclass(frozen=True)
class Standing:
    """How much of an agency's is open in one borough, and how much of it is late."""

    borough: str
    duties: int
    late: int
    referrals: int
    unanswered: int


def by_reference(found: Iterable[Duty]) -> list[Owed]:
    """Put duties as an agency may see them: an action's own words stay in the notes of its meeting."""
    return [
        Owed(
            duty.about_reference,
            "Action agreed at a meeting" if duty.body.satisfied_by.startswith("action:") else duty.body.label,
            duty,
        )
        for duty in found
    ]


@bp.get("/")
def show() -> ResponseReturnValue:
    """Show what one's own agency owes and was sent."""
    agency_id = actor().agency_id
    mine = Subject(receiving_agency_id=agency_id, referring_agency_id=agency_id)
    if agency_id is None or not permits(actor(), Permission.DUTY_OWE, mine):
        raise NotPermitted(Permission.DUTY_OWE)
    owed = duties.owed(work())
    leads = permits(actor(), Permission.AGENCY_OVERSEE, mine)
    received = outbound.sent_to(work(), agency_id) if leads else outbound.received(work())
    boroughs = {each.gss: each.name for each in identity.boroughs(work())}
    return render_template(
        "agency/show.html",
        agency=identity.agency(work(), agency_id),
        owed=by_reference(owed),
        received=received,
        opens={row.id for row in received if permits(actor(), Permission.OUTBOUND_VIEW, row)},
        services=directory.named(work(), [row.service_id for row in received]),
        standing=_standing(owed, received, boroughs) if leads else [],
        leads=leads,
        boroughs=boroughs,
        now=work().now,
    )


def _standing(owed: list[Duty], received: list[OutboundReferral], boroughs: dict[str, str]) -> list[Standing]:
    concerned = {duty.borough_gss for duty in owed} | {row.borough_gss for row in received}
    return [
        Standing(
            boroughs[gss],
            sum(duty.borough_gss == gss for duty in owed),
            sum(duty.borough_gss == gss and duty.is_late(work().now) for duty in owed),
            sum(row.borough_gss == gss for row in received),
            sum(row.borough_gss == gss and row.answered_at is None for row in received),
        )
        for gss in sorted(concerned, key=lambda each: boroughs[each])
    ]
