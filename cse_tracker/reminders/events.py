"""What happens to reminders."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from cse_tracker.reminders.model import ReminderJob, ReminderState
from cse_tracker.work.event import Event


@dataclass(frozen=True, kw_only=True)
class ReminderFell(Event):
    """A reminder's time came: it was given, or was of no use any more."""

    name: ClassVar = "reminder.fell"
    subject: ClassVar = "reminder"
    job: ReminderJob
    about_id: UUID
    state: ReminderState


@dataclass(frozen=True, kw_only=True)
class RemindersPlanned(Event):
    """What is to be reminded of about a record was planned anew."""

    name: ClassVar = "reminder.planned"
    subject: ClassVar = "reminder"
    job: ReminderJob
    about_id: UUID
    planned: int
    withdrawn: int
