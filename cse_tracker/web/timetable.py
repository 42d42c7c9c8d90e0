"""The timetable for those who run the service: what runs by the clock, when it last did, and what went wrong."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from cse_tracker.access.decisions import scope
from cse_tracker.access.matrix import Permission
from cse_tracker.identity import queries as identity
from cse_tracker.statistics import preparing
from cse_tracker.statistics.periods import Period
from cse_tracker.web.context import actor, tracker, work
from cse_tracker.work import timetable
from cse_tracker.work.errors import NotPermitted

bp = Blueprint("timetable", __name__, url_prefix="/timetable")


@bp.get("/")
def show() -> ResponseReturnValue:
    """Show every job with its last run, its next, and its last error, and the statistics that it could not prepare."""
    allowed = scope(actor(), Permission.TIMETABLE_VIEW)
    if allowed.empty:
        raise NotPermitted(Permission.TIMETABLE_VIEW)
    last = timetable.last_runs(work().session)
    return render_template(
        "timetable/show.html",
        jobs=tracker().jobs(work().now, last),
        now=work().now,
        not_prepared=preparing.not_prepared(work(), Permission.TIMETABLE_VIEW),
        boroughs={each.gss: each.name for each in identity.boroughs(work(), allowed.boroughs)},
        periods=Period,
    )
