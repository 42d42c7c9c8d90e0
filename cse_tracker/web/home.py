"""The start page: each person's work, the latest first."""

from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cse_tracker.cases import queries as cases
from cse_tracker.cases.model import CaseHead
from cse_tracker.cases.queries import CaseRow
from cse_tracker.duties import queries as duties
from cse_tracker.duties.model import About, Duty
from cse_tracker.identity import queries as identity
from cse_tracker.meetings import queries as meetings
from cse_tracker.oversight import queries as oversight
from cse_tracker.protocols import queries as protocols
from cse_tracker.records.reference import reference
from cse_tracker.referrals import queries as referrals
from cse_tracker.rulebook.decisions import Certainty
from cse_tracker.triage import queries as triage
from cse_tracker.web.context import actor, work
from cse_tracker.work.actor import Role

bp = Blueprint("home", __name__)
SOON = timedelta(days=7)
# Beyond it, what changed is a list that nobody reads.
LONGEST_AWAY = timedelta(days=14)
MOST_SHOWN, MOST_NEWS = 25, 20


@dataclass(frozen=True)
class DutyRow:
    """A duty in a list, with the case or referral that it is about."""

    duty: Duty
    case: CaseRow | None
    reference: str
    agency: str


@dataclass(frozen=True)
class LevelCount:
    """How many open cases there are at a level, and in how many of them exploitation is known or indicated."""

    number: int | None
    label: str
    colour: str
    cases: int
    known: int
    indicated: int


@bp.get("/")
def home() -> ResponseReturnValue:
    """Show the actor's work."""
    if actor().boroughs_as(Role.LEAD_OFFICER):
        return _lead_officer()
    if actor().boroughs_as(Role.REFERRER):
        overview = referrals.overview(work())
        upcoming = meetings.upcoming(work(), work().now + timedelta(days=60))
        offered = triage.offered_here(work(), overview.awaiting)
        return render_template(
            "home/partner.html", overview=overview, offered=offered, upcoming=upcoming, now=work().now
        )
    if actor().boroughs_as(Role.PARTNER_LEAD):
        return redirect(url_for("agency.show"))
    if actor().boroughs_as(Role.RECORDS_OFFICER):
        return redirect(url_for("oversight.desk"))
    return render_template("home/manager.html", manager=bool(actor().boroughs_as(Role.MANAGER)), now=work().now)


def _lead_officer() -> ResponseReturnValue:
    """Show one borough at a time: who leads several chooses, and the page stays as quick as for one."""
    now = work().now
    boroughs = identity.boroughs(work(), actor().boroughs_as(Role.LEAD_OFFICER))
    borough = next((each for each in boroughs if each.gss == request.args.get("borough")), boroughs[0])
    board = duties.board(work(), borough.gss, until=now + SOON, most=MOST_SHOWN)
    rows = {row.duty.id: row for row in duty_rows([*board.late, *board.soon, *board.reviews])}
    waiting = referrals.awaiting_decision(work(), borough.gss)
    deadlines = duties.decision_due(work(), [referral.id for referral in waiting])
    heads = cases.heads_of(work(), borough.gss)
    since = max(identity.last_here(work()) or now - LONGEST_AWAY, now - LONGEST_AWAY)
    shown_agencies = {each.key for each in board.by_agency} | {referral.from_agency_id for referral in waiting}
    return render_template(
        "home/lead_officer.html",
        boroughs=boroughs,
        borough=borough,
        board=board,
        overdue=[rows[duty.id] for duty in board.late],
        due_soon=[rows[duty.id] for duty in board.soon],
        reviews=[rows[duty.id] for duty in board.reviews],
        came_back=triage.bounced(work(), waiting),
        waiting=[(referral, deadlines.get(referral.id)) for referral in waiting],
        agencies=identity.agencies(work(), shown_agencies),
        upcoming=meetings.upcoming(work(), now + SOON, borough.gss),
        levels=levels(heads, borough.gss),
        listed=len(heads),
        since=since,
        news=oversight.changes_since(work(), borough.gss, since, most=MOST_NEWS),
        letters={"case": "C", "referral": "R", "meeting": "M"},
        reference=reference,
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
            duty.about_reference,
            agencies[duty.owner_agency_id].name,
        )
        for duty in found
    ]


def levels(heads: list[CaseHead], borough_gss: str) -> list[LevelCount]:
    """Count open cases by the levels of the borough's protocol, the highest first, and by certainty within each."""
    defined = protocols.in_force(work(), borough_gss).document.levels
    numbered = {level.number: (level.label, level.colour.value) for level in defined}
    # A case that stays under an earlier version may stand at a level that today's has not.
    numbered |= {
        head.level: (head.level_label, head.level_colour) for head in heads if head.level and head.level not in numbered
    }
    counts = [
        _count(number, *numbered[number], [head for head in heads if head.level == number])
        for number in sorted(numbered, reverse=True)
    ]
    return [*counts, _count(None, "Not yet set", "grey", [head for head in heads if head.level is None])]


def _count(number: int | None, label: str, colour: str, heads: list[CaseHead]) -> LevelCount:
    known = sum(head.certainty is Certainty.KNOWN for head in heads)
    indicated = sum(head.certainty is Certainty.INDICATED for head in heads)
    return LevelCount(number, label, colour, len(heads), known, indicated)
