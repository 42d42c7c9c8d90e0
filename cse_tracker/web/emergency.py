"""The pages of emergency access: asking, using it while it lasts, and the review."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import RadioField, SelectField
from wtforms.validators import InputRequired

from cse_tracker.access.decisions import require
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.cases.commands import check_revision
from cse_tracker.emergency import commands, queries
from cse_tracker.emergency.model import FINDINGS, GROUNDS, EmergencyAccess, Finding, Ground
from cse_tracker.identity import queries as identity
from cse_tracker.web.context import work
from cse_tracker.web.forms.answering import RevisionForm, carried_out, done, status_of
from cse_tracker.web.forms.fields import DatePartsField, LongText, OneLine, options

bp = Blueprint("emergency", __name__, url_prefix="/emergency")


class AskForm(RevisionForm):
    """Who it is about and what makes it urgent."""

    borough_gss = SelectField("Which borough?", [InputRequired("Select a borough")])
    first_name = OneLine("First name", [InputRequired("Enter the first name")])
    last_name = OneLine("Last name", [InputRequired("Enter the last name")])
    born = DatePartsField("Date of birth", [InputRequired("Enter the date of birth")])
    ground = RadioField(
        "What makes it urgent?",
        [InputRequired("Select what makes it urgent")],
        choices=options([(ground.value, words) for ground, words in GROUNDS.items()]),
    )
    reason = LongText(
        "Why do you need to see this now?",
        [InputRequired("Enter why you need to see this now")],
        description="The lead officers are told at once, and read this when they review it.",
        longest=2000,
    )


class ReviewForm(RevisionForm):
    """What the review found."""

    finding = RadioField(
        "What do you find?",
        [InputRequired("Select what you find")],
        choices=options([(finding.value, words) for finding, words in FINDINGS.items()]),
    )
    note = LongText("Why?", [InputRequired("Enter why")], longest=2000)


@bp.route("/", methods=["GET", "POST"])
def ask() -> ResponseReturnValue:
    """Ask for emergency access."""
    require(work().actor, Permission.EMERGENCY_ASK, Subject())
    form = AskForm()
    covered = identity.boroughs_with_a_lead_officer(work())
    form.borough_gss.choices = options([("", "Select a borough"), *((each.gss, each.name) for each in covered)])
    if form.validate_on_submit():
        made = carried_out(work(), form, lambda: _ask(form))
        if made is not None and made.case_id is not None:
            return redirect(url_for("emergency.use", access_id=made.id))
        if made is not None:
            flash("No open case was found. Your request is recorded. Call the borough, or 999 if there is danger now")
            return redirect(url_for("emergency.ask"))
    return render_template("emergency/ask.html", form=form), status_of(form)


def _ask(form: AskForm) -> EmergencyAccess:
    assert form.born.data is not None  # noqa: S101 - the form asks for it
    paper = commands.EmergencyForm(
        borough_gss=form.borough_gss.data,
        first_name=form.first_name.data,
        last_name=form.last_name.data,
        born=form.born.data,
        ground=Ground(form.ground.data),
        reason=form.reason.data,
    )
    return commands.ask(work(), paper)


@bp.get("/<uuid:access_id>")
def use(access_id: UUID) -> ResponseReturnValue:
    """Show what emergency access shows, for three hours."""
    return render_template("emergency/use.html", safety=queries.use(work(), access_id))


@bp.route("/<uuid:access_id>/review", methods=["GET", "POST"])
def review(access_id: UUID) -> ResponseReturnValue:
    """Review emergency access."""
    access = queries.open_for_review(work(), access_id, for_change=request.method == "POST")
    form = ReviewForm()

    def act() -> None:
        check_revision(access, form.revision.data or 0)
        commands.review(work(), access, finding=Finding(form.finding.data), note=form.note.data)

    if form.validate_on_submit() and done(work(), form, act):
        flash("Review recorded")
        return redirect(url_for("cases.show", case_id=access.case_id))
    if form.stale:
        form.form_errors.append("Somebody else reviewed this while you were writing")
    if form.stale or not form.is_submitted():
        form.show(access.revision)
    names = identity.names(work(), [access.asked_by, access.body.reviewed_by])
    page = render_template(
        "emergency/review.html", form=form, access=access, names=names, grounds=GROUNDS, findings=FINDINGS
    )
    return page, 409 if form.stale else status_of(form)
