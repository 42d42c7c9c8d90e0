"""What is due, late and settled, through the same access filter as everything else."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from cse_tracker.access.decisions import require_sight, scope
from cse_tracker.access.matrix import Permission
from cse_tracker.duties.events import DutyListViewed
from cse_tracker.duties.model import OPEN, About, Duty, DutyState
from cse_tracker.records.keys import unlock
from cse_tracker.work.errors import NotFound
from cse_tracker.work.unit import Work


def _opened(work: Work, rows: list[Duty]) -> list[Duty]:
    unlock(work.session, {row.compartment_id for row in rows})
    return rows


def open_duties(work: Work) -> list[Duty]:
    """Give every open duty of the boroughs the actor leads, the latest-due last, as one viewing of a list."""
    wanted = (
        select(Duty)
        .where(Duty.borough_gss.in_(scope(work.actor, Permission.CASE_LIST).boroughs), Duty.state.in_(OPEN))
        .order_by(Duty.due_at, Duty.id)
    )
    rows = _opened(work, list(work.session.scalars(wanted)))
    work.record(DutyListViewed(subject_id=None, shown=len(rows)))
    return rows


def about(work: Work, about_id: UUID) -> list[Duty]:
    """Give all duties about one record that the caller has opened, settled ones included, in order of time."""
    wanted = select(Duty).where(Duty.about_id == about_id).order_by(Duty.due_at, Duty.id)
    rows = [row for row in work.session.scalars(wanted) if row.borough_gss in _boroughs(work)]
    return _opened(work, rows)


def _boroughs(work: Work) -> frozenset[str]:
    return scope(work.actor, Permission.CASE_VIEW).boroughs


def open_duty(work: Work, duty_id: UUID) -> Duty:
    """Give one duty, or NotFound where the actor may not see its case."""
    duty = work.session.get(Duty, duty_id)
    if duty is None:
        raise NotFound
    require_sight(work.actor, Permission.CASE_VIEW, duty)
    return duty


def overdue_ids(session: Session, now: datetime) -> list[UUID]:
    """Give the ids of duties whose time has passed and whose breach is not written down yet."""
    wanted = select(Duty.id).where(Duty.state == DutyState.PENDING, Duty.due_at < now).order_by(Duty.due_at)
    return list(session.scalars(wanted))


def decision_due(work: Work, referral_ids: list[UUID]) -> dict[UUID, datetime]:
    """Give the time by which each referral must be decided, open duties only."""
    wanted = select(Duty.about_id, Duty.due_at).where(
        Duty.about == About.REFERRAL, Duty.about_id.in_(referral_ids), Duty.state.in_(OPEN)
    )
    return {row.about_id: row.due_at for row in work.session.execute(wanted)}
