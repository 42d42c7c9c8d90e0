"""The pages on which certainty, indicators and level are recorded."""

from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from cse_tracker.assessments import commands, queries
from cse_tracker.assessments.model import Basis, Observation, Source
from cse_tracker.cases import commands as cases
from cse_tracker.cases import queries as case_queries
from cse_tracker.cases.model import Case
from cse_tracker.cases.queries import CaseRow
from cse_tracker.protocols import queries as protocols
from cse_tracker.rulebook.decisions import Certainty
from cse_tracker.web.case_forms import form_page
from cse_tracker.web.context import work
from cse_tracker.web.forms.answering import carried_out
from cse_tracker.web.forms.assessments import (
    CertaintyForm,
    EvidenceForm,
    IndicatorsForm,
    LevelForm,
    evidence_form,
)

bp = Blueprint("assessments", __name__, url_prefix="/cases")


@bp.route("/<uuid:case_id>/certainty", methods=["GET", "POST"])
def certainty(case_id: UUID) -> ResponseReturnValue:
    """Record whether exploitation is indicated or known."""
    row = case_queries.open_case(work(), case_id, for_change=request.method == "POST")
    form = CertaintyForm()
    if form.validate_on_submit() and carried_out(work(), form, lambda: _record_certainty(row.case, form)):
        flash("Certainty recorded")
        return redirect(url_for("cases.show", case_id=case_id))
    return form_page("assessments/certainty.html", form, row)


def _record_certainty(case: Case, form: CertaintyForm) -> bool:
    cases.check_revision(case, form.revision.data or 0)
    answers = commands.CertaintyForm(
        certainty=Certainty(form.certainty.data), basis=Basis(form.basis.data), explanation=form.explanation.data
    )
    commands.record_certainty(work(), case, answers)
    return True


@bp.route("/<uuid:case_id>/indicators", methods=["GET", "POST"])
def indicators(case_id: UUID) -> ResponseReturnValue:
    """Tick the indicators that were observed; the evidence is asked for on the next page."""
    row = case_queries.open_case(work(), case_id)
    protocol = protocols.in_force(work(), row.case.borough_gss)
    form = IndicatorsForm()
    form.offer(protocol.document)
    if not form.is_submitted():
        last = queries.history(work(), row.case).assessments[:1]
        form.observed.data = [each.indicator for assessment in last for each in assessment.body.observations]
    if form.validate_on_submit():
        return _evidence_page(row, protocol, list(form.observed.data or []), None)
    return form_page("assessments/indicators.html", form, row, groups=protocol.document.indicator_groups)


def _evidence_page(
    row: CaseRow, protocol: protocols.InForce, observed: list[str], answered: EvidenceForm | None
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
    return form_page("assessments/evidence.html", form, row, texts=texts, observed=observed)


@bp.post("/<uuid:case_id>/evidence")
def evidence(case_id: UUID) -> ResponseReturnValue:
    """Record the assessment: each indicator with its evidence."""
    row = case_queries.open_case(work(), case_id, for_change=True)
    protocol = protocols.in_force(work(), row.case.borough_gss)
    known = {indicator.key for indicator in protocol.document.indicators}
    observed = [key for key in request.form.getlist("observed") if key in known]
    if not observed:
        return redirect(url_for("assessments.indicators", case_id=case_id))
    kind, texts = evidence_form(protocol.document, observed)
    form = kind()
    if form.validate_on_submit() and carried_out(work(), form, lambda: _assess(row.case, form, texts)):
        flash("Assessment recorded. Now decide the level")
        return redirect(url_for("assessments.level", case_id=case_id))
    return _evidence_page(row, protocol, observed, form)


def _assess(case: Case, form: EvidenceForm, texts: dict[str, str]) -> bool:
    cases.check_revision(case, form.revision.data or 0)
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
    row = case_queries.open_case(work(), case_id, for_change=request.method == "POST")
    protocol = protocols.in_force(work(), row.case.borough_gss)
    history = queries.history(work(), row.case)
    if not history.assessments:
        flash("Record the indicators first: a level is decided from an assessment")
        return redirect(url_for("assessments.indicators", case_id=case_id))
    observed = frozenset(each.indicator for each in history.assessments[0].body.observations)
    suggested = commands.suggestion(work(), row.case, observed, protocol)
    form = LevelForm()
    form.offer(protocol.document)
    if form.validate_on_submit() and carried_out(work(), form, lambda: _decide(row.case, form)):
        flash("Level decided. What the protocol demands now is listed under duties")
        return redirect(url_for("cases.show", case_id=case_id))
    return form_page("assessments/level.html", form, row, suggested=suggested, protocol=protocol)


def _decide(case: Case, form: LevelForm) -> bool:
    cases.check_revision(case, form.revision.data or 0)
    answers = commands.LevelForm(
        level=form.level.data, reason=form.reason.data, override_reason=form.override_reason.data or ""
    )
    commands.decide_level(work(), case, answers)
    return True
