"""A clock, or a web worker with a clock of its own, in a process that can be killed.

Time runs faster than outside, so that the lease and the claims of whoever was killed end while the test looks on.
Every letter that is handed over becomes one line of a file that all processes write to.
"""

import os
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

from cse_tracker import config
from cse_tracker.app import build, start_clock
from cse_tracker.jobs import clock
from cse_tracker.jobs.delivery import deliver_outbox
from cse_tracker.jobs.job import Every, Job
from cse_tracker.jobs.meetings import let_reminders_fall
from tests.journeys.live import serving
from tests.store import CHEAP

# A working morning, so that no letter waits for a day that the test will not see.
NOW = datetime(2026, 11, 16, 10, 0, tzinfo=UTC)


@dataclass(frozen=True)
class FastClock:
    """A clock that all processes read alike: so many times as fast as the machine's, from one moment on."""

    began: float
    speed: float

    def __call__(self) -> datetime:
        return NOW + timedelta(seconds=(time.time() - self.began) * self.speed)


@dataclass(frozen=True)
class Ledger:
    """A mailer whose letters are lines of a file, which end up there whole or not at all."""

    path: Path

    def send(self, message: EmailMessage) -> None:
        """Hand a letter over."""
        number = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(number, f"{message['Message-ID']}\n".encode())
        finally:
            os.close(number)


def main() -> None:
    """Run until killed; the first line of output says that it runs, and where."""
    now = FastClock(float(os.environ["SOAK_BEGAN"]), float(os.environ["SOAK_SPEED"]))
    settings = config.from_environment(dict(os.environ))
    service = build(settings, now=now, passwords=CHEAP, mailer=Ledger(Path(os.environ["SOAK_LEDGER"])))
    # The two jobs under test, as often as time runs here.
    vars(clock)["TIMETABLE"] = (
        Job("let-reminders-fall", Every(seconds=1), let_reminders_fall),
        Job("deliver-outbox", Every(seconds=1), deliver_outbox),
    )
    start_clock(service)
    if os.environ["SOAK_ROLE"] == "web":
        with serving(service.web) as url:
            _say(url)
            while True:
                time.sleep(60)
    _say("clock")
    while True:
        time.sleep(60)


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
