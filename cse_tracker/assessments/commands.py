"""What lead officers record of a case: certainty, an assessment, and the level decided."""

from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from cse_tracker.access.decisions import require
from cse_tracker.access.matrix import Permission
from cse_tracker.assessments.events import CaseAssessed, CertaintyRecorded, LevelDecided
from cse_tracker.assessments.model import (
    Assessment,
    AssessmentBody,
    Basis,
    CertaintyBody,
    CertaintyFact,
    LevelBody,
    LevelDecision,
    Observation,
)
from cse_tracker.cases import commands as cases
from cse_tracker.cases.model import Case
from cse_tracker.duties import commands as duties
from cse_tracker.people.model import Person
from cse_tracker.protocols import queries as protocols
from cse_tracker.protocols.queries import InForce
from cse_tracker.rulebook.decisions import Certainty, Suggestion, responses_for, suggest_level
from cse_tracker.rulebook.document import Response
from cse_tracker.work.errors import RuleBroken
from cse_tracker.work.unit import Work

LONDON = ZoneInfo("Europe/London")


@dataclass(frozen=True, kw_only=True, repr=False)
class CertaintyForm:
    """The paper form on certainty."""

    certainty: Certainty
    basis: Basis
    explanation: str


@dataclass(frozen=True, kw_only=True, repr=False)
class AssessmentForm:
    """The paper form on indicators."""

    observations: tuple[Observation, ...]
    narrative: str
    young_person_view: str


@dataclass(frozen=True, kw_only=True, repr=False)
class LevelForm:
    """The paper form on the level."""

    level: int
    reason: str
    override_reason: str = ""


def record_certainty(work: Work, case: Case, form: CertaintyForm) -> CertaintyFact:
    """Add a dated statement that exploitation is indicated or known, with its basis."""
    require(work.actor, Permission.CASE_ASSESS, case)
    case.require_open()
    fact = CertaintyFact(case_id=case.id, ordinal=_next(work, CertaintyFact, case), compartment_id=case.compartment_id)
    fact.body = CertaintyBody(
        certainty=form.certainty,
        basis=form.basis,
        explanation=form.explanation,
        recorded_at=work.now,
        recorded_by=work.actor.user_id,
    )
    work.session.add(fact)
    case.head = replace(case.head, certainty=form.certainty)
    work.record(CertaintyRecorded(subject_id=case.id, borough_gss=case.borough_gss, ordinal=fact.ordinal))
    return fact


def suggestion(work: Work, case: Case, observed: frozenset[str], protocol: InForce) -> Suggestion:
    """Give the level that the protocol suggests for these indicators, the certainty and the age today."""
    person = work.session.get_one(Person, case.person_id)
    age = person.head.age_on(work.now.astimezone(LONDON).date())
    return suggest_level(protocol.document, observed=observed, certainty=case.head.certainty, age=age)


def assess(work: Work, case: Case, form: AssessmentForm) -> Assessment:
    """Add an assessment: what was observed with its evidence, and what the protocol suggests for it."""
    require(work.actor, Permission.CASE_ASSESS, case)
    case.require_open()
    protocol = protocols.in_force(work, case.borough_gss)
    suggested = suggestion(work, case, frozenset(each.indicator for each in form.observations), protocol)
    assessment = Assessment(case_id=case.id, ordinal=_next(work, Assessment, case), compartment_id=case.compartment_id)
    assessment.body = AssessmentBody(
        observations=form.observations,
        narrative=form.narrative,
        young_person_view=form.young_person_view,
        protocol_version_id=protocol.version_id,
        suggested_level=suggested.level,
        suggestion_reasons=suggested.reasons,
        floor=suggested.floor,
        recorded_at=work.now,
        recorded_by=work.actor.user_id,
    )
    work.session.add(assessment)
    # The case's own revision moves too, so that a page made before this assessment is stale.
    case.head = case.head
    observed = len(form.observations)
    work.record(
        CaseAssessed(subject_id=case.id, borough_gss=case.borough_gss, ordinal=assessment.ordinal, observed=observed)
    )
    return assessment


def decide_level(work: Work, case: Case, form: LevelForm) -> LevelDecision:
    """Decide the level; raises RuleBroken where a floor or a different suggestion needs a reason to override it."""
    require(work.actor, Permission.CASE_ASSESS, case)
    case.require_open()
    protocol = protocols.in_force(work, case.borough_gss)
    observed = _latest_observed(work, case)
    if observed is None:
        code = "level.no_assessment"
        raise RuleBroken(code, "Record the indicators first: a level is decided from an assessment", field="level")
    suggested = suggestion(work, case, observed, protocol)
    _check_override(protocol, form, suggested)
    level = protocol.document.level(form.level)
    overridden = form.level != suggested.level
    decision = LevelDecision(
        case_id=case.id, ordinal=_next(work, LevelDecision, case), compartment_id=case.compartment_id
    )
    decision.body = LevelBody(
        level=form.level,
        level_label=level.label,
        reason=form.reason,
        override_reason=form.override_reason if overridden else "",
        suggested_level=suggested.level,
        protocol_version_id=protocol.version_id,
        decided_at=work.now,
        decided_by=work.actor.user_id,
    )
    work.session.add(decision)
    before = case.head.level
    case.head = replace(case.head, level=form.level, level_label=level.label, level_colour=level.colour.value)
    work.record(
        LevelDecided(
            subject_id=case.id,
            borough_gss=case.borough_gss,
            ordinal=decision.ordinal,
            level=form.level,
            overridden=overridden,
        )
    )
    duties.meet(work, case.id, cases.FIRST_LEVEL)
    cases.level_decided(work, case, raised=before is not None and form.level > before)
    duties.meet(work, case.id, cases.LEVEL_AGAIN)
    _demand_responses(work, case, protocol, before)
    return decision


def _check_override(protocol: InForce, form: LevelForm, suggested: Suggestion) -> None:
    if form.level not in {level.number for level in protocol.document.levels}:
        code = "level.unknown"
        raise RuleBroken(code, "Select a level of the protocol", field="level")
    if form.level == suggested.level or form.override_reason.strip():
        return
    code = "level.override"
    if suggested.floor is not None and form.level < suggested.floor:
        message = f"{suggested.floor_reason} Say why this decision is below that"
    else:
        message = "Say why you decided differently from the level that the protocol suggests"
    raise RuleBroken(code, message, field="override_reason")


def _latest_observed(work: Work, case: Case) -> frozenset[str] | None:
    latest = work.session.scalar(
        select(Assessment).where(Assessment.case_id == case.id).order_by(Assessment.ordinal.desc()).limit(1)
    )
    return frozenset(each.indicator for each in latest.body.observations) if latest else None


def response_act(response: Response) -> str:
    """Give the name of the act that meets a response: a kind of meeting, or a task done."""
    return f"meeting:{response.meeting_type}" if response.meeting_type else f"task:{response.key}"


def _demand_responses(work: Work, case: Case, protocol: InForce, before: int | None) -> None:
    level = case.head.level
    if level is None or level == before:
        return
    wanted = responses_for(protocol.document, level)
    if before is not None:
        acts = [response_act(response) for response in responses_for(protocol.document, before)]
        duties.withdraw(work, case.id, acts, note=f"Replaced by the decision on {case.head.level_label.lower()}")
    for response in wanted:
        demand = duties.Demand(
            rule_key=response.key,
            label=response.label,
            satisfied_by=response_act(response),
            amount=response.amount,
            unit=response.unit,
            trigger="the level decision",
            happened=f"{case.head.level_label} decided",
            protocol_version_id=protocol.version_id,
            protocol_label=protocol.label,
        )
        duties.open_duty(work, cases.bearer(work, case, response.owner), demand)


def _next(work: Work, kind: type[CertaintyFact] | type[Assessment] | type[LevelDecision], case: Case) -> int:
    last = work.session.scalar(select(func.max(kind.ordinal)).where(kind.case_id == case.id))
    return (last or 0) + 1
