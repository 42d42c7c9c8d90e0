"""What is due for review, what is held, and what is proposed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import exists, select

from cse_tracker.access.decisions import require_sight, scope
from cse_tracker.access.matrix import Permission
from cse_tracker.cases.model import Case
from cse_tracker.people import queries as people
from cse_tracker.people.model import Person
from cse_tracker.protocols import queries as protocols
from cse_tracker.records.keys import unlock
from cse_tracker.retention.events import ReviewListViewed
from cse_tracker.retention.model import Destruction, DestructionState, HoldState, LegalHold
from cse_tracker.retention.rules import GENERAL, Due, Facts, Rule, due
from cse_tracker.rulebook.calendar import LONDON
from cse_tracker.rulebook.decisions import Certainty
from cse_tracker.work.errors import NotFound, NotPermitted
from cse_tracker.work.unit import Work


@dataclass(frozen=True)
class Kept:
    """The records of one young person at their end: their latest case, when due, and what stands in the way."""

    person: Person
    case: Case
    due: Due | None
    hold: LegalHold | None
    proposal: Destruction | None

    def is_due(self, today: date) -> bool:
        """Whether their time has come."""
        return self.due is not None and self.due.on <= today


@dataclass(frozen=True)
class Review:
    """What records and lead officers see: due, proposed and held, the earliest first."""

    due: tuple[Kept, ...]
    proposed: tuple[Kept, ...]
    held: tuple[Kept, ...]


def rules_of(work: Work, borough_gss: str) -> Sequence[Rule]:
    """Give the classes of the borough's protocol in force, or the general ones where it names none."""
    document = protocols.in_force(work, borough_gss).document
    found = getattr(document, "retention", None) or ()
    return [Rule(rule.key, rule.label, rule.years, rule.counted_from) for rule in found] or GENERAL


def kept_of(work: Work, person: Person, rules: Sequence[Rule]) -> Kept | None:
    """Give how the records of a young person stand; nothing where there never was a case."""
    cases = list(work.session.scalars(select(Case).where(Case.person_id == person.id)))
    if not cases:
        return None
    unlock(work.session, [case.compartment_id for case in cases])
    left = [case.left_at for case in cases if case.left_at is not None]
    closed = max(left).astimezone(LONDON).date() if len(left) == len(cases) else None
    facts = Facts(
        born=person.head.date_of_birth,
        looked_after=person.body.looked_after == "yes",
        protected=any(case.head.certainty is Certainty.KNOWN or (case.head.level or 0) > 1 for case in cases),
        closed_on=closed,
    )
    newest = max(cases, key=lambda case: case.head.opened_at)
    return Kept(person, newest, due(rules, facts), _hold(work, person.id), _proposal(work, person.id))


def _hold(work: Work, person_id: UUID) -> LegalHold | None:
    every = people.whole(work.session, [person_id])
    return work.session.scalar(
        select(LegalHold).where(LegalHold.person_id.in_(every), LegalHold.state == HoldState.ACTIVE).limit(1)
    )


def _proposal(work: Work, person_id: UUID) -> Destruction | None:
    waiting = Destruction.state == DestructionState.PROPOSED
    return work.session.scalar(select(Destruction).where(Destruction.person_id == person_id, waiting))


def review(work: Work) -> Review:
    """Give what is due for review, proposed and held in the actor's boroughs, recorded as one viewing of a list."""
    allowed = scope(work.actor, Permission.RECORD_REVIEW).boroughs
    if not allowed:
        raise NotPermitted(Permission.RECORD_REVIEW)
    ended = exists().where(Case.person_id == Person.id)
    rows = list(work.session.scalars(select(Person).where(Person.borough_gss.in_(allowed), ended)))
    unlock(work.session, [row.compartment_id for row in rows])
    rules = {gss: rules_of(work, gss) for gss in {row.borough_gss for row in rows}}
    every = [kept for row in rows if (kept := kept_of(work, row, rules[row.borough_gss])) is not None]
    today = work.today
    every.sort(key=lambda kept: (kept.due.on if kept.due else date.max, kept.case.reference))
    found = Review(
        tuple(kept for kept in every if kept.is_due(today) and kept.hold is None and kept.proposal is None),
        tuple(kept for kept in every if kept.proposal is not None),
        tuple(kept for kept in every if kept.hold is not None),
    )
    shown = len(found.due) + len(found.proposed) + len(found.held)
    work.record(ReviewListViewed(subject_id=None, shown=shown))
    return found


def kept_by_case(work: Work, case_id: UUID) -> Kept:
    """Give how the records behind a case stand; NotFound where the actor may not know of them."""
    case = work.session.get(Case, case_id)
    if case is None:
        raise NotFound
    require_sight(work.actor, Permission.RECORD_REVIEW, case)
    person = work.session.get_one(Person, case.person_id)
    kept = kept_of(work, person, rules_of(work, case.borough_gss))
    if kept is None:
        raise NotFound
    work.record(ReviewListViewed(subject_id=person.id, borough_gss=case.borough_gss, shown=1))
    return kept
