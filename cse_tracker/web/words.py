"""Dates, times and lateness as pages say them, in London's time."""

from datetime import date, datetime

from cse_tracker.rulebook.calendar import LONDON, working_days_late


def day(value: date | datetime) -> str:
    """Say a day, such as 22 November 2026."""
    local = value.astimezone(LONDON) if isinstance(value, datetime) else value
    return f"{local.day} {local:%B %Y}"


def weekday(value: date | datetime) -> str:
    """Say a day with its name, such as Sunday 22 November 2026."""
    local = value.astimezone(LONDON) if isinstance(value, datetime) else value
    return f"{local:%A} {day(local)}"


def clock(value: datetime) -> str:
    """Say a time of day, such as 9:30am, midday or midnight."""
    local = value.astimezone(LONDON)
    if local.minute == 0 and local.hour in {0, 12}:
        return "midday" if local.hour else "midnight"
    minutes = f":{local:%M}" if local.minute else ""
    return f"{local.hour % 12 or 12}{minutes}{'am' if local.hour < 12 else 'pm'}"


def moment(value: datetime) -> str:
    """Say a day and a time, such as 22 November 2026 at 9:30am."""
    return f"{day(value)} at {clock(value)}"


def deadline(value: datetime) -> str:
    """Say when something is due: a day where it may be done until the day ends, else a day and a time."""
    local = value.astimezone(LONDON)
    return day(value) if (local.hour, local.minute) == (23, 59) else moment(value)


def lateness(due_at: datetime, now: datetime) -> str:
    """Say how late something is, or nothing when it is not."""
    if now <= due_at:
        return ""
    days = working_days_late(due_at, now)
    if days == 0:
        return "Late since today" if due_at.astimezone(LONDON).date() == now.astimezone(LONDON).date() else "Late"
    return f"{days} working day{'' if days == 1 else 's'} late"
