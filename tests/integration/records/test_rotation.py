"""Epochs are begun, filled and closed beside live work; what was destroyed before a close is out of reach."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cse_tracker.app import Service, build
from cse_tracker.people import commands as people_commands
from cse_tracker.people import queries as people_queries
from cse_tracker.people.model import Person, PersonDetails
from cse_tracker.people.rules import Identity
from cse_tracker.records import marks, rotation
from cse_tracker.records.keys import DataKey, KeyEncryptionKey, destroy_compartment, seed
from cse_tracker.records.rotation import Progress
from cse_tracker.vault.errors import CryptoError
from cse_tracker.vault.keyring import KeyName
from tests import people
from tests.store import CHEAP

FIRST = KeyName("borough", people.HACKNEY, 1)
SECOND = KeyName("borough", people.HACKNEY, 2)


def add(service: Service, number: int = 0) -> UUID:
    with people.working(service, people.LEAD) as work:
        return people_commands.add(
            work, Identity(f"Name{number}", "Marsh"), PersonDetails(), borough_gss=people.HACKNEY
        ).id


def names(service: Service) -> set[str]:
    with people.working(service, people.LEAD, reading=True) as work:
        ids = list(work.session.scalars(select(Person.id)))
        return {row.head.first_name for row in people_queries.persons(work, ids).values()}


def test_a_rotation_is_taken_up_by_a_process_that_started_before_its_epoch(service: Service) -> None:
    add(service)
    earlier = build(service.settings, now=service.tools.running.clock, passwords=CHEAP)
    earlier.store.keyring()
    target = begin(service)
    assert begin(earlier) == target
    with people.working(earlier) as work:
        progress = rotation.rewrap(work.session, target, Progress())
    assert (progress.done, progress.broken) == (1, [])
    earlier.store.engine.dispose()


def begin(service: Service, purpose: str = "borough", scope: str = people.HACKNEY) -> KeyName:
    with people.working(service) as work:
        return rotation.begin(work.session, service.store.root, purpose, scope, work.now)


def rewrap(service: Service, target: KeyName, batch: int = 3) -> Progress:
    progress = Progress()
    while not progress.finished:
        with people.working(service) as work:
            rotation.rewrap(work.session, target, progress, batch=batch)
    return progress


def close(service: Service, target: KeyName) -> list[KeyName]:
    with people.working(service) as work:
        return rotation.close(work.session, target)


def epochs(service: Service) -> dict[KeyName, int]:
    with people.working(service, reading=True) as work:
        found = rotation.survey(work.session)
    return {one.name: one.data_keys for one in found if one.name.scope == people.HACKNEY}


@contextmanager
def second_process(service: Service) -> Iterator[Service]:
    """The same store, opened by a process that was started before whatever happens next."""
    other = build(service.settings, now=service.tools.running.clock, passwords=CHEAP)
    assert FIRST in other.store.keyring()
    yield other
    other.store.engine.dispose()


def test_everything_opens_after_a_rotation_and_the_old_epoch_is_gone(service: Service) -> None:
    for number in range(10):
        add(service, number)
    assert begin(service) == SECOND
    assert rewrap(service, SECOND).done == 10
    assert close(service, SECOND) == [FIRST]
    assert epochs(service) == {SECOND: 10}
    assert names(service) == {f"Name{number}" for number in range(10)}


def test_a_rotation_that_was_interrupted_is_taken_up_and_not_begun_again(service: Service) -> None:
    for number in range(7):
        add(service, number)
    begin(service)
    with people.working(service) as work:
        rotation.rewrap(work.session, SECOND, Progress(), batch=3)
    with people.working(service, reading=True) as work:
        assert [one.name for one in rotation.unfinished(rotation.survey(work.session))] == [FIRST]
    assert names(service) == {f"Name{number}" for number in range(7)}
    assert begin(service) == SECOND
    assert rewrap(service, SECOND).done == 4
    assert close(service, SECOND) == [FIRST]
    assert begin(service).version == 3


def test_an_epoch_in_use_is_not_closed(service: Service) -> None:
    add(service)
    begin(service)
    assert close(service, SECOND) == []
    assert names(service) == {"Name0"}
    with pytest.raises(IntegrityError), service.store.engine.begin() as connection:
        connection.execute(
            delete(KeyEncryptionKey).where(KeyEncryptionKey.scope == people.HACKNEY, KeyEncryptionKey.version == 1)
        )


def test_no_key_can_be_made_under_a_closed_epoch(service: Service) -> None:
    add(service)
    with service.store.engine.connect() as connection:
        old = connection.execute(select(*DataKey.__table__.columns).where(DataKey.scope == people.HACKNEY)).one()
    begin(service)
    rewrap(service, SECOND)
    close(service, SECOND)
    with pytest.raises(IntegrityError), service.store.engine.begin() as connection:
        connection.execute(insert(DataKey).values({**old._mapping, "version": 2}))


def test_a_process_that_started_before_reads_and_writes_through_a_rotation(service: Service) -> None:
    add(service, 1)
    with second_process(service) as other:
        begin(service)
        add(other, 2)
        rewrap(service, SECOND)
        close(service, SECOND)
        assert epochs(service) == {SECOND: 2}
        assert names(other) == {"Name1", "Name2"}
        add(other, 3)
    assert epochs(service) == {SECOND: 3}
    assert names(service) == {"Name1", "Name2", "Name3"}


def test_a_data_key_that_was_changed_is_named_and_stops_no_other(service: Service) -> None:
    add(service, 1)
    with people.working(service, people.LEAD, reading=True) as work:
        bad = work.session.scalars(select(Person.compartment_id)).one()
    add(service, 2)
    with service.store.engine.begin() as connection:
        connection.execute(update(DataKey).where(DataKey.compartment_id == bad).values(wrapped=bytes(79)))
    begin(service)
    progress = rewrap(service, SECOND)
    assert (progress.done, progress.broken) == (1, [bad])
    assert close(service, SECOND) == []


def test_what_was_destroyed_before_a_close_opens_under_no_key_that_is_left(service: Service) -> None:
    person = add(service, 1)
    add(service, 2)
    with service.store.engine.connect() as connection:
        copied = connection.execute(select(*DataKey.__table__.columns).where(DataKey.scope == people.HACKNEY)).all()
    with people.working(service) as work:
        destroy_compartment(work.session, work.session.get_one(Person, person).compartment_id)
    begin(service)
    rewrap(service, SECOND)
    close(service, SECOND)
    # A backup of the table of data keys, put back whole under whatever epochs there are now.
    with build_again(service) as later, Session(later.store.engine) as session:
        keyring = later.store.keyring()
        assert len(copied) == 2
        for row in copied:
            for name in (FIRST, SECOND):
                with pytest.raises(CryptoError):
                    keyring.unwrap(name, row.wrapped, row.compartment_id, row.version)
        assert session.get(Person, person) is not None
    assert "Name2" in names_but(service, person)


@contextmanager
def build_again(service: Service) -> Iterator[Service]:
    later = build(service.settings, now=service.tools.running.clock, passwords=CHEAP)
    yield later
    later.store.engine.dispose()


def names_but(service: Service, person: UUID) -> set[str]:
    with people.working(service, people.LEAD, reading=True) as work:
        rows = work.session.scalars(select(Person).where(Person.id != person))
        return {row.head.first_name for row in rows}


def test_the_keys_of_the_staff_move_and_marks_made_before_are_known_while_their_key_is_kept(service: Service) -> None:
    with people.working(service) as work:
        before = marks.mark(work.session, "e-mail", "x")
    target = begin(service, "staff", "")
    assert rewrap(service, target).done > 3
    with people.working(service) as work:
        after = marks.mark(work.session, "e-mail", "x")
        assert marks.marks(work.session, "e-mail", "x") == [after, before]
        assert (marks.epoch_of(before), marks.epoch_of(after)) == (1, 2)
        for made in (before, after):
            assert marks.marked(work.session, made, "e-mail", "x")
            assert not marks.marked(work.session, made, "e-mail", "y")
    assert close(service, target) == [KeyName("staff", "", 1)]
    with people.working(service) as work:
        assert marks.marks(work.session, "e-mail", "x") == [after]
        assert not marks.marked(work.session, before, "e-mail", "x")


def test_what_is_verified_or_rounded_by_an_epoch_keeps_it(service: Service) -> None:
    month = datetime(2026, 10, 31, tzinfo=UTC)
    for purpose in rotation.LASTING:
        with people.working(service) as work:
            before = seed(work.session, "rounding/x", month)
        assert close(service, begin(service, purpose, "")) == []
    with people.working(service) as work:
        assert seed(work.session, "rounding/x", month) == before
        assert seed(work.session, "rounding/x", work.now) != before
        assert seed(work.session, "rounding/x", work.now - timedelta(seconds=1)) == before
