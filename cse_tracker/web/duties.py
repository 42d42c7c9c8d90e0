"""The pages on which duties are settled: done, or not needed."""

from datetime import UTC, date, datetime
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from cse_tracker.cases import commands as case_commands
from cse_tracker.cases import queries as cases
from cse_tracker.cases.queries import CaseRow
from cse_tracker.duties import commands, queries
from cse_tracker.duties.model import Duty
from cse_tracker.records.reference import reference
from cse_tracker.rulebook.calendar import LONDON, end_of_day
from cse_tracker.web.case_forms import form_page
from cse_tracker.web.context import work
from cse_tracker.web.forms.answering import carried_out
from cse_tracker.web.forms.duties import DutyDoneForm, DutyWaivedForm
from cse_tracker.web.forms.meetings import time_of_day
from cse_tracker.work.errors import NotFound

bp = Blueprint("duties", __name__, url_prefix="/cases")
# Met by the act alone, or a quorum could be passed over.
BY_ITS_ACT = ("meeting:", "level:", "interview:", "emergency:", "service:")


@bp.route("/<uuid:case_id>/duties/<uuid:duty_id>", methods=["GET", "POST"])
def done(case_id: UUID, duty_id: UUID) -> ResponseReturnValue:
    """Say what was done about a duty, and when."""
    row, duty = _open(case_id, duty_id)
    if duty.body.satisfied_by.startswith(BY_ITS_ACT):
        raise NotFound
    form = DutyDoneForm()
    if not form.is_submitted():
        form.done_on.suggest(work().today)
    if form.validate_on_submit() and carried_out(work(), form, lambda: _complete(row, duty, form)):
        flash("Duty recorded as done")
        return redirect(url_for("cases.show", case_id=case_id))
    return form_page("duties/done.html", form, row, duty=duty, title=reference("C", case_id))


def _open(case_id: UUID, duty_id: UUID) -> tuple[CaseRow, Duty]:
    row = cases.open_case(work(), case_id, for_change=request.method == "POST")
    duty = queries.open_duty(work(), duty_id)
    if duty.about_id != case_id:
        raise NotFound
    return row, duty


def _complete(row: CaseRow, duty: Duty, form: DutyDoneForm) -> Duty:
    case_commands.check_revision(row.case, form.revision.data or 0)
    done_at = moment_of(form.done_on.data, form.done_at.data, now=work().now) if form.done_on.data else None
    return commands.complete(work(), duty.id, note=form.note.data, done_at=done_at)


def moment_of(day: date, at: str, *, now: datetime) -> datetime:
    """Give when something was done: without a time, now if it was today, else the end of that day in London."""
    if at:
        return datetime.combine(day, time_of_day(at), tzinfo=LONDON).astimezone(UTC)
    if day == now.astimezone(LONDON).date():
        return now
    return end_of_day(day)


@bp.route("/<uuid:case_id>/duties/<uuid:duty_id>/not-needed", methods=["GET", "POST"])
def waive(case_id: UUID, duty_id: UUID) -> ResponseReturnValue:
    """Let a duty go, with the reason."""
    row, duty = _open(case_id, duty_id)
    if duty.body.satisfied_by.startswith(("level:", "interview:", "emergency:")):
        raise NotFound
    form = DutyWaivedForm()
    if form.validate_on_submit() and carried_out(work(), form, lambda: _waive(row, duty, form)):
        flash("Duty recorded as not needed. It stays in the list with your reason")
        return redirect(url_for("cases.show", case_id=case_id))
    return form_page("duties/waive.html", form, row, duty=duty, title=reference("C", case_id))


def _waive(row: CaseRow, duty: Duty, form: DutyWaivedForm) -> Duty:
    case_commands.check_revision(row.case, form.revision.data or 0)
    return commands.waive(work(), duty.id, reason=form.reason.data)
