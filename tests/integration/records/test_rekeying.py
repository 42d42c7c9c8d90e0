"""New data keys for compartments in use, beside live work; and what stays while a legal hold is on a record."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from cse_tracker.app import Service, build
from cse_tracker.audit.verify import verify
from cse_tracker.people import commands as people_commands
from cse_tracker.people.model import Person, PersonDetails
from cse_tracker.people.rules import Identity
from cse_tracker.records import rekeying
from cse_tracker.records.keys import DataKey, sealer_for
from cse_tracker.records.rekeying import Rekeying
from cse_tracker.vault.errors import CryptoError
from cse_tracker.work.unit import Work
from tests import people
from tests.store import CHEAP

WHERE = ("borough", people.HACKNEY)


def add(service: Service, number: int) -> UUID:
    with people.working(service, people.LEAD) as work:
        name = Identity(f"Name{number}", "Marsh")
        return people_commands.add(work, name, PersonDetails(), borough_gss=people.HACKNEY).id


def renew(service: Service, at_once: int = 2) -> Rekeying:
    progress = Rekeying()
    while not progress.finished:
        with people.working(service) as work:
            rekeying.renew(work.session, *WHERE, progress, at_once=at_once)
    return progress


def clear(service: Service, progress: Rekeying) -> tuple[int, int]:
    with people.working(service) as work:
        since = rekeying.database_time(work.session)
    with people.working(service) as work:
        assert rekeying.settled(work.session, since)
        return rekeying.clear(work.session, *WHERE, progress)


def versions(service: Service) -> set[int]:
    with people.working(service, reading=True) as work:
        return set(work.session.scalars(select(DataKey.version).where(DataKey.scope == people.HACKNEY)))


def names(service: Service) -> set[str]:
    with people.working(service, people.LEAD, reading=True) as work:
        return {row.head.first_name for row in work.session.scalars(select(Person))}


@contextmanager
def other(service: Service) -> Iterator[Service]:
    later = build(service.settings, now=service.tools.running.clock, passwords=CHEAP)
    later.store.keyring()
    yield later
    later.store.engine.dispose()


def test_everything_is_sealed_anew_at_its_revision_and_older_data_keys_open_nothing(service: Service) -> None:
    ids = [add(service, number) for number in range(5)]
    case = people.open_case(service)
    with people.working(service, reading=True) as work:
        before = {row.id: (row.revision, row.head_sealed) for row in work.session.scalars(select(Person))}
        row = work.session.get_one(Person, ids[0])
        stolen = sealer_for(work.session, row.compartment_id, 1)
    progress = renew(service)
    assert progress.rows > len(ids)
    assert clear(service, progress) == (0, 0)
    assert versions(service) == {2}
    assert progress.broken == set()
    with people.working(service, reading=True) as work:
        for row in work.session.scalars(select(Person)):
            assert row.revision == before[row.id][0]
            assert row.head_sealed != before[row.id][1]
        row = work.session.get_one(Person, ids[0])
        with pytest.raises(CryptoError):
            stolen.open(row.head_sealed, ("person", "head_sealed", row.id, row.compartment_id, 2, row.revision))
        verdict = verify(work.session, rows=True)
        assert verdict.intact, verdict.problem
    assert names(service) >= {f"Name{number}" for number in range(5)}
    people.assess(service, case)
    add(service, 5)
    assert "Name5" in names(service)
    # A second time makes a third key, and no more than that.
    assert clear(service, renew(service)) == (0, 0)
    assert versions(service) == {3, 2}


def test_one_that_was_interrupted_is_taken_up_and_makes_no_third_key(service: Service) -> None:
    for number in range(3):
        add(service, number)
    progress = Rekeying()
    with people.working(service) as work:
        rekeying.renew(work.session, *WHERE, progress, at_once=1)
    assert versions(service) == {1, 2}
    assert names(service) == {"Name0", "Name1", "Name2"}
    assert clear(service, renew(service)) == (0, 0)
    assert versions(service) == {2}
    assert names(service) == {"Name0", "Name1", "Name2"}


@pytest.mark.parametrize("service", ["postgresql"], indirect=True)
def test_work_that_read_before_and_writes_after_loses_nothing(service: Service) -> None:
    """It knows the older key alone, and its row has been sealed anew under its hands. SQLite has one work at a time."""
    changed, idle = add(service, 0), add(service, 1)
    read, renewed = threading.Event(), threading.Event()

    def slowly(work: Work) -> None:
        row = work.session.get_one(Person, changed)
        head = row.head
        compartment = row.compartment_id
        read.set()
        assert renewed.wait(20)
        row.head = replace(head, first_name="Slow")
        added = Person(borough_gss=people.HACKNEY, compartment_id=compartment)
        added.head, added.body = replace(head, first_name="Beside"), PersonDetails()
        work.session.add(added)

    def late(process: Service) -> None:
        with process.app.app_context(), process.tools.running.work() as work:
            slowly(work)

    with other(service) as process:
        thread = threading.Thread(target=late, args=(process,))
        thread.start()
        assert read.wait(20)
        progress = renew(service)
        with people.working(service, reading=True) as work:
            since = rekeying.database_time(work.session)
        with people.working(service, reading=True) as work:
            assert not rekeying.settled(work.session, since)
        renewed.set()
        thread.join(20)
        assert clear(service, progress) == (2, 0)
        assert versions(service) == {1, 2}
        assert clear(service, progress) == (0, 0)
        assert versions(service) == {2}
        assert names(service) == {"Slow", "Beside", "Name1"}
        assert names(process) == {"Slow", "Beside", "Name1"}
    assert idle != changed


def test_what_does_not_open_is_named_and_keeps_its_key(service: Service) -> None:
    add(service, 0)
    bad = add(service, 1)
    table = Person.__table__
    with service.store.engine.begin() as connection:
        connection.execute(table.update().where(table.c.id == bad).values(head_sealed=bytes(99)))  # type: ignore[attr-defined]
    progress = renew(service)
    assert clear(service, progress) == (1, 0)
    with people.working(service, reading=True) as work:
        row = work.session.get_one(Person, bad)
        assert progress.broken == {row.compartment_id}
        kept = select(DataKey.version).where(DataKey.compartment_id == row.compartment_id)
        assert set(work.session.scalars(kept)) == {1, 2}


def test_a_data_key_from_before_that_is_put_back_opens_nothing_that_is_there(service: Service) -> None:
    add(service, 0)
    columns = DataKey.__table__.c
    with service.store.engine.connect() as connection:
        (copied,) = connection.execute(select(*columns).where(columns.scope == people.HACKNEY)).mappings().all()
    clear(service, renew(service))
    with service.store.engine.begin() as connection:
        connection.execute(insert(DataKey.__table__), [dict(copied)])  # type: ignore[arg-type]
    with Session(service.store.engine) as session:
        row = session.scalars(select(Person)).one()
        key = service.store.keyring()
        old = key.data_sealer(next(name for name in key.epochs(*WHERE)), copied["wrapped"], copied["compartment_id"], 1)
        with pytest.raises(CryptoError):
            old.open(row.head_sealed, ("person", "head_sealed", row.id, row.compartment_id, 1, row.revision))
    assert names(service) == {"Name0"}
