"""What is known of a case so far: its dated facts, newest first."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from cse_tracker.access.decisions import scope
from cse_tracker.access.matrix import Permission
from cse_tracker.assessments.model import Assessment, CertaintyFact, LevelDecision, LevelProposal, ProposalState
from cse_tracker.assessments.rules import suggested
from cse_tracker.cases.events import CaseListViewed
from cse_tracker.cases.model import OPEN, Case
from cse_tracker.people.model import Person
from cse_tracker.records.keys import unlock
from cse_tracker.rulebook.calendar import LONDON
from cse_tracker.rulebook.decisions import responses_for
from cse_tracker.rulebook.document import ProtocolDocument
from cse_tracker.work.unit import Work


@dataclass(frozen=True)
class History:
    """The dated facts of a case, newest first."""

    certainty: tuple[CertaintyFact, ...]
    assessments: tuple[Assessment, ...]
    levels: tuple[LevelDecision, ...]


def history(work: Work, case: Case) -> History:
    """Give the dated facts of a case that has been opened."""
    certainty = work.session.scalars(select(CertaintyFact).where(CertaintyFact.case_id == case.id))
    assessments = work.session.scalars(select(Assessment).where(Assessment.case_id == case.id))
    levels = work.session.scalars(select(LevelDecision).where(LevelDecision.case_id == case.id))
    return History(
        tuple(sorted(certainty, key=lambda row: -row.ordinal)),
        tuple(sorted(assessments, key=lambda row: -row.ordinal)),
        tuple(sorted(levels, key=lambda row: -row.ordinal)),
    )


def proposals(work: Work, case: Case) -> tuple[LevelProposal, ...]:
    """Give the proposals to lower the level of a case that has been opened, newest first."""
    wanted = select(LevelProposal).where(LevelProposal.case_id == case.id).order_by(LevelProposal.ordinal.desc())
    return tuple(work.session.scalars(wanted))


def waiting_proposal(work: Work, case: Case) -> LevelProposal | None:
    """Give the proposal that waits for a second signatory, or None."""
    return next((each for each in proposals(work, case) if each.state is ProposalState.PENDING), None)


@dataclass(frozen=True)
class Effect:
    """What another protocol would change for one open case."""

    case: Case
    level_label: str
    suggested_now: str
    suggested_then: str
    demanded_no_more: tuple[str, ...]
    demanded_anew: tuple[str, ...]


@dataclass(frozen=True)
class Preview:
    """What a draft would change for the open cases that the actor may see, were they moved to it."""

    cases: int
    raised: int
    lowered: int
    effects: tuple[Effect, ...]


def preview(work: Work, borough_gss: str, before: ProtocolDocument, after: ProtocolDocument) -> Preview:
    """Hold every open case in sight against two documents; nobody's level changes by it."""
    allowed = scope(work.actor, Permission.CASE_LIST).boroughs & {borough_gss}
    rows = list(work.session.scalars(select(Case).where(Case.borough_gss.in_(allowed), Case.status.in_(OPEN))))
    ids = [row.id for row in rows]
    persons = {
        each.id: each for each in work.session.scalars(select(Person).where(Person.id.in_({r.person_id for r in rows})))
    }
    latest: dict[UUID, Assessment] = {}
    for each in work.session.scalars(
        select(Assessment).where(Assessment.case_id.in_(ids)).order_by(Assessment.ordinal)
    ):
        latest[each.case_id] = each
    unlock(work.session, {*(row.compartment_id for row in rows), *(row.compartment_id for row in persons.values())})
    found = [
        _effect(work, row, persons[row.person_id], latest.get(row.id), before, after)
        for row in rows
        if row.person_id in persons
    ]
    ranked = [
        (effect, was, then)
        for effect, was, then in found
        if was != then or effect.demanded_no_more or effect.demanded_anew
    ]
    work.record(CaseListViewed(subject_id=None, borough_gss=borough_gss, shown=len(rows)))
    return Preview(
        cases=len(rows),
        raised=sum(then > was for _, was, then in ranked),
        lowered=sum(then < was for _, was, then in ranked),
        effects=tuple(effect for effect, _, _ in ranked),
    )


def _effect(
    work: Work,
    case: Case,
    person: Person,
    assessment: Assessment | None,
    before: ProtocolDocument,
    after: ProtocolDocument,
) -> tuple[Effect, int, int]:
    observed = frozenset(each.indicator for each in assessment.body.observations) if assessment else frozenset()
    ages = [person.head.age_on(at.astimezone(LONDON).date()) for at in (work.now, case.head.opened_at)]
    was, then = (
        suggested(each, observed=observed, certainty=case.head.certainty, age_today=ages[0], age_opened=ages[1]).level
        or 0
        for each in (before, after)
    )
    level = case.head.level or 0
    old = {each.key: each.label for each in responses_for(before, level)}
    new = {each.key: each.label for each in responses_for(after, level)}
    effect = Effect(
        case=case,
        level_label=case.head.level_label,
        suggested_now=before.level(was).label if was else "None",
        suggested_then=after.level(then).label if then else "None",
        demanded_no_more=tuple(label for key, label in old.items() if key not in new),
        demanded_anew=tuple(label for key, label in new.items() if key not in old),
    )
    return effect, was, then
