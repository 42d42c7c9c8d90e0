"""The clock: APScheduler in one process, acting only while it holds the lease."""

import json
import logging
import os
import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Final

from apscheduler.events import EVENT_SCHEDULER_SHUTDOWN
from apscheduler.schedulers.base import BaseScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from cse_tracker.jobs.schedule import TIMETABLE, Daily, Every, Job, Tools
from cse_tracker.rulebook.calendar import LONDON
from cse_tracker.work.lease import hold, release

log = logging.getLogger("cse_tracker.jobs")
# The job that runs each minute renews it, so that a job of any length keeps it.
LEASE: Final = timedelta(minutes=5)
Context = Callable[[], AbstractContextManager[object]]


def run_once(job: Job, tools: Tools) -> int:
    """Run a job now, whoever holds the lease."""
    return job.run(tools)


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
            trigger_of(job.when),
            args=(job, tools, context, owner),
            id=job.name,
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
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
            session = tools.running.session()
            if hold(session, "clock", owner, tools.running.clock(), LEASE):
                job.run(tools)
        except Exception as error:  # noqa: BLE001 - a job that fails once must run again next time
            # The kind only: an error's text may carry what must stay sealed.
            log.error("%s", json.dumps({"event": "job.failed", "job": job.name, "kind": type(error).__name__}))  # noqa: TRY400
