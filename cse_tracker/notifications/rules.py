"""When somebody is written to: at once or once a day as they choose, and at night only where it cannot wait."""

from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Final

from cse_tracker.rulebook.calendar import LONDON

# Our own choice. None of these times is skipped or doubled when the clocks change.
NIGHT_BEGINS: Final = time(20)
NIGHT_ENDS: Final = time(7)
DAILY_AT: Final = time(8)


class Rhythm(StrEnum):
    """How often somebody wants to be written to about what can wait."""

    AT_ONCE = "at_once"
    DAILY = "daily"


def is_night(moment: datetime) -> bool:
    """Whether it is night in London: from eight in the evening to seven in the morning, on every day."""
    clock = moment.astimezone(LONDON).time()
    return clock >= NIGHT_BEGINS or clock < NIGHT_ENDS


def next_time(moment: datetime, clock: time) -> datetime:
    """Give the first moment, not before this one, at which clocks in London show that time."""
    local = moment.astimezone(LONDON)
    wanted = datetime.combine(local.date(), clock, LONDON)
    if wanted < local:
        wanted = datetime.combine(local.date() + timedelta(days=1), clock, LONDON)
    return wanted


def after_the_night(moment: datetime) -> datetime:
    """Give this moment by day, or the next morning where it is night."""
    return next_time(moment, NIGHT_ENDS) if is_night(moment) else moment


def first_due(now: datetime, rhythm: Rhythm, *, nights: bool, urgent: bool) -> datetime:
    """Give when a message is to be sent: what is urgent at once, whatever anybody chose.

    `nights` is whether the person wants mail at night too.
    """
    if urgent:
        return now
    if rhythm is Rhythm.DAILY:
        return next_time(now, DAILY_AT)
    return now if nights else after_the_night(now)
