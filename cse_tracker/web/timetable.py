"""The timetable for those who run the service: what runs by the clock, when it last did, and what went wrong."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from cse_tracker.access.decisions import scope
from cse_tracker.access.matrix import Permission
from cse_tracker.web.context import actor, tracker, work
from cse_tracker.work import timetable
from cse_tracker.work.errors import NotPermitted

bp = Blueprint("timetable", __name__, url_prefix="/timetable")


@bp.get("/")
def show() -> ResponseReturnValue:
    """Show every job with its last run, its next, and its last error."""
    if scope(actor(), Permission.TIMETABLE_VIEW).empty:
        raise NotPermitted(Permission.TIMETABLE_VIEW)
    last = timetable.last_runs(work().session)
    return render_template("timetable/show.html", jobs=tracker().jobs(work().now, last), now=work().now)
