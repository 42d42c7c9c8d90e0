"""Counts as they stand, for those who see the young people anyway: not protected, and they never leave."""

from dataclasses import dataclass

from cse_tracker.access.decisions import require_sight
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.disclosure.model import CountTable
from cse_tracker.statistics.counting import count_all
from cse_tracker.statistics.designs import Design
from cse_tracker.statistics.events import WorkingViewed
from cse_tracker.statistics.periods import Period, month_of
from cse_tracker.work.unit import Work


@dataclass(frozen=True)
class Working:
    """The running month so far, unprotected. It is made for one page and is no release: nothing writes it to a file."""

    period: Period
    tables: dict[Design, CountTable]


def working(work: Work, borough_gss: str) -> Working:
    """Count the running month as it stands for a lead officer of the borough, recorded as seen; NotFound for others."""
    require_sight(work.actor, Permission.STATISTICS_WORK, Subject(borough_gss=borough_gss))
    period = month_of(work.now)
    work.record(WorkingViewed(subject_id=None, borough_gss=borough_gss, month=period.first))
    return Working(period, count_all(work, borough_gss, period))
