"""What a service says to a referral, on the page of its account and on the page that a one-time link opens."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cse_tracker.access.decisions import require
from cse_tracker.access.matrix import Permission
from cse_tracker.outbound import queries
from cse_tracker.outbound.commands import answering
from cse_tracker.outbound.model import OutboundReferral, Place
from cse_tracker.outbound.rules import DeclineReason, Outcome
from cse_tracker.web.context import actor, work
from cse_tracker.web.forms.answering import done, status_of
from cse_tracker.web.forms.outbound import AnswerForm, EndForm, ExpectedForm, end_form
from cse_tracker.work.actor import Role
from cse_tracker.work.errors import NotFound

bp = Blueprint("outbound_answers", __name__)
TOLD = "The borough has your answer"


def answer_form(outbound: OutboundReferral) -> AnswerForm:
    """Make the form for what can be said now; a wait must name its day."""
    form = ExpectedForm() if request.form.get("act") == "wait" else AnswerForm()
    form.offer(outbound.state)
    return form


def answered(outbound: OutboundReferral, form: AnswerForm) -> bool:
    """Whether what was sent is right and was carried out; where not, the form says why."""
    return form.validate_on_submit() and done(work(), form, lambda: _say(outbound, form))


def _say(outbound: OutboundReferral, form: AnswerForm) -> None:
    words = form.words.data or ""
    match form.act.data:
        case "acknowledge":
            answering.acknowledge(work(), outbound, words=words)
        case "accept":
            answering.accept(work(), outbound, words=words)
        case "wait" if form.expected_on.data is not None:
            place = Place(position=form.position.data, expected_on=form.expected_on.data, note=words)
            answering.put_on_waiting_list(work(), outbound, place)
        case "decline":
            answering.decline(work(), outbound, reason=DeclineReason(form.reason.data), words=words)
        case "begin":
            answering.begin(work(), outbound, words=words)
        case "report":
            answering.report(work(), outbound, words)
        case "ask":
            answering.ask(work(), outbound, words)
        case _:
            raise NotFound


def ended(outbound: OutboundReferral, form: EndForm) -> bool:
    """Whether the end was said rightly and carried out; where not, the form says why."""
    return form.validate_on_submit() and done(work(), form, lambda: _end(outbound, form))


def _end(outbound: OutboundReferral, form: EndForm) -> None:
    needs = outbound.body.plan.needs
    outcomes = [(need, Outcome(form[f"need_{number}"].data)) for number, need in enumerate(needs)]
    answering.end(work(), outbound, early=form.early.data == "yes", outcomes=outcomes, words=form.words.data or "")


def _opened(outbound_id: UUID) -> OutboundReferral:
    outbound = queries.open_outbound(work(), outbound_id, for_change=request.method == "POST")
    require(actor(), Permission.OUTBOUND_ANSWER, outbound)
    return outbound


def _onward(outbound: OutboundReferral) -> ResponseReturnValue:
    flash(TOLD)
    # A service loses sight of what it has declined or ended.
    seen = outbound.is_live or bool(actor().boroughs_as(Role.LEAD_OFFICER))
    return redirect(url_for("outbound.show", outbound_id=outbound.id) if seen else url_for("outbound.listing"))


@bp.route("/outbound/<uuid:outbound_id>/answer", methods=["GET", "POST"])
def answer(outbound_id: UUID) -> ResponseReturnValue:
    """Answer as the service, or write down what it said by telephone as the borough."""
    outbound = _opened(outbound_id)
    form = answer_form(outbound)
    if form.act.data == "end" and form.is_submitted():
        return redirect(url_for("outbound_answers.end", outbound_id=outbound.id))
    if answered(outbound, form):
        return _onward(outbound)
    return render_template("outbound/answer.html", outbound=outbound, form=form), status_of(form)


@bp.route("/outbound/<uuid:outbound_id>/end", methods=["GET", "POST"])
def end(outbound_id: UUID) -> ResponseReturnValue:
    """Say how support ended, need by need."""
    outbound = _opened(outbound_id)
    form = end_form(outbound.body.plan.needs)
    if ended(outbound, form):
        return _onward(outbound)
    page = render_template(
        "outbound/end.html", outbound=outbound, form=form, back_href=url_for("outbound.show", outbound_id=outbound.id)
    )
    return page, status_of(form)
