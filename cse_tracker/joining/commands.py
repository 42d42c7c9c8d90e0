"""What lead officers do about two cases of one young person: say so, agree or not, and take it back."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import exists, func, inspect, select

from cse_tracker.access.decisions import require
from cse_tracker.access.matrix import Permission
from cse_tracker.assessments import queries as assessments
from cse_tracker.cases import commands as cases
from cse_tracker.cases.model import OPEN, Case, CaseStatus
from cse_tracker.casework.model import CaseEntry
from cse_tracker.casework.rules import review_act, warned_by
from cse_tracker.closings import queries as closings
from cse_tracker.closings.model import ClosingState
from cse_tracker.duties.model import About, Duty
from cse_tracker.joining import rules
from cse_tracker.joining.events import JoiningAnswered, JoiningProposed
from cse_tracker.joining.model import Joining, JoiningBody, JoiningState, Moved
from cse_tracker.joining.rules import Held, Stance
from cse_tracker.missing.model import Episode, EpisodeState
from cse_tracker.people.model import Person
from cse_tracker.records.base import Record
from cse_tracker.records.dossier import record_kinds
from cse_tracker.records.keys import new_compartment, unlock
from cse_tracker.records.sealed import SealedRecord, move_compartment
from cse_tracker.responsibility import queries as responsibility
from cse_tracker.work.errors import RuleBroken
from cse_tracker.work.unit import Work

# What was decided stays where it was decided, in its order, and is read there; everything else goes over, whatever
# room it is of, also one that comes later.
STAYS: Final = frozenset(
    {
        "case_passage", "certainty_fact", "assessment", "level_decision", "level_proposal", "protocol_move", "closing",
        "responsibility_claim", "imported_case", "case_joining", "comparison", "person", "person_correction",
    }
)  # fmt: skip


def propose(work: Work, ending: Case, going_on: Case, *, reason: str) -> Joining:
    """Say that a case is about the same young person as another one, in which it should end; raises RuleBroken."""
    require(work.actor, Permission.CASE_JOIN, ending)
    require(work.actor, Permission.CASE_JOIN, going_on)
    if not reason.strip():
        raise RuleBroken("joining.reason", "Enter how you know that they are one young person", field="reason")
    _check(work, ending, going_on)
    waiting = select(Joining.id).where(
        Joining.ending_id.in_([ending.id, going_on.id]) | Joining.going_on_id.in_([ending.id, going_on.id]),
        Joining.state == JoiningState.PROPOSED,
    )
    if work.session.scalar(waiting) is not None:
        raise RuleBroken("joining.waiting", "A proposal to join one of these cases waits for an answer already")
    joining = Joining(
        ending_id=ending.id,
        going_on_id=going_on.id,
        compartment_id=new_compartment(work.session, "borough", ending.borough_gss),
    )
    joining.body = JoiningBody(reason=reason, proposed_at=work.now, proposed_by=work.actor.user_id)
    work.session.add(joining)
    _make_stale(ending, going_on)
    work.session.flush()
    work.record(
        JoiningProposed(
            subject_id=ending.id, borough_gss=ending.borough_gss, joining_id=joining.id, other_case_id=going_on.id
        )
    )
    return joining


def _make_stale(*cases_: Case) -> None:
    for each in cases_:
        each.make_pages_stale()


def obstacles(work: Work, ending: Case, going_on: Case) -> list[str]:
    """Give what stands in the way of one case ending in the other, each as a sentence."""
    if ending.borough_gss != going_on.borough_gss:
        elsewhere = "The cases are in two boroughs. Say that the other borough is responsible"
        return [f"{elsewhere}: its lead officer takes the case over into the one that is there"]
    if ending.person_id == going_on.person_id:
        return ["Both cases are held under one young person already"]
    found = list(rules.problems_with(_stance(work, ending), _stance(work, going_on)))
    found += [
        f"The young person of case {each.reference} has another case that is open. Take that one"
        for each in (ending, going_on)
        if _has_other_open(work, each)
    ]
    return found + list(_unanswered(work, ending))


def _check(work: Work, ending: Case, going_on: Case) -> None:
    found = obstacles(work, ending, going_on)
    if found:
        raise RuleBroken("joining.obstacle", f"These cases cannot be joined like this. {'. '.join(found)}")


def _stance(work: Work, case: Case) -> Stance:
    missing = exists().where(Episode.case_id == case.id, Episode.state == EpisodeState.OPEN)
    return Stance(
        case.reference, case.status, case.head.level, case.head.certainty, bool(work.session.scalar(select(missing)))
    )


def _has_other_open(work: Work, case: Case) -> bool:
    wanted = select(Case.id).where(Case.person_id == case.person_id, Case.id != case.id, Case.status.in_(OPEN))
    return work.session.scalar(wanted) is not None


def _unanswered(work: Work, ending: Case) -> Iterator[str]:
    if responsibility.unsettled(work, ending) is not None:
        yield f"It is not settled which borough is responsible for case {ending.reference}"
    if any(each.state is ClosingState.PROPOSED for each in closings.of_case(work, ending)):
        yield f"A proposal to close case {ending.reference} waits for an answer"
    if assessments.waiting_proposal(work, ending) is not None:
        yield f"A proposal to lower the level of case {ending.reference} waits for a signature"


def agree(work: Work, joining: Joining, ending: Case, going_on: Case, *, note: str = "") -> None:
    """Put the two together as another lead officer proposed; everything is checked again."""
    require(work.actor, Permission.CASE_JOIN, ending)
    require(work.actor, Permission.CASE_JOIN, going_on)
    if joining.body.proposed_by == work.actor.user_id:
        message = "Two cases are joined by a lead officer other than the one who proposed it"
        raise RuleBroken("joining.own", message)
    joining.move(JoiningState.AGREED)
    _check(work, ending, going_on)
    one, other = work.session.get_one(Person, going_on.person_id), work.session.get_one(Person, ending.person_id)
    body = replace(
        joining.body, status_before=ending.status, left_before=ending.left_at, person_before=ending.person_id
    )
    # A merged case stands outside the rule of one open case, so it becomes one before it changes hands.
    ending.merged_into_id = going_on.id
    cases.move(work, ending, CaseStatus.MERGED, reason=f"Joined to case {going_on.reference}.")
    work.session.flush()
    numbered_on = _last_entry(work, going_on)
    moved = (
        *_moved(work, "case_", ending.id, going_on.id, numbered_on),
        *_moved(work, "person", other.id, one.id, 0),
    )
    other.merged_into_id = one.id
    held = Held(
        before=one.head,
        after=rules.identity_of_both(one.head, other.head),
        details_before=one.body,
        details_after=rules.details_of_both(one.body, other.body),
    )
    one.head, one.body = held.after, held.details_after
    joining.body = replace(
        body,
        decided_at=work.now,
        decided_by=work.actor.user_id,
        note=note,
        held=held,
        moved=moved,
        numbered_on=numbered_on,
    )
    _make_stale(going_on)
    work.session.flush()
    if going_on.is_open and going_on.head.level is not None:
        cases.ask_for_level_again(work, going_on, trigger="two cases being joined", happened="joined")
    _record_answer(work, joining, ending, len(moved))


def _last_entry(work: Work, case: Case) -> int:
    return work.session.scalar(select(func.max(CaseEntry.ordinal)).where(CaseEntry.case_id == case.id)) or 0


def _moved(work: Work, target: str, old: UUID, new: UUID, numbered_on: int) -> list[Moved]:
    """Let every row that points to one record point to another, and say which; their keys stay as they are."""
    moved: list[Moved] = []
    for kind, column in _pointing(target):
        rows = work.session.scalars(_wanted(kind, column, old)).all()
        if issubclass(kind, SealedRecord):
            unlock(work.session, {row.compartment_id for row in rows})
        for row in rows:
            moved.append(Moved(str(kind.__tablename__), row.id, column))
            setattr(row, column, new)
            _renumber(row, numbered_on)
        work.session.flush()
    return moved


def _pointing(target: str) -> Iterator[tuple[type[Record], str]]:
    for kind in record_kinds():
        if kind.__tablename__ in STAYS:
            continue
        for key in kind.__table__.foreign_keys:
            if key.column.table.name == target and key.parent.name != "merged_into_id":
                yield kind, inspect(kind).get_property_by_column(key.parent).key
    if target == "case_":
        yield Duty, "about_id"


def _wanted(kind: type[Record], column: str, old: UUID) -> Any:
    wanted = select(kind).where(getattr(kind, column) == old)
    return wanted.where(Duty.about == About.CASE) if kind is Duty else wanted


def _renumber(row: object, by: int) -> None:
    """Number an entry of a record on or back, and the duty to review a warning, which names the entry's number."""
    if isinstance(row, CaseEntry) and by:
        row.ordinal += by
        if row.body.replaces is not None:
            row.body = replace(row.body, replaces=row.body.replaces + by)
    if isinstance(row, Duty) and by:
        number = warned_by(row.body.satisfied_by)
        if number is not None:
            row.body = replace(row.body, satisfied_by=review_act(number + by))


def refuse(work: Work, joining: Joining, ending: Case, *, note: str) -> None:
    """Say that they are two young people, or that it is not certain; whoever proposed it withdraws it in this way."""
    require(work.actor, Permission.CASE_JOIN, ending)
    own = joining.body.proposed_by == work.actor.user_id
    joining.move(JoiningState.WITHDRAWN if own else JoiningState.REFUSED)
    joining.body = replace(joining.body, decided_at=work.now, decided_by=work.actor.user_id, note=note)
    ending.make_pages_stale()
    _record_answer(work, joining, ending, 0)


def undo(work: Work, joining: Joining, ending: Case, going_on: Case, *, reason: str) -> None:
    """Take two cases apart again: whatever went over goes back, with what has come of it; nothing is lost.

    What was recorded since on the case that went on stays there. Raises RuleBroken where that one has been joined on.
    """
    require(work.actor, Permission.CASE_JOIN, ending)
    require(work.actor, Permission.CASE_JOIN, going_on)
    if not reason.strip():
        raise RuleBroken("joining.undo_reason", "Enter why they are two young people", field="reason")
    if going_on.status is CaseStatus.MERGED:
        raise RuleBroken("joining.joined_on", f"Case {going_on.reference} was itself joined since. Undo that first")
    body = joining.body
    joining.move(JoiningState.UNDONE)
    person = work.session.get_one(Person, body.person_before or ending.person_id)
    rows = _moved_back(work, body, ending, going_on, person.id)
    person.merged_into_id = None
    ending.merged_into_id = None
    cases.move(work, ending, body.status_before or CaseStatus.ACTIVE, reason=f"Taken apart again. {reason}")
    if not ending.is_open:
        ending.left_at = body.left_before
    work.session.flush()
    _unmix(work, joining, work.session.get_one(Person, going_on.person_id))
    joining.body = replace(
        body,
        undone_at=work.now,
        undone_by=work.actor.user_id,
        undone_reason=reason,
        held=None,
        moved=(),
        numbered_on=0,
    )
    _make_stale(going_on)
    work.session.flush()
    _record_answer(work, joining, ending, rows)


def _moved_back(work: Work, body: JoiningBody, ending: Case, going_on: Case, person_id: UUID) -> int:
    kinds = {str(kind.__tablename__): kind for kind in record_kinds()}
    back = {each.row_id for each in body.moved if each.table == CaseEntry.__tablename__}
    followers = list(_followers(work, going_on, back))
    number = 0
    for each in body.moved:
        row: Any = work.session.get(kinds[each.table], each.row_id)
        old, new = _ends(each.column, ending.id, going_on.id, person_id, going_on.person_id)
        # Gone since, or moved on by an act of its own.
        if row is not None and getattr(row, each.column) == new:
            setattr(row, each.column, old)
            _renumber(row, -body.numbered_on)
            number += 1
    work.session.flush()
    _follow(work, followers, ending)
    return number + len(followers)


def _ends(column: str, ending: UUID, going_on: UUID, before: UUID, now: UUID) -> tuple[UUID, UUID]:
    return (before, now) if column == "person_id" else (ending, going_on)


def _followers(work: Work, going_on: Case, back: set[UUID]) -> Iterator[tuple[CaseEntry, UUID]]:
    """Give entries made since that replace, or strike out, one that goes back, each with that one: they go with it."""
    wanted = select(CaseEntry).where(CaseEntry.case_id == going_on.id).order_by(CaseEntry.ordinal)
    entries = list(work.session.scalars(wanted))
    unlock(work.session, {entry.compartment_id for entry in entries})
    going = {entry.ordinal: entry.id for entry in entries if entry.id in back}
    for entry in entries:
        replaced = entry.body.replaces
        if entry.id not in back and replaced in going:
            going[entry.ordinal] = entry.id
            yield entry, going[replaced]


def _follow(work: Work, followers: list[tuple[CaseEntry, UUID]], ending: Case) -> None:
    last = _last_entry(work, ending)
    for entry, replaced_id in followers:
        last += 1
        replaced = work.session.get_one(CaseEntry, replaced_id)
        entry.case_id, entry.ordinal = ending.id, last
        entry.body = replace(entry.body, replaces=replaced.ordinal)
        # Sealed under the other young person's key until now.
        move_compartment(entry, ending.compartment_id)
        work.session.flush()


def _unmix(work: Work, joining: Joining, person: Person) -> None:
    """Take out again what joining put in, also out of what later joinings into the same young person go by."""
    held = joining.body.held
    if held is None:
        return
    others = _others_in(work, joining, person)
    person.head, person.body = rules.taken_apart((person.head, person.body), held, [put_in for _, put_in in others])
    for place, (later, _) in enumerate(others):
        theirs = later.body.held
        if theirs is None or _agreed_at(later) < _agreed_at(joining):
            continue
        known = [put_in for _, put_in in others[: place + 1]]
        before, details_before = rules.taken_apart((theirs.before, theirs.details_before), held, known[:-1])
        after, details_after = rules.taken_apart((theirs.after, theirs.details_after), held, known)
        later.body = replace(later.body, held=Held(before, after, details_before, details_after))


def _others_in(work: Work, joining: Joining, person: Person) -> list[tuple[Joining, rules.BothHeld]]:
    """Give the other joinings into a young person that stand, the first one first, with what each put in."""
    wanted = (
        select(Joining)
        .join(Case, Case.id == Joining.going_on_id)
        .where(Case.person_id == person.id, Case.merged_into_id.is_(None))
        .where(Joining.state == JoiningState.AGREED, Joining.id != joining.id)
    )
    rows = list(work.session.scalars(wanted))
    unlock(work.session, {row.compartment_id for row in rows})
    found = {row: work.session.get_one(Person, row.body.person_before) for row in rows if row.body.person_before}
    unlock(work.session, {each.compartment_id for each in found.values()})
    return [(row, (found[row].head, found[row].body)) for row in sorted(found, key=_agreed_at)]


def _agreed_at(joining: Joining) -> datetime:
    return joining.body.decided_at or joining.body.proposed_at


def _record_answer(work: Work, joining: Joining, ending: Case, rows: int) -> None:
    work.record(
        JoiningAnswered(
            subject_id=ending.id,
            borough_gss=ending.borough_gss,
            joining_id=joining.id,
            other_case_id=joining.going_on_id,
            state=joining.state,
            proposed_by=joining.body.proposed_by,
            rows=rows,
        )
    )
