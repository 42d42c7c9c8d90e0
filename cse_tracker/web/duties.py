"""The pages on which duties are settled."""

from uuid import UUID

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from cse_tracker.cases import queries as cases
from cse_tracker.duties import commands, queries
from cse_tracker.records.reference import reference
from cse_tracker.web.case_forms import form_page
from cse_tracker.web.context import work
from cse_tracker.web.forms.answering import carried_out
from cse_tracker.web.forms.duties import DutyDoneForm
from cse_tracker.work.errors import NotFound

bp = Blueprint("duties", __name__, url_prefix="/cases")
# What only the act itself meets, never a note.
MET_BY_THE_ACT = ("meeting:", "level:", "interview:", "emergency:")


@bp.route("/<uuid:case_id>/duties/<uuid:duty_id>", methods=["GET", "POST"])
def done(case_id: UUID, duty_id: UUID) -> ResponseReturnValue:
    """Say what was done about a duty."""
    row = cases.open_case(work(), case_id)
    duty = queries.open_duty(work(), duty_id)
    # A duty that a meeting or a level decision meets is met by that act alone, or a quorum could be passed over.
    if duty.about_id != case_id or duty.body.satisfied_by.startswith(MET_BY_THE_ACT):
        raise NotFound
    form = DutyDoneForm()
    if form.validate_on_submit() and carried_out(
        work(), form, lambda: commands.complete(work(), duty.id, note=form.note.data)
    ):
        flash("Duty recorded as done")
        return redirect(url_for("cases.show", case_id=case_id))
    title = reference("C", case_id)
    return form_page("duties/done.html", form, row, duty=duty, title=title)
