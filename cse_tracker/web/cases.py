"""The pages of a case: the list, and the case with what is known of it."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from cse_tracker.assessments import queries as assessments
from cse_tracker.attachments import queries as attachments
from cse_tracker.cases import commands, queries
from cse_tracker.casework import queries as casework
from cse_tracker.duties import queries as duties
from cse_tracker.duties.model import Duty
from cse_tracker.identity import queries as identity
from cse_tracker.involvement import queries as involvement
from cse_tracker.meetings import queries as meetings
from cse_tracker.missing import queries as missing
from cse_tracker.referrals import queries as referrals
from cse_tracker.web import case_story, wording
from cse_tracker.web.context import work
from cse_tracker.web.protocol_words import POSTS

LATELY: Final = timedelta(days=14)
"""For so long a settled duty stays in sight, so that whoever settled it sees what came of it."""
MOST_TOLD: Final = 10
"""So many entries of the timeline are told beside the case; the chronology has all of them."""

bp = Blueprint("cases", __name__, url_prefix="/cases")


@bp.get("/")
def listing() -> ResponseReturnValue:
    """List the open cases, by name, level or duty due next."""
    rows = queries.cases_in_sight(work())
    level = request.args.get("level", type=int)
    shown = [row for row in rows if level is None or (row.case.head.level or 0) == level]
    today = work().today
    due: dict[UUID, Duty] = {}
    for duty in duties.open_duties(work()):
        due.setdefault(duty.about_id, duty)
    order = request.args.get("order", "name")
    if order == "level":
        shown.sort(key=lambda row: -(row.case.head.level or 0))
    return render_template(
        "cases/listing.html",
        rows=shown,
        total=len(rows),
        level=level,
        order=order,
        due=due,
        today=today,
        now=work().now,
    )


@bp.get("/<uuid:case_id>")
def show(case_id: UUID) -> ResponseReturnValue:
    """Show one case."""
    row = queries.open_case(work(), case_id)
    history = assessments.history(work(), row.case)
    found = duties.about(work(), case_id)
    called = meetings.of_case(work(), case_id)
    today = work().today
    return render_template(
        "cases/show.html",
        row=row,
        history=history,
        duties=found,
        agencies=identity.agencies(work(), [duty.owner_agency_id for duty in found]),
        meetings=called,
        episodes=missing.of_case(work(), row.case),
        referrals=referrals.of_case(work(), case_id),
        files=attachments.of_case(work(), case_id),
        story=case_story.tell(work(), row.case, history, called),
        document=commands.protocol_of(work(), row.case).document,
        proposal=assessments.waiting_proposal(work(), row.case),
        warnings=casework.warnings_in_force(casework.entries(work(), row.case), today),
        presence=involvement.on_case(work(), row.case, row.person),
        joined=queries.joined_to(work(), row.case),
        gone_on=queries.gone_on_in(work(), row.case),
        wording=wording.just_written(work(), row.case, history),
        lately=work().now - LATELY,
        most_told=MOST_TOLD,
        posts=POSTS,
        today=today,
        now=work().now,
    )
