"""The clock: APScheduler in one process, acting only while it holds the lease.

What runs once a day is a row for each job and day, so that a day that was missed while nothing ran is caught up with
once the clock runs again, and none is run twice.
"""

import json
import logging
import os
import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Final

from apscheduler.events import EVENT_SCHEDULER_SHUTDOWN
from apscheduler.schedulers.base import BaseScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from cse_tracker.jobs.job import Daily, Every, Job, Tools
from cse_tracker.jobs.schedule import TIMETABLE
from cse_tracker.rulebook.calendar import LONDON
from cse_tracker.work import timetable
from cse_tracker.work.lease import hold, release

log = logging.getLogger("cse_tracker.jobs")
# Jobs that run every few seconds renew it, so that a job of any length keeps it; a clock that is killed is missed
# for no longer.
LEASE: Final = timedelta(minutes=1)
# How often the days are looked at, for the jobs that run once on each.
LOOK: Final = timedelta(seconds=60)
Context = Callable[[], AbstractContextManager[object]]


def run_once(job: Job, tools: Tools) -> int:
    """Run a job now, whoever holds the lease."""
    return job.run(tools)


def period_of(when: Daily, now: datetime) -> datetime:
    """Give the moment from which on a daily job was last due: today at its hour in London, or yesterday."""
    local = now.astimezone(LONDON)
    today = local.replace(hour=when.hour, minute=0, second=0, microsecond=0)
    due = today if today <= local else today - timedelta(days=1)
    return due.astimezone(UTC)


def next_run(job: Job, now: datetime, started_at: datetime | None) -> datetime:
    """Give when a job runs next, as far as can be said."""
    if isinstance(job.when, Daily):
        return (period_of(job.when, now).astimezone(LONDON) + timedelta(days=1)).astimezone(UTC)
    return max(now, (started_at or now) + timedelta(seconds=job.when.seconds))


def trigger_of(when: Every | Daily) -> BaseTrigger:
    """Give APScheduler's form of a time in the timetable."""
    if isinstance(when, Daily):
        return CronTrigger(hour=when.hour, timezone=LONDON)
    return IntervalTrigger(seconds=when.seconds, timezone=LONDON)


def start(scheduler: BaseScheduler, tools: Tools, context: Context) -> None:
    """Put the timetable on a scheduler and start it; shutting it down gives the lease back."""
    owner = f"{os.getpid()}-{secrets.token_hex(4)}"
    for job in TIMETABLE:
        scheduler.add_job(
            _tick,
            trigger_of(job.when) if isinstance(job.when, Every) else IntervalTrigger(seconds=int(LOOK.total_seconds())),
            args=(job, tools, context, owner),
            id=job.name,
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
            # What was due while nothing ran is looked for at once.
            **({"next_run_time": tools.running.clock()} if isinstance(job.when, Daily) else {}),
        )
    # Else the next process could do nothing for five minutes, and would miss a daily job among them.
    scheduler.add_listener(lambda _: _give_back(tools, context, owner), EVENT_SCHEDULER_SHUTDOWN)
    scheduler.start()


def _give_back(tools: Tools, context: Context, owner: str) -> None:
    with context():
        release(tools.running.session(), "clock", owner)


def _tick(job: Job, tools: Tools, context: Context, owner: str) -> None:
    with context():
        try:
            session, now = tools.running.session(), tools.running.clock()
            if not hold(session, "clock", owner, now, LEASE):
                return
            period = _period(job, now)
            if not timetable.begin(session, job.name, period, owner, now):
                return
            _run(job, tools, period)
        except Exception as error:  # noqa: BLE001 - a clock that fails once must go on
            _log(job, error)


def _period(job: Job, now: datetime) -> str:
    return f"{period_of(job.when, now).astimezone(LONDON):%Y-%m-%d}" if isinstance(job.when, Daily) else ""


def _run(job: Job, tools: Tools, period: str) -> None:
    try:
        items = job.run(tools)
    except Exception as error:  # noqa: BLE001 - a job that fails once must run again next time
        _log(job, error)
        timetable.fail(tools.running.session(), job.name, period, type(error).__name__, tools.running.clock())
        return
    timetable.end(tools.running.session(), job.name, period, items, tools.running.clock())


def _log(job: Job, error: Exception) -> None:
    # The kind only: an error's text may carry what must stay sealed.
    log.error("%s", json.dumps({"event": "job.failed", "job": job.name, "kind": type(error).__name__}))
