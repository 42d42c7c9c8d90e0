"""Compartments: each has a random data key of its own, wrapped under a borough's or the staff's key."""

from collections.abc import Iterable
from typing import cast
from uuid import UUID, uuid4

from sqlalchemy import LargeBinary, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from cse_tracker.records.base import Base
from cse_tracker.vault.envelope import Sealer
from cse_tracker.vault.errors import CryptoError
from cse_tracker.vault.keyring import KeyName, Keyring, new_key, unwrap_under_root, wrap_under_root
from cse_tracker.vault.root import RootKey

KEYRING = "keyring"
OPENED = "opened compartments"


class KeyringMissing(Exception):
    """A session without a keyring touched a sealed record: open sessions through the unit of work."""


class KeyEncryptionKey(Base):
    """One epoch of a key over data keys, wrapped under the root key."""

    __tablename__ = "key_encryption_key"
    __table_args__ = (UniqueConstraint("purpose", "scope", "version"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    purpose: Mapped[str]
    scope: Mapped[str]
    version: Mapped[int]
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)


class DataKey(Base):
    """One version of a compartment's key. Without this row nothing sealed in the compartment opens again."""

    __tablename__ = "data_key"

    compartment_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[str]
    scope: Mapped[str]
    wrapper_version: Mapped[int]
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)


def load_keyring(session: Session, root: RootKey) -> Keyring:
    """Unwrap every key-encryption key; raises CryptoError under another root key."""
    rows = session.scalars(select(KeyEncryptionKey)).all()
    names = {KeyName(row.purpose, row.scope, row.version): row.wrapped for row in rows}
    return Keyring({name: unwrap_under_root(root, name, wrapped) for name, wrapped in names.items()})


def mint_keys(session: Session, root: RootKey, wanted: Iterable[tuple[str, str]]) -> None:
    """Make the first epoch of each (purpose, scope) that has none yet."""
    have = {(row.purpose, row.scope) for row in session.scalars(select(KeyEncryptionKey))}
    for purpose, scope in wanted:
        if (purpose, scope) in have:
            continue
        name = KeyName(purpose, scope, 1)
        wrapped = wrap_under_root(root, name, new_key())
        session.add(KeyEncryptionKey(purpose=purpose, scope=scope, version=1, wrapped=wrapped))


def keyring_of(session: Session) -> Keyring:
    """Give the session's keyring; raises KeyringMissing so that a session opened elsewhere fails closed."""
    keyring = session.info.get(KEYRING)
    if keyring is None:
        message = "This session was opened without a keyring, so no sealed record can be read or written"
        raise KeyringMissing(message)
    return cast("Keyring", keyring)


def _opened(session: Session) -> dict[tuple[UUID, int], Sealer]:
    return cast("dict[tuple[UUID, int], Sealer]", session.info.setdefault(OPENED, {}))


def new_compartment(session: Session, purpose: str, scope: str = "") -> UUID:
    """Make a compartment with a fresh data key under the newest epoch of the named key."""
    keyring = keyring_of(session)
    name, key, compartment_id = keyring.newest(purpose, scope), new_key(), uuid4()
    wrapped = keyring.wrap(name, key, compartment_id, 1)
    session.add(
        DataKey(
            compartment_id=compartment_id,
            version=1,
            purpose=purpose,
            scope=scope,
            wrapper_version=name.version,
            wrapped=wrapped,
        )
    )
    _opened(session)[compartment_id, 1] = Sealer(key, 1)
    return compartment_id


def unlock(session: Session, compartment_ids: Iterable[UUID]) -> None:
    """Unwrap the data keys of many compartments with one query (a list of 50 must not make 50 queries)."""
    opened = _opened(session)
    have = {compartment_id for compartment_id, _ in opened}
    missing = set(compartment_ids) - have
    if not missing:
        return
    keyring = keyring_of(session)
    wanted = select(*DataKey.__table__.columns).where(DataKey.compartment_id.in_(missing))
    # A flush here would raise the revision of the very row whose value is being opened.
    with session.no_autoflush:
        found = session.execute(wanted).all()
    for row in found:
        name = KeyName(row.purpose, row.scope, row.wrapper_version)
        key = keyring.unwrap(name, row.wrapped, row.compartment_id, row.version)
        opened[row.compartment_id, row.version] = Sealer(key, row.version)


def sealer_for(session: Session, compartment_id: UUID, version: int) -> Sealer:
    """Give the sealer of a compartment; raises CryptoError when its key is gone."""
    opened = _opened(session)
    if (compartment_id, version) not in opened:
        unlock(session, [compartment_id])
    sealer = opened.get((compartment_id, version))
    if sealer is None:
        raise CryptoError
    return sealer


def destroy_compartment(session: Session, compartment_id: UUID) -> None:
    """Delete every version of a compartment's key: what is still sealed in it is gone."""
    session.execute(delete(DataKey).where(DataKey.compartment_id == compartment_id))
    for known in [key for key in _opened(session) if key[0] == compartment_id]:
        del _opened(session)[known]
