"""The clock: APScheduler in one process, acting only while it holds the lease."""

import json
import logging
import os
import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Final

from apscheduler.schedulers.base import BaseScheduler

from cse_tracker.jobs.schedule import TIMETABLE, Job, Tools
from cse_tracker.work.lease import hold

log = logging.getLogger("cse_tracker.jobs")
LEASE: Final = timedelta(seconds=30)
Context = Callable[[], AbstractContextManager[object]]


def run_once(job: Job, tools: Tools) -> int:
    """Run a job now, whoever holds the lease."""
    return job.run(tools)


def start(scheduler: BaseScheduler, tools: Tools, context: Context) -> None:
    """Put the timetable on a scheduler and start it."""
    owner = f"{os.getpid()}-{secrets.token_hex(4)}"
    for job in TIMETABLE:
        scheduler.add_job(
            _tick,
            "interval",
            seconds=job.every,
            args=(job, tools, context, owner),
            id=job.name,
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )
    scheduler.start()


def _tick(job: Job, tools: Tools, context: Context, owner: str) -> None:
    with context():
        try:
            session = tools.running.session()
            if hold(session, "clock", owner, tools.running.clock(), LEASE):
                job.run(tools)
        except Exception as error:  # noqa: BLE001 - a job that fails once must run again next time
            # The kind only: an error's text may carry what must stay sealed.
            log.error("%s", json.dumps({"event": "job.failed", "job": job.name, "kind": type(error).__name__}))  # noqa: TRY400
