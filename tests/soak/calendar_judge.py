"""Deadlines counted a second time, by other means: numpy's business days and dateutil, with gov.uk's list typed in."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from dateutil.relativedelta import relativedelta  # type: ignore[import-untyped]  # it has none here

LONDON = ZoneInfo("Europe/London")
# gov.uk/bank-holidays, England and Wales, 2024 to 2027, and what follows it as far as deadlines reach.
OFFICIAL = [
    "2024-01-01",
    "2024-03-29",
    "2024-04-01",
    "2024-05-06",
    "2024-05-27",
    "2024-08-26",
    "2024-12-25",
    "2024-12-26",
    "2025-01-01",
    "2025-04-18",
    "2025-04-21",
    "2025-05-05",
    "2025-05-26",
    "2025-08-25",
    "2025-12-25",
    "2025-12-26",
    "2026-01-01",
    "2026-04-03",
    "2026-04-06",
    "2026-05-04",
    "2026-05-25",
    "2026-08-31",
    "2026-12-25",
    "2026-12-28",
    "2027-01-01",
    "2027-03-26",
    "2027-03-29",
    "2027-05-03",
    "2027-05-31",
    "2027-08-30",
    "2027-12-27",
    "2027-12-28",
    "2028-01-03",
    "2028-04-14",
    "2028-04-17",
    "2028-05-01",
    "2028-05-29",
]
CALENDAR = np.busdaycalendar(holidays=[np.datetime64(day) for day in OFFICIAL])
DAYS = [date(2024, 1, 1) + timedelta(days=number) for number in range(366 + 365 * 3)]


def end_of(day: date) -> datetime:
    return datetime.combine(day, time(23, 59, 59), tzinfo=LONDON).astimezone(UTC)


def working_days(start: datetime, amount: int) -> datetime:
    local = start.astimezone(LONDON).date()
    reached = np.busday_offset(np.datetime64(local), amount, roll="backward", busdaycal=CALENDAR)
    day: date = reached.astype(object)
    return end_of(day)


def calendar_days(start: datetime, amount: int) -> datetime:
    day: date = start.astimezone(LONDON).date() + relativedelta(days=amount)
    return end_of(day)


def months(start: datetime, amount: int) -> datetime:
    day: date = start.astimezone(LONDON).date() + relativedelta(months=amount)
    return end_of(day)


def clock_hours(start: datetime, amount: int) -> datetime:
    return datetime.fromtimestamp(start.timestamp() + amount * 3600, UTC)


def working_hours(start: datetime, amount: int) -> datetime:
    """Step through the minutes of the clock in UTC, counting those that fall into opening hours in London."""
    left, at = amount * 60, start.astimezone(UTC)
    while left > 0:
        local = at.astimezone(LONDON)
        open_now = 9 <= local.hour < 17 and np.is_busday(np.datetime64(local.date()), busdaycal=CALENDAR)
        step = min(left, 60 - local.minute) if open_now else 60 - local.minute
        at += timedelta(minutes=step)
        left -= step if open_now else 0
    return at
