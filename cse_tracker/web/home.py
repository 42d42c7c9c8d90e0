"""The start page: each person's work, the latest first."""

from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from cse_tracker.cases import queries as cases
from cse_tracker.cases.queries import CaseRow
from cse_tracker.duties import queries as duties
from cse_tracker.duties.model import About, Duty
from cse_tracker.identity import queries as identity
from cse_tracker.meetings import queries as meetings
from cse_tracker.protocols import queries as protocols
from cse_tracker.records.reference import reference
from cse_tracker.referrals import queries as referrals
from cse_tracker.triage import queries as triage
from cse_tracker.web.context import actor, work
from cse_tracker.work.actor import Role

bp = Blueprint("home", __name__)
SOON = timedelta(days=7)
LETTERS = {About.REFERRAL: "R", About.CASE: "C", About.CLAIM: "H"}


@dataclass(frozen=True)
class DutyRow:
    """A duty in a list, with the case or referral that it is about."""

    duty: Duty
    case: CaseRow | None
    reference: str
    agency: str


@dataclass(frozen=True)
class LevelCount:
    """How many open cases there are at a level."""

    number: int | None
    label: str
    colour: str
    cases: int


@bp.get("/")
def home() -> ResponseReturnValue:
    """Show the actor's work."""
    if actor().boroughs_as(Role.LEAD_OFFICER):
        return _lead_officer()
    if actor().boroughs_as(Role.REFERRER):
        overview = referrals.overview(work())
        upcoming = meetings.upcoming(work(), work().now + timedelta(days=60))
        return render_template("home/partner.html", overview=overview, upcoming=upcoming, now=work().now)
    if actor().boroughs_as(Role.RECORDS_OFFICER):
        return redirect(url_for("oversight.desk"))
    return render_template("home/manager.html", manager=bool(actor().boroughs_as(Role.MANAGER)), now=work().now)


def _lead_officer() -> ResponseReturnValue:
    now = work().now
    rows = duty_rows(duties.open_duties(work()))
    listed = cases.cases_in_sight(work())
    waiting = referrals.awaiting_decision(work())
    deadlines = duties.decision_due(work(), [referral.id for referral in waiting])
    return render_template(
        "home/lead_officer.html",
        overdue=[row for row in rows if row.duty.is_late(now)],
        due_soon=[row for row in rows if not row.duty.is_late(now) and row.duty.due_at <= now + SOON],
        came_back=triage.bounced(work(), waiting),
        waiting=[(referral, deadlines.get(referral.id)) for referral in waiting],
        agencies=identity.agencies(work(), [referral.from_agency_id for referral in waiting]),
        upcoming=meetings.upcoming(work(), now + SOON),
        levels=levels(listed),
        listed=listed,
        now=now,
    )


def duty_rows(found: list[Duty]) -> list[DutyRow]:
    """Put duties together with what they are about and whose they are."""
    case_rows = cases.rows_of(work(), [duty.about_id for duty in found if duty.about is About.CASE])
    agencies = identity.agencies(work(), [duty.owner_agency_id for duty in found])
    return [
        DutyRow(
            duty,
            case_rows.get(duty.about_id),
            reference(LETTERS[duty.about], duty.about_id),
            agencies[duty.owner_agency_id].name,
        )
        for duty in found
    ]


def levels(listed: list[CaseRow]) -> list[LevelCount]:
    """Count open cases by the levels of the actor's protocol, the highest first."""
    boroughs = sorted(actor().boroughs_as(Role.LEAD_OFFICER))
    defined = protocols.in_force(work(), boroughs[0]).document.levels
    counts = [
        LevelCount(
            level.number,
            level.label,
            level.colour.value,
            sum(row.case.head.level == level.number for row in listed),
        )
        for level in reversed(defined)
    ]
    unset = sum(row.case.head.level is None for row in listed)
    return [*counts, LevelCount(None, "Not yet set", "grey", unset)]
