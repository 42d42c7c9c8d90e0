"""Which reminders are due."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from cse_tracker.reminders.model import Reminder, ReminderState


def due_ids(session: Session, now: datetime, *, most: int = 500) -> list[UUID]:
    """Give the ids of reminders whose time has come, the longest waiting first."""
    wanted = select(Reminder.id).where(Reminder.state == ReminderState.WAITING, Reminder.due_at <= now)
    return list(session.scalars(wanted.order_by(Reminder.due_at, Reminder.id).limit(most)))


def waiting_about(session: Session, about_id: UUID) -> list[Reminder]:
    """Give what is still to be reminded of about a record, the soonest first."""
    wanted = select(Reminder).where(Reminder.about_id == about_id, Reminder.state == ReminderState.WAITING)
    return list(session.scalars(wanted.order_by(Reminder.due_at, Reminder.id)))
