"""The pages behind the estimate: versions of the data, the anchors of a run, reviews of proactivity."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from cse_tracker.access.decisions import scope
from cse_tracker.access.matrix import Permission
from cse_tracker.estimates import commands, facts, queries
from cse_tracker.estimates.proactivity import SIGNS, group, score
from cse_tracker.estimates.proposing import newest, proposal
from cse_tracker.estimates.years import finished
from cse_tracker.estimation.inputs import EstimationInputs
from cse_tracker.identity import queries as identity
from cse_tracker.web.context import actor, work
from cse_tracker.web.estimate_forms import DataForm, ReviewForm, RunForm, TrainingForm
from cse_tracker.web.forms.answering import carried_out, status_of
from cse_tracker.work.errors import NotFound

bp = Blueprint("estimate_data", __name__, url_prefix="/estimate-data")


def _boroughs(permission: Permission) -> list[tuple[str, str]]:
    allowed = scope(actor(), permission).boroughs
    return [(borough.gss, borough.name) for borough in identity.boroughs(work(), allowed)] if allowed else []


@bp.route("/", methods=["GET", "POST"])
def listing() -> ResponseReturnValue:
    """List the versions of the data with their runs, and bring a new one in."""
    mine = _boroughs(Permission.ESTIMATE_PREPARE)
    form = DataForm()
    form.borough.choices = mine
    form.offer_years(finished(work().now))
    if mine and form.validate_on_submit():
        uploads = {file.filename: file.read() for file in form.files.data or [] if file and file.filename}
        data = carried_out(
            work(),
            form,
            lambda: commands.import_data(
                work(),
                borough_gss=form.borough.data,
                uploads=uploads,
                note=form.note.data or "",
                count_until=date.fromisoformat(form.count_until.data) if form.count_until.data else None,
            ),
        )
        if data is not None:
            flash(f"Version {data.number} of the data is kept")
            return redirect(url_for("estimate_data.run", data_id=data.id))
    rows = queries.versions(work())
    names = {borough.gss: borough.name for borough in identity.boroughs(work())}
    page = render_template("estimate/data.html", form=form, rows=rows, may_import=bool(mine), names=names)
    return page, status_of(form)


@bp.route("/<uuid:data_id>/run", methods=["GET", "POST"])
def run(data_id: UUID) -> ResponseReturnValue:
    """Decide the anchors and run the method."""
    data = queries.open_data(work(), data_id)
    inputs = queries.inputs_of(data)
    proposed = proposal(work(), data)
    form = RunForm()
    form.offer(_with_a_number(inputs, proposed.too_small), proposed.codes or (), first=not form.is_submitted())
    if form.validate_on_submit():
        made = carried_out(
            work(),
            form,
            lambda: commands.make_estimate(
                work(), data, anchors=form.anchors.data or [], reason=form.reason.data,
                draws=int(form.draws.data or 0), seed=int(form.seed.data or 0),
            ),
        )  # fmt: skip
        if made is not None:
            flash(f"Run {made.number} is kept")
            return redirect(url_for("estimate.show", run=made.id))
    names = {code: inputs.names[code] for code in inputs.areas}
    page = render_template(
        "estimate/run.html",
        form=form,
        data=data,
        inputs=inputs,
        proposed=[names.get(code, code) for code in proposed.codes or ()],
        reviewed=[(names.get(code, code), each) for code, each in proposed.reviewed.items()],
        too_small=[names.get(code, code) for code in proposed.too_small],
    )
    return page, status_of(form)


def _with_a_number(inputs: EstimationInputs, too_small: Collection[str]) -> list[tuple[str, str]]:
    return [
        (code, inputs.names[code])
        for code, number in zip(inputs.areas, inputs.identified, strict=True)
        if number is not None and code not in too_small
    ]


@bp.route("/proactivity", methods=["GET", "POST"])
def proactivity() -> ResponseReturnValue:
    """Record how actively a borough looked in a year: nine signs, each yes with its evidence."""
    mine = _boroughs(Permission.PROACTIVITY_REVIEW)
    if not mine:
        raise NotFound
    form = ReviewForm()
    form.borough.choices = mine
    if form.validate_on_submit():
        review = carried_out(
            work(),
            form,
            lambda: commands.review_proactivity(
                work(),
                borough_gss=form.borough.data,
                year=int(form.year.data or 0),
                answers={sign: form[sign].data == "yes" for sign in SIGNS},
                evidence={sign: form[f"{sign}_evidence"].data or "" for sign in SIGNS},
            ),
        )
        if review is not None:
            points = score(review.body.answers)
            flash(f"{points} of 9 signs in {review.year}: {group(points)}")
            return redirect(url_for("estimate_data.proactivity"))
    elif not form.is_submitted():
        _prefill(form, mine[0][0])
    reviews = newest(work())
    page = render_template(
        "estimate/proactivity.html",
        form=form,
        signs=SIGNS,
        suggested=facts.known_facts(work(), mine[0][0]),
        name=mine[0][1],
        reviews=[(name, found) for gss, name in mine if (found := reviews.get(gss))],
    )
    return page, status_of(form)


def _prefill(form: ReviewForm, gss: str) -> None:
    """Fill in the year's last review, else what the facts suggest: a person confirms it by recording it."""
    form.year.data = work().now.year
    last = queries.latest_review(work(), gss, work().now.year)
    if last is not None:
        for sign in SIGNS:
            form[sign].data = "yes" if last.body.answers[sign] else "no"
            form[f"{sign}_evidence"].data = last.body.evidence[sign]
        return
    for sign, each in facts.known_facts(work(), gss).items():
        if each.answer is not None:
            form[sign].data = "yes" if each.answer else "no"
            form[f"{sign}_evidence"].data = each.evidence


@bp.route("/training", methods=["GET", "POST"])
def training() -> ResponseReturnValue:
    """Record a training that was held."""
    mine = _boroughs(Permission.PROACTIVITY_REVIEW)
    if not mine:
        raise NotFound
    form = TrainingForm()
    form.borough.choices = mine
    if form.validate_on_submit() and (held_on := form.held_on.data):
        held = carried_out(
            work(),
            form,
            lambda: commands.record_training(
                work(),
                borough_gss=form.borough.data,
                held_on=held_on,
                about=form.about.data or "",
                services=form.services.data or "",
            ),
        )
        if held is not None:
            flash("The training is recorded")
            return redirect(url_for("estimate_data.proactivity"))
    page = render_template("estimate/training.html", form=form)
    return page, status_of(form)
