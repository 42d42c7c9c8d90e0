"""The API under fire: a server that is killed under its clients, and requests that nobody would think of."""

import os
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import uuid4

import pytest
import requests
from sqlalchemy import func, select

from cse_tracker.app import Service, build
from cse_tracker.audit.verify import verify
from cse_tracker.jobs.delivery import deliver_outbox
from cse_tracker.notifications.mailers import SmtpMailer
from cse_tracker.notifications.model import MessageState, OutgoingMessage
from cse_tracker.referrals.model import Referral
from tests import people
from tests.integration.api.acts import BASE, partner, referral
from tests.journeys.live import Postbox, mail_server
from tests.soak import fuzzing
from tests.soak.conftest import Report
from tests.soak.killed_server import NOW
from tests.store import CHEAP, Clock, StoreTemplates

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 600.0


@pytest.fixture
def smtp() -> None:
    """Say that a real mail server is asked for: letters leave for one on this machine."""


@dataclass
class Server:
    """A server process that is killed and started again on the same store."""

    environment: dict[str, str]
    url: str = ""
    killed: int = 0
    process: subprocess.Popen[str] | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.soak.killed_server"],
            env=self.environment,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()
        assert self.url.startswith("http"), "the server did not start"

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.killed += 1


def under_fire(
    templates: StoreTemplates, folder: Path, database: str, *, number: int, clients: int, kills: int
) -> tuple[int, int, Counter[str]]:
    """Submit so many referrals by so many clients while the server is killed so often.

    Gives how many acknowledged ones are missing, how many are there beyond one each, and how often each letter came.
    """
    with templates.copy(database, folder) as settings, mail_server() as (postbox, port):
        clock = Clock(NOW)
        service = build(settings, now=clock, passwords=CHEAP)
        token = partner(service).token
        environment = {
            **os.environ, "CSE_TRACKER_MODE": "test", "CSE_TRACKER_DATA": str(folder), "CSE_TRACKER_CLOCK": "no",
            "CSE_TRACKER_ROOT_KEY_FILE": str(settings.root.file), "DATABASE_URL": settings.database_url,
            "SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(port), "CSE_TRACKER_API_RATE": "65535", "PYTHONPATH": str(ROOT),
        }  # fmt: skip
        server = Server(environment)
        server.start()
        acknowledged: list[str] = []

        def submit(place: int) -> None:
            key, body = uuid4().hex, referral(first_name=f"First{place}")
            ends = time.monotonic() + PATIENCE
            headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}
            while time.monotonic() < ends:
                try:
                    answer = requests.post(f"{server.url}{BASE}/referrals", json=body, headers=headers, timeout=60)
                except requests.RequestException:
                    time.sleep(0.2)
                    continue
                assert answer.status_code == 201, answer.text
                with server.lock:
                    acknowledged.append(answer.json()["id"])
                return
            pytest.fail("a referral could not be submitted")

        def kill_now_and_then() -> None:
            for turn in range(1, kills + 1):
                while len(acknowledged) < turn * number // (kills + 1):
                    time.sleep(0.02)
                server.kill()
                server.start()

        killer = threading.Thread(target=kill_now_and_then)
        killer.start()
        try:
            with ThreadPoolExecutor(clients) as pool:
                list(pool.map(submit, range(number)))
        finally:
            killer.join()
            server.kill()
        assert server.killed == kills + 1
        return _counted(service, clock, postbox, port, acknowledged, number)


def _counted(
    service: Service, clock: Clock, postbox: Postbox, port: int, acknowledged: list[str], number: int
) -> tuple[int, int, Counter[str]]:
    clock.advance(minutes=6)
    tools = replace(service.tools, mailer=SmtpMailer("127.0.0.1", port))
    with service.app.app_context():
        while deliver_outbox(tools):
            pass
    with people.working(service, reading=True) as work:
        there = {str(each) for each in work.session.scalars(select(Referral.id))}
        waiting = select(func.count()).where(OutgoingMessage.state != MessageState.SENT)
        assert work.session.scalar(waiting) == 0
        letters = {str(each) for each in work.session.scalars(select(OutgoingMessage.id))}
        assert verify(work.session).intact
    came = Counter(str(mail["Message-ID"]).strip("<>").partition("@")[0] for _, mail in postbox.taken)
    for each in letters - set(came):
        came[each] = 0
    assert len(letters) == 2 * number
    service.store.engine.dispose()
    return len(set(acknowledged) - there), len(there) - number, came


@pytest.mark.usefixtures("smtp")
def test_a_server_killed_under_its_clients_loses_nothing_and_does_nothing_twice(
    templates: StoreTemplates, tmp_path: Path
) -> None:
    lost, more, came = under_fire(templates, tmp_path, "sqlite", number=24, clients=6, kills=1)
    assert (lost, more) == (0, 0)
    assert min(came.values()) >= 1
    assert max(came.values()) <= 2


@pytest.mark.soak
@pytest.mark.usefixtures("smtp")
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_thousand_referrals_by_fifty_clients_outlive_five_kills(
    templates: StoreTemplates, tmp_path: Path, database: str, report: Report
) -> None:
    lost, more, came = under_fire(templates, tmp_path, database, number=1_000, clients=50, kills=5)
    report(f"referrals lost of 1,000 acknowledged, five kills ({database})", lost, "count", limit=0, holds=lost == 0)
    report(f"referrals beyond one each, five kills ({database})", more, "count", limit=0, holds=more == 0)
    least, most = min(came.values()), max(came.values())
    twice = sum(times > 1 for times in came.values())
    report(f"fewest times that a letter came ({database})", least, "count", limit=1, holds=least >= 1)
    report(f"most times that a letter came ({database})", most, "count", limit=2, holds=most <= 2)
    report(f"letters that came twice, of 2,000 ({database})", twice, "count")
    assert (lost, more) == (0, 0)
    assert least >= 1
    assert most <= 2


def test_every_operation_withstands_made_up_requests(sqlite_service: Service) -> None:
    ran = fuzzing.fuzz(sqlite_service, 12)
    assert len(ran) == fuzzing.OPERATIONS
    assert min(ran.values()) >= 10


@pytest.mark.soak
def test_every_operation_withstands_two_thousand_made_up_requests(sqlite_service: Service, report: Report) -> None:
    ran = fuzzing.fuzz(sqlite_service, 2_000)
    report("fuzzed requests to each operation of the API, at least", min(ran.values()), "count", limit=2_000)
    assert len(ran) == fuzzing.OPERATIONS
    assert min(ran.values()) >= 2_000
