"""The clock as a process: it runs until it is told to stop, and gives the lease back."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from cse_tracker.app import Service, start_clock
from cse_tracker.work.lease import Lease, hold, release
from tests import people
from tests.store import Clock, StoreTemplates

PROGRAM = "from cse_tracker.app import command_line; command_line()"
LONG = timedelta(minutes=5)


def holders(service: Service) -> list[str]:
    with people.working(service, reading=True) as work:
        return [lease.owner for lease in work.session.scalars(select(Lease))]


def take(service: Service, owner: str, clock: Clock) -> bool:
    with service.app.app_context():
        return hold(service.tools.running.session(), "clock", owner, clock.now, LONG)


def test_a_lease_that_was_given_back_can_be_taken_at_once(service: Service, clock: Clock) -> None:
    assert take(service, "one", clock)
    assert not take(service, "two", clock)
    with service.app.app_context():
        release(service.tools.running.session(), "clock", "two")
    assert not take(service, "two", clock), "only the holder may give it back"
    with service.app.app_context():
        release(service.tools.running.session(), "clock", "one")
    assert take(service, "two", clock)


def test_a_scheduler_that_is_shut_down_gives_the_lease_back(service: Service, clock: Clock) -> None:
    scheduler = start_clock(service)
    owner = scheduler.get_job("verify-audit").args[3]
    assert take(service, owner, clock)
    scheduler.shutdown()
    assert not scheduler.running
    assert holders(service) == []


@contextmanager
def running(
    service: Service, templates: StoreTemplates, folder: Path, *command: str
) -> Iterator[subprocess.Popen[str]]:
    """Run the program without a terminal, as a service manager does."""
    environment = {
        **os.environ,
        "CSE_TRACKER_MODE": "test",
        "CSE_TRACKER_DATA": str(folder),
        "CSE_TRACKER_ROOT_KEY_FILE": str(templates.root_key_file),
        "DATABASE_URL": service.settings.database_url,
        "PYTHONUNBUFFERED": "1",
    }
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *command],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_the_clock_runs_without_a_terminal_until_it_is_told_to_stop(
    sqlite_service: Service, templates: StoreTemplates, tmp_path: Path, number: signal.Signals
) -> None:
    with running(sqlite_service, templates, tmp_path, "jobs", "run") as process:
        assert process.stdout is not None
        assert "the clock is running" in process.stdout.readline()
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.5)
        process.send_signal(number)
        assert process.wait(20) == 0
        assert process.stdout.read() == "stopping when what is running is done\n"
