"""Plans reminders with what they are about, and lets them fall when their time has come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from cse_tracker.reminders.events import ReminderFell, RemindersPlanned
from cse_tracker.reminders.model import Reminder, ReminderJob, ReminderState
from cse_tracker.work.unit import Work


@dataclass(frozen=True, kw_only=True)
class Planned:
    """When to remind, under which name within its job and record, and from when on it would be of no use."""

    period: str
    due_at: datetime
    lapses_at: datetime | None = None


def plan(work: Work, job: ReminderJob, about_id: UUID, wanted: Sequence[Planned], *, borough_gss: str) -> None:
    """Make the reminders about a record exactly these; what was given already is not given again.

    A reminder whose time has passed before it was planned is planned all the same and falls at once.
    """
    rows = select(Reminder).where(Reminder.job == job, Reminder.about_id == about_id).with_for_update()
    known = {row.period: row for row in work.session.scalars(rows)}
    by_period = {each.period: each for each in wanted}
    withdrawn = 0
    for period, row in known.items():
        if row.state is ReminderState.WAITING and period not in by_period:
            row.state, row.settled_at = ReminderState.WITHDRAWN, work.now
            withdrawn += 1
    for each in by_period.values():
        planned = known.get(each.period)
        if planned is None:
            work.session.add(
                Reminder(
                    job=job,
                    about_id=about_id,
                    period=each.period,
                    borough_gss=borough_gss,
                    due_at=each.due_at,
                    lapses_at=each.lapses_at,
                )
            )
        elif planned.state in {ReminderState.WAITING, ReminderState.WITHDRAWN}:
            planned.state, planned.settled_at = ReminderState.WAITING, None
            planned.due_at, planned.lapses_at = each.due_at, each.lapses_at
    work.record(
        RemindersPlanned(
            subject_id=None,
            borough_gss=borough_gss,
            job=job,
            about_id=about_id,
            planned=len(by_period),
            withdrawn=withdrawn,
        )
    )


def withdraw(work: Work, job: ReminderJob, about_id: UUID, *, borough_gss: str) -> None:
    """Withdraw what is still to be reminded of about a record."""
    plan(work, job, about_id, (), borough_gss=borough_gss)


def fall(work: Work, reminder_id: UUID) -> bool:
    """Let a reminder fall whose time has come; gives whether somebody is reminded by it.

    One that another clock has let fall meanwhile, or that was withdrawn, is left alone. After downtime only the latest
    of several reminders of a meeting is given.
    """
    row = work.session.get(Reminder, reminder_id, with_for_update={"skip_locked": True})
    if row is None or row.state is not ReminderState.WAITING or row.due_at > work.now:
        return False
    late = row.lapses_at is not None and row.lapses_at <= work.now
    row.state = ReminderState.LAPSED if late or _overtaken(work, row) else ReminderState.FIRED
    row.settled_at = work.now
    work.record(
        ReminderFell(
            subject_id=row.id, borough_gss=row.borough_gss, job=row.job, about_id=row.about_id, state=row.state
        )
    )
    return row.state is ReminderState.FIRED


def _overtaken(work: Work, row: Reminder) -> bool:
    if row.job is not ReminderJob.MEETING:
        return False
    later = select(Reminder.id).where(
        Reminder.job == row.job,
        Reminder.about_id == row.about_id,
        Reminder.state == ReminderState.WAITING,
        Reminder.due_at > row.due_at,
        Reminder.due_at <= work.now,
    )
    return work.session.scalar(later.limit(1)) is not None
