"""A colleague's own calendar: the page that makes its address, and the address itself."""

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from cse_tracker.invitations import commands, queries
from cse_tracker.notifications import invitation, meeting_letters
from cse_tracker.web.context import actor, tracker, work
from cse_tracker.web.server import Tracker
from cse_tracker.work.errors import NotPermitted

bp = Blueprint("calendar", __name__, url_prefix="/calendar")


@bp.get("/")
def show() -> ResponseReturnValue:
    """Say whether one's own calendar has an address."""
    who = actor()
    if who.user_id is None or not who.roles:
        raise NotPermitted("meeting:list")
    return render_template("calendar/show.html", feed=queries.feed_of(work(), who.user_id), address=None)


@bp.post("/make")
def make() -> ResponseReturnValue:
    """Make the address and show it, this once."""
    token = commands.make_feed(work())
    who = actor()
    feed = queries.feed_of(work(), who.user_id) if who.user_id else None
    address = f"{_public_url(tracker())}{url_for('calendar.feed', token=token)}"
    return render_template("calendar/show.html", feed=feed, address=address)


def _public_url(app: Tracker) -> str:
    return app.face.public_url


@bp.post("/revoke")
def revoke() -> ResponseReturnValue:
    """Withdraw the address."""
    commands.revoke_feed(work())
    flash("The address of your calendar does not work any more")
    return redirect(url_for("calendar.show"))


@bp.get("/<token>.ics")
def feed(token: str) -> ResponseReturnValue:
    """Give a colleague's own meetings to their calendar program: times, places and references, and nobody's name."""
    found = queries.read_feed(work(), token)
    content = invitation.feed(meeting_letters.entry(each, _public_url(tracker())) for each in found)
    return Response(content, content_type="text/calendar; charset=utf-8")
