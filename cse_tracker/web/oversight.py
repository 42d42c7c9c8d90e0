"""The pages of those who watch over the record: who has looked, and what is handed out."""

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cse_tracker.oversight import commands, queries
from cse_tracker.oversight.rules import Look
from cse_tracker.web.context import work
from cse_tracker.web.downloads import attached_bytes
from cse_tracker.web.forms.answering import carried_out, status_of
from cse_tracker.web.forms.oversight import FindCaseForm, RecipientForm

bp = Blueprint("oversight", __name__, url_prefix="/")
UNPROCESSABLE = 422


@bp.route("records/", methods=["GET", "POST"])
def desk() -> ResponseReturnValue:
    """Give records officers the way to a case by its reference, and what was handed out lately."""
    handouts = queries.handouts(work())
    form = FindCaseForm()
    if form.validate_on_submit():
        found = queries.case_with_reference(work(), form.reference.data)
        if found is not None:
            return redirect(url_for("oversight.looks", case_id=found))
        form.reference.errors = ["There is no case with this reference in your borough"]
    page = render_template("oversight/desk.html", form=form, handouts=handouts)
    return page, UNPROCESSABLE if form.errors else 200


@bp.get("cases/<uuid:case_id>/looks")
def looks(case_id: UUID) -> ResponseReturnValue:
    """Show who has looked at a case and what belongs to it, and what was changed."""
    page = max(request.args.get("page", 1, type=int), 1)
    return render_template("oversight/looks.html", trail=queries.trail(work(), case_id, page=page), page=page)


@bp.route("records/<uuid:case_id>/trail", methods=["GET", "POST"])
def export(case_id: UUID) -> ResponseReturnValue:
    """Hand out who has looked, to a regulator or a court."""
    case = queries.case_for_export(work(), case_id)
    form = RecipientForm()
    if form.validate_on_submit():
        made = carried_out(work(), form, lambda: commands.hand_out_trail(work(), case, recipient(form), _all(case_id)))
        if made is not None:
            return attached_bytes(f"trail-{made[0].id}.zip", made[1], "application/zip")
    page = render_template("oversight/export.html", form=form, case=case)
    return page, status_of(form)


def _all(case_id: UUID) -> list[Look]:
    return queries.every_look(work(), case_id)


def recipient(form: RecipientForm) -> commands.Recipient:
    """Give the form's answers as the command takes them."""
    return commands.Recipient(
        organisation=form.organisation.data,
        person=form.person.data,
        purpose=form.purpose.data,
        legal_basis=form.legal_basis.data,
    )
