"""Epochs: a new key over a borough's data keys is begun, the data keys move under it, the old one is closed.

A closed epoch is deleted. Whoever has an older data key of it, from a backup or from what a deletion left on a disk,
can open it no more, unless the older epoch's own wrapped form was kept together with the root key of that time. So a
destroyed record is beyond every older backup once its epoch is closed, the root key has been renewed after that, and
the old root key is destroyed (decision 18).

Everything is plain statements, without the ORM's events: a re-wrapped key is no change of any record.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, cast
from uuid import UUID

from sqlalchemy import Table, bindparam, delete, exists, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cse_tracker.records.keys import (
    DataKey,
    KeyEncryptionKey,
    add_epochs,
    epochs_of,
    forget_epochs,
    keyring_of,
    stored_keys,
)
from cse_tracker.vault.errors import CryptoError
from cse_tracker.vault.keyring import KeyName
from cse_tracker.vault.root import RootKeyProvider

BATCH: Final = 200
# What was written under an epoch of these is verified, or rounded alike, for ever: no epoch of theirs is closed.
LASTING: Final = frozenset({"audit", "statistics"})
KEYS: Final = cast("Table", DataKey.__table__)
EPOCHS: Final = cast("Table", KeyEncryptionKey.__table__)


@dataclass(frozen=True)
class Epoch:
    """One epoch as it stands: its name, the root key over it, and how many data keys are under it."""

    name: KeyName
    root_id: str
    data_keys: int


@dataclass
class Progress:
    """How far re-wrapping has come: data keys done, and the compartments whose key would not open."""

    done: int = 0
    broken: list[UUID] = field(default_factory=list)
    after: tuple[UUID, int] | None = None
    finished: bool = False


def survey(session: Session) -> list[Epoch]:
    """Give every epoch with the number of its data keys, in order."""
    under = (
        select(KEYS.c.purpose, KEYS.c.scope, KEYS.c.wrapper_version, func.count().label("number"))
        .group_by(KEYS.c.purpose, KEYS.c.scope, KEYS.c.wrapper_version)
        .order_by(KEYS.c.purpose)
    )
    counted = {KeyName(row.purpose, row.scope, row.wrapper_version): row.number for row in session.execute(under)}
    return [Epoch(name, stored.root_id, counted.get(name, 0)) for name, stored in stored_keys(session).items()]


def unfinished(epochs: Iterable[Epoch]) -> list[Epoch]:
    """Give the epochs that a rotation has left behind: not the newest of their key, and still in use."""
    found = list(epochs)
    newest: dict[tuple[str, str], int] = {}
    for epoch in found:
        key = (epoch.name.purpose, epoch.name.scope)
        newest[key] = max(newest.get(key, 0), epoch.name.version)
    return [
        epoch
        for epoch in found
        if epoch.data_keys and epoch.name.version < newest[epoch.name.purpose, epoch.name.scope]
    ]


def begin(session: Session, root: RootKeyProvider, purpose: str, scope: str, now: datetime) -> KeyName:
    """Begin a new epoch, or take up the one whose rotation was interrupted; gives its name."""
    known = [epoch for epoch in survey(session) if (epoch.name.purpose, epoch.name.scope) == (purpose, scope)]
    if not known:
        raise CryptoError
    target = known[-1].name
    if not unfinished(known):
        target = KeyName(purpose, scope, target.version + 1)
        add_epochs(session, root, [target], now)
        session.flush()
    # An epoch taken up may have been begun by another process since this one last looked.
    keyring_of(session).refresh(stored_keys(session))
    return target


def newest(session: Session, purpose: str, scope: str = "") -> KeyName:
    """Give the newest epoch of a key in the store."""
    return KeyName(purpose, scope, max(epochs_of(session, purpose, scope)))


def rewrap(session: Session, target: KeyName, progress: Progress, *, batch: int = BATCH) -> Progress:
    """Move the next batch of data keys under the target epoch; safe beside writers and beside another rotation.

    Interrupted anywhere it is simply run again: what is not yet under the target is what is left to do.
    """
    keyring = keyring_of(session)
    left = select(KEYS).where(
        KEYS.c.purpose == target.purpose, KEYS.c.scope == target.scope, KEYS.c.wrapper_version < target.version
    )
    if progress.after is not None:
        compartment, version = progress.after
        later = (KEYS.c.compartment_id > compartment) | (
            (KEYS.c.compartment_id == compartment) & (KEYS.c.version > version)
        )
        left = left.where(later)
    left = left.order_by(KEYS.c.compartment_id, KEYS.c.version).limit(batch).with_for_update(skip_locked=True)
    rows = session.execute(left).all()
    moved = []
    for row in rows:
        name = KeyName(row.purpose, row.scope, row.wrapper_version)
        context = (row.compartment_id, row.version)
        try:
            key = keyring.unwrap(name, row.wrapped, *context)
        except CryptoError:
            progress.broken.append(row.compartment_id)
            continue
        moved.append(
            {
                "compartment": row.compartment_id,
                "number": row.version,
                "old": row.wrapper_version,
                "new": target.version,
                "fresh": keyring.wrap(target, key, *context),
            }
        )
    if moved:
        session.connection().execute(_MOVE, moved)
    progress.done += len(moved)
    progress.finished = len(rows) < batch
    progress.after = (rows[-1].compartment_id, rows[-1].version) if rows else progress.after
    return progress


_MOVE: Final = (
    update(KEYS)
    .where(
        KEYS.c.compartment_id == bindparam("compartment"),
        KEYS.c.version == bindparam("number"),
        KEYS.c.wrapper_version == bindparam("old"),
    )
    .values(wrapper_version=bindparam("new"), wrapped=bindparam("fresh"))
)


def close(session: Session, target: KeyName, keep: Collection[int] = ()) -> list[KeyName]:
    """Destroy the epochs before the target that hold nothing any more, those to `keep` apart; gives their names.

    An epoch under which somebody is making a key at this moment stays (the database refuses): run it again.
    """
    if target.purpose in LASTING:
        return []
    older = [
        name
        for name in stored_keys(session)
        if (name.purpose, name.scope) == (target.purpose, target.scope)
        and name.version < target.version
        and name.version not in keep
    ]
    return [name for name in older if _delete(session, name)]


def _delete(session: Session, name: KeyName) -> bool:
    in_use = exists().where(
        KEYS.c.purpose == name.purpose, KEYS.c.scope == name.scope, KEYS.c.wrapper_version == name.version
    )
    unused = delete(EPOCHS).where(
        EPOCHS.c.purpose == name.purpose, EPOCHS.c.scope == name.scope, EPOCHS.c.version == name.version, ~in_use
    )
    forget_epochs(session)
    try:
        with session.begin_nested():
            return session.connection().execute(unused).rowcount == 1
    except IntegrityError:
        return False
