"""The pages on which a service says with whom it is involved, without saying anything else."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import SelectField
from wtforms.validators import InputRequired

from cse_tracker.identity import queries as identity
from cse_tracker.involvement import commands, queries
from cse_tracker.involvement.model import Marker
from cse_tracker.web.context import work
from cse_tracker.web.forms.answering import RevisionForm, carried_out, status_of
from cse_tracker.web.forms.fields import DatePartsField, OneLine, options

bp = Blueprint("involvement", __name__, url_prefix="/involvement")


class MarkerForm(RevisionForm):
    """Of whom one speaks, and whom to ask."""

    borough_gss = SelectField("Which borough?", [InputRequired("Select a borough")])
    first_name = OneLine("First name", [InputRequired("Enter the first name")])
    last_name = OneLine("Last name", [InputRequired("Enter the last name")])
    born = DatePartsField("Date of birth", [InputRequired("Enter the date of birth")])
    contact = OneLine(
        "Whom to ask in your service, and how",
        [InputRequired("Enter whom to ask, and how")],
        description="A person and a telephone number. Write nothing about the young person.",
        subject="Contact",
    )


class EndForm(FlaskForm):  # type: ignore[misc]
    """Nothing but the token."""


@bp.route("/", methods=["GET", "POST"])
def listing() -> ResponseReturnValue:
    """Show one's own markers and make another."""
    rows, form = queries.own(work()), MarkerForm()
    covered = identity.boroughs_with_a_lead_officer(work())
    form.borough_gss.choices = options([("", "Select a borough"), *((each.gss, each.name) for each in covered)])
    if form.validate_on_submit() and carried_out(work(), form, lambda: _mark(form)):
        flash("Recorded. Lead officers who work with this young person see your service and your contact, nothing else")
        return redirect(url_for("involvement.listing"))
    page = render_template("involvement/listing.html", rows=rows, form=form, end_form=EndForm())
    return page, status_of(form)


def _mark(form: MarkerForm) -> Marker:
    assert form.born.data is not None  # noqa: S101 - the form asks for it
    paper = commands.MarkerForm(
        borough_gss=form.borough_gss.data,
        first_name=form.first_name.data,
        last_name=form.last_name.data,
        born=form.born.data,
        contact=form.contact.data,
    )
    return commands.mark(work(), paper)


@bp.post("/<uuid:marker_id>/end")
def end(marker_id: UUID) -> ResponseReturnValue:
    """Say that one's service is no longer involved."""
    commands.end(work(), marker_id)
    flash("Your service is no longer shown")
    return redirect(url_for("involvement.listing"))
