"""Where the story of the demo is played, by whom, and at which times of a past year."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from cse_tracker.rulebook.calendar import LONDON, is_working_day
from cse_tracker.work.actor import Actor
from cse_tracker.work.running import Running
from cse_tracker.work.unit import Work


@dataclass(frozen=True)
class Cast:
    """Who acts in the demo."""

    lead: Actor
    partners: tuple[Actor, ...]


@dataclass(frozen=True, repr=False)
class Stage:
    """Where the story is played: the running service with a clock that the story moves."""

    running: Running
    cast: Cast
    random: Random

    @contextmanager
    def at(self, then: datetime, actor: Actor) -> Iterator[Work]:
        """Do something at a time in the past. Nobody is written to about what happened long ago."""
        with replace(self.running, clock=lambda: then, reactions=()).work(actor) as work:
            yield work


def working_time(wanted: datetime, *, earlier_than: datetime) -> datetime:
    """Give 10:30 in London on the last working day up to the wanted one, or an hour ago where that is still to come."""
    day = wanted.astimezone(LONDON).date()
    while not is_working_day(day):
        day -= timedelta(days=1)
    at = datetime(day.year, day.month, day.day, 10, 30, tzinfo=LONDON)
    return min(at, earlier_than - timedelta(hours=1))
