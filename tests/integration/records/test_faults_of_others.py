"""Faults found in other systems that encrypt fields or chain their audit: each is held off here by name.

Where they were found is in the test's own words. Each was seen to fail with the fault put in.
"""

import sys
import threading
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event, inspect, select, text, update
from sqlalchemy.exc import SQLAlchemyError

from cse_tracker.app import Service
from cse_tracker.audit.model import AuditEntry
from cse_tracker.audit.verify import verify
from cse_tracker.notifications.model import OutgoingMessage
from cse_tracker.people import commands as person_commands
from cse_tracker.people.model import Person, PersonDetails
from cse_tracker.people.rules import Identity
from cse_tracker.records import rotation
from cse_tracker.records.keys import new_compartment
from cse_tracker.records.sealed import REGISTRY
from cse_tracker.vault.errors import CryptoError
from tests import people


def add(service: Service, last_name: str = "Zqxwmarsh", borough: str = people.HACKNEY) -> UUID:
    lead = people.LEAD if borough == people.HACKNEY else people.OTHER_LEAD
    with people.working(service, lead) as work:
        made = person_commands.add(work, Identity("Tia", last_name), PersonDetails(), borough_gss=borough)
    return made.id


def test_a_fraction_of_a_microsecond_is_in_no_mac(service: Service, clock: Any) -> None:
    """One product hashed nanoseconds and stored microseconds, so that its chain never verified."""
    clock.now = clock.now.replace(microsecond=999_999) + timedelta(microseconds=1.0)
    add(service)
    with people.working(service, reading=True) as work:
        assert verify(work.session, rows=True).intact


def test_eight_writers_at_once_fork_no_chain(service: Service) -> None:
    """Several products lock the last row of the chain, or nothing, and fork under load."""

    def work() -> None:
        for _ in range(4):
            add(service)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    with people.working(service, reading=True) as reading:
        assert len(reading.session.scalars(select(Person)).all()) == 32
        verdict = verify(reading.session, rows=True)
        assert verdict.intact, verdict
        places = reading.session.execute(select(AuditEntry.writer, AuditEntry.sequence)).all()
        assert len(places) == len(set(places))


def test_an_entry_committed_late_is_not_missed(service: Service) -> None:
    """A sealer that asks for entries above the last number it has seen misses those that commit later."""
    with people.working(service, reading=True) as work:
        before = verify(work.session).entries
    with people.working(service, people.LEAD) as slow:
        person_commands.add(slow, Identity("Tia", "Slow"), PersonDetails(), borough_gss=people.HACKNEY)
        if service.store.engine.dialect.name == "postgresql":
            other = threading.Thread(target=add, args=(service,))
            other.start()
            other.join()
    with people.working(service, reading=True) as work:
        verdict = verify(work.session, rows=True)
        assert verdict.intact, verdict
        assert verdict.entries > before


def test_a_value_that_does_not_open_is_refused_and_never_given_back_as_it_is(service: Service) -> None:
    """A field library gave the ciphertext back as the value after a change of keys."""
    person_id = add(service)
    with service.store.engine.begin() as connection:
        connection.execute(text("UPDATE person SET head_sealed = body_sealed"))
    with people.working(service, people.LEAD, reading=True) as work:
        row = work.session.get_one(Person, person_id)
        with pytest.raises(CryptoError) as caught:
            _ = row.head
    assert str(caught.value).count("\\x") == 0
    assert "Zqxw" not in str(caught.value)


def test_rotation_tells_nobody_and_writes_no_mail(service: Service) -> None:
    """A rotation ran every callback of every record, and flooded an outside service."""
    people.open_case(service)
    written: list[str] = []

    def heard(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.lstrip().startswith(("UPDATE", "INSERT")):
            written.append(statement.split()[1 if statement.lstrip().startswith("UPDATE") else 2].strip('"'))

    with people.working(service, reading=True) as work:
        before = len(work.session.scalars(select(OutgoingMessage.id)).all())
    event.listen(service.store.engine, "before_cursor_execute", heard)
    try:
        with people.working(service) as work:
            target = rotation.begin(work.session, service.store.root, "borough", people.HACKNEY, work.now)
        progress = rotation.Progress()
        while not progress.finished:
            with people.working(service) as work:
                rotation.rewrap(work.session, target, progress)
    finally:
        event.remove(service.store.engine, "before_cursor_execute", heard)
    assert progress.done > 0
    assert set(written) <= {"data_key", "key_encryption_key", "audit_entry"}
    with people.working(service, reading=True) as work:
        assert len(work.session.scalars(select(OutgoingMessage.id)).all()) == before


def test_names_beyond_ascii_come_back_whole_and_stay_in_their_row(service: Service) -> None:
    """A header cut ids beyond ASCII short, so that two of them were one."""
    names = ["Żółć", "Ólafsdóttir", "李小龍", "O’Neill", "Ünal\u0301", "😀"]
    ids = {add(service, name): name for name in names}
    with people.working(service, people.LEAD, reading=True) as work:
        assert {row.id: row.head.last_name for row in work.session.scalars(select(Person))} == ids


def test_an_error_of_the_database_quotes_no_value(service: Service) -> None:
    """An error text of the database library held the values that were bound."""
    with people.working(service, people.LEAD) as work:
        statement = text("INSERT INTO person (id, head_sealed) VALUES (:id, :head)")
        with pytest.raises(SQLAlchemyError) as caught, work.session.begin_nested():
            work.session.execute(statement, {"id": uuid4().hex, "head": b"Zqxwmarsh"})
    assert "Zqxw" not in str(caught.value)
    assert "Zqxw" not in repr(caught.value)


def test_a_sealed_value_of_another_row_does_not_open_even_under_the_same_key(service: Service) -> None:
    """A popular column type read another row's name, put into this row, without a word."""
    with people.working(service) as work:
        shared = new_compartment(work.session, "borough", people.HACKNEY)
        rows = [Person(borough_gss=people.HACKNEY, compartment_id=shared) for _ in range(2)]
        for row, name in zip(rows, ("One", "Other"), strict=True):
            row.head, row.body = Identity("Tia", name), PersonDetails()
            work.session.add(row)
        work.session.flush()
        one, other = (row.id for row in rows)
    table = Person.__table__
    with service.store.engine.begin() as connection:
        blob = connection.scalar(select(table.c.head_sealed).where(table.c.id == one))
        connection.execute(update(Person).where(table.c.id == other).values(head_sealed=blob))
    with people.working(service, people.LEAD, reading=True) as work:
        assert work.session.get_one(Person, one).head.last_name == "One"
        with pytest.raises(CryptoError):
            _ = work.session.get_one(Person, other).head


def test_rotation_reads_the_registry_of_every_sealed_column(service: Service) -> None:
    """A rotation went by declared fields and left those behind that had been sealed by hand."""
    found = inspect(service.store.engine)
    stored = {(table, str(column["name"])) for table in found.get_table_names() for column in found.get_columns(table)}
    sealed = {place for place in stored if place[1].endswith("_sealed") and place[0] != "audit_entry"}
    assert sealed == REGISTRY
