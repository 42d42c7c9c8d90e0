"""The pages of the second opinion from the tracker's own lists: asked for once a year, read, taken away."""

from datetime import date
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from cse_tracker.access.decisions import permits, scope
from cse_tracker.access.matrix import Permission
from cse_tracker.estimates import lists
from cse_tracker.estimates.years import Year, finished
from cse_tracker.identity import queries as identity
from cse_tracker.web.context import actor, work
from cse_tracker.web.downloads import csv_file
from cse_tracker.web.estimate_forms import ListsForm
from cse_tracker.web.forms.answering import carried_out, status_of
from cse_tracker.work.errors import NotFound

bp = Blueprint("estimate_lists", __name__, url_prefix="/second-opinion")


@bp.route("/", methods=["GET", "POST"])
def listing() -> ResponseReturnValue:
    """List the second opinions, and ask for one."""
    allowed = scope(actor(), Permission.ESTIMATE_PREPARE).boroughs
    mine = [(borough.gss, borough.name) for borough in identity.boroughs(work(), allowed)] if allowed else []
    form = ListsForm()
    form.borough.choices = mine
    form.offer_years(finished(work().now))
    if mine and form.validate_on_submit():
        kept = carried_out(
            work(),
            form,
            lambda: lists.compare_lists(
                work(),
                borough_gss=form.borough.data,
                last_month=date.fromisoformat(form.year.data),
                reason=form.reason.data or "",
            ),
        )
        if kept is not None:
            flash("The lists are compared")
            return redirect(url_for("estimate_lists.show", opinion_id=kept.id))
    rows = [(each, Year(each.body.last_month)) for each in lists.opinions(work())]
    page = render_template("estimate/lists.html", form=form, rows=rows, may_compare=bool(mine))
    return page, status_of(form)


@bp.get("/<uuid:opinion_id>")
def show(opinion_id: UUID) -> ResponseReturnValue:
    """Read one."""
    found = lists.open_opinion(work(), opinion_id)
    name = identity.borough(work(), found.kept.borough_gss).name
    if isinstance(found, lists.Withheld):
        mine = permits(actor(), Permission.ESTIMATE_PREPARE, found.kept)
        page = render_template("estimate/withheld.html", found=found, name=name, why=lists.WITHHELD, may_compare=mine)
        return page, 422
    return render_template("estimate/opinion.html", found=found, name=name, meaning=lists.MEANING)


@bp.get("/<uuid:opinion_id>/patterns.csv")
def patterns(opinion_id: UUID) -> ResponseReturnValue:
    """Give the protected counts of patterns, in the form that `cse-tracker mse` reads."""
    found = lists.open_opinion(work(), opinion_id, exporting=True)
    if isinstance(found, lists.Withheld):
        raise NotFound
    names = [name for name, _ in found.lists]
    body = [
        [*(int(name in on) for name in names), count]
        for on, count in ((text.split(" + "), count) for text, count in found.patterns)
    ]
    return csv_file("list-patterns-rounded.csv", [*names, "count"], body)
