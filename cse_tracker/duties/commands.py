"""Opens duties, settles them, and writes down breaches."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from cse_tracker.access.decisions import require_sight
from cse_tracker.access.matrix import Permission
from cse_tracker.duties.events import DutyBreached, DutyOpened, DutySettled
from cse_tracker.duties.model import OPEN, About, Duty, DutyBody, DutyState
from cse_tracker.records.keys import unlock
from cse_tracker.rulebook.calendar import Unit, due, explain
from cse_tracker.work.errors import NotFound
from cse_tracker.work.unit import Work


@dataclass(frozen=True, kw_only=True)
class Demand:
    """What a protocol demands: the rule, what meets it, and how long there is."""

    rule_key: str
    label: str
    satisfied_by: str
    amount: int
    unit: Unit
    trigger: str
    happened: str
    protocol_version_id: UUID
    protocol_label: str


@dataclass(frozen=True, kw_only=True)
class Bearer:
    """On whom a duty falls and what it is about."""

    borough_gss: str
    owner_agency_id: UUID
    about: About
    about_id: UUID
    compartment_id: UUID


def open_duty(work: Work, bearer: Bearer, demand: Demand, *, started_at: datetime | None = None) -> Duty:
    """Open one duty with its due time and the sentence that explains it."""
    start = started_at or work.now
    deadline = due(start, demand.amount, demand.unit)
    sentence = explain(
        deadline,
        label=demand.label,
        trigger=demand.trigger,
        happened=demand.happened,
        protocol=demand.protocol_label,
    )
    return _add(work, bearer, demand, sentence, start, deadline.at)


def open_duty_by(work: Work, bearer: Bearer, demand: Demand, *, due_at: datetime, sentence: str) -> Duty:
    """Open a duty whose time was agreed by people, such as an action at a meeting."""
    return _add(work, bearer, demand, sentence, work.now, due_at)


def _add(work: Work, bearer: Bearer, demand: Demand, sentence: str, start: datetime, due_at: datetime) -> Duty:
    duty = Duty(
        borough_gss=bearer.borough_gss,
        owner_agency_id=bearer.owner_agency_id,
        about=bearer.about,
        about_id=bearer.about_id,
        compartment_id=bearer.compartment_id,
        due_at=due_at,
    )
    duty.body = DutyBody(
        rule_key=demand.rule_key,
        label=demand.label,
        sentence=sentence,
        satisfied_by=demand.satisfied_by,
        protocol_version_id=demand.protocol_version_id,
        started_at=start,
    )
    work.session.add(duty)
    work.session.flush()
    work.record(
        DutyOpened(subject_id=duty.id, borough_gss=duty.borough_gss, about_id=duty.about_id, due_at=duty.due_at)
    )
    return duty


def _open_about(work: Work, about_id: UUID) -> list[Duty]:
    wanted = select(Duty).where(Duty.about_id == about_id, Duty.state.in_(OPEN)).order_by(Duty.due_at)
    rows = list(work.session.scalars(wanted))
    unlock(work.session, {row.compartment_id for row in rows})
    return rows


def every_about(work: Work, about_id: UUID) -> list[Duty]:
    """Give every duty about a record, settled ones included; for commands, which have asked the matrix."""
    rows = list(work.session.scalars(select(Duty).where(Duty.about_id == about_id)))
    unlock(work.session, {row.compartment_id for row in rows})
    return rows


def meet(work: Work, about_id: UUID, satisfied_by: str, *, note: str = "") -> list[Duty]:
    """Settle every open duty about a record that this kind of act satisfies."""
    met = [duty for duty in _open_about(work, about_id) if duty.body.satisfied_by == satisfied_by]
    for duty in met:
        _settle(work, duty, note)
    return met


def withdraw(work: Work, about_id: UUID, satisfied_by: Sequence[str] | None, *, note: str) -> None:
    """Make open duties void because a newer decision replaces what demanded them; all of them where none is named."""
    for duty in _open_about(work, about_id):
        # A duty that is already late stays: a new decision must not wipe out a breach.
        if (satisfied_by is None or duty.body.satisfied_by in satisfied_by) and not duty.is_late(work.now):
            duty.void(at=work.now, by=work.actor.user_id, note=note)
            _record_settled(work, duty)


def complete(work: Work, duty_id: UUID, *, note: str) -> Duty:
    """Settle one duty by hand, with what was done as evidence; NotFound where the actor may not know of it."""
    duty = work.session.get(Duty, duty_id)
    if duty is None:
        raise NotFound
    require_sight(work.actor, Permission.DUTY_COMPLETE, duty)
    _settle(work, duty, note)
    return duty


def _settle(work: Work, duty: Duty, note: str) -> None:
    duty.settle(at=work.now, by=work.actor.user_id, note=note)
    _record_settled(work, duty)


def _record_settled(work: Work, duty: Duty) -> None:
    work.record(DutySettled(subject_id=duty.id, borough_gss=duty.borough_gss, about_id=duty.about_id, state=duty.state))


def breach(work: Work, duty_id: UUID) -> None:
    """Write down that a duty's time has passed; run by the clock for each duty that is late."""
    duty = work.session.get(Duty, duty_id, with_for_update=True)
    if duty is None or duty.state is not DutyState.PENDING or not duty.is_late(work.now):
        return
    duty.breach()
    work.record(DutyBreached(subject_id=duty.id, borough_gss=duty.borough_gss, about_id=duty.about_id))
