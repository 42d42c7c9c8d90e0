"""Keys under load: sealing for many boroughs at once, and rotation killed again and again beside live work."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from cse_tracker.app import Service, build
from cse_tracker.people import commands as people_commands
from cse_tracker.people.model import Person, PersonDetails
from cse_tracker.people.rules import Identity
from cse_tracker.records import rotation
from cse_tracker.records.keys import DataKey
from cse_tracker.vault.errors import CryptoError
from tests import people
from tests.soak.conftest import Report
from tests.store import CHEAP

pytestmark = pytest.mark.soak
KILLS = int(os.environ.get("CSE_TRACKER_KILLS", "200"))
SHORTEST_INTERVAL = 1e-6


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
    report(f"records undecryptable after them ({name})", outcome.closed, "count", limit=0, holds=outcome.closed == 0)
    report(f"acknowledged writes lost by them ({name})", outcome.lost, "count", limit=0, holds=outcome.lost == 0)
    assert outcome.killed >= KILLS
    assert (outcome.closed, outcome.lost) == (0, 0)


class Outcome:
    """What was counted: rotations killed in their middle, records that do not open, acknowledged writes not there."""

    def __init__(self) -> None:
        self.killed = self.closed = self.lost = self.written = self.epochs = 0


def kill_rotations(service: Service, folder: Path, kills: int) -> Outcome:
    """Run `rotating` in a process of its own, kill it at a random moment, again and again, while two threads write."""
    outcome, dice, stop = Outcome(), random.Random(2005), threading.Event()
    written: dict[UUID, str] = {}
    with people.working(service, people.LEAD) as work:
        for number in range(24):
            name = f"First{number}"
            written[_add(work, name)] = name
    writers = [threading.Thread(target=_write, args=(service, place, written, stop)) for place in range(2)]
    for writer in writers:
        writer.start()
    try:
        with _rotating(service, folder) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            while outcome.killed < kills:
                process.stdin.write(b"rotate\n")
                process.stdin.flush()
                child = int(process.stdout.readline())
                # It rotates without an end, so whenever the signal comes, it comes inside a rotation.
                time.sleep(dice.random() * 0.3)
                os.kill(child, signal.SIGKILL)
                assert process.stdout.readline() == b"killed\n"
                outcome.killed += 1
            process.stdin.close()
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    outcome.written = len(written)
    _finish(service)
    _count(service, written, outcome)
    return outcome


def _add(work: object, name: str) -> UUID:
    return people_commands.add(work, Identity(name, "Marsh"), PersonDetails(), borough_gss=people.HACKNEY).id  # type: ignore[arg-type]


def _write(service: Service, place: int, written: dict[UUID, str], stop: threading.Event) -> None:
    number = 0
    while not stop.is_set():
        number += 1
        name = f"Live{place}x{number}"
        with people.working(service, people.LEAD) as work:
            made = _add(work, name)
        # The work has returned, so it was acknowledged.
        written[made] = name
        time.sleep(0.02)


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
    return subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )


def _finish(service: Service) -> None:
    """What an operator does after a power cut: run it again."""
    with people.working(service) as work:
        target = rotation.begin(work.session, service.store.root, "borough", people.HACKNEY, work.now)
    progress = rotation.Progress()
    while not progress.finished:
        with people.working(service) as work:
            rotation.rewrap(work.session, target, progress)
    with people.working(service) as work:
        rotation.close(work.session, target)


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
                outcome.closed += rows[row_id].head.first_name != name
            except CryptoError:
                outcome.closed += 1
        under = work.session.scalars(select(DataKey.wrapper_version).where(DataKey.scope == people.HACKNEY))
        assert len(set(under)) == 1
    fresh.store.engine.dispose()
