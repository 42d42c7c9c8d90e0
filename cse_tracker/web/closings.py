"""The pages on how a case ends: monitoring, a closing proposed and answered, reopening, and closed cases."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cse_tracker.cases import commands as cases
from cse_tracker.cases import queries as case_queries
from cse_tracker.cases.model import Case, CaseStatus
from cse_tracker.cases.queries import CaseRow
from cse_tracker.closings import commands, queries
from cse_tracker.identity import queries as identity
from cse_tracker.joining import queries as joining
from cse_tracker.joining.model import Joining
from cse_tracker.responsibility import queries as responsibility
from cse_tracker.responsibility.rules import WORDS as CLAIM_WORDS
from cse_tracker.web.case_forms import form_page
from cse_tracker.web.context import actor, work
from cse_tracker.web.forms.answering import RevisionForm, done
from cse_tracker.web.forms.closings import AnswerForm, MonitoringForm, ProposalForm, ReasonForm
from cse_tracker.work.errors import NotFound

bp = Blueprint("closings", __name__, url_prefix="/cases")


def _row(case_id: UUID) -> CaseRow:
    return case_queries.open_case(work(), case_id, for_change=request.method == "POST")


@bp.get("/closed")
def closed() -> ResponseReturnValue:
    """List the cases that are not open any more."""
    return render_template("closings/closed.html", rows=case_queries.closed_cases(work()), statuses=CaseStatus)


@bp.get("/<uuid:case_id>/standing")
def show(case_id: UUID) -> ResponseReturnValue:
    """Show where a case stands, how it came there, and what was proposed."""
    row = _row(case_id)
    passages, closings = case_queries.passages(work(), row.case), queries.of_case(work(), row.case)
    people = {passage.body.by for passage in passages} | {closing.body.proposed_by for closing in closings}
    people |= {closing.body.decided_by for closing in closings}
    return render_template(
        "closings/show.html",
        row=row,
        passages=list(reversed(passages)),
        closings=closings,
        obstacles=commands.obstacles(work(), row.case) if row.case.is_open else [],
        names=identity.names(work(), people),
        claims=responsibility.of_case(work(), row.case),
        claim_words=CLAIM_WORDS,
        boroughs={borough.gss: borough.name for borough in identity.boroughs(work())},
        me=actor().user_id,
        joinings=_joinings(row.case),
    )


def _joinings(case: Case) -> list[tuple[Joining, Case, str]]:
    """Give the joinings of a case with the other case of each, and who proposed it."""
    found = joining.of_case(work(), case)
    others = {each.id: each.ending_id if each.going_on_id == case.id else each.going_on_id for each in found}
    rows = case_queries.rows_of(work(), others.values())
    names = identity.names(work(), {each.body.proposed_by for each in found})
    return [
        (each, rows[others[each.id]].case, names.get(each.body.proposed_by or UUID(int=0), ""))
        for each in found
        if others[each.id] in rows
    ]


@bp.route("/<uuid:case_id>/close", methods=["GET", "POST"])
def propose(case_id: UUID) -> ResponseReturnValue:
    """Propose to close a case."""
    row, form = _row(case_id), ProposalForm()
    form.offer(cases.protocol_of(work(), row.case).document.closure)
    if form.validate_on_submit() and done(work(), form, lambda: _propose(row, form)):
        flash("Closing proposed. Another lead officer is asked to approve it")
        return redirect(url_for("closings.show", case_id=case_id))
    return form_page("closings/propose.html", form, row, obstacles=commands.obstacles(work(), row.case))


def _propose(row: CaseRow, form: ProposalForm) -> None:
    cases.check_revision(row.case, form.revision.data or 0)
    paper = commands.ClosingForm(
        reasons=tuple(form.reasons.data or ()),
        explanation=form.explanation.data,
        young_person_view=form.young_person_view.data,
        outreach_by=form.outreach_by.data or "",
        confirmed=form.sentences(),
    )
    commands.propose(work(), row.case, paper)


@bp.route("/<uuid:case_id>/closings/<uuid:closing_id>", methods=["GET", "POST"])
def answer(case_id: UUID, closing_id: UUID) -> ResponseReturnValue:
    """Approve or refuse a closing that another lead officer proposed, or withdraw one's own."""
    row = _row(case_id)
    closing, form = queries.open_closing(work(), row.case, closing_id), AnswerForm()
    own = closing.body.proposed_by == actor().user_id
    form.offer(own=own)
    if form.validate_on_submit() and done(work(), form, lambda: _answer(row, closing_id, form)):
        flash("The case is closed" if form.answer.data == "approve" else "The case stays open")
        return redirect(url_for("closings.show", case_id=case_id))
    names = identity.names(work(), [closing.body.proposed_by])
    return form_page("closings/answer.html", form, row, closing=closing, own=own, names=names)


def _answer(row: CaseRow, closing_id: UUID, form: AnswerForm) -> None:
    cases.check_revision(row.case, form.revision.data or 0)
    closing = queries.open_closing(work(), row.case, closing_id)
    if form.answer.data == "approve":
        commands.approve(work(), row.case, closing, note=form.note.data or "")
    else:
        commands.refuse(work(), row.case, closing, note=form.note.data or "")


@bp.route("/<uuid:case_id>/monitor", methods=["GET", "POST"])
def monitor(case_id: UUID) -> ResponseReturnValue:
    """Put a case under monitoring until a review."""
    row, form = _row(case_id), MonitoringForm()

    def act() -> None:
        cases.check_revision(row.case, form.revision.data or 0)
        if form.review_on.data is not None:
            commands.monitor(work(), row.case, reason=form.reason.data, review_on=form.review_on.data)

    if form.validate_on_submit() and done(work(), form, act):
        flash("The case is monitored until its review")
        return redirect(url_for("closings.show", case_id=case_id))
    return form_page("closings/monitor.html", form, row)


@bp.route("/<uuid:case_id>/resume", methods=["GET", "POST"])
def resume(case_id: UUID) -> ResponseReturnValue:
    """Take a monitored case up again."""
    return _with_reason(case_id, CaseStatus.MONITORING)


@bp.route("/<uuid:case_id>/reopen", methods=["GET", "POST"])
def reopen(case_id: UUID) -> ResponseReturnValue:
    """Reopen a closed case."""
    return _with_reason(case_id, CaseStatus.CLOSED)


def _with_reason(case_id: UUID, status: CaseStatus) -> ResponseReturnValue:
    row, form = _row(case_id), ReasonForm()
    if row.case.status is not status and request.method == "GET":
        raise NotFound
    command = cases.reopen if status is CaseStatus.CLOSED else cases.resume

    def act() -> None:
        cases.check_revision(row.case, form.revision.data or 0)
        command(work(), row.case, reason=form.reason.data)

    if form.validate_on_submit() and done(work(), form, act):
        flash("The case is active again. An assessment is due")
        return redirect(url_for("cases.show", case_id=case_id))
    return _reason_page(form, row, reopening=status is CaseStatus.CLOSED)


def _reason_page(form: RevisionForm, row: CaseRow, *, reopening: bool) -> ResponseReturnValue:
    return form_page("closings/reason.html", form, row, reopening=reopening)
