"""Reminders under fire: clocks and web workers that are killed while thousands of reminders fall due."""

import contextlib
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
import requests
from sqlalchemy import delete, func, select

from cse_tracker.actions.model import Action
from cse_tracker.app import Service, build
from cse_tracker.audit.verify import verify
from cse_tracker.identity.model import Agency
from cse_tracker.jobs.clock import LEASE
from cse_tracker.notifications.model import MessageKind, MessageState, OutgoingMessage
from cse_tracker.reminders.model import Reminder, ReminderJob, ReminderState
from cse_tracker.rulebook.terms import AgencyKind
from cse_tracker.work.lease import Lease
from cse_tracker.work.retrying import CLAIM, MOST_UNSETTLED
from tests import people
from tests.integration.meetings.acts import hold_now, schedule_now
from tests.soak.conftest import Report
from tests.soak.killed_clock import NOW
from tests.store import CHEAP, Clock, StoreTemplates

pytestmark = pytest.mark.soak
ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 3_600.0


@dataclass
class Crowd:
    """Processes that are killed and started again on one store."""

    environment: dict[str, str]
    roles: tuple[str, ...]
    processes: list[subprocess.Popen[str]] = field(default_factory=list)
    urls: dict[int, str] = field(default_factory=dict)
    listening: list[threading.Thread] = field(default_factory=list)

    def begin(self) -> None:
        """Start all of them, all at once."""
        self.processes = [self._start(place) for place in range(len(self.roles))]

    def _start(self, place: int) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.soak.killed_clock"],
            env={**self.environment, "SOAK_ROLE": self.roles[place]},
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        # Nobody waits for one that begins: it may be killed before it has begun.
        thread = threading.Thread(target=self._listen, args=(place, process))
        thread.start()
        self.listening.append(thread)
        return process

    def _listen(self, place: int, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        said = process.stdout.readline().strip()
        if said.startswith("http") and self.processes and self.processes[place] is process:
            self.urls[place] = said
        process.stdout.read()
        process.stdout.close()

    def kill(self, place: int, *, again: bool = True) -> None:
        """Kill one without warning, and start another in its place."""
        self.urls.pop(place, None)
        self.processes[place].kill()
        self.processes[place].wait()
        if again:
            self.processes[place] = self._start(place)

    def end(self) -> None:
        """Kill all of them."""
        for place in range(len(self.processes)):
            self.kill(place, again=False)
        for thread in self.listening:
            thread.join()

    def holder(self, service: Service) -> int | None:
        """Give the place of the process that holds the lease now."""
        with people.working(service, reading=True) as work:
            owner = work.session.scalar(select(Lease.owner)) or ""
        pids = [each.pid for each in self.processes]
        pid = owner.partition("-")[0]
        return pids.index(int(pid)) if pid.isdigit() and int(pid) in pids else None


@dataclass(frozen=True)
class Outcome:
    """What came of it: reminders that never fell, letters beyond one for each, and how often each letter came.

    `in_work` holds how many of the kills came while something was still to be sent, `asked` how many letters a person
    was asked about, because two kills fell on each of them.
    """

    missed: int
    more: int
    unsent: int
    came: Counter[str]
    seconds: float
    answered: int
    in_work: int
    asked: int


def due_reminders(service: Service, number: int) -> None:
    """Make so many reminders fall due at once: four actions, each with many periods."""
    case = people.open_case(service)
    with people.working(service, people.LEAD) as work:
        police = work.session.scalars(select(Agency)).all()
        owner = next(each.id for each in police if each.kind is AgencyKind.POLICE)
        for _ in range(4):
            about = work.session.merge(case)
            hold_now(work, schedule_now(work, about, today=True), about, owner=owner)
        actions = list(work.session.scalars(select(Action)))
        for place in range(number):
            action = actions[place % len(actions)]
            work.session.add(
                Reminder(
                    job=ReminderJob.ACTION,
                    about_id=action.id,
                    period=f"soak-{place}",
                    borough_gss=action.borough_gss,
                    due_at=NOW - timedelta(seconds=1),
                )
            )
    with people.working(service) as work:
        # The letters that called the meetings are not of this test.
        work.session.execute(delete(OutgoingMessage))


def under_fire(
    templates: StoreTemplates,
    folder: Path,
    database: str,
    *,
    roles: tuple[str, ...],
    number: int,
    kills: int,
    speed: float,
) -> Outcome:
    """Let so many reminders fall while processes are killed so often, one in two of them the one that acts."""
    dice = random.Random(2005)
    with templates.copy(database, folder) as settings:
        service = build(settings, now=Clock(NOW), passwords=CHEAP)
        due_reminders(service, number)
        ledger, began = folder / "ledger", time.time()
        ledger.touch()
        crowd = Crowd(
            {
                **os.environ, "CSE_TRACKER_MODE": "test", "CSE_TRACKER_DATA": str(folder), "CSE_TRACKER_CLOCK": "no",
                "CSE_TRACKER_ROOT_KEY_FILE": str(settings.root.file), "DATABASE_URL": settings.database_url,
                "SOAK_BEGAN": str(began), "SOAK_SPEED": str(speed), "SOAK_LEDGER": str(ledger), "PYTHONPATH": str(ROOT),
            },
            roles,
        )  # fmt: skip
        crowd.begin()
        answered = in_work = 0
        try:
            for turn in range(1, kills + 1):
                _wait(partial(_reached, ledger, turn * number // (kills + 1)))
                # At any moment of what it is just doing.
                time.sleep(dice.random() / 5)
                acting = crowd.holder(service) if dice.random() < 0.5 else None
                crowd.kill(dice.randrange(len(roles)) if acting is None else acting)
                in_work += not _reached(ledger, number)
                answered += _ask(crowd)
            _wait(lambda: not _left(service))
        finally:
            crowd.end()
        return replace(_counted(service, ledger, began), answered=answered, in_work=in_work)


def _wait(until: Callable[[], bool]) -> None:
    ends = time.monotonic() + PATIENCE
    while not until():
        assert time.monotonic() < ends, "the clocks did not get through"
        time.sleep(0.05)


def _reached(ledger: Path, number: int) -> bool:
    return ledger.read_bytes().count(b"\n") >= number


def _ask(crowd: Crowd) -> int:
    answered = 0
    for url in list(crowd.urls.values()):
        with contextlib.suppress(requests.RequestException):
            answered += requests.get(f"{url}/sign-in", timeout=60).status_code == 200
    return answered


def _left(service: Service) -> int:
    with people.working(service, reading=True) as work:
        waiting = select(func.count()).where(Reminder.state == ReminderState.WAITING, Reminder.due_at <= NOW)
        chased = select(func.count()).where(
            OutgoingMessage.kind == MessageKind.ACTION_CHASED, OutgoingMessage.state == MessageState.WAITING
        )
        return (work.session.scalar(waiting) or 0) + (work.session.scalar(chased) or 0)


def _counted(service: Service, ledger: Path, began: float) -> Outcome:
    with people.working(service, reading=True) as work:
        missed = work.session.scalar(
            select(func.count()).where(Reminder.period.startswith("soak-"), Reminder.state != ReminderState.FIRED)
        )
        rows = work.session.execute(
            select(OutgoingMessage.id, OutgoingMessage.state, OutgoingMessage.unsettled).where(
                OutgoingMessage.kind == MessageKind.ACTION_CHASED
            )
        ).all()
        # An action that is due on the day itself has a reminder of its own.
        wanted = select(func.count()).where(Reminder.job == ReminderJob.ACTION, Reminder.state == ReminderState.FIRED)
        fallen = work.session.scalar(wanted) or 0
        assert verify(work.session).intact
    asked = {str(row.id) for row in rows if row.state is MessageState.DEAD and row.unsettled == MOST_UNSETTLED}
    letters = {str(row.id): row.state for row in rows}
    said = ledger.read_text("utf-8").split()
    came = Counter(line.strip("<>").partition("@")[0] for line in said)
    assert max((came[each] for each in asked), default=0) <= 2
    chased = Counter({each: came.get(each, 0) for each in letters if each not in asked})
    unsent = sum(state is not MessageState.SENT for each, state in letters.items() if each not in asked)
    service.store.engine.dispose()
    return Outcome(missed or 0, len(letters) - fallen, unsent, chased, time.time() - began, 0, 0, len(asked))


def test_reminders_fall_once_though_the_clock_that_acts_is_killed(templates: StoreTemplates, tmp_path: Path) -> None:
    # The lease of whoever was killed must end before the claims on its letters do.
    assert LEASE < CLAIM
    outcome = under_fire(templates, tmp_path, "sqlite", roles=("clock", "web"), number=30, kills=1, speed=60)
    assert (outcome.missed, outcome.more, outcome.unsent) == (0, 0, 0)
    assert min(outcome.came.values()) >= 1
    assert max(outcome.came.values()) <= 2


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_ten_thousand_reminders_outlive_fifty_kills(
    templates: StoreTemplates, tmp_path: Path, database: str, report: Report
) -> None:
    number, roles = int(os.environ.get("SOAK_REMINDERS", "10000")), ("clock",) * 3 + ("web",) * 4
    outcome = under_fire(templates, tmp_path, database, roles=roles, number=number, kills=50, speed=10)
    came = outcome.came.values()
    twice, most = sum(times == 2 for times in came), max(came)
    report(f"reminders missed of {number:,}, fifty kills ({database})", outcome.missed, "count", limit=0)
    report(f"letters beyond one for each reminder ({database})", outcome.more, "count", limit=0)
    report(f"most times that one letter came ({database})", most, "count", limit=2, holds=most <= 2)
    report(f"letters that came twice, same message id ({database})", twice, "count", limit=50, holds=twice <= 50)
    # Two kills on one letter: it is put before a person, so it is neither missed nor sent a third time.
    report(
        f"letters that a person is asked about ({database})", outcome.asked, "count", limit=3, holds=outcome.asked <= 3
    )
    report(f"time for all of them ({database})", outcome.seconds, "s")
    assert (outcome.missed, outcome.more, outcome.unsent) == (0, 0, 0)
    assert len(outcome.came) + outcome.asked >= number
    assert outcome.asked <= 3
    assert min(came) >= 1
    assert most <= 2
    # Only where a kill fell between sending and recording.
    assert twice <= 50
    report(f"kills while something was to be sent ({database})", outcome.in_work, "count")
    # Web workers answered all the while.
    assert outcome.answered > 0
