"""Holding, releasing, and destroying: the last two by two people."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy import select

from cse_tracker.access.decisions import require
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.oversight.commands import erase
from cse_tracker.people import queries as people
from cse_tracker.people.model import Person
from cse_tracker.records.dossier import gather
from cse_tracker.records.keys import new_compartment
from cse_tracker.retention.events import (
    DestructionDecided,
    DestructionProposed,
    EpochsClosed,
    HoldPlaced,
    HoldReleased,
    HoldReleaseProposed,
)
from cse_tracker.retention.model import (
    Destruction,
    DestructionBody,
    DestructionState,
    HeldCompartment,
    HoldBody,
    HoldState,
    LegalHold,
)
from cse_tracker.retention.rules import Due
from cse_tracker.work.errors import RuleBroken
from cse_tracker.work.unit import Work


def place_hold(work: Work, person: Person, *, reason: str) -> LegalHold:
    """Put everything held of a young person under legal hold, from now until two people release it."""
    require(work.actor, Permission.RECORD_HOLD, person)
    if _active(work, person.id) is not None:
        code = "hold.stands"
        raise RuleBroken(code, "These records are under legal hold already", field="reason")
    hold = LegalHold(
        borough_gss=person.borough_gss,
        person_id=person.id,
        compartment_id=new_compartment(work.session, "borough", person.borough_gss),
    )
    hold.body = HoldBody(reason=reason, placed_at=work.now, placed_by=work.actor.user_id)
    work.session.add(hold)
    work.session.flush()
    number = cover(work, hold)
    work.record(HoldPlaced(subject_id=person.id, borough_gss=person.borough_gss, hold_id=hold.id, compartments=number))
    return hold


def cover(work: Work, hold: LegalHold) -> int:
    """Put whatever belongs to the young person by now under a hold; gives how many compartments it covers."""
    wanted = gather(work.session, hold.person_id).compartments
    have = set(work.session.scalars(select(HeldCompartment.compartment_id).where(HeldCompartment.hold_id == hold.id)))
    work.session.add_all(HeldCompartment(hold_id=hold.id, compartment_id=each) for each in wanted - have)
    work.session.flush()
    return len(wanted | have)


def renew_hold(work: Work, hold_id: UUID) -> int:
    """Let a hold cover what has been added since; the clock does this each night."""
    require(work.actor, Permission.AUDIT_VERIFY, Subject())
    return cover(work, work.session.get_one(LegalHold, hold_id))


def _active(work: Work, person_id: UUID) -> LegalHold | None:
    standing = LegalHold.state == HoldState.ACTIVE
    every = people.whole(work.session, [person_id])
    return work.session.scalar(select(LegalHold).where(LegalHold.person_id.in_(every), standing).limit(1))


def release_hold(work: Work, hold: LegalHold, *, reason: str) -> bool:
    """Propose to release a hold, or release what another person proposed; gives whether it is released now."""
    require(work.actor, Permission.RECORD_HOLD, hold)
    if hold.state is not HoldState.ACTIVE:
        code = "hold.released"
        raise RuleBroken(code, "This hold has been released already", field="reason")
    if hold.proposed_by is None:
        hold.proposed_by = work.actor.user_id
        hold.body = replace(hold.body, release_reason=reason)
        work.record(HoldReleaseProposed(subject_id=hold.person_id, borough_gss=hold.borough_gss, hold_id=hold.id))
        return False
    if hold.proposed_by == work.actor.user_id:
        code = "hold.own"
        raise RuleBroken(code, "A hold is released by someone other than the one who proposed it", field="reason")
    hold.state, hold.released_by = HoldState.RELEASED, work.actor.user_id
    hold.body = replace(hold.body, released_at=work.now)
    work.session.flush()
    for held in work.session.scalars(select(HeldCompartment).where(HeldCompartment.hold_id == hold.id)):
        work.session.delete(held)
    work.record(
        HoldReleased(
            subject_id=hold.person_id, borough_gss=hold.borough_gss, hold_id=hold.id, proposed_by=hold.proposed_by
        )
    )
    return True


def propose_destruction(work: Work, person: Person, when: Due | None, *, reason: str) -> Destruction:
    """Propose to destroy all that is held of a young person; raises RuleBroken before its time or under a hold."""
    require(work.actor, Permission.RECORD_DESTROY, person)
    checked = _due(work, person, when)
    destruction = Destruction(
        borough_gss=person.borough_gss,
        person_id=person.id,
        compartment_id=new_compartment(work.session, "borough", person.borough_gss),
    )
    destruction.body = DestructionBody(
        reason=reason,
        rule_key=checked.rule.key,
        due_on=checked.on,
        proposed_at=work.now,
        proposed_by=work.actor.user_id,
    )
    work.session.add(destruction)
    work.session.flush()
    work.record(
        DestructionProposed(subject_id=person.id, borough_gss=person.borough_gss, destruction_id=destruction.id)
    )
    return destruction


def _due(work: Work, person: Person, when: Due | None) -> Due:
    if _active(work, person.id) is not None:
        code = "destruction.hold"
        raise RuleBroken(code, "These records are under legal hold: nothing of them can be destroyed", field="reason")
    if when is None:
        code = "destruction.open"
        raise RuleBroken(code, "A case is open, or the time to keep these records cannot be counted", field="reason")
    if when.on > work.today:
        code = "destruction.early"
        raise RuleBroken(code, f"These records are kept until {when.on:%-d %B %Y}", field="reason")
    return when


def refuse_destruction(work: Work, destruction: Destruction) -> None:
    """Keep the records; they stay on the list until their time is looked at anew."""
    require(work.actor, Permission.RECORD_DESTROY, destruction)
    _decide(work, destruction, DestructionState.REFUSED, rows=0)


def confirm_destruction(work: Work, destruction: Destruction, person: Person, when: Due | None) -> int:
    """Destroy all that is held of a young person, as another person proposed; gives how many rows. Nothing undoes it.

    Everything is checked again. Raises RuleBroken for the one who proposed, and where a hold was placed since.
    """
    require(work.actor, Permission.RECORD_DESTROY, destruction)
    if destruction.body.proposed_by == work.actor.user_id:
        code = "destruction.own"
        raise RuleBroken(code, "A destruction is confirmed by someone other than the one who proposed it")
    _due(work, person, when)
    rows = erase(work, person)
    _decide(work, destruction, DestructionState.CONFIRMED, rows=rows)
    return rows


def _decide(work: Work, destruction: Destruction, state: DestructionState, *, rows: int) -> None:
    if destruction.state is not DestructionState.PROPOSED:
        code = "destruction.decided"
        raise RuleBroken(code, "This has been decided already")
    destruction.state = state
    destruction.body = replace(destruction.body, decided_at=work.now, decided_by=work.actor.user_id, rows=rows)
    work.record(
        DestructionDecided(
            subject_id=destruction.person_id,
            borough_gss=destruction.borough_gss,
            destruction_id=destruction.id,
            state=state,
            proposed_by=destruction.body.proposed_by,
            rows=rows,
        )
    )


def waiting_for_an_epoch(work: Work) -> list[Destruction]:
    """Give the destructions whose keys' epoch has not been closed yet."""
    require(work.actor, Permission.AUDIT_VERIFY, Subject())
    done = Destruction.state == DestructionState.CONFIRMED
    return list(work.session.scalars(select(Destruction).where(done, Destruction.epoch_closed.is_(False))))


def note_epochs_closed(work: Work, ids: list[UUID], *, boroughs: int) -> None:
    """Record that older copies of the destroyed keys open no more."""
    require(work.actor, Permission.AUDIT_VERIFY, Subject())
    for destruction in work.session.scalars(select(Destruction).where(Destruction.id.in_(ids))):
        destruction.epoch_closed = True
    work.record(EpochsClosed(subject_id=None, boroughs=boroughs, destroyed=len(ids)))
