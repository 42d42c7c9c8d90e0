"""Opens duties, settles them, writes down breaches and takes late duties higher."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from cse_tracker.access.decisions import require_sight
from cse_tracker.access.matrix import Permission
from cse_tracker.duties.events import DutyBreached, DutyEscalated, DutyOpened, DutySettled
from cse_tracker.duties.model import OPEN, About, Duty, DutyBody, DutyState, Step, Taken
from cse_tracker.protocols import queries as protocols
from cse_tracker.protocols.queries import InForce
from cse_tracker.records.keys import unlock
from cse_tracker.rulebook.calendar import LONDON, Unit, due, explain
from cse_tracker.rulebook.document import Deadline
from cse_tracker.work.errors import NotFound, RuleBroken
from cse_tracker.work.unit import Work

# Clocks of colleagues differ a little.
AHEAD = timedelta(minutes=5)


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
    # Where a late one is taken; None where the version has yet to be read for it.
    steps: tuple[Step, ...] | None = None

    @classmethod
    def by(
        cls,
        deadline: Deadline,
        protocol: InForce,
        *,
        satisfied_by: str,
        happened: str,
        label: str = "",
        trigger: str = "",
        protocol_label: str = "",
    ) -> "Demand":
        """Give what a deadline of a protocol demands, in its own words where no others are given."""
        return cls(
            rule_key=deadline.key,
            label=label or deadline.label,
            satisfied_by=satisfied_by,
            amount=deadline.amount,
            unit=deadline.unit,
            trigger=trigger or deadline.trigger,
            happened=happened,
            protocol_version_id=protocol.version_id,
            protocol_label=protocol_label or protocol.label,
            steps=_steps(protocol, deadline.key),
        )


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
        steps=_steps_of(work, demand) if demand.steps is None else demand.steps,
    )
    work.session.add(duty)
    work.session.flush()
    work.record(
        DutyOpened(subject_id=duty.id, borough_gss=duty.borough_gss, about_id=duty.about_id, due_at=duty.due_at)
    )
    return duty


def _steps(protocol: InForce, rule_key: str) -> tuple[Step, ...]:
    chain = protocol.document.escalation_of(rule_key)
    return tuple(Step(step.post, step.after.amount, step.after.unit) for step in chain)


def _steps_of(work: Work, demand: Demand) -> tuple[Step, ...]:
    version = protocols.versions(work, [demand.protocol_version_id]).get(demand.protocol_version_id)
    return _steps(version, demand.rule_key) if version else ()


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


def meet(
    work: Work, about_id: UUID, satisfied_by: str, *, note: str = "", done_at: datetime | None = None
) -> list[Duty]:
    """Settle every open duty about a record that this kind of act satisfies, as things stood when it was done.

    What was done on a day before the duty began does not meet it.
    """
    met = [
        duty
        for duty in _open_about(work, about_id)
        if duty.body.satisfied_by == satisfied_by and (done_at is None or _day(done_at) >= _day(duty.body.started_at))
    ]
    for duty in met:
        _settle(work, duty, note, done_at)
    return met


def _day(moment: datetime) -> str:
    return moment.astimezone(LONDON).date().isoformat()


def withdraw(work: Work, about_id: UUID, satisfied_by: Sequence[str] | None, *, note: str) -> None:
    """Make open duties void because their cause has gone, all of them where no act is named.

    One that is already late keeps its breach in sight.
    """
    for duty in _open_about(work, about_id):
        if satisfied_by is None or duty.body.satisfied_by in satisfied_by:
            duty.void(at=work.now, by=work.actor.user_id, note=note)
            _record_settled(work, duty)


def standing(work: Work, about_id: UUID, satisfied_by: Sequence[str]) -> list[Duty]:
    """Give the open duties about a record that such acts would meet, the soonest first."""
    return [duty for duty in _open_about(work, about_id) if duty.body.satisfied_by in satisfied_by]


def standing_responses(work: Work, about_id: UUID) -> list[Duty]:
    """Give the open duties about a record that a level demanded: those met by a meeting or a task of the protocol."""
    found = _open_about(work, about_id)
    return [duty for duty in found if duty.body.satisfied_by.startswith(("meeting:", "task:")) and _of_level(duty)]


def _of_level(duty: Duty) -> bool:
    # Keys of responses are in small letters, those of other deadlines in capitals (rulebook/terms.py).
    return duty.body.rule_key.islower()


def supersede(work: Work, duty: Duty, *, note: str) -> None:
    """Let a duty give way to what a newer decision or protocol version demands; a breach of it stays in sight."""
    duty.supersede(at=work.now, by=work.actor.user_id, note=note)
    _record_settled(work, duty)


def complete(work: Work, duty_id: UUID, *, note: str, done_at: datetime | None = None) -> Duty:
    """Settle one duty by hand, with what was done as evidence; NotFound where the actor may not know of it.

    Raises RuleBroken for a time of doing in the future or before the duty began.
    """
    duty = _sighted(work, Permission.DUTY_COMPLETE, duty_id)
    if done_at is not None and done_at > work.now + AHEAD:
        code = "duty.future"
        raise RuleBroken(code, "The day on which it was done must be today or in the past", field="done_on")
    if done_at is not None and _day(done_at) < _day(duty.body.started_at):
        code = "duty.before"
        raise RuleBroken(code, "This was not yet demanded on that day: check the date", field="done_on")
    _settle(work, duty, note, done_at)
    return duty


def waive(work: Work, duty_id: UUID, *, reason: str) -> Duty:
    """Let one duty go, with the reason; NotFound where the actor may not know of it."""
    duty = _sighted(work, Permission.DUTY_WAIVE, duty_id)
    if not reason.strip():
        code = "duty.reason"
        raise RuleBroken(code, "Enter why this is not needed", field="reason")
    duty.waive(at=work.now, by=work.actor.user_id, note=reason)
    _record_settled(work, duty)
    return duty


def _sighted(work: Work, permission: Permission, duty_id: UUID) -> Duty:
    duty = work.session.get(Duty, duty_id, with_for_update=True)
    if duty is None:
        raise NotFound
    require_sight(work.actor, permission, duty)
    return duty


def _settle(work: Work, duty: Duty, note: str, done_at: datetime | None = None) -> None:
    duty.settle(at=work.now, by=work.actor.user_id, note=note, done_at=done_at)
    _record_settled(work, duty)


def _record_settled(work: Work, duty: Duty) -> None:
    work.record(DutySettled(subject_id=duty.id, borough_gss=duty.borough_gss, about_id=duty.about_id, state=duty.state))


def breach(work: Work, duty_id: UUID) -> None:
    """Write down that a duty's time has passed; run by the clock for each duty that is late."""
    duty = work.session.get(Duty, duty_id, with_for_update=True)
    if duty is None or duty.state is not DutyState.PENDING or not duty.is_late(work.now):
        return
    duty.breach(work.now)
    _set_next_step(duty)
    work.record(DutyBreached(subject_id=duty.id, borough_gss=duty.borough_gss, about_id=duty.about_id))


def _set_next_step(duty: Duty) -> None:
    waiting = duty.body.steps[len(duty.body.taken) :]
    duty.escalate_at = due(duty.due_at, waiting[0].amount, waiting[0].unit).at if waiting else None


def escalate(work: Work, duty_id: UUID) -> None:
    """Take a late duty to every post whose time has come; run by the clock."""
    duty = work.session.get(Duty, duty_id, with_for_update=True)
    if duty is None or duty.state is not DutyState.BREACHED:
        return
    while duty.escalate_at is not None and duty.escalate_at <= work.now:
        step = duty.body.steps[len(duty.body.taken)]
        duty.body = replace(duty.body, taken=(*duty.body.taken, Taken(step.post, work.now)))
        _set_next_step(duty)
        taken = len(duty.body.taken)
        work.record(
            DutyEscalated(
                subject_id=duty.id, borough_gss=duty.borough_gss, about_id=duty.about_id, post=step.post, step=taken
            )
        )
