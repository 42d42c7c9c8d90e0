"""What people see of actions: their agency's, their borough's, one of them."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select

from cse_tracker.access.decisions import require_sight, scope
from cse_tracker.access.matrix import Permission
from cse_tracker.actions.events import ActionListViewed, ActionViewed
from cse_tracker.actions.model import TERMINAL, Action
from cse_tracker.duties.model import Duty
from cse_tracker.records.keys import unlock
from cse_tracker.work.errors import NotFound, NotPermitted
from cse_tracker.work.unit import Work


def _opened(work: Work, rows: list[Action]) -> list[Action]:
    unlock(work.session, {row.compartment_id for row in rows})
    return rows


def in_sight(work: Work, *, over: bool = False) -> list[Action]:
    """Give the actions of the boroughs one leads and of one's agency, the soonest due first, as one viewing of a list.

    Those that are over only where asked for. Raises NotPermitted where the actor may list no action at all.
    """
    allowed = scope(work.actor, Permission.ACTION_LIST)
    if allowed.empty:
        raise NotPermitted(Permission.ACTION_LIST)
    mine = or_(
        Action.borough_gss.in_(allowed.boroughs),
        Action.owner_agency_id == allowed.owning_agency_id,
        Action.offered_to_id == allowed.owning_agency_id,
    )
    standing = Action.state.in_(TERMINAL) if over else Action.state.not_in(TERMINAL)
    rows = _opened(work, list(work.session.scalars(select(Action).where(mine, standing))))
    work.record(ActionListViewed(subject_id=None, shown=len(rows)))
    return sorted(rows, key=lambda row: (row.body.due_on, row.body.agreed_at, row.ordinal))


def open_action(work: Work, action_id: UUID, *, for_change: bool = False) -> Action:
    """Give one action, recorded as seen; NotFound where the actor may not know of it."""
    action = work.session.get(Action, action_id, with_for_update=for_change)
    if action is None:
        raise NotFound
    require_sight(work.actor, Permission.ACTION_VIEW, action)
    work.record(ActionViewed(subject_id=action.id, borough_gss=action.borough_gss))
    return action


def of_meetings(work: Work, meeting_ids: Iterable[UUID]) -> list[Action]:
    """Give the actions of meetings that have been opened, in the order in which they were agreed."""
    rows = _opened(work, list(work.session.scalars(select(Action).where(Action.meeting_id.in_(set(meeting_ids))))))
    return sorted(rows, key=lambda row: (row.body.agreed_at, row.ordinal))


def of_cases(work: Work, case_ids: Iterable[UUID]) -> list[Action]:
    """Give the actions about cases that have been opened, the soonest due first: one statement for all of them."""
    rows = _opened(work, list(work.session.scalars(select(Action).where(Action.case_id.in_(set(case_ids))))))
    return sorted(rows, key=lambda row: (row.body.due_on, row.ordinal))


def duties_of(work: Work, actions: Iterable[Action]) -> dict[UUID, Duty]:
    """Give the duties of actions that have been opened, by id."""
    wanted = select(Duty).where(Duty.id.in_({action.duty_id for action in actions}))
    rows = list(work.session.scalars(wanted))
    unlock(work.session, {row.compartment_id for row in rows})
    return {row.id: row for row in rows}


def due_between(work: Work, borough_gss: str, starts_at: datetime, ends_at: datetime) -> list[tuple[Action, Duty]]:
    """Give a borough's actions that fell due in a time, with their duties. For counting only: nobody is asked."""
    wanted = (
        select(Action, Duty)
        .join(Duty, Duty.id == Action.duty_id)
        .where(Action.borough_gss == borough_gss, Duty.due_at >= starts_at, Duty.due_at < ends_at)
    )
    rows = [(action, duty) for action, duty in work.session.execute(wanted)]
    unlock(work.session, {row.compartment_id for pair in rows for row in pair})
    return rows
