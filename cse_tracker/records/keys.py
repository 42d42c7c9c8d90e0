"""Compartments: each has a random data key of its own, wrapped under a borough's or the staff's key."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from typing import Final, cast
from uuid import UUID, uuid4

from sqlalchemy import ForeignKeyConstraint, Index, LargeBinary, UniqueConstraint, bindparam, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from cse_tracker.records.base import Base
from cse_tracker.vault.envelope import Sealer
from cse_tracker.vault.errors import CryptoError, RootKeyProblem
from cse_tracker.vault.keyring import KeyName, Keyring, new_key, open_keyring
from cse_tracker.vault.root import RootKeyProvider, Wrapped

KEYRING = "keyring"
OPENED = "opened compartments"
EPOCHS = "epochs read"
STAFF: Final = "staff"
# A data key as it is stored, its columns in the order of the table.
StoredKey = tuple[UUID, int, str, str, int, bytes]
Epochs = dict[tuple[str, str], dict[int, datetime | None]]
DESTROYED = "destroyed compartments"


class KeyringMissing(Exception):
    """A session without a keyring touched a sealed record: open sessions through the unit of work."""


class KeyEncryptionKey(Base):
    """One epoch of a key over data keys, wrapped under the root key. Without this row none of its data keys opens."""

    __tablename__ = "key_encryption_key"
    __table_args__ = (UniqueConstraint("purpose", "scope", "version"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    purpose: Mapped[str]
    scope: Mapped[str]
    version: Mapped[int]
    # Which version of which root key wraps it; empty for keys made before this was kept.
    root_id: Mapped[str] = mapped_column(default="")
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)
    # None for a key's first epoch, which holds from the beginning.
    begun_at: Mapped[datetime | None] = mapped_column(default=None)

    @property
    def name(self) -> KeyName:
        """Its name in the keyring."""
        return KeyName(self.purpose, self.scope, self.version)


_KEYS: Final = KeyEncryptionKey.__table__.c
# Those of the staff's key come along: nearly every work that makes a compartment leaves a mark as well.
_EPOCHS: Final = (
    select(_KEYS.purpose, _KEYS.scope, _KEYS.version, _KEYS.begun_at)
    .where((_KEYS.purpose == bindparam("purpose")) & (_KEYS.scope == bindparam("scope")) | (_KEYS.purpose == STAFF))
    .order_by(_KEYS.version)
)


class DataKey(Base):
    """One version of a compartment's key. Without this row nothing sealed in the compartment opens again."""

    __tablename__ = "data_key"
    __table_args__ = (
        # An epoch in use cannot be closed, and no key can be made under a closed one, whoever tries at once.
        ForeignKeyConstraint(
            ["purpose", "scope", "wrapper_version"],
            ["key_encryption_key.purpose", "key_encryption_key.scope", "key_encryption_key.version"],
        ),
        Index("ix_data_key_epoch", "purpose", "scope", "wrapper_version", "compartment_id"),
    )

    compartment_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[str]
    scope: Mapped[str]
    wrapper_version: Mapped[int]
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)


_DATA_KEYS: Final = (
    select(*DataKey.__table__.columns)
    .where(DataKey.__table__.c.compartment_id.in_(bindparam("wanted", expanding=True)))
    .order_by(DataKey.__table__.c.version)
)


def stored_keys(session: Session) -> dict[KeyName, Wrapped]:
    """Give every key-encryption key as it is stored."""
    columns = KeyEncryptionKey.__table__.c
    wanted = select(columns.purpose, columns.scope, columns.version, columns.root_id, columns.wrapped)
    # A flush here would raise the revision of the very row whose value is being opened.
    with session.no_autoflush:
        rows = session.execute(wanted.order_by(columns.purpose, columns.scope, columns.version)).all()
    return {KeyName(row.purpose, row.scope, row.version): Wrapped(row.root_id, row.wrapped) for row in rows}


def load_keyring(session: Session, root: RootKeyProvider) -> Keyring:
    """Unwrap every key-encryption key in one batch; raises RootKeyProblem or CryptoError under another root key."""
    return open_keyring(root, stored_keys(session))


def mint_keys(session: Session, root: RootKeyProvider, wanted: Iterable[tuple[str, str]]) -> None:
    """Make the first epoch of each (purpose, scope) that has none yet."""
    have = {(name.purpose, name.scope) for name in stored_keys(session)}
    names = [KeyName(purpose, scope, 1) for purpose, scope in wanted if (purpose, scope) not in have]
    add_epochs(session, root, names)


def add_epochs(
    session: Session, root: RootKeyProvider, names: Iterable[KeyName], begun_at: datetime | None = None
) -> None:
    """Store a new random key under each name, wrapped in one batch under the newest root key."""
    forget_epochs(session)
    keys = [(name, new_key()) for name in names]
    for (name, _), wrapped in zip(keys, root.wrap_many(keys) if keys else [], strict=True):
        session.add(
            KeyEncryptionKey(
                purpose=name.purpose,
                scope=name.scope,
                version=name.version,
                root_id=wrapped.root_id,
                wrapped=wrapped.blob,
                begun_at=begun_at,
            )
        )


class Opened(dict[tuple[UUID, int], Sealer]):
    """The data keys that a unit of work has opened, by compartment and version.

    `newest` holds the newest version of the compartments all of whose keys were looked at: with it alone is sealed.
    """

    def __init__(self) -> None:
        super().__init__()
        self.newest: dict[UUID, int] = {}

    def clear(self) -> None:
        """Forget everything."""
        super().clear()
        self.newest.clear()


def keyring_of(session: Session) -> Keyring:
    """Give the session's keyring; raises KeyringMissing so that a session opened elsewhere fails closed."""
    keyring = session.info.get(KEYRING)
    if keyring is None:
        message = "This session was opened without a keyring, so no sealed record can be read or written"
        raise KeyringMissing(message)
    return cast("Keyring", keyring)


def _opened(session: Session) -> Opened:
    return cast("Opened", session.info.setdefault(OPENED, Opened()))


def new_compartment(session: Session, purpose: str, scope: str = "") -> UUID:
    """Make a compartment with a fresh data key under the newest epoch of the named key."""
    keyring = keyring_of(session)
    name, key, compartment_id = _newest_epoch(session, purpose, scope), new_key(), uuid4()
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
    opened = _opened(session)
    opened[compartment_id, 1], opened.newest[compartment_id] = Sealer(key, 1), 1
    return compartment_id


def _newest_epoch(session: Session, purpose: str, scope: str) -> KeyName:
    epochs_of(session, purpose, scope)
    return keyring_of(session).newest(purpose, scope)


def forget_epochs(session: Session) -> None:
    """Forget which epochs there are; whoever begins or closes one says so."""
    session.info.get(EPOCHS, {}).clear()


def epochs_of(session: Session, purpose: str, scope: str = "") -> dict[int, datetime | None]:
    """Give a key's epochs with when they were begun, the oldest first, all of them in the keyring.

    Asks the store and not only memory: another process may have begun an epoch, and closed the one known here.
    """
    keyring = keyring_of(session)
    # A unit of work asks once; where there is none, each time.
    known: Epochs = session.info.get(EPOCHS, {})
    if (purpose, scope) not in known:
        known.update({(purpose, scope): {}, (STAFF, ""): {}})
        # Past the session's unit of work, whose bookkeeping costs more than the answer, and which could flush here.
        for row in session.connection().execute(_EPOCHS, {"purpose": purpose, "scope": scope}):
            known[row.purpose, row.scope][row.version] = row.begun_at
    found = known[purpose, scope]
    if {name.version for name in keyring.epochs(purpose, scope)} != set(found):
        keyring.refresh(stored_keys(session))
    return found


def seed(session: Session, label: str, at: datetime) -> bytes:
    """Give the secret from which figures about a time are rounded: of the epoch that was the newest then.

    So figures about one period are rounded alike for ever, whatever is rotated later: rounded twice by two keys they
    could be averaged.
    """
    begun = epochs_of(session, "statistics")
    version = max((number for number, since in begun.items() if since is None or since <= at), default=min(begun))
    return keyring_of(session).secret("statistics", label, version=version)


def add_version(session: Session, compartment_id: UUID, purpose: str, scope: str, version: int) -> None:
    """Give a compartment one more data key, under the newest epoch; what is written from now on is sealed under it."""
    name, key = _newest_epoch(session, purpose, scope), new_key()
    wrapped = keyring_of(session).wrap(name, key, compartment_id, version)
    session.add(
        DataKey(
            compartment_id=compartment_id,
            version=version,
            purpose=purpose,
            scope=scope,
            wrapper_version=name.version,
            wrapped=wrapped,
        )
    )


def newest_version(session: Session, compartment_id: UUID) -> int:
    """Give the version of the data key under which a compartment is written; raises CryptoError where it has none."""
    newest = _opened(session).newest
    if compartment_id not in newest:
        _unlock(session, {compartment_id})
    if compartment_id not in newest:
        raise CryptoError
    return newest[compartment_id]


def unlock(session: Session, compartment_ids: Iterable[UUID]) -> None:
    """Unwrap the data keys of many compartments with one query (a list of 50 must not make 50 queries)."""
    opened = _opened(session)
    have = {compartment_id for compartment_id, _ in opened}
    missing = set(compartment_ids) - have
    if missing:
        _unlock(session, missing)


def _unlock(session: Session, missing: set[UUID]) -> None:
    # A flush here would raise the revision of the very row whose value is being opened.
    found = session.connection().execute(_DATA_KEYS, {"wanted": list(missing)}).all()
    take_every_key(session, [tuple(row) for row in found])


def take_every_key(session: Session, rows: Iterable[StoredKey]) -> None:
    """Unwrap all data keys of compartments, each compartment's oldest first: its last is sealed with from now on."""
    opened = _opened(session)
    for row in rows:
        take_key(session, row)
        if row[:2] in opened:
            opened.newest[row[0]] = row[1]


def take_key(session: Session, row: StoredKey) -> None:
    """Unwrap one data key that was read from the store."""
    compartment_id, version, purpose, scope, epoch, wrapped = row
    opened = _opened(session)
    if (compartment_id, version) in opened or compartment_id in session.info.get(DESTROYED, ()):
        return
    keyring, name = keyring_of(session), KeyName(purpose, scope, epoch)
    if name not in keyring:
        keyring.refresh(stored_keys(session))
    opened[compartment_id, version] = keyring.data_sealer(name, wrapped, compartment_id, version)


def freshen(session: Session, now: datetime) -> None:
    """Once a minute, hold the keyring against the store: closed epochs leave memory, new ones are known."""
    keyring = keyring_of(session)
    if keyring.due(now):
        # Where the root key does not answer, who needs a new epoch will be told so; everybody else works on.
        with suppress(RootKeyProblem):
            keyring.refresh(stored_keys(session))


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
    session.info.setdefault(DESTROYED, set()).add(compartment_id)
    opened = _opened(session)
    opened.newest.pop(compartment_id, None)
    for known in [key for key in opened if key[0] == compartment_id]:
        del opened[known]
