"""Every deadline of every day from 2024 to 2027, counted by the product and by other means."""

import itertools
import random
from datetime import UTC, datetime, time

import pytest

from cse_tracker.rulebook.calendar import Unit, due
from tests.soak import calendar_judge as judge

JUDGES = {
    Unit.WORKING_DAYS: judge.working_days,
    Unit.WORKING_HOURS: judge.working_hours,
    Unit.CLOCK_HOURS: judge.clock_hours,
    Unit.CALENDAR_DAYS: judge.calendar_days,
    Unit.MONTHS: judge.months,
}
AMOUNTS = {
    Unit.WORKING_DAYS: (1, 2, 5, 10, 15, 45),
    Unit.WORKING_HOURS: (1, 4, 8, 24),
    Unit.CLOCK_HOURS: (3, 4, 24, 48, 72),
    Unit.CALENDAR_DAYS: (1, 3, 28, 42, 90),
    Unit.MONTHS: (1, 3, 6),
}
# Before opening, at opening, at work, at closing, late, and either side of the hour that clocks skip or double.
TIMES = (time(0, 30), time(1, 30), time(8, 59), time(9), time(14, 5), time(17), time(23, 45))


@pytest.mark.parametrize("unit", list(Unit))
def test_deadlines_agree_with_an_independent_calendar_on_every_day(unit: Unit) -> None:
    chosen = random.Random(1148)
    for day in judge.DAYS:
        times = chosen.sample(TIMES, 2)
        for at in times:
            start = datetime.combine(day, at, tzinfo=judge.LONDON).astimezone(UTC)
            amount = chosen.choice(AMOUNTS[unit])
            assert due(start, amount, unit).at == JUDGES[unit](start, amount), (start, amount, unit)


@pytest.mark.soak
@pytest.mark.parametrize("unit", list(Unit))
def test_every_amount_at_every_time_of_every_day_agrees(unit: Unit) -> None:
    for day in judge.DAYS:
        for at, amount in itertools.product(TIMES, AMOUNTS[unit]):
            start = datetime.combine(day, at, tzinfo=judge.LONDON).astimezone(UTC)
            assert due(start, amount, unit).at == JUDGES[unit](start, amount), (start, amount, unit)
