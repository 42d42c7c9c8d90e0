"""Free times found a second time, by trying every half hour there is; working days are numpy's."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

import numpy as np

from tests.soak.calendar_judge import CALENDAR, LONDON

Busy = Sequence[tuple[datetime, datetime]]
HORIZON = 60
MOST = 6


def works_on(day: date) -> bool:
    return bool(np.is_busday(np.datetime64(day), busdaycal=CALENDAR))


def after_working_days(now: datetime, number: int) -> datetime:
    """The first moment of the day so many working days after one; the moment itself where it is none."""
    day = np.busday_offset(np.datetime64(now.astimezone(LONDON).date()), number, roll="backward", busdaycal=CALENDAR)
    begins: date = day.astype(object)
    return max(now, datetime.combine(begins, time(0), tzinfo=LONDON)) if number else now


def free_starts(earliest: datetime, minutes: int, busy: Busy) -> list[datetime]:
    """The first free start of each half of each working day, in order."""
    first = earliest.astimezone(LONDON).date()
    found: dict[tuple[date, bool], datetime] = {}
    days = [first + timedelta(days=number) for number in range(HORIZON + 1)]
    for day in filter(works_on, days):
        for number in range(18, 36):
            wall = time(number // 2, number % 2 * 30)
            start = datetime.combine(day, wall, tzinfo=LONDON).astimezone(UTC)
            end = start + timedelta(minutes=minutes)
            in_hours = time(9, 30) <= wall and end <= datetime.combine(day, time(17), tzinfo=LONDON)
            # Nobody begins at half past twelve: that is when people eat.
            if not in_hours or wall == time(12, 30) or start <= earliest:
                continue
            if all(end <= begins or ends <= start for begins, ends in busy):
                found.setdefault((day, wall >= time(13)), start)
    return sorted(found.values())


def best(starts: Sequence[datetime], due: Sequence[datetime]) -> list[tuple[datetime, int]]:
    """Of free starts the first six that are too late for as few duties as any, each with that number."""
    late = [(start, sum(start > at for at in due)) for start in starts]
    fewest = min((number for _, number in late), default=0)
    return [each for each in late if each[1] == fewest][:MOST]
