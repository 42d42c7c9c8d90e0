"""Opening the store: under its own root key only, with every key minted once."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from cse_tracker import paths
from cse_tracker.app import Service
from cse_tracker.records.keys import KeyEncryptionKey, load_keyring
from cse_tracker.records.store import SHARED_KEYS, Store
from cse_tracker.vault.envelope import Sealer
from cse_tracker.vault.errors import CryptoError, RootKeyProblem
from cse_tracker.vault.keyring import Keyring
from cse_tracker.vault.local import FileRootKey
from tests import people


def other_store(service: Service, folder: Path, *, development_keys: bool = True) -> Store:
    root = FileRootKey(folder / "other.key")
    root.create(development=True)
    return Store(service.store.engine, root, paths.folder("migrations"), development_keys=development_keys)


def test_a_store_under_another_root_key_does_not_open(sqlite_service: Service, tmp_path: Path) -> None:
    store = other_store(sqlite_service, tmp_path)
    with pytest.raises(RootKeyProblem, match="another installation, or the wrong root key"):
        store.keyring()
    assert not store.ready()
    assert sqlite_service.store.ready()


def test_a_development_key_opens_nothing_in_production(sqlite_service: Service, tmp_path: Path) -> None:
    store = other_store(sqlite_service, tmp_path, development_keys=False)
    with pytest.raises(RootKeyProblem, match="production"):
        store.keyring()


def test_minting_again_makes_only_what_is_missing(service: Service) -> None:
    before = keys(service)
    service.store.mint([people.HACKNEY, people.ISLINGTON])
    assert keys(service) == before
    service.store.mint(["W06000015"])
    assert {name for name, _ in keys(service) - before} == {("borough", "W06000015")}


def keys(service: Service) -> set[tuple[tuple[str, str], bytes]]:
    with people.working(service, reading=True) as work:
        rows = work.session.scalars(select(KeyEncryptionKey))
        return {((row.purpose, row.scope), row.wrapped) for row in rows}


def test_there_is_one_key_for_each_borough_and_purpose(sqlite_service: Service) -> None:
    assert len(keys(sqlite_service)) == 33 + len(SHARED_KEYS)
    assert len({wrapped for _, wrapped in keys(sqlite_service)}) == 33 + len(SHARED_KEYS)


def test_two_wrapped_keys_that_are_swapped_do_not_open(sqlite_service: Service) -> None:
    with people.working(sqlite_service) as work:
        one, other = work.session.scalars(
            select(KeyEncryptionKey).where(KeyEncryptionKey.purpose == "borough").limit(2)
        )
        one.wrapped, other.wrapped = other.wrapped, one.wrapped
        work.session.flush()
        with pytest.raises(CryptoError):
            load_keyring(work.session, sqlite_service.store.root)
        work.session.rollback()


def test_no_key_is_stored_as_it_is(sqlite_service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bytes] = []
    real = Sealer.__init__

    def noting(self: Sealer, key: bytes, version: int) -> None:
        seen.append(key)
        real(self, key, version)

    monkeypatch.setattr(Sealer, "__init__", noting)
    people.open_case(sqlite_service)
    with people.working(sqlite_service, reading=True) as work:
        assert isinstance(load_keyring(work.session, sqlite_service.store.root), Keyring)
        assert work.session.scalar(select(func.count()).select_from(KeyEncryptionKey)) == 33 + len(SHARED_KEYS)
    sqlite_service.store.engine.dispose()
    database = sqlite_service.store.engine.url.database
    assert database is not None
    stored = b"".join(path.read_bytes() for path in Path(database).parent.glob("store.sqlite*"))
    assert len(seen) > 40
    assert not [key for key in seen if key in stored or key.hex().encode() in stored]


def test_a_wrong_root_key_adds_no_key_to_a_store(service: Service, tmp_path: Path) -> None:
    with people.working(service) as work:
        city = KeyEncryptionKey.scope == "E09000001"
        work.session.delete(work.session.scalars(select(KeyEncryptionKey).where(city)).one())
    before = keys(service)
    with pytest.raises(RootKeyProblem, match="another root key"):
        other_store(service, tmp_path).mint(["E09000001"])
    assert keys(service) == before
    service.store.mint(["E09000001"])
    assert {name for name, _ in keys(service) - before} == {("borough", "E09000001")}
    assert service.store.ready()
