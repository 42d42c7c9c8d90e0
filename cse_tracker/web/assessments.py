"""The pages on which certainty, indicators and level are recorded."""

from collections.abc import Sequence
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from cse_tracker.assessments import commands, queries
from cse_tracker.assessments.model import Basis, LevelProposal, Observation, Source
from cse_tracker.assessments.queries import History
from cse_tracker.cases import commands as cases
from cse_tracker.cases import queries as case_queries
from cse_tracker.cases.model import Case
from cse_tracker.cases.queries import CaseRow
from cse_tracker.identity import queries as identity
from cse_tracker.protocols import queries as protocols
from cse_tracker.protocols.queries import InForce
from cse_tracker.rulebook.decisions import Certainty
from cse_tracker.web.case_forms import form_page
from cse_tracker.web.comparing import compare
from cse_tracker.web.context import work
from cse_tracker.web.forms.answering import done
from cse_tracker.web.forms.assessments import (
    CertaintyForm,
    EvidenceForm,
    IndicatorsForm,
    LevelForm,
    MoveForm,
    RefuseForm,
    SignForm,
    evidence_form,
)
from cse_tracker.web.wording import Text, just_written
from cse_tracker.work.errors import NotFound

bp = Blueprint("assessments", __name__, url_prefix="/cases")


@bp.route("/<uuid:case_id>/certainty", methods=["GET", "POST"])
def certainty(case_id: UUID) -> ResponseReturnValue:
    """Record whether exploitation is indicated or known."""
    row = case_queries.open_case(work(), case_id, for_change=request.method == "POST")
    form = CertaintyForm()
    if form.validate_on_submit() and done(work(), form, lambda: _record_certainty(row.case, form)):
        flash("Certainty recorded")
        return redirect(url_for("cases.show", case_id=case_id))
    return form_page("assessments/certainty.html", form, row)


def _record_certainty(case: Case, form: CertaintyForm) -> None:
    cases.check_revision(case, form.revision.data or 0)
    answers = commands.CertaintyForm(
        certainty=Certainty(form.certainty.data), basis=Basis(form.basis.data), explanation=form.explanation.data
    )
    commands.record_certainty(work(), case, answers)


@bp.route("/<uuid:case_id>/indicators", methods=["GET", "POST"])
def indicators(case_id: UUID) -> ResponseReturnValue:
    """Tick the indicators that were observed; the evidence is asked for on the next page."""
    row = case_queries.open_case(work(), case_id)
    protocol = cases.protocol_of(work(), row.case)
    form = IndicatorsForm()
    form.offer(protocol.document)
    if not form.is_submitted():
        last = queries.history(work(), row.case).assessments[:1]
        form.observed.data = [each.indicator for assessment in last for each in assessment.body.observations]
    if form.validate_on_submit():
        return _evidence_page(row, protocol, list(form.observed.data or []), None)
    return form_page("assessments/indicators.html", form, row, groups=protocol.document.indicator_groups)


def _evidence_page(
    row: CaseRow, protocol: InForce, observed: list[str], answered: EvidenceForm | None
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
    protocol = cases.protocol_of(work(), row.case)
    known = {indicator.key for indicator in protocol.document.indicators}
    observed = [key for key in request.form.getlist("observed") if key in known]
    if not observed:
        return redirect(url_for("assessments.indicators", case_id=case_id))
    kind, texts = evidence_form(protocol.document, observed)
    form = kind()
    if form.validate_on_submit() and done(work(), form, lambda: _assess(row.case, form, texts)):
        flash("Assessment recorded. Now decide the level")
        return redirect(url_for("assessments.level", case_id=case_id))
    return _evidence_page(row, protocol, observed, form)


def _assess(case: Case, form: EvidenceForm, texts: dict[str, str]) -> None:
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


@bp.route("/<uuid:case_id>/level", methods=["GET", "POST"])
def level(case_id: UUID) -> ResponseReturnValue:
    """Decide the level, beside what the protocol suggests."""
    row = case_queries.open_case(work(), case_id, for_change=request.method == "POST")
    protocol = cases.protocol_of(work(), row.case)
    history = queries.history(work(), row.case)
    if not history.assessments:
        flash("Record the indicators first: a level is decided from an assessment")
        return redirect(url_for("assessments.indicators", case_id=case_id))
    observed = frozenset(each.indicator for each in history.assessments[0].body.observations)
    suggested = commands.suggestion(work(), row.case, observed, protocol)
    form = LevelForm()
    form.offer(protocol.document)
    if form.validate_on_submit() and done(work(), form, lambda: _decide(row.case, form)):
        if queries.waiting_proposal(work(), row.case):
            flash("The lower level waits for a second person to sign it. Until then nothing changes")
            return redirect(url_for("assessments.proposals", case_id=case_id))
        flash("Level decided. What the protocol demands now is listed under duties")
        return redirect(url_for("cases.show", case_id=case_id))
    said = just_written(work(), row.case, history)
    return form_page("assessments/level.html", form, row, suggested=suggested, protocol=protocol, wording=said)


def _decide(case: Case, form: LevelForm) -> None:
    cases.check_revision(case, form.revision.data or 0)
    answers = commands.LevelForm(
        level=form.level.data, reason=form.reason.data, override_reason=form.override_reason.data or ""
    )
    commands.decide_level(work(), case, answers)


@bp.get("/<uuid:case_id>/assessments")
def assessments(case_id: UUID) -> ResponseReturnValue:
    """Show assessments side by side over time; the last two unless others are chosen."""
    row = case_queries.open_case(work(), case_id)
    history = queries.history(work(), row.case)
    chosen = set(request.args.getlist("number", type=int)) or {each.ordinal for each in history.assessments[:2]}
    shown = [each for each in reversed(history.assessments) if each.ordinal in chosen]
    return render_template(
        "assessments/compare.html",
        row=row,
        history=history,
        chosen=chosen,
        table=compare(work(), row.case, history, shown),
        here="assessments.assessments",
        now=work().now,
    )


@bp.get("/<uuid:case_id>/level/proposals")
def proposals(case_id: UUID) -> ResponseReturnValue:
    """Show the proposals to lower the level, with the one that waits."""
    row = case_queries.open_case(work(), case_id)
    found = queries.proposals(work(), row.case)
    people = {each.body.proposed_by for each in found} | {each.body.answered_by for each in found}
    return render_template(
        "assessments/proposals.html",
        row=row,
        proposals=found,
        names=identity.names(work(), people),
        own=work().actor.user_id,
        now=work().now,
        wording=just_written(work(), row.case, History((), (), ()), _reasons(found)),
    )


def _reasons(found: Sequence[LevelProposal]) -> list[Text]:
    return [(each.body.proposed_by, each.body.proposed_at, each.body.reason) for each in found[:1]]


@bp.route("/<uuid:case_id>/level/proposals/<int:ordinal>/sign", methods=["GET", "POST"])
def sign(case_id: UUID, ordinal: int) -> ResponseReturnValue:
    """Sign a lower level as the second person."""
    row, proposal = _proposal(case_id, ordinal)
    form = SignForm()
    if form.validate_on_submit() and done(work(), form, lambda: _signed(row.case, proposal, form)):
        flash("Level lowered. What the protocol demands now is listed under duties")
        return redirect(url_for("cases.show", case_id=case_id))
    return form_page("assessments/sign.html", form, row, proposal=proposal)


def _proposal(case_id: UUID, ordinal: int) -> tuple[CaseRow, LevelProposal]:
    row = case_queries.open_case(work(), case_id, for_change=request.method == "POST")
    for proposal in queries.proposals(work(), row.case):
        if proposal.ordinal == ordinal:
            return row, proposal
    raise NotFound


def _signed(case: Case, proposal: LevelProposal, form: SignForm) -> None:
    cases.check_revision(case, form.revision.data or 0)
    commands.sign(work(), case, proposal, note=form.note.data or "")


@bp.route("/<uuid:case_id>/level/proposals/<int:ordinal>/refuse", methods=["GET", "POST"])
def refuse(case_id: UUID, ordinal: int) -> ResponseReturnValue:
    """Refuse or withdraw a lower level."""
    row, proposal = _proposal(case_id, ordinal)
    form = RefuseForm()
    if form.validate_on_submit() and done(work(), form, lambda: _refused(row.case, proposal, form)):
        flash("The level stays as it is")
        return redirect(url_for("assessments.proposals", case_id=case_id))
    return form_page("assessments/refuse.html", form, row, proposal=proposal, own=work().actor.user_id)


def _refused(case: Case, proposal: LevelProposal, form: RefuseForm) -> None:
    cases.check_revision(case, form.revision.data or 0)
    commands.refuse(work(), case, proposal, note=form.note.data)


@bp.route("/<uuid:case_id>/protocol", methods=["GET", "POST"])
def move(case_id: UUID) -> ResponseReturnValue:
    """Show under which version a case is decided, and move it to the one in force."""
    row = case_queries.open_case(work(), case_id, for_change=request.method == "POST")
    form = MoveForm()
    if form.validate_on_submit() and done(work(), form, lambda: _moved(row.case, form)):
        flash("Case moved to the version in force. Its level and its duties follow that version from now on")
        return redirect(url_for("cases.show", case_id=case_id))
    return form_page(
        "assessments/move.html",
        form,
        row,
        under=cases.protocol_of(work(), row.case),
        newest=protocols.in_force(work(), row.case.borough_gss),
        moves=protocols.moves_of(work(), case_id),
    )


def _moved(case: Case, form: MoveForm) -> None:
    cases.check_revision(case, form.revision.data or 0)
    commands.move_to_version(work(), case, reason=form.reason.data)
