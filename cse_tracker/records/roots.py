"""The root key over the epochs: wrapping all of them under another version or in another place, and escrow of it."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Final, cast
from uuid import UUID

from sqlalchemy import Table, bindparam, select, text, update
from sqlalchemy.orm import Session

from cse_tracker.records.escrow import EscrowKit
from cse_tracker.records.keys import KeyEncryptionKey, stored_keys
from cse_tracker.vault.errors import RootKeyProblem
from cse_tracker.vault.kit import Contents
from cse_tracker.vault.local import EnvironmentRootKey
from cse_tracker.vault.root import RootKeyProvider, Wrapped
from cse_tracker.vault.wrapping import KeyName

EPOCHS: Final = cast("Table", KeyEncryptionKey.__table__)


def lock_epochs(session: Session) -> None:
    """Let nobody else begin, close or re-wrap epochs meanwhile; data keys are made as ever. SQLite has one writer."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE key_encryption_key IN SHARE ROW EXCLUSIVE MODE"))


def behind(session: Session, target: RootKeyProvider) -> int:
    """Count the epochs that are not under the newest version of the target."""
    status = target.status()
    ids = [wrapped.root_id for wrapped in stored_keys(session).values()]
    # Keys from before ids were kept are under the only version that a root key had then.
    current = {status.newest, ""} if len(status.ids) == 1 and set(ids) <= {"", status.newest} else {status.newest}
    return sum(root_id not in current for root_id in ids)


def rewrap_under_root(session: Session, current: RootKeyProvider, target: RootKeyProvider) -> int:
    """Wrap every epoch under the newest version of the target, in one transaction; gives how many there are.

    Nothing is changed unless the target opens again what it was given.
    """
    lock_epochs(session)
    stored = list(stored_keys(session).items())
    keys = current.unwrap_many(stored)
    return put_under(session, {name: key for (name, _), key in zip(stored, keys, strict=True)}, target)


def put_under(session: Session, keys: Mapping[KeyName, bytes], target: RootKeyProvider) -> int:
    """Store these keys wrapped under the newest version of the target; RootKeyProblem where it does not open them."""
    items = list(keys.items())
    wrapped = target.wrap_many(items)
    again = target.unwrap_many([(name, one) for (name, _), one in zip(items, wrapped, strict=True)])
    if not all(hmac.compare_digest(key, other) for (_, key), other in zip(items, again, strict=True)):
        message = "The root key does not open what it has just wrapped: nothing was changed"
        raise RootKeyProblem(message)
    rows = [
        {"p": name.purpose, "s": name.scope, "v": name.version, "root": one.root_id, "blob": one.blob}
        for (name, _), one in zip(items, wrapped, strict=True)
    ]
    if rows:
        session.connection().execute(_PUT, rows)
    return len(rows)


_PUT: Final = (
    update(EPOCHS)
    .where(
        EPOCHS.c.purpose == bindparam("p"),
        EPOCHS.c.scope == bindparam("s"),
        EPOCHS.c.version == bindparam("v"),
    )
    .values(root_id=bindparam("root"), wrapped=bindparam("blob"))
)


def covered_by_kit(session: Session, root: RootKeyProvider) -> str:
    """Say what a kit must hold today: the newest root key, or the list of epochs where the root key stays inside."""
    if root.export() is not None:
        return root.status().newest
    names = "\n".join(str(name) for name in sorted(stored_keys(session)))
    return "epochs:" + hashlib.sha256(names.encode()).hexdigest()[:16]


def contents_for_kit(session: Session, root: RootKeyProvider) -> Contents:
    """Give what a kit must hold so that this store can be opened from it and a backup alone."""
    exported = root.export()
    if exported is not None:
        return Contents(exported)
    stored = list(stored_keys(session).items())
    keys = root.unwrap_many(stored)
    return Contents(None, {name: key for (name, _), key in zip(stored, keys, strict=True)})


def opened_by(contents: Contents, stored: Mapping[KeyName, Wrapped], root: RootKeyProvider) -> int:
    """Try the contents of a kit on every epoch of the store; gives how many there are, RootKeyProblem for a miss."""
    if contents.root is not None:
        return len(EnvironmentRootKey(contents.root).unwrap_many(list(stored.items())))
    missing = [name for name in stored if name not in contents.keys]
    if missing:
        message = f"The kit is older than the store: it lacks {missing[0]}. Make a new one with keys escrow"
        raise RootKeyProblem(message)
    for name, key in zip(stored, root.unwrap_many(list(stored.items())), strict=True):
        if not hmac.compare_digest(key, contents.keys[name]):
            message = f"The kit holds another key for {name}: it is not of this store"
            raise RootKeyProblem(message)
    return len(stored)


def note_kit(session: Session, kit_id: UUID, covers: str, now: datetime) -> None:
    """Note that a kit was made."""
    session.add(EscrowKit(id=kit_id, covers=covers, made_at=now))


def note_tried(session: Session, kit_id: UUID, covers: str, now: datetime) -> None:
    """Note that a kit was opened and opens everything."""
    kit = session.get(EscrowKit, kit_id) or EscrowKit(id=kit_id, covers=covers, made_at=now)
    kit.verified_at = now
    session.add(kit)


def tried_at(session: Session, covers: str) -> datetime | None:
    """Give when a kit that covers this was last tried; None where none was."""
    found = select(EscrowKit.verified_at).where(EscrowKit.covers == covers, EscrowKit.verified_at.is_not(None))
    return session.scalars(found.order_by(EscrowKit.verified_at.desc()).limit(1)).one_or_none()
