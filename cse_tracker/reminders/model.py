"""A reminder: one row for each job, record and period, so that downtime is caught up without repeating."""

from datetime import datetime
from enum import Enum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cse_tracker.records.base import Record


class ReminderJob(Enum):
    """What is reminded of."""

    MEETING = "meeting"
    REPLY = "reply"
    ACTION = "action"
    MINUTES = "minutes"


class ReminderState(Enum):
    """Where it stands: `lapsed` was due while nothing ran and is of no use any more, `withdrawn` lost its cause."""

    WAITING = "waiting"
    FIRED = "fired"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


class Reminder(Record):
    """One reminder about one record. `period` tells apart the reminders of a job about the same record."""

    __tablename__ = "reminder"
    __table_args__ = (
        UniqueConstraint("job", "about_id", "period"),
        CheckConstraint("state IN ('waiting', 'fired', 'withdrawn', 'lapsed')", name="state"),
        CheckConstraint("job IN ('meeting', 'reply', 'action', 'minutes')", name="job"),
        Index("ix_reminder_due", "state", "due_at"),
    )

    job: Mapped[ReminderJob]
    about_id: Mapped[UUID]
    period: Mapped[str]
    borough_gss: Mapped[str]
    due_at: Mapped[datetime]
    lapses_at: Mapped[datetime | None] = mapped_column(default=None)
    state: Mapped[ReminderState] = mapped_column(default=ReminderState.WAITING)
    settled_at: Mapped[datetime | None] = mapped_column(default=None)
