"""The pages of a service without an account: a link, a code, one referral, an answer, and nothing else."""

from typing import Final

from flask import Blueprint, Response, flash, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from cse_tracker.identity import queries as identity
from cse_tracker.onetime import commands, queries
from cse_tracker.onetime.queries import Visit
from cse_tracker.onetime.rules import VISIT_LASTS
from cse_tracker.outbound import queries as outbound_queries
from cse_tracker.web.context import work
from cse_tracker.web.forms.answering import status_of
from cse_tracker.web.forms.outbound import CodeForm, acts_from, end_form
from cse_tracker.web.outbound_answers import TOLD, answer_form, answered, ended
from cse_tracker.work.errors import NotFound

bp = Blueprint("outside", __name__)
COOKIE: Final = "visit"
WRONG: Final = (
    "This code does not open this link. Check the code. After three wrong codes the link rests for some minutes, and "
    "after eight it opens nothing any more"
)


@bp.route("/outside/<token>", methods=["GET", "POST"])
def enter(token: str) -> ResponseReturnValue:
    """Ask for the code. Asking for the page uses nothing up and tells nothing, whoever asks."""
    form = CodeForm()
    if request.method != "POST":
        queries.note_sight(work(), token)
        return render_template("outside/enter.html", form=form, token=token)
    if form.validate_on_submit():
        visit = commands.open_with_code(work(), token, form.code.data)
        if visit is not None:
            return _with_cookie(visit)
        form.code.errors = [WRONG]
    return render_template("outside/enter.html", form=form, token=token, again=True), 422


def _with_cookie(visit: str) -> Response:
    response = make_response(redirect(url_for("outside.read")))
    response.set_cookie(
        COOKIE,
        visit,
        max_age=int(VISIT_LASTS.total_seconds()),
        path="/visit",
        secure=request.is_secure,
        httponly=True,
        samesite="Strict",
    )
    return response


@bp.post("/outside/<token>/again")
def again(token: str) -> ResponseReturnValue:
    """Ask the borough for a new link."""
    commands.want_again(work(), token)
    return render_template("outside/asked.html")


def _visit() -> Visit:
    """Give the visit of the cookie, and act as its visitor from here; NotFound where it has ended."""
    found = queries.visit(work(), request.cookies.get(COOKIE, ""), for_change=request.method == "POST")
    work().actor = g.actor = found.actor
    return found


@bp.route("/visit/read", methods=["GET", "POST"])
def read() -> ResponseReturnValue:
    """Show what was shared, and take the answer."""
    visit = _visit()
    outbound = visit.outbound
    form = answer_form(outbound)
    if form.is_submitted() and form.act.data == "end":
        return redirect(url_for("outside.end"))
    if answered(outbound, form):
        return _onward(visit)
    page = render_template(
        "outside/read.html",
        outbound=outbound,
        form=form,
        borough=identity.borough(work(), outbound.borough_gss),
        steps=outbound_queries.steps(work(), outbound),
        acts=acts_from(outbound.state),
        until=visit.link.visit_until,
        leave_form=FlaskForm(),
    )
    return page, status_of(form)


def _onward(visit: Visit) -> ResponseReturnValue:
    if not visit.outbound.is_live:
        return render_template("outside/left.html", answered=True)
    flash(TOLD)
    return redirect(url_for("outside.read"))


@bp.route("/visit/end", methods=["GET", "POST"])
def end() -> ResponseReturnValue:
    """Say how support ended, need by need."""
    visit = _visit()
    if "end" not in acts_from(visit.outbound.state):
        raise NotFound
    form = end_form(visit.outbound.body.plan.needs)
    if ended(visit.outbound, form):
        return _onward(visit)
    page = render_template("outbound/end.html", outbound=visit.outbound, form=form, back_href=url_for("outside.read"))
    return page, status_of(form)


@bp.post("/visit/leave")
def leave() -> ResponseReturnValue:
    """End the visit."""
    visit = _visit()
    commands.leave(work(), visit.link, visit.outbound)
    response = make_response(render_template("outside/left.html", answered=False))
    response.delete_cookie(COOKIE, path="/visit")
    return response
