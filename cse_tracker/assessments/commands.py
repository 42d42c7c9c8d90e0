"""What lead officers record of a case: certainty, an assessment, and the level decided."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select

from cse_tracker.access.decisions import require
from cse_tracker.access.matrix import Permission
from cse_tracker.assessments.events import (
    CaseAssessed,
    CaseProtocolMoved,
    CertaintyRecorded,
    LevelDecided,
    LevelLoweringAnswered,
    LevelLoweringProposed,
)
from cse_tracker.assessments.model import (
    Assessment,
    AssessmentBody,
    Basis,
    CertaintyBody,
    CertaintyFact,
    LevelBody,
    LevelDecision,
    LevelProposal,
    Observation,
    ProposalBody,
    ProposalState,
)
from cse_tracker.assessments.rules import suggested
from cse_tracker.cases import commands as cases
from cse_tracker.cases.model import Case
from cse_tracker.duties import commands as duties
from cse_tracker.people.model import Person
from cse_tracker.protocols import queries as protocols
from cse_tracker.protocols.model import MoveBody, ProtocolMove
from cse_tracker.protocols.queries import InForce
from cse_tracker.rulebook.calendar import LONDON, due
from cse_tracker.rulebook.decisions import Certainty, Suggestion, responses_for
from cse_tracker.rulebook.document import Response
from cse_tracker.rulebook.terms import AgencyKind
from cse_tracker.work.errors import RuleBroken
from cse_tracker.work.unit import Work


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
    """Give the level that the protocol suggests for these indicators, the certainty and the age.

    The age is that of the day the case was opened: a birthday alone never lowers a response (report s.1176-1190).
    """
    person = work.session.get_one(Person, case.person_id)
    today, opened = (person.head.age_on(at.astimezone(LONDON).date()) for at in (work.now, case.head.opened_at))
    certainty = case.head.certainty
    return suggested(protocol.document, observed=observed, certainty=certainty, age_today=today, age_opened=opened)


def assess(work: Work, case: Case, form: AssessmentForm) -> Assessment:
    """Add an assessment: what was observed with its evidence, and what the protocol suggests for it."""
    require(work.actor, Permission.CASE_ASSESS, case)
    case.require_open()
    if not form.young_person_view.strip():
        code = "assessment.view"
        message = "Enter what the young person says. If they have not been asked, say why"
        raise RuleBroken(code, message, field="young_person_view")
    protocol = cases.protocol_of(work, case)
    suggests = suggestion(work, case, frozenset(each.indicator for each in form.observations), protocol)
    assessment = Assessment(case_id=case.id, ordinal=_next(work, Assessment, case), compartment_id=case.compartment_id)
    assessment.body = AssessmentBody(
        observations=form.observations,
        narrative=form.narrative,
        young_person_view=form.young_person_view,
        protocol_version_id=protocol.version_id,
        suggested_level=suggests.level,
        suggestion_reasons=suggests.reasons,
        floor=suggests.floor,
        recorded_at=work.now,
        recorded_by=work.actor.user_id,
    )
    work.session.add(assessment)
    case.make_pages_stale()
    observed = len(form.observations)
    work.record(
        CaseAssessed(subject_id=case.id, borough_gss=case.borough_gss, ordinal=assessment.ordinal, observed=observed)
    )
    return assessment


def decide_level(work: Work, case: Case, form: LevelForm) -> LevelDecision | LevelProposal:
    """Decide the level; a lower one than now becomes a proposal, which another person signs or refuses.

    Raises RuleBroken where a floor or a different suggestion needs a reason to override it.
    """
    require(work.actor, Permission.CASE_ASSESS, case)
    case.require_open()
    protocol = cases.protocol_of(work, case)
    observed = _latest_observed(work, case)
    if observed is None:
        code = "level.no_assessment"
        raise RuleBroken(code, "Record the indicators first: a level is decided from an assessment", field="level")
    suggests = suggestion(work, case, observed, protocol)
    _check_override(protocol, form, suggests)
    override = form.override_reason if form.level != suggests.level else ""
    form = replace(form, override_reason=override)
    if case.head.level is not None and form.level < case.head.level:
        return _propose(work, case, form, protocol, suggests)
    _overtake(work, case)
    body = LevelBody(
        level=form.level,
        level_label=protocol.document.level(form.level).label,
        reason=form.reason,
        override_reason=override,
        suggested_level=suggests.level,
        protocol_version_id=protocol.version_id,
        decided_at=work.now,
        decided_by=work.actor.user_id,
    )
    return _decide(work, case, body, protocol)


def _propose(work: Work, case: Case, form: LevelForm, protocol: InForce, suggests: Suggestion) -> LevelProposal:
    if _pending(work, case) is not None:
        code = "proposal.waiting"
        message = "A proposal to lower the level waits for an answer already. Answer it before you make another"
        raise RuleBroken(code, message, field="level")
    proposal = LevelProposal(
        case_id=case.id, ordinal=_next(work, LevelProposal, case), compartment_id=case.compartment_id
    )
    proposal.body = ProposalBody(
        before=case.head.level or 0,
        before_label=case.head.level_label,
        level=form.level,
        level_label=protocol.document.level(form.level).label,
        reason=form.reason,
        override_reason=form.override_reason,
        suggested_level=suggests.level,
        protocol_version_id=protocol.version_id,
        proposed_at=work.now,
        proposed_by=work.actor.user_id,
    )
    work.session.add(proposal)
    case.make_pages_stale()
    work.record(
        LevelLoweringProposed(
            subject_id=case.id, borough_gss=case.borough_gss, ordinal=proposal.ordinal, level=form.level
        )
    )
    return proposal


def _pending(work: Work, case: Case) -> LevelProposal | None:
    return work.session.scalar(
        select(LevelProposal).where(LevelProposal.case_id == case.id, LevelProposal.state == ProposalState.PENDING)
    )


def _overtake(work: Work, case: Case) -> None:
    waiting = _pending(work, case)
    if waiting is not None:
        _answer(work, case, waiting, ProposalState.SUPERSEDED, "A newer decision did not lower the level")


def _answer(work: Work, case: Case, proposal: LevelProposal, state: ProposalState, note: str) -> None:
    proposal.answer(state, at=work.now, by=work.actor.user_id, note=note)
    case.make_pages_stale()
    work.record(
        LevelLoweringAnswered(
            subject_id=case.id,
            borough_gss=case.borough_gss,
            ordinal=proposal.ordinal,
            state=state,
            proposed_by=proposal.body.proposed_by,
        )
    )


def sign(work: Work, case: Case, proposal: LevelProposal, *, note: str = "") -> LevelDecision:
    """Agree to a lower level as the second person, which makes it the decision.

    Raises RuleBroken for one's own proposal, and where more has become known since that speaks for a higher level.
    """
    require(work.actor, Permission.LEVEL_SIGN, case)
    case.require_open()
    body = proposal.body
    if body.proposed_by == work.actor.user_id:
        code = "proposal.own"
        raise RuleBroken(code, "A lower level is signed by a person other than the one who proposed it")
    protocol = cases.protocol_of(work, case)
    suggests = suggestion(work, case, _latest_observed(work, case) or frozenset(), protocol)
    moved_on = body.protocol_version_id != protocol.version_id or body.before != case.head.level
    if moved_on or (suggests.level or 0) > (body.suggested_level or 0):
        code = "proposal.outdated"
        raise RuleBroken(code, "More has been recorded since this was proposed. Refuse it and decide the level afresh")
    _answer(work, case, proposal, ProposalState.SIGNED, note)
    decided = LevelBody(
        level=body.level,
        level_label=body.level_label,
        reason=body.reason,
        override_reason=body.override_reason,
        suggested_level=body.suggested_level,
        protocol_version_id=body.protocol_version_id,
        decided_at=work.now,
        decided_by=body.proposed_by,
        signed_by=work.actor.user_id,
    )
    return _decide(work, case, decided, protocol)


def refuse(work: Work, case: Case, proposal: LevelProposal, *, note: str) -> None:
    """Refuse to lower the level, with the reason; the one who proposed it withdraws it in this way."""
    require(work.actor, Permission.LEVEL_SIGN, case)
    if not note.strip():
        code = "proposal.reason"
        raise RuleBroken(code, "Enter the reason", field="note")
    own = proposal.body.proposed_by == work.actor.user_id
    _answer(work, case, proposal, ProposalState.WITHDRAWN if own else ProposalState.REFUSED, note)


def _decide(work: Work, case: Case, body: LevelBody, protocol: InForce) -> LevelDecision:
    decision = LevelDecision(
        case_id=case.id, ordinal=_next(work, LevelDecision, case), compartment_id=case.compartment_id
    )
    decision.body = body
    work.session.add(decision)
    before = case.head.level
    colour = protocol.document.level(body.level).colour.value
    case.head = replace(case.head, level=body.level, level_label=body.level_label, level_colour=colour)
    work.record(
        LevelDecided(
            subject_id=case.id,
            borough_gss=case.borough_gss,
            ordinal=decision.ordinal,
            level=body.level,
            overridden=body.level != body.suggested_level,
        )
    )
    duties.meet(work, case.id, cases.FIRST_LEVEL)
    duties.meet(work, case.id, cases.LEVEL_AGAIN)
    duties.meet(work, case.id, cases.LEVEL_REVIEW, note="The level was decided afresh")
    cases.level_decided(work, case, raised=before is not None and body.level > before)
    if before != body.level:
        why = f"Replaced by the decision on {body.level_label}"
        _demand_responses(work, case, protocol, started_at=work.now, why=why)
    _demand_review(work, case, protocol, work.now)
    return decision


def _check_override(protocol: InForce, form: LevelForm, suggests: Suggestion) -> None:
    if form.level not in {level.number for level in protocol.document.levels}:
        code = "level.unknown"
        raise RuleBroken(code, "Select a level of the protocol", field="level")
    if form.level == suggests.level or form.override_reason.strip():
        return
    code = "level.override"
    if suggests.floor is not None and form.level < suggests.floor:
        message = f"{suggests.floor_reason} Say why this decision is below that"
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


def _demand_responses(work: Work, case: Case, protocol: InForce, *, started_at: datetime, why: str) -> None:
    """Open what the case's level demands; what an earlier decision or version demanded gives way to it.

    A demand that stays, with as little time as before or less, keeps its row: a new decision gives nobody more time.
    """
    wanted = {response_act(each): each for each in responses_for(protocol.document, case.head.level or 0)}
    for duty in duties.standing_responses(work, case.id):
        response = wanted.get(duty.body.satisfied_by)
        if response is not None and duty.due_at <= due(started_at, response.amount, response.unit).at:
            del wanted[duty.body.satisfied_by]
            continue
        gone = "" if response else ". It is not demanded any more"
        duties.supersede(work, duty, note=f"{why}{gone}")
    for response in wanted.values():
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
        duties.open_duty(work, cases.bearer(work, case, response.owner), demand, started_at=started_at)


def _demand_review(work: Work, case: Case, protocol: InForce, started_at: datetime) -> None:
    review = protocol.document.level(case.head.level or 1).review
    demand = duties.Demand(
        rule_key="LEVEL_REVIEW",
        label="Review of the level",
        satisfied_by=cases.LEVEL_REVIEW,
        amount=review.amount,
        unit=review.unit,
        trigger="the level decision",
        happened=f"{case.head.level_label} decided",
        protocol_version_id=protocol.version_id,
        protocol_label=protocol.label,
    )
    duties.open_duty(work, cases.bearer(work, case, AgencyKind.SOCIAL_CARE), demand, started_at=started_at)


def move_to_version(work: Work, case: Case, *, reason: str) -> InForce:
    """Move a case to the version of the protocol in force today, which nothing else does.

    The level stays where the new version has one of the same key; else it is the higher of the suggested one and the
    one of the same number, and the first level under the new version is to be decided afresh. What the level demands
    is counted from its decision, under the new version. Raises RuleBroken where there is nothing to move to.
    """
    require(work.actor, Permission.CASE_ASSESS, case)
    case.require_open()
    if not reason.strip():
        code = "move.reason"
        raise RuleBroken(code, "Enter why this case is moved to the newer version", field="reason")
    before, after = cases.protocol_of(work, case), protocols.in_force(work, case.borough_gss)
    if before.version_id == after.version_id:
        code = "move.same"
        raise RuleBroken(code, "This case is under the version in force already")
    move = ProtocolMove(
        case_id=case.id,
        ordinal=len(protocols.moves_of(work, case.id)) + 1,
        version_id=after.version_id,
        compartment_id=case.compartment_id,
    )
    move.body = MoveBody(reason=reason, moved_at=work.now, moved_by=work.actor.user_id)
    work.session.add(move)
    work.session.flush()
    work.record(
        CaseProtocolMoved(
            subject_id=case.id, borough_gss=case.borough_gss, version_id=after.version_id, ordinal=move.ordinal
        )
    )
    _overtake(work, case)
    _carry_over(work, case, before, after)
    return after


def _carry_over(work: Work, case: Case, before: InForce, after: InForce) -> None:
    if case.head.level is None:
        case.make_pages_stale()
        return
    number, same = level_under(work, case, before, after)
    level = after.document.level(number)
    case.head = replace(case.head, level=number, level_label=level.label, level_colour=level.colour.value)
    decided = work.session.scalar(
        select(LevelDecision).where(LevelDecision.case_id == case.id).order_by(LevelDecision.ordinal.desc()).limit(1)
    )
    started_at = decided.body.decided_at if decided else work.now
    why = f"The case was moved to {after.label}"
    _demand_responses(work, case, after, started_at=started_at, why=why)
    for duty in duties.standing(work, case.id, [cases.LEVEL_REVIEW]):
        duties.supersede(work, duty, note=why)
    _demand_review(work, case, after, started_at)
    if not same:
        cases.demand_assessment(work, case, happened="moved", trigger="the case being moved to a new protocol version")


def level_under(work: Work, case: Case, before: InForce, after: InForce) -> tuple[int, bool]:
    """Give the number of the case's level under another version, and whether that version has the very same level."""
    current = case.head.level or 1
    key = before.document.level(current).key if current <= len(before.document.levels) else ""
    for level in after.document.levels:
        if level.key == key:
            return level.number, True
    best = suggestion(work, case, _latest_observed(work, case) or frozenset(), after).level or 1
    return max(best, min(current, len(after.document.levels))), False


def _next(
    work: Work, kind: type[CertaintyFact] | type[Assessment] | type[LevelDecision] | type[LevelProposal], case: Case
) -> int:
    last = work.session.scalar(select(func.max(kind.ordinal)).where(kind.case_id == case.id))
    return (last or 0) + 1
