"""What the audit costs: eight writers with it and without it, and verifying a million entries against hashing them."""

import json
import multiprocessing
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import click
from sqlalchemy import insert, text

from cse_tracker import config
from cse_tracker.app import Service, build
from cse_tracker.audit.chain import ONE_WRITER, Entry, Tail, Writer, _columns, _Pen
from cse_tracker.audit.encoding import mac_with
from cse_tracker.audit.model import AuditEntry
from cse_tracker.audit.reading import TABLE, selection, stored_entries
from cse_tracker.audit.verify import verify
from cse_tracker.cases import queries as cases
from cse_tracker.casework import commands as casework
from cse_tracker.casework.rules import Relation
from cse_tracker.records.keys import keyring_of
from cse_tracker.work import unit
from cse_tracker.work.actor import Actor
from cse_tracker.work.unit import Work
from tests import people
from tests.store import CHEAP, Clock, StoreTemplates

QUICK = "--quick" in sys.argv
WRITERS, ROUNDS = 8, 3 if QUICK else 5
SECONDS = 1.0 if QUICK else 3.0
ENTRIES = 50_000 if QUICK else 1_000_000
AT_ONCE = 5_000
NOW = datetime(2026, 11, 16, 10, tzinfo=UTC)
Line = tuple[str, float, float]


def figures() -> Iterator[Line]:
    """Give each figure's name, value and the least that it should be."""
    yield f"with audit / without, {WRITERS} writers (postgresql)", appending(), 0.9
    yield f"verifying {ENTRIES:,} entries, speed / of hashing alone", verifying(), 0.5


def appending() -> float:
    """The same work by eight processes, in turn with its entries and without: the median of the ratios."""
    with tempfile.TemporaryDirectory() as folder:
        templates = StoreTemplates(Path(folder))
        try:
            with templates.copy("postgresql", Path(folder)) as settings:
                durable(settings)
                cases_of = prepared(settings)
                ratios = []
                for number in range(ROUNDS + 1):
                    audited, plain = together(settings, cases_of, audit=True), together(settings, cases_of, audit=False)
                    if number:
                        ratios.append(audited / plain)
        finally:
            templates.close()
    return statistics.median(ratios)


def durable(settings: config.Settings) -> None:
    """Wait for the disk at each commit, as an installation does and the cluster of the tests does not."""
    service = build(settings, now=Clock(NOW), passwords=CHEAP)
    with service.store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for setting in ("fsync = on", "synchronous_commit = on", "full_page_writes = on"):
            connection.execute(text(f"ALTER SYSTEM SET {setting}"))
        connection.execute(text("SELECT pg_reload_conf()"))
    service.store.engine.dispose()


def prepared(settings: config.Settings) -> list[Any]:
    """A case for each writer, so that none waits for another's row."""
    service = build(settings, now=Clock(NOW), passwords=CHEAP)
    made = [people.open_case(service, first_name=f"First{number}").id for number in range(WRITERS)]
    service.store.engine.dispose()
    return made


def together(settings: config.Settings, cases_of: list[Any], *, audit: bool) -> float:
    """Give how many works a second the writers did together."""
    fork = multiprocessing.get_context("fork")
    done = fork.SimpleQueue()
    ready = fork.Barrier(WRITERS)
    writers = [
        fork.Process(target=write, args=(settings, case_id, done, ready, audit), daemon=True) for case_id in cases_of
    ]
    for writer in writers:
        writer.start()
    total: float = sum(done.get() for _ in writers)
    for writer in writers:
        writer.join()
    return total / SECONDS


def write(settings: config.Settings, case_id: Any, done: Any, ready: Any, audit: bool) -> None:  # noqa: FBT001
    service = build(settings, now=Clock(NOW), passwords=CHEAP)
    if not audit:
        unit._append = without_entries
    number = 0
    with service.app.app_context():
        actor = people.actor(service, people.LEAD)
        one(service, actor, case_id)
        ready.wait()
        end = time.perf_counter() + SECONDS
        while time.perf_counter() < end:
            one(service, actor, case_id)
            number += 1
    done.put(number)


def one(service: Service, actor: Actor, case_id: Any) -> None:
    """A small real work: a case is opened for change, and a sealed entry is added to its record."""
    with service.tools.running.work(actor) as work:
        case = cases.open_case(work, case_id, for_change=True).case
        casework.enter(work, case, Relation(relation="friend", name="Somebody", text="Said so."))


def without_entries(work: Work, writer: Writer) -> Tail:
    del work
    return writer.tail or Tail()


def verifying() -> float:
    """How fast a million entries are verified, as a share of how fast they are read and hashed without a question."""
    with tempfile.TemporaryDirectory() as folder:
        templates = StoreTemplates(Path(folder))
        try:
            with templates.copy("sqlite", Path(folder)) as settings:
                service = build(settings, now=Clock(NOW), passwords=CHEAP)
                fill(service)
                ratios = [hashed(service) / verified(service) for _ in range(3)]
                service.store.engine.dispose()
        finally:
            templates.close()
    return statistics.median(ratios)


def fill(service: Service) -> None:
    """Make the chain a million entries long, by the pen that writes every entry."""
    with people.working(service) as work:
        last = work.session.query(AuditEntry).order_by(AuditEntry.sequence.desc()).first()
        assert last is not None
        tail, pen = Tail(last.sequence, last.mac), _Pen(keyring_of(work.session), ONE_WRITER)
        entry = Entry(
            at=NOW, actor_id=uuid4(), sign_in_id=uuid4(), request_id=uuid4(), action="case.viewed", object_type="case",
            object_id=uuid4(), borough_gss=people.HACKNEY, facts={"shown": 1},
        )  # fmt: skip
        while tail.sequence < ENTRIES:
            values = []
            for _ in range(AT_ONCE):
                stored = pen.write(entry, tail, {})
                values.append(_columns(stored))
                tail = Tail(stored.sequence, stored.mac)
            work.session.connection().execute(insert(AuditEntry), values)


def verified(service: Service) -> float:
    with people.working(service, reading=True) as work, bar("Verifying") as progress:
        start = time.perf_counter()
        verdict = verify(work.session, progress=progress.update)
        took = time.perf_counter() - start
    assert verdict.intact, json.dumps(str(verdict))
    return took


def bar(label: str) -> Any:
    return click.progressbar(length=ENTRIES, label=label, file=sys.stderr)


def hashed(service: Service) -> float:
    """Read every entry as it is stored and compute its MAC; compare nothing, follow no chain."""
    with people.working(service, reading=True) as work:
        mac_of = mac_with(keyring_of(work.session))
        wanted = selection(work.session).order_by(TABLE.c.writer, TABLE.c.sequence)
        start = time.perf_counter()
        with closing(stored_entries(work.session, wanted)) as entries:
            for entry in entries:
                mac_of(entry)
        return time.perf_counter() - start
