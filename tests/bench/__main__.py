"""Prints one table and writes build/bench.json."""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from cse_tracker.app import Service, build
from tests import people
from tests.bench import auditing, counting, dashboard, estimating, partners, peers, plain, protecting, searching
from tests.store import CHEAP, Clock, StoreTemplates, settings_for
from tests.web.client import Browser

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 25
PEER_ROUNDS = 7
NAMES = 50


ELSEWHERE = "CSE_TRACKER_BENCH_DATABASE_URL"
WITHOUT_PGCRYPTO = (
    f"pgcrypto was not measured: the PostgreSQL that comes with the tests lacks it. Set {ELSEWHERE} to an empty "
    "database of a server that has it (Debian: postgresql-contrib), with the right to make extensions."
)


@dataclass(frozen=True)
class Figure:
    """One line of the table."""

    name: str
    value: float
    unit: str
    limit: float | None = None
    holds: bool | None = None


def main() -> None:
    databases = ("sqlite", "postgresql")
    figures = [figure for database in databases for figure in pages(database)]
    figures += pages_elsewhere()
    figures += [
        Figure(name, value, "ratio", limit, value <= limit)
        for database in databases
        for name, value, limit in searching.figures(database, ratio)
    ]
    figures += [
        Figure(name, value, "ratio", least, value >= least)
        for database in databases
        for name, value, least in partners.figures(database)
    ]
    figures += [Figure(name, value, "ratio", least, value >= least) for name, value, least in auditing.figures()]
    figures += estimates()
    figures += [
        Figure(name, value, unit, limit, None if limit is None else value <= limit)
        for name, value, unit, limit in (*protecting.figures(), *counting.figures())
    ]
    if "--quick" not in sys.argv:
        figures += dashboards() + set_up()
    target = ROOT / "build"
    target.mkdir(exist_ok=True)
    (target / "bench.json").write_text(json.dumps([asdict(figure) for figure in figures], indent=2) + "\n")
    for figure in figures:
        limit = "" if figure.limit is None else f"limit {figure.limit:g}, {'holds' if figure.holds else 'MISSED'}"
        sys.stdout.write(f"{figure.name:<58}{figure.value:>9.2f} {figure.unit:<8}{limit}\n")
    if not any("pgcrypto" in figure.name for figure in figures):
        sys.stdout.write(f"{WITHOUT_PGCRYPTO}\n")


def dashboards() -> list[Figure]:
    """The lead officer's dashboard with 5,000 cases, and with 200,000 in 33 boroughs: as quick, and no more to ask."""
    found = dashboard.measure()
    ratio_of_times = found["large"] / found["small"]
    more = found["statements_large"] - found["statements_small"]
    return [
        Figure("dashboard, 5,000 cases of which 200 are open", found["small"] * 1000, "ms"),
        Figure("dashboard, 200,000 cases in 33 boroughs", found["large"] * 1000, "ms"),
        Figure("dashboard, 200,000 cases / 5,000 cases", ratio_of_times, "ratio", 1.5, ratio_of_times <= 1.5),
        Figure("dashboard, statements with 200,000 cases", found["statements_large"], "", None, None),
        Figure("dashboard, statements more than with 5,000", more, "", 0.0, more <= 0),
    ]


def pages(database: str) -> list[Figure]:
    """Sealed pages against the same pages on the same rows in plain columns, taken in turn."""
    with tempfile.TemporaryDirectory() as folder:
        templates = StoreTemplates(Path(folder))
        try:
            with templates.copy(database, Path(folder)) as settings:
                service = build(settings, now=Clock(datetime(2026, 11, 16, 10, tzinfo=UTC)), passwords=CHEAP)
                figures = _pages(service, database)
                service.store.engine.dispose()
        finally:
            templates.close()
    return figures


def pages_elsewhere() -> list[Figure]:
    """The same pages on the empty database of a server of one's own, where a setting names one."""
    url = os.environ.get(ELSEWHERE)
    if not url:
        return []
    with tempfile.TemporaryDirectory() as folder:
        templates = StoreTemplates(Path(folder))
        templates.fill(url)
        settings = settings_for(url, Path(folder), templates.root_key_file)
        service = build(settings, now=Clock(datetime(2026, 11, 16, 10, tzinfo=UTC)), passwords=CHEAP)
        with service.store.engine.connect() as connection:
            version = connection.exec_driver_sql("SHOW server_version").scalar_one().split()[0]
        figures = _pages(service, f"postgresql {version}")
        service.store.engine.dispose()
    return figures


def _pages(service: Service, database: str) -> list[Figure]:
    service.web.register_blueprint(plain.bp)
    service.web.register_blueprint(peers.bp)
    case = None
    for number in range(NAMES):
        case = people.open_case(service, first_name=f"First{number}", last_name=f"Last{number % 17}")
    assert case is not None
    with people.working(service, people.LEAD) as work:
        plain.copy(work)
        for peer in peers.PEERS:
            if peer.available(service.store.engine):
                peer.copy(work)
    lead = Browser(service).sign_in(people.LEAD)

    def fetch(path: str) -> Callable[[], None]:
        def go() -> None:
            assert lead.client.get(path).status_code == 200

        return go

    listed = ratio(fetch("/plain/sealed/"), fetch("/plain/cases/"))
    one = ratio(fetch(f"/plain/sealed/{case.id}"), fetch(f"/plain/cases/{case.id}"))
    return [
        Figure(f"case list of {NAMES} names, sealed / plain ({database})", listed, "ratio", 1.6, listed <= 1.6),
        Figure(f"one case page, sealed / plain ({database})", one, "ratio", 1.1, one <= 1.1),
        *_peers(service, database, fetch, case.id),
    ]


def _peers(service: Service, database: str, fetch: Callable[[str], Callable[[], None]], case_id: UUID) -> list[Figure]:
    """The same two pages by libraries and extensions that encrypt column by column, for comparison; no limits."""
    figures = []
    for peer in peers.PEERS:
        if not peer.available(service.store.engine):
            continue
        listed = ratio(fetch(f"/peer/{peer.name}/"), fetch("/plain/cases/"), PEER_ROUNDS)
        one = ratio(fetch(f"/peer/{peer.name}/{case_id}"), fetch(f"/plain/cases/{case_id}"), PEER_ROUNDS)
        figures += [
            Figure(f"  the same list by {peer.title} / plain ({database})", listed, "ratio"),
            Figure(f"  the same case by {peer.title} / plain ({database})", one, "ratio"),
        ]
    return figures


def ratio(ours: Callable[[], None], other: Callable[[], None], rounds: int = ROUNDS) -> float:
    """The median of the ratios of pairs taken in turn, because machines are noisy."""
    for go in (ours, other, ours, other):
        go()
    ratios = []
    for _ in range(rounds):
        first = _seconds(ours)
        ratios.append(first / _seconds(other))
    return statistics.median(ratios)


def _seconds(go: Callable[[], None]) -> float:
    start = time.perf_counter()
    go()
    return time.perf_counter() - start


def estimates() -> list[Figure]:
    """The whole estimate on 2,000 areas against its linear algebra alone, and how memory grows."""
    slower, grows = estimating.ratio(), estimating.memory_growth()
    return [
        Figure("estimate, 2,000 areas x 20, 2,000 draws / NumPy alone", slower, "ratio", 1.5, slower <= 1.5),
        Figure("greatest memory, 4,000 areas / 2,000 areas", grows, "ratio", 2.2, grows <= 2.2),
    ]


def set_up() -> list[Figure]:
    """How long `make run` takes until it answers, on a fresh clone and again."""
    folder = Path(tempfile.mkdtemp(prefix="cse-bench-"))
    try:
        subprocess.run(["git", "clone", "-q", str(ROOT), str(folder / "clone")], check=True)
        cold = _until_it_answers(folder / "clone", "8931")
        warm = _until_it_answers(folder / "clone", "8932")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return [
        Figure("make run until it answers, fresh clone", cold, "s"),
        Figure("make run until it answers, second time", warm, "s"),
    ]


def _until_it_answers(clone: Path, port: str) -> float:
    environment = {**os.environ, "PORT": port}
    start = time.perf_counter()
    running = subprocess.Popen(
        ["make", "run"],
        cwd=clone, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        while time.perf_counter() - start < 600 and running.poll() is None:
            with (
                suppress(urllib.error.URLError, OSError),
                urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as answer,
            ):
                if answer.status == 200:
                    return time.perf_counter() - start
            time.sleep(0.1)
    finally:
        os.killpg(running.pid, 15)
        running.wait(20)
    message = "make run did not answer"
    raise RuntimeError(message)


if __name__ == "__main__":
    main()
