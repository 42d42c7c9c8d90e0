"""New data keys for compartments in use: what is sealed in one is sealed anew, and then its older key is destroyed.

A row keeps its revision: a change of keys is no change of any record, and nobody's open form goes stale. Three steps,
each of which may be interrupted and run again:

1. `renew` gives compartments one more key and seals their rows anew. From then on everything is written under it.
2. `settled` waits until no work is left that began before that: such work may know the older key alone.
3. `clear` seals anew what that work wrote, and destroys the older keys under which nothing stands any more.

SQLite has one writer at a time, so there is never anything to wait for.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy import Select, Table, and_, bindparam, delete, exists, func, select, text, tuple_, update
from sqlalchemy.orm import Session

from cse_tracker.records.base import Base
from cse_tracker.records.guards import HELD
from cse_tracker.records.keys import DataKey, add_version, newest_version, sealer_for, unlock
from cse_tracker.records.sealed import SealedRecord, payload_fields
from cse_tracker.vault.errors import CryptoError

AT_ONCE: Final = 50
KEYS: Final = cast("Table", DataKey.__table__)


@dataclass
class Rekeying:
    """How far it has come: compartments done, rows sealed anew, and compartments in which something did not open."""

    compartments: int = 0
    rows: int = 0
    broken: set[UUID] = field(default_factory=set)
    after: UUID | None = None
    finished: bool = False


def count(session: Session, purpose: str, scope: str) -> int:
    """Give how many compartments a borough, or the staff, has."""
    wanted = select(func.count(KEYS.c.compartment_id.distinct()))
    return session.scalar(wanted.where(KEYS.c.purpose == purpose, KEYS.c.scope == scope)) or 0


def renew(session: Session, purpose: str, scope: str, progress: Rekeying, *, at_once: int = AT_ONCE) -> Rekeying:
    """Give the next compartments a new key, unless a run that was interrupted did, and seal their rows anew."""
    wanted = select(KEYS.c.compartment_id).where(KEYS.c.purpose == purpose, KEYS.c.scope == scope).distinct()
    if progress.after is not None:
        wanted = wanted.where(KEYS.c.compartment_id > progress.after)
    ids = list(session.scalars(wanted.order_by(KEYS.c.compartment_id).limit(at_once)))
    # Held until the end, so that neither a second run nor a destruction comes between. Other work only reads them.
    keys = select(KEYS).where(KEYS.c.compartment_id.in_(ids)).order_by(KEYS.c.compartment_id, KEYS.c.version)
    versions: dict[UUID, list[int]] = {}
    for row in session.execute(keys.with_for_update()):
        versions.setdefault(row.compartment_id, []).append(row.version)
    for compartment_id, known in versions.items():
        if len(known) == 1:
            add_version(session, compartment_id, purpose, scope, known[0] + 1)
    session.flush()
    _seal_anew(session, list(versions), progress)
    progress.compartments += len(versions)
    progress.finished = len(ids) < at_once
    progress.after = ids[-1] if ids else progress.after
    return progress


def _kinds() -> Iterator[type[SealedRecord]]:
    for mapper in SealedRecord.registry.mappers:
        if issubclass(mapper.class_, SealedRecord) and "compartment_id" in mapper.local_table.c:
            yield mapper.class_


def _older(table: Table, compartments: Sequence[UUID]) -> Select[Any]:
    newer = KEYS.alias()
    behind = exists().where(newer.c.compartment_id == table.c.compartment_id, newer.c.version > table.c.key_version)
    return select(table).where(table.c.compartment_id.in_(compartments), behind)


def _seal_anew(session: Session, compartments: Sequence[UUID], progress: Rekeying) -> None:
    if not compartments:
        return
    unlock(session, compartments)
    for kind in _kinds():
        table = cast("Table", kind.__table__)
        columns = [each.column for each in payload_fields(kind)]
        changed = []
        for row in session.execute(_older(table, compartments)).mappings():
            try:
                changed.append(_under_newest(session, table, columns, row))
            except CryptoError:
                progress.broken.add(row["compartment_id"])
        if changed:
            done = session.connection().execute(_put(table, columns), changed)
            progress.rows += done.rowcount if done.rowcount > 0 else len(changed)


def _under_newest(session: Session, table: Table, columns: list[str], row: Any) -> dict[str, object]:
    compartment_id, old, revision = row["compartment_id"], row["key_version"], row["revision"]
    new = newest_version(session, compartment_id)
    before, after = sealer_for(session, compartment_id, old), sealer_for(session, compartment_id, new)
    values: dict[str, object] = {"of_row": row["id"], "of_revision": revision, "of_version": old, "key_version": new}
    for column in columns:
        place = (table.name, column, row["id"], compartment_id)
        values[column] = after.seal(before.open(row[column], (*place, old, revision)), (*place, new, revision))
    return values


def _put(table: Table, columns: list[str]) -> Any:
    # Whoever wrote the row meanwhile was first: it is looked at again before the older key goes.
    same = and_(
        table.c.id == bindparam("of_row"),
        table.c.revision == bindparam("of_revision"),
        table.c.key_version == bindparam("of_version"),
    )
    return update(table).where(same).values({name: bindparam(name) for name in (*columns, "key_version")})


def settled(session: Session, since: datetime | None) -> bool:
    """Whether no work is left that began before this time of the database, other than this."""
    if session.get_bind().dialect.name == "sqlite":
        return True
    left = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
        "AND backend_type = 'client backend' AND state <> 'idle' AND coalesce(xact_start, backend_start) <= :since"
    )
    return not session.scalar(left, {"since": since})


def database_time(session: Session) -> datetime | None:
    """Give the time by the database's own clock, by which it counts when work began; nothing on SQLite."""
    if session.get_bind().dialect.name == "sqlite":
        return None
    return session.scalar(select(func.clock_timestamp()))


def clear(session: Session, purpose: str, scope: str, progress: Rekeying) -> tuple[int, int]:
    """Seal anew what is still under older keys, and where nothing was, destroy those; after `settled` alone.

    Gives how many rows were under older keys, and how many older keys stay under a legal hold: no hold is passed.
    """
    newer = KEYS.alias()
    older = select(KEYS.c.compartment_id, KEYS.c.version).where(
        KEYS.c.purpose == purpose,
        KEYS.c.scope == scope,
        exists().where(newer.c.compartment_id == KEYS.c.compartment_id, newer.c.version > KEYS.c.version),
    )
    spent = {(row.compartment_id, row.version) for row in session.execute(older.with_for_update())}
    left: set[UUID] = set()
    number = 0
    for kind in _kinds():
        table = cast("Table", kind.__table__)
        behind = exists().where(newer.c.compartment_id == table.c.compartment_id, newer.c.version > table.c.key_version)
        held = KEYS.c.compartment_id == table.c.compartment_id
        wanted = select(table.c.compartment_id).where(behind, exists().where(held, KEYS.c.scope == scope))
        found = session.scalars(wanted.where(exists().where(held, KEYS.c.purpose == purpose))).all()
        number, left = number + len(found), left | set(found)
    if left:
        _seal_anew(session, sorted(left), progress)
    on_hold = set(session.scalars(select(Base.metadata.tables[HELD].c.compartment_id)))
    going = [each for each in sorted(spent) if each[0] not in left | on_hold]
    for start in range(0, len(going), AT_ONCE):
        some = going[start : start + AT_ONCE]
        session.execute(delete(KEYS).where(tuple_(KEYS.c.compartment_id, KEYS.c.version).in_(some)))
    return number, sum(each[0] in on_hold for each in spent)
