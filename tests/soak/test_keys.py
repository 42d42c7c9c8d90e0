"""Keys under load: sealing for many boroughs at once, and rotation killed again and again beside live work."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from cse_tracker.app import Service, build, start_clock
from cse_tracker.audit.verify import verify
from cse_tracker.cli.main import cli
from cse_tracker.cli.opening import Opening
from cse_tracker.matching import commands as matching
from cse_tracker.people import commands as people_commands
from cse_tracker.people.model import Person, PersonDetails
from cse_tracker.people.rules import Identity
from cse_tracker.records import marks, rotation
from cse_tracker.records.keys import DataKey, seed
from cse_tracker.vault.errors import CryptoError
from cse_tracker.work.unit import Work
from tests import people
from tests.soak.conftest import Report
from tests.store import CHEAP

pytestmark = pytest.mark.soak
KILLS = int(os.environ.get("CSE_TRACKER_KILLS", "200"))
SHORTEST_INTERVAL = 1e-6
BORN = date(2012, 3, 4)
LAST_MONTH = datetime(2026, 10, 31, tzinfo=UTC)


@pytest.fixture
def hasty_threads() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(SHORTEST_INTERVAL)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("hasty_threads")
def test_eight_threads_sealing_for_eight_boroughs_never_use_the_key_of_another(
    sqlite_service: Service, report: Report
) -> None:
    keyring = sqlite_service.store.keyring()

    def seal(place: int) -> int:
        name, compartment, wrong = keyring.newest("borough", f"E090000{place + 10}"), uuid4(), 0
        wrapped = keyring.wrap(name, os.urandom(32), compartment, 1)
        other = keyring.newest("borough", f"E090000{(place + 1) % 8 + 10}")
        for number in range(10_000):
            sealer = keyring.data_sealer(name, wrapped, compartment, 1)
            blob = sealer.seal(b"%d" % number, ("t", "c", place, number))
            wrong += sealer.open(blob, ("t", "c", place, number)) != b"%d" % number
            if number % 100 == 0:
                with pytest.raises(CryptoError):
                    keyring.unwrap(other, wrapped, compartment, 1)
        return wrong

    with ThreadPoolExecutor(8) as pool:
        wrong = sum(pool.map(seal, range(8)))
    assert wrong == 0
    report("payloads under a wrong key, 8 threads x 8 boroughs x 10,000", wrong, "count", limit=0, holds=True)


def test_rotation_killed_again_and_again_loses_nothing(service: Service, report: Report, tmp_path: Path) -> None:
    outcome = kill_rotations(service, tmp_path, KILLS)
    name = service.store.engine.dialect.name
    report(f"rotations killed under live writes ({name})", outcome.killed, "count", limit=KILLS, holds=True)
    for change, killed in sorted(outcome.during.items()):
        report(f"  of them in the middle of keys rotate {change} ({name})", killed, "count")
    report(f"records undecryptable after them ({name})", outcome.closed, "count", limit=0, holds=outcome.closed == 0)
    report(f"acknowledged writes lost by them ({name})", outcome.lost, "count", limit=0, holds=outcome.lost == 0)
    report(f"people no longer found by tokens ({name})", outcome.missed, "count", limit=0, holds=outcome.missed == 0)
    assert outcome.killed >= KILLS
    assert {change.split()[0] for change in outcome.during} == {
        "--borough", "--staff", "--matching", "--audit", "--statistics"
    }  # fmt: skip
    assert_nothing_lost(outcome)


@dataclass
class Outcome:
    """What was counted: rotations killed in their middle, records that do not open, acknowledged writes not there.

    `during` says in the middle of which change they were killed, `missed` who is not found by tokens any more, and
    `problem` what the audit's own verification names.
    """

    killed: int = 0
    closed: int = 0
    lost: int = 0
    written: int = 0
    epochs: int = 0
    missed: int = 0
    rounded_anew: bool = False
    problem: str = ""
    during: Counter[str] = field(default_factory=Counter)


def assert_nothing_lost(outcome: Outcome) -> None:
    """What holds after any number of kills."""
    assert (outcome.closed, outcome.lost, outcome.missed) == (0, 0, 0)
    assert outcome.problem == ""
    assert not outcome.rounded_anew


def kill_rotations(service: Service, folder: Path, kills: int) -> Outcome:
    """Run `rotating` in a process of its own, kill it at a random moment, again and again, while two threads write.

    One thread adds young people, one corrects those there are, and each signs in anew for each thing that it does.
    """
    outcome, dice, stop = Outcome(), random.Random(2005), threading.Event()
    written: dict[UUID, str] = {}
    with people.working(service, people.LEAD) as work:
        for number in range(24):
            name = f"First{number}"
            written[_add(work, name)] = name
    with people.working(service) as work:
        rounding = seed(work.session, "rounding/x", LAST_MONTH)
        marked = marks.mark(work.session, "an e-mail", "x")
    corrected = list(written)
    writers = ThreadPoolExecutor(2)
    writing: list[Future[int]] = []
    try:
        with _rotating(service, folder) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            # Not before: what is written while Python starts is written beside nothing.
            writing.append(writers.submit(_until, stop, lambda number: _write(service, number, written)))
            writing.append(writers.submit(_until, stop, lambda number: _correct(service, number, corrected, written)))
            while outcome.killed < kills:
                process.stdin.write(b"rotate\n")
                process.stdin.flush()
                child = int(process.stdout.readline())
                # It rotates without an end, so whenever the signal comes, it comes inside a rotation.
                time.sleep(dice.random() * 0.4)
                os.kill(child, signal.SIGKILL)
                how, _, change = process.stdout.readline().decode().strip().partition(" ")
                assert how == "killed"
                outcome.during[change] += 1
                outcome.killed += 1
            process.stdin.close()
    finally:
        stop.set()
        writers.shutdown()
    assert [each.result() > 0 for each in writing] == [True, True]
    outcome.written = len(written)
    _finish(service)
    _count(service, written, outcome)
    with people.working(service, reading=True) as work:
        outcome.rounded_anew = seed(work.session, "rounding/x", LAST_MONTH) != rounding
        # Sessions may rest on the first staff key for a day, so it is there still, and what was marked is known.
        assert marks.marked(work.session, marked, "an e-mail", "x")
    return outcome


def _identity(name: str) -> Identity:
    return Identity(name, "Marsh", date_of_birth=BORN)


def _add(work: Work, name: str) -> UUID:
    return people_commands.add(work, _identity(name), PersonDetails(), borough_gss=people.HACKNEY).id


def _until(stop: threading.Event, act: Callable[[int], None]) -> int:
    number = 0
    while not stop.is_set():
        number += 1
        act(number)
        time.sleep(0.02)
    return number


def _write(service: Service, number: int, written: dict[UUID, str]) -> None:
    name = f"Live{number}"
    with people.working(service, people.LEAD) as work:
        made = _add(work, name)
    # The work has returned, so it was acknowledged.
    written[made] = name
    time.sleep(0.3)


def _correct(service: Service, number: int, ids: list[UUID], written: dict[UUID, str]) -> None:
    """Read, think, and write: a change of data keys may come in between, and is no reason to refuse."""
    person_id, name = ids[number % len(ids)], f"Right{number}"
    with people.working(service, people.LEAD) as work:
        person = work.session.get_one(Person, person_id)
        assert person.head.first_name == written[person_id]
        people_commands.correct(work, person, _identity(name), person.body, reason="Told by the school.")
    written[person_id] = name


def _rotating(service: Service, folder: Path) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "CSE_TRACKER_MODE": "test",
        "CSE_TRACKER_DATA": str(folder),
        "CSE_TRACKER_ROOT_KEY_FILE": str(service.settings.root.file),
        "DATABASE_URL": service.settings.database_url,
        "CSE_TRACKER_CLOCK": "no",
    }
    command = [sys.executable, "-m", "tests.soak.rotating", people.HACKNEY]
    with (folder / "rotating.log").open("wb") as log:
        return subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log)


def _finish(service: Service) -> None:
    """What an operator does after a power cut: run it again, until nothing is half done."""
    later = build(service.settings, now=service.tools.running.clock, passwords=CHEAP)
    opening = Opening(lambda: later, start_clock)
    for change in (("--borough", people.HACKNEY, "--data-keys"), ("--staff", "--data-keys"), ("--matching",)):
        done = CliRunner().invoke(cli, ("keys", "rotate", *change), obj=opening)
        assert done.exit_code == 0, done.output
    status = CliRunner().invoke(cli, ("keys", "status"), obj=opening).output
    assert "half done" not in status, status
    later.store.engine.dispose()


def _count(service: Service, written: dict[UUID, str], outcome: Outcome) -> None:
    fresh = build(service.settings, now=service.tools.running.clock, passwords=CHEAP)
    with people.working(fresh, people.LEAD, reading=True) as work:
        outcome.epochs = max(
            one.name.version for one in rotation.survey(work.session) if one.name.scope == people.HACKNEY
        )
        rows = {row.id: row for row in work.session.scalars(select(Person))}
        outcome.lost = sum(row_id not in rows for row_id in written)
        for row_id, name in written.items():
            try:
                outcome.lost += row_id in rows and rows[row_id].head.first_name != name
            except CryptoError:
                outcome.closed += 1
        under = work.session.scalars(select(DataKey.wrapper_version).where(DataKey.scope == people.HACKNEY))
        assert len(set(under)) == 1
    with people.working(fresh, people.OTHER_LEAD) as work:
        for row_id, name in written.items():
            found = matching.holders_of(work, _identity(name), "")
            outcome.missed += row_id not in {person.id for person, _ in found}
    with people.working(fresh, reading=True) as work:
        verdict = verify(work.session, rows=True)
        outcome.problem = "" if verdict.intact else str(verdict.problem)
    fresh.store.engine.dispose()
