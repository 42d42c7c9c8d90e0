"""The pages on the end of records: what is due for review, legal holds, and destruction by two people."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from cse_tracker.retention import commands, queries
from cse_tracker.retention.model import Destruction, LegalHold
from cse_tracker.retention.queries import Kept
from cse_tracker.web.context import actor, work
from cse_tracker.web.forms.answering import carried_out, done, status_of
from cse_tracker.web.forms.retention import DecisionForm, ReasonForm

bp = Blueprint("retention", __name__, url_prefix="/retention")


@bp.get("/")
def listing() -> ResponseReturnValue:
    """List the records that are due for review, proposed for destruction, and held."""
    return render_template("retention/listing.html", review=queries.review(work()))


@bp.get("/<uuid:case_id>")
def show(case_id: UUID) -> ResponseReturnValue:
    """Show how long the records behind a case are kept, and what stands in the way of destroying them."""
    return render_template("retention/show.html", kept=queries.kept_by_case(work(), case_id), me=actor().user_id)


@bp.route("/<uuid:case_id>/hold", methods=["GET", "POST"])
def hold(case_id: UUID) -> ResponseReturnValue:
    """Place a legal hold, or take part in releasing the one that stands."""
    kept, form = queries.kept_by_case(work(), case_id), ReasonForm()
    if form.validate_on_submit() and carried_out(work(), form, lambda: _hold(kept, form.reason.data)):
        flash("Saved")
        return redirect(url_for("retention.show", case_id=case_id))
    page = render_template("retention/hold.html", form=form, kept=kept, me=actor().user_id)
    return page, status_of(form)


def _hold(kept: Kept, reason: str) -> LegalHold:
    if kept.hold is None:
        return commands.place_hold(work(), kept.person, reason=reason)
    commands.release_hold(work(), kept.hold, reason=reason)
    return kept.hold


@bp.route("/<uuid:case_id>/destruction", methods=["GET", "POST"])
def destruction(case_id: UUID) -> ResponseReturnValue:
    """Propose to destroy everything, or decide on what another person proposed."""
    kept = queries.kept_by_case(work(), case_id)
    if kept.proposal is not None:
        return _decide(kept, kept.proposal)
    form = ReasonForm()
    if form.validate_on_submit() and carried_out(work(), form, lambda: _propose(kept, form.reason.data)):
        flash("Destruction proposed. Another person is to decide")
        return redirect(url_for("retention.show", case_id=case_id))
    page = render_template("retention/propose.html", form=form, kept=kept)
    return page, status_of(form)


def _propose(kept: Kept, reason: str) -> Destruction:
    return commands.propose_destruction(work(), kept.person, kept.due, reason=reason)


def _decide(kept: Kept, proposal: Destruction) -> ResponseReturnValue:
    form = DecisionForm()
    if form.validate_on_submit() and done(work(), form, lambda: _decided(kept, proposal, form)):
        flash("Everything was destroyed" if form.decision.data == "destroy" else "The records are kept")
        return redirect(url_for("retention.listing"))
    page = render_template("retention/decide.html", form=form, kept=kept, proposal=proposal)
    return page, status_of(form)


def _decided(kept: Kept, proposal: Destruction, form: DecisionForm) -> None:
    if form.decision.data == "keep":
        commands.refuse_destruction(work(), proposal)
    else:
        commands.confirm_destruction(work(), proposal, kept.person, kept.due)
