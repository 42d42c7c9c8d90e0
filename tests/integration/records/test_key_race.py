"""Many threads sealing at once: no value may ever be sealed under the key of another compartment."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID, uuid4

import pytest
from sqlalchemy.orm import Session

from cse_tracker.app import Service
from cse_tracker.people.model import Person, PersonDetails
from cse_tracker.people.rules import Identity
from cse_tracker.records.keys import KEYRING, new_compartment, sealer_for
from cse_tracker.records.payload import load
from cse_tracker.records.sealed import payload_fields
from cse_tracker.vault.envelope import Sealer
from cse_tracker.vault.errors import CryptoError
from tests import people

THREADS = 8
SEALS = 150
Sealed = list[tuple[Person, UUID, bytes]]


@pytest.fixture
def hasty_threads() -> Iterator[None]:
    """Let threads interrupt one another every ten microseconds."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def seal_many(service: Service, start: Barrier, number: int) -> tuple[Sealer, Sealed]:
    made: Sealed = []
    with Session(service.store.engine, autoflush=False) as session:
        session.info[KEYRING] = service.store.keyring()
        compartment = new_compartment(session, "borough", f"E090000{number + 10}")
        # On SQLite one transaction at a time holds the store, and all eight are to seal at once.
        session.commit()
        rows = [Person(borough_gss=people.HACKNEY, compartment_id=compartment) for _ in range(SEALS)]
        session.add_all(rows)
        start.wait()
        for row in rows:
            row.head = Identity(f"thread {number}", str(row.id))
            row.body = PersonDetails()
            for field in payload_fields(Person):
                field.seal(row)
            made.append((row, row.id, row.head_sealed))
        sealer = sealer_for(session, compartment, 1)
        session.expunge_all()
    return sealer, made


@pytest.mark.usefixtures("hasty_threads")
def test_no_value_is_ever_sealed_under_the_key_of_another_compartment(sqlite_service: Service) -> None:
    start = Barrier(THREADS)
    with ThreadPoolExecutor(THREADS) as pool:
        results = list(pool.map(lambda number: seal_many(sqlite_service, start, number), range(THREADS)))
    assert len({row.compartment_id for _, made in results for row, *_ in made}) == THREADS
    for number, (sealer, made) in enumerate(results):
        stranger = results[number - 1][0]
        for row, row_id, blob in made:
            context = Person.head.context(row)
            assert load(Identity, sealer.open(blob, context)) == Identity(f"thread {number}", str(row_id))
            with pytest.raises(CryptoError):
                stranger.open(blob, context)


@pytest.mark.usefixtures("hasty_threads")
def test_the_keyring_is_opened_once_however_many_ask(sqlite_service: Service) -> None:
    sqlite_service.store.mint([])
    start = Barrier(THREADS)

    def ask(_number: int) -> object:
        start.wait()
        return sqlite_service.store.keyring()

    with ThreadPoolExecutor(THREADS) as pool:
        rings = set(pool.map(ask, range(THREADS)))
    assert len(rings) == 1


def test_one_keyring_serves_wrapping_and_unwrapping_from_many_threads(sqlite_service: Service) -> None:
    keyring = sqlite_service.store.keyring()

    def work(number: int) -> bool:
        name, key, compartment = keyring.newest("borough", f"E090000{number + 10}"), bytes([number]) * 32, uuid4()
        wrapped = [keyring.wrap(name, key, compartment, 1) for _ in range(100)]
        return all(keyring.unwrap(name, one, compartment, 1) == key for one in wrapped)

    with ThreadPoolExecutor(THREADS) as pool:
        assert all(pool.map(work, range(THREADS)))
