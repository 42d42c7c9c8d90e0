"""The pages of a case: the list, the case, and its facts."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from cse_tracker.cases import commands, queries
from cse_tracker.cases.model import Basis, Case, Observation, Source
from cse_tracker.duties import commands as duty_commands
from cse_tracker.duties import queries as duties
from cse_tracker.duties.model import Duty
from cse_tracker.identity import queries as identity
from cse_tracker.meetings import queries as meetings
from cse_tracker.protocols import queries as protocols
from cse_tracker.records.reference import reference
from cse_tracker.referrals import queries as referrals
from cse_tracker.rulebook.decisions import Certainty
from cse_tracker.web import case_story, words
from cse_tracker.web.context import work
from cse_tracker.web.forms.answering import RevisionForm, carried_out
from cse_tracker.web.forms.cases import (
    CertaintyForm,
    DutyDoneForm,
    EvidenceForm,
    IndicatorsForm,
    LevelForm,
    evidence_form,
)
from cse_tracker.work.errors import NotFound

bp = Blueprint("cases", __name__, url_prefix="/cases")
UNPROCESSABLE = 422


@bp.get("/")
def listing() -> ResponseReturnValue:
    """List the open cases, by name, level or duty due next."""
    rows = queries.cases_in_sight(work())
    level = request.args.get("level", type=int)
    shown = [row for row in rows if level is None or (row.case.head.level or 0) == level]
    today = work().now.astimezone(words.LONDON).date()
    due: dict[UUID, Duty] = {}
    for duty in duties.open_duties(work()):
        due.setdefault(duty.about_id, duty)
    order = request.args.get("order", "name")
    if order == "level":
        shown.sort(key=lambda row: -(row.case.head.level or 0))
    return render_template(
        "cases/listing.html",
        rows=shown,
        total=len(rows),
        level=level,
        order=order,
        due=due,
        today=today,
        now=work().now,
    )


@bp.get("/<uuid:case_id>")
def show(case_id: UUID) -> ResponseReturnValue:
    """Show one case."""
    row = queries.open_case(work(), case_id)
    history = queries.history(work(), row.case)
    found = duties.about(work(), case_id)
    called = meetings.of_case(work(), case_id)
    return render_template(
        "cases/show.html",
        row=row,
        history=history,
        duties=found,
        agencies=identity.agencies(work(), [duty.owner_agency_id for duty in found]),
        meetings=called,
        referrals=referrals.of_case(work(), case_id),
        story=case_story.tell(work(), row.case, history, called),
        document=protocols.in_force(work(), row.case.borough_gss).document,
        today=work().now.astimezone(words.LONDON).date(),
        now=work().now,
    )


@bp.route("/<uuid:case_id>/certainty", methods=["GET", "POST"])
def certainty(case_id: UUID) -> ResponseReturnValue:
    """Record whether exploitation is indicated or known."""
    row = queries.open_case(work(), case_id, for_change=request.method == "POST")
    form = CertaintyForm()
    if form.validate_on_submit() and carried_out(work(), form, lambda: _record_certainty(row.case, form)):
        flash("Certainty recorded")
        return redirect(url_for("cases.show", case_id=case_id))
    return _page("cases/certainty.html", form, row)


def _record_certainty(case: Case, form: CertaintyForm) -> bool:
    commands.check_revision(case, form.revision.data or 0)
    answers = commands.CertaintyForm(
        certainty=Certainty(form.certainty.data), basis=Basis(form.basis.data), explanation=form.explanation.data
    )
    commands.record_certainty(work(), case, answers)
    return True


def _page(template: str, form: RevisionForm, row: queries.CaseRow, **more: object) -> ResponseReturnValue:
    """Show a form on a case, fresh or with what is wrong, and after a conflict with what the other person saved."""
    stale = form.stale
    if stale or not form.is_submitted():
        form.show(row.case.revision)
    history = queries.history(work(), row.case)
    latest = case_story.tell(work(), row.case, history, [])[:1] if stale else []
    page = render_template(template, form=form, row=row, history=history, latest=latest, now=work().now, **more)
    wrong = stale or bool(form.errors) or bool(form.form_errors)
    return page, (409 if stale else UNPROCESSABLE) if wrong else 200


@bp.route("/<uuid:case_id>/indicators", methods=["GET", "POST"])
def indicators(case_id: UUID) -> ResponseReturnValue:
    """Tick the indicators that were observed; the evidence is asked for on the next page."""
    row = queries.open_case(work(), case_id)
    protocol = protocols.in_force(work(), row.case.borough_gss)
    form = IndicatorsForm()
    form.offer(protocol.document)
    if not form.is_submitted():
        last = queries.history(work(), row.case).assessments[:1]
        form.observed.data = [each.indicator for assessment in last for each in assessment.body.observations]
    if form.validate_on_submit():
        return _evidence_page(row, protocol, list(form.observed.data or []), None)
    return _page("cases/indicators.html", form, row, groups=protocol.document.indicator_groups)


def _evidence_page(
    row: queries.CaseRow, protocol: protocols.InForce, observed: list[str], answered: EvidenceForm | None
) -> ResponseReturnValue:
    kind, texts = evidence_form(protocol.document, observed)
    form = answered
    if form is None:
        typed: MultiDict[str, str] = MultiDict()
        for assessment in queries.history(work(), row.case).assessments[:1]:
            for each in assessment.body.observations:
                typed[f"source_{each.indicator}"] = each.source.value
                typed[f"evidence_{each.indicator}"] = each.evidence
        form = kind(formdata=None, data=typed.to_dict())
        form.show(row.case.revision)
    return _page("cases/evidence.html", form, row, texts=texts, observed=observed)


@bp.post("/<uuid:case_id>/evidence")
def evidence(case_id: UUID) -> ResponseReturnValue:
    """Record the assessment: each indicator with its evidence."""
    row = queries.open_case(work(), case_id, for_change=True)
    protocol = protocols.in_force(work(), row.case.borough_gss)
    known = {indicator.key for indicator in protocol.document.indicators}
    observed = [key for key in request.form.getlist("observed") if key in known]
    if not observed:
        return redirect(url_for("cases.indicators", case_id=case_id))
    kind, texts = evidence_form(protocol.document, observed)
    form = kind()
    if form.validate_on_submit() and carried_out(work(), form, lambda: _assess(row.case, form, texts)):
        flash("Assessment recorded. Now decide the level")
        return redirect(url_for("cases.level", case_id=case_id))
    return _evidence_page(row, protocol, observed, form)


def _assess(case: Case, form: EvidenceForm, texts: dict[str, str]) -> bool:
    commands.check_revision(case, form.revision.data or 0)
    observations = tuple(
        Observation(
            indicator=key,
            source=Source(form[f"source_{key}"].data),
            evidence=form[f"evidence_{key}"].data,
        )
        for key in texts
    )
    answers = commands.AssessmentForm(
        observations=observations,
        narrative=form.narrative.data,
        young_person_view=form.young_person_view.data or "",
    )
    commands.assess(work(), case, answers)
    return True


@bp.route("/<uuid:case_id>/level", methods=["GET", "POST"])
def level(case_id: UUID) -> ResponseReturnValue:
    """Decide the level, beside what the protocol suggests."""
    row = queries.open_case(work(), case_id, for_change=request.method == "POST")
    protocol = protocols.in_force(work(), row.case.borough_gss)
    history = queries.history(work(), row.case)
    if not history.assessments:
        flash("Record the indicators first: a level is decided from an assessment")
        return redirect(url_for("cases.indicators", case_id=case_id))
    observed = frozenset(each.indicator for each in history.assessments[0].body.observations)
    suggested = commands.suggestion(work(), row.case, observed, protocol)
    form = LevelForm()
    form.offer(protocol.document)
    if form.validate_on_submit() and carried_out(work(), form, lambda: _decide(row.case, form)):
        flash("Level decided. What the protocol demands now is listed under duties")
        return redirect(url_for("cases.show", case_id=case_id))
    return _page("cases/level.html", form, row, suggested=suggested, protocol=protocol)


def _decide(case: Case, form: LevelForm) -> bool:
    commands.check_revision(case, form.revision.data or 0)
    answers = commands.LevelForm(
        level=form.level.data, reason=form.reason.data, override_reason=form.override_reason.data or ""
    )
    commands.decide_level(work(), case, answers)
    return True


@bp.route("/<uuid:case_id>/duties/<uuid:duty_id>", methods=["GET", "POST"])
def duty_done(case_id: UUID, duty_id: UUID) -> ResponseReturnValue:
    """Say what was done about a duty."""
    row = queries.open_case(work(), case_id)
    duty = duties.open_duty(work(), duty_id)
    # A duty that a meeting or a level decision meets is met by that act alone, or a quorum could be passed over.
    if duty.about_id != case_id or duty.body.satisfied_by.startswith(("meeting:", "level:")):
        raise NotFound
    form = DutyDoneForm()
    if form.validate_on_submit() and carried_out(
        work(), form, lambda: duty_commands.complete(work(), duty.id, note=form.note.data)
    ):
        flash("Duty recorded as done")
        return redirect(url_for("cases.show", case_id=case_id))
    title = reference("C", case_id)
    return _page("cases/duty_done.html", form, row, duty=duty, title=title)
