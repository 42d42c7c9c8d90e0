"""What a transaction wrote to other tables: each row's revision and a digest of its plain columns.

A payload opens at its own revision alone, so a row whose revision is the last one written and whose payloads open is
the row that was written. Digests of sealed bytes would say the same, but a change of keys would make them all wrong.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import Enum
from functools import lru_cache
from typing import Any, Final, TypeAlias
from uuid import UUID

from sqlalchemy import event, inspect
from sqlalchemy.orm import Session, SessionTransaction

from cse_tracker.audit.encoding import microseconds
from cse_tracker.records.base import Record
from cse_tracker.records.keys import DESTROYED
from cse_tracker.records.sealed import REGISTRY
from cse_tracker.vault.envelope import CONTEXT_START, ContextPart, Sealer, encode_context, encode_parts

WRITTEN: Final = "rows written"
COMPARTMENT: Final = "compartment"
# Bound to every payload of the row already, and changed by a change of keys.
NOT_COMPARED: Final = frozenset({"compartment_id", "key_version"})
GONE: Final = -1
_NOTHING: Final = encode_parts([b""])

Place: TypeAlias = tuple[str, UUID]
# The revision (GONE where the row was deleted), the columns compared, and the digest of their values.
Witness: TypeAlias = tuple[int, str, str]


@lru_cache(maxsize=256)
def compared(kind: type[Record]) -> tuple[tuple[tuple[bytes, str], ...], str]:
    """Give what a digest of such a row covers, and a fingerprint of the columns' names.

    That is each column's name as a digest encodes it, and the attribute that holds its value, in a fixed order.

    A later version's new column changes the fingerprint, so that older digests are not taken for edits.
    """
    mapper = inspect(kind)
    table = kind.__tablename__
    pairs = sorted(
        (column.name, mapper.get_property_by_column(column).key)
        for column in mapper.local_table.columns
        if column.name not in NOT_COMPARED and (table, column.name) not in REGISTRY
    )
    names = encode_context([name for name, _ in pairs])
    encoded = tuple((encode_parts([name]), attribute) for name, attribute in pairs)
    return encoded, hashlib.sha256(names).hexdigest()[:8]


def digest_of(row: Record) -> str:
    """Digest the plain columns of a row: 16 bytes of SHA-256 in hexadecimal."""
    pairs, _ = compared(type(row))
    digest = hashlib.sha256(CONTEXT_START)
    for name, attribute in pairs:
        value = getattr(row, attribute)
        digest.update(name)
        digest.update(_NOTHING if value is None else encode_parts((_part(value),)))
    return digest.hexdigest()[:32]


def _part(value: object) -> ContextPart:
    match value:
        case Enum():
            return str(value.value)
        case datetime():
            return microseconds(value)
        case bool() | int():
            return int(value)
        case str() | bytes() | UUID():
            return value
    return value.isoformat() if isinstance(value, date) else repr(value)


def witness_of(row: Record) -> Witness:
    """Give what an entry keeps of a row as it stands."""
    return (row.revision, compared(type(row))[1], digest_of(row))


def written(session: Session) -> dict[Place, Witness]:
    """Give what this session's transaction has written so far."""
    found: dict[Place, Witness] = session.info.setdefault(WRITTEN, {})
    gone: Iterable[UUID] = session.info.get(DESTROYED, ())
    return {**found, **{(COMPARTMENT, compartment_id): (GONE, "", "") for compartment_id in gone}}


def forget(session: Session) -> None:
    """Begin anew, as each unit of work does."""
    session.info[WRITTEN] = {}
    session.info[DESTROYED] = set()


def seal(sealer: Sealer, rows: Mapping[Place, Witness], writer: UUID, sequence: int) -> bytes:
    """Seal what was written, bound to the entry that carries it."""
    tables: dict[str, list[list[str | int]]] = {}
    for (table, row_id), (revision, columns, digest) in rows.items():
        tables.setdefault(f"{table}:{columns}", []).append([row_id.hex, revision, digest])
    raw = json.dumps(tables, separators=(",", ":")).encode()
    return sealer.seal(raw, ("audit_entry", "rows_sealed", writer, sequence))


def opened(sealer: Sealer, sealed: bytes, writer: UUID, sequence: int) -> dict[Place, Witness]:
    """Open what an entry says was written; raises CryptoError when it was changed."""
    tables: dict[str, list[Any]] = json.loads(sealer.open(sealed, ("audit_entry", "rows_sealed", writer, sequence)))
    rows: dict[Place, Witness] = {}
    for name, found in tables.items():
        table, _, columns = name.partition(":")
        for row_id, revision, digest in found:
            rows[table, UUID(hex=row_id)] = (revision, columns, digest)
    return rows


def later(one: Witness | None, other: Witness) -> Witness:
    """Give the later of two witnesses of one row; a deletion is the last of all."""
    if one is None or other[0] == GONE:
        return other
    return one if one[0] == GONE or one[0] > other[0] else other


def _after_flush(session: Session, _context: object) -> None:
    found = session.info.setdefault(WRITTEN, {})
    for row in (*session.new, *(row for row in session.dirty if session.is_modified(row))):
        if isinstance(row, Record):
            found[row.__tablename__, row.id] = witness_of(row)
    for row in session.deleted:
        if isinstance(row, Record):
            found[row.__tablename__, row.id] = (GONE, "", "")


def _at_savepoint(session: Session, transaction: SessionTransaction) -> None:
    if transaction.nested:
        kept = (dict(session.info.get(WRITTEN, {})), set(session.info.get(DESTROYED, ())))
        session.info.setdefault("savepoints", {})[id(transaction)] = kept


def _after_savepoint(session: Session, transaction: SessionTransaction) -> None:
    if transaction.nested:
        kept = session.info.get("savepoints", {}).pop(id(transaction), None)
        if kept is not None:
            session.info[WRITTEN], session.info[DESTROYED] = kept


def watch(session_factory: Any) -> None:
    """Make sessions of this factory keep what they write; what a savepoint undoes was never written."""
    event.listen(session_factory, "after_flush", _after_flush)
    event.listen(session_factory, "after_transaction_create", _at_savepoint)
    event.listen(session_factory, "after_soft_rollback", _after_savepoint)
