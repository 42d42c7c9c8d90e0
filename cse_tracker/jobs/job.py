"""What a job is: the tools it works with, when it runs, and what it does."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from cse_tracker.jobs import backups as nightly
from cse_tracker.notifications.calling import HookCaller
from cse_tracker.notifications.letters import Stationery
from cse_tracker.notifications.mailers import Mailer
from cse_tracker.notifications.replies import ImapMailbox
from cse_tracker.work.running import Running


@dataclass(frozen=True, repr=False)
class Tools:
    """What the jobs work with."""

    running: Running
    mailer: Mailer
    stationery: Stationery
    checkpoints: Path
    hooks: HookCaller = field(default_factory=HookCaller)
    mailbox: ImapMailbox | None = None
    backups: nightly.Plan | None = None


@dataclass(frozen=True)
class Every:
    """Again and again, so many seconds apart, counted from the start of the process."""

    seconds: int

    @property
    def words(self) -> str:
        """How operators read it."""
        for length, name in ((3600, "hour"), (60, "minute"), (1, "second")):
            number, rest = divmod(self.seconds, length)
            if number and not rest:
                return f"every {number} {name}s" if number > 1 else f"every {name}"
        return f"every {self.seconds} seconds"


@dataclass(frozen=True)
class Daily:
    """Once a day at this full hour in London, however often the process is started anew."""

    hour: int

    @property
    def words(self) -> str:
        """How operators read it."""
        return f"daily at {self.hour}:00 in London"


@dataclass(frozen=True)
class Job:
    """One line of the timetable. `run` gives how many items it dealt with."""

    name: str
    when: Every | Daily
    run: Callable[[Tools], int]
