"""What a work does to its session: keys for as long as it lasts, one clock, and on SQLite the write lock at once."""

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from cse_tracker.app import Service
from cse_tracker.audit.verify import verify
from cse_tracker.identity.model import Agency
from cse_tracker.records.keys import KEYRING, OPENED, KeyringMissing, keyring_of
from cse_tracker.work.lease import Lease, hold
from cse_tracker.work.unit import READ_ONLY
from tests import people
from tests.store import Clock


def begin_elsewhere(service: Service) -> None:
    database = service.store.engine.url.database
    assert database is not None
    connection = sqlite3.connect(Path(database), timeout=0, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")
    finally:
        connection.close()


@pytest.mark.parametrize("reading", [True, False])
def test_sqlite_takes_the_write_lock_before_the_first_row_is_read(sqlite_service: Service, reading: bool) -> None:  # noqa: FBT001
    with people.working(sqlite_service, reading=reading) as work:
        work.session.scalars(select(Agency)).all()
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            begin_elsewhere(sqlite_service)
    begin_elsewhere(sqlite_service)


def test_sqlite_runs_with_the_settings_that_safety_depends_on(sqlite_service: Service) -> None:
    wanted = {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1, "foreign_keys": 1, "trusted_schema": 0}
    with sqlite_service.store.engine.connect() as connection:
        found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in wanted}
    assert found == wanted


def test_no_statement_shows_its_parameters_in_an_error(service: Service) -> None:
    assert service.store.engine.hide_parameters


def test_keys_leave_the_session_when_the_work_ends_however_it_ends(sqlite_service: Service) -> None:
    def fail() -> None:
        with sqlite_service.tools.running.work() as work:
            keyring_of(work.session)
            raise KeyError

    with sqlite_service.app.app_context():
        session = sqlite_service.tools.running.session()
        with sqlite_service.tools.running.work() as work:
            assert keyring_of(work.session) is sqlite_service.store.keyring()
        assert not {KEYRING, OPENED, READ_ONLY} & set(session.info)
        with pytest.raises(KeyError):
            fail()
        assert not {KEYRING, OPENED, READ_ONLY} & set(session.info)
        with pytest.raises(KeyringMissing):
            keyring_of(session)


def test_a_work_reads_the_clock_once(sqlite_service: Service, clock: Clock) -> None:
    with people.working(sqlite_service) as work:
        before = work.now
        clock.advance(hours=1)
        assert work.now == before
    with people.working(sqlite_service) as work:
        assert work.now == before + timedelta(hours=1)


def test_a_lease_is_held_by_one_owner_until_it_runs_out(service: Service, clock: Clock) -> None:
    length = timedelta(seconds=30)

    def take(owner: str) -> bool:
        with Session(service.store.engine) as session:
            return hold(session, "clock", owner, clock(), length)

    assert take("one")
    assert not take("other")
    clock.advance(seconds=29)
    assert take("one")
    clock.advance(seconds=30)
    assert not take("other")
    clock.advance(seconds=1)
    assert take("other")
    assert not take("one")
    with Session(service.store.engine) as session:
        assert session.get_one(Lease, "clock").owner == "other"


def test_an_empty_work_writes_nothing(service: Service) -> None:
    def entries() -> int:
        with people.working(service, reading=True) as work:
            return verify(work.session).entries

    before = entries()
    with people.working(service):
        pass
    assert entries() == before
