"""What is due, late and settled, through the same access filter as everything else."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from cse_tracker.access.decisions import require_sight, scope
from cse_tracker.access.matrix import Permission
from cse_tracker.duties.events import DutyListViewed
from cse_tracker.duties.model import OPEN, About, Duty, DutyState
from cse_tracker.records.keys import unlock
from cse_tracker.work.errors import NotFound
from cse_tracker.work.unit import Work

# Rules whose duty is to look at a case again.
REVIEWS: Final = frozenset({"LEVEL_REVIEW", "MONITORING_REVIEW"})


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


def owed(work: Work) -> list[Duty]:
    """Give every open duty that the actor's own agency owes, over all cases, the soonest due first, as one viewing.

    Who reads it shows the reference of what each is about and nothing else of it. Empty where the actor may know of
    none.
    """
    agency_id = scope(work.actor, Permission.DUTY_OWE).receiving_agency_id
    wanted = select(Duty).where(Duty.owner_agency_id == agency_id, Duty.state.in_(OPEN))
    rows = _opened(work, list(work.session.scalars(wanted.order_by(Duty.due_at, Duty.id))))
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


def escalation_due_ids(session: Session, now: datetime) -> list[UUID]:
    """Give the ids of late duties that are to be taken higher by now."""
    wanted = select(Duty.id).where(Duty.state == DutyState.BREACHED, Duty.escalate_at <= now)
    return list(session.scalars(wanted.order_by(Duty.escalate_at)))


def decision_due(work: Work, referral_ids: list[UUID]) -> dict[UUID, datetime]:
    """Give the time by which each referral must be decided, open duties only."""
    wanted = select(Duty.about_id, Duty.due_at).where(
        Duty.about == About.REFERRAL, Duty.about_id.in_(referral_ids), Duty.state.in_(OPEN)
    )
    return {row.about_id: row.due_at for row in work.session.execute(wanted)}


@dataclass(frozen=True)
class Tally:
    """How many open duties of one agency, or about one record, are late and how many are due soon."""

    key: UUID
    late: int
    soon: int


@dataclass(frozen=True)
class Board:
    """A borough's open duties at a glance: the first of each list, and how many there are in all."""

    late: tuple[Duty, ...]
    soon: tuple[Duty, ...]
    reviews: tuple[Duty, ...]
    by_agency: tuple[Tally, ...]
    by_record: tuple[Tally, ...]

    @property
    def late_in_all(self) -> int:
        """How many are late, shown or not."""
        return sum(each.late for each in self.by_agency)

    @property
    def soon_in_all(self) -> int:
        """How many are due soon, shown or not."""
        return sum(each.soon for each in self.by_agency)


def board(work: Work, borough_gss: str, *, until: datetime, most: int) -> Board:
    """Give a borough's open duties that are late or due by a time, as one viewing of a list.

    The number of statements does not depend on how many cases or duties there are. Empty where the actor may not
    list the borough's cases.
    """
    allowed = scope(work.actor, Permission.CASE_LIST).boroughs & {borough_gss}
    standing = (Duty.borough_gss.in_(allowed), Duty.state.in_(OPEN), Duty.due_at <= until)
    in_time = Duty.due_at >= work.now
    first = select(Duty).where(*standing).order_by(Duty.due_at, Duty.id)
    late = list(work.session.scalars(first.where(~in_time).limit(most)))
    # Whether one is a review is sealed, so the reviews are picked out of what is due soon.
    soon = list(work.session.scalars(first.where(in_time).limit(most * 4)))
    _opened(work, [*late, *soon])
    reviews = [duty for duty in soon if duty.body.rule_key in REVIEWS]
    others = [duty for duty in soon if duty.body.rule_key not in REVIEWS]
    work.record(DutyListViewed(subject_id=None, borough_gss=borough_gss, shown=len(late) + len(soon)))
    return Board(
        late=tuple(late),
        soon=tuple(others[:most]),
        reviews=tuple(reviews[:most]),
        by_agency=_tallies(work, Duty.owner_agency_id, standing, most=None),
        by_record=_tallies(work, Duty.about_id, (*standing, Duty.about == About.CASE), most=most),
    )


def _tallies(
    work: Work, key: InstrumentedAttribute[UUID], standing: tuple[ColumnElement[bool], ...], *, most: int | None
) -> tuple[Tally, ...]:
    late = func.sum(case((Duty.due_at < work.now, 1), else_=0))
    wanted = (
        select(key, late, func.count() - late)
        .where(*standing)
        .group_by(key)
        .order_by(late.desc(), func.min(Duty.due_at), key)
        .limit(most)
    )
    return tuple(Tally(*row) for row in work.session.execute(wanted))
