"""Reads entries as the database holds them, without making objects of them."""

from collections.abc import Generator
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Dialect, LargeBinary, Select, String, func, select, type_coerce
from sqlalchemy.orm import Session

from cse_tracker.audit.encoding import Stored
from cse_tracker.audit.model import AuditEntry

TABLE = AuditEntry.__table__
IDS = frozenset({"writer", "actor_id", "sign_in_id", "request_id", "object_id"})
BATCH = 5000


def _raw(name: str, dialect: Dialect) -> ColumnElement[Any]:
    column = TABLE.c[name]
    if name not in IDS:
        return column
    if dialect.name == "sqlite":
        return type_coerce(column, String)
    return type_coerce(func.uuid_send(column), LargeBinary)


def selection(session: Session) -> Select[Any]:
    """Give the statement that reads every column of entries in the order of `Stored`, ids as raw as they come."""
    dialect = session.get_bind().dialect
    return select(*(_raw(name, dialect) for name in Stored._fields)).select_from(TABLE)


def from_hex(value: object) -> Any:
    """Turn SQLite's form of an id into bytes; what is no id is given back as it is, and then verifies as nothing."""
    if value is None:
        return None
    try:
        return bytes.fromhex(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return value


def stored_entries(session: Session, wanted: Select[Any]) -> Generator[Stored, None, None]:
    """Read entries in batches. Close the generator, because PostgreSQL holds a cursor open meanwhile."""
    hexadecimal = session.get_bind().dialect.name == "sqlite"
    with session.connection().execute(wanted, execution_options={"yield_per": BATCH}) as result:
        for batch in result.partitions():
            if hexadecimal:
                for w, n, at, action, kind, a, s, r, o, *rest in batch:
                    ids = (from_hex(a), from_hex(s), from_hex(r), from_hex(o))
                    yield Stored(from_hex(w), n, at, action, kind, *ids, *rest)
            else:
                yield from map(Stored._make, batch)


def uuid_of(writer: object) -> UUID | None:
    """Give a chain's id, or nothing where what is stored is none."""
    return UUID(bytes=writer) if isinstance(writer, bytes) and len(writer) == 16 else None
