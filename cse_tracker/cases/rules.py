"""What a coming eighteenth birthday asks for, and when."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

PLAN_ACT: Final = "task:eighteen_plan"
HAND_ON_ACT: Final = "task:eighteen_hand_on"
AT_LEAST: Final = timedelta(days=14)


@dataclass(frozen=True)
class Alert:
    """One thing to be settled before the birthday: so many months before, by a day."""

    months: int
    act: str
    label: str
    due_on: date


def birthday(born: date, years: int) -> date:
    """Give the day on which somebody reaches an age; whoever was born on 29 February, on 1 March in other years."""
    try:
        return born.replace(year=born.year + years)
    except ValueError:
        return date(born.year + years, 3, 1)


def months_before(day: date, months: int) -> date:
    """Give the same day so many months earlier, or the last of that month where it is shorter."""
    count = day.year * 12 + day.month - 1 - months
    year, month = divmod(count, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def eighteenth_alerts(born: date, today: date) -> list[Alert]:
    """Give what has to be asked for by today, six and three months before the 18th birthday; nothing after it."""
    eighteenth = birthday(born, 18)
    if today >= eighteenth:
        return []
    # Whoever comes here late still gets a fortnight, but never past the last day of being seventeen.
    last = eighteenth - timedelta(days=1)
    soonest = min(today + AT_LEAST, last)
    alerts = [
        Alert(6, PLAN_ACT, "Plan who goes on after the 18th birthday", max(months_before(eighteenth, 3), soonest)),
        Alert(3, HAND_ON_ACT, "Hand on to those who go on after the 18th birthday", last),
    ]
    return [alert for alert in alerts if today >= months_before(eighteenth, alert.months)]
