"""Which rows a migration changed: told by comparing the tables before and after, whatever the migration says."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias
from uuid import UUID

from sqlalchemy import Connection, MetaData, inspect, select

from cse_tracker.records.dossier import record_kinds

# What says how a row is sealed is no value of it, as in the audit's own digests.
NOT_COMPARED: Final = frozenset({"compartment_id", "key_version"})
Rows: TypeAlias = dict[UUID, bytes]


@dataclass(frozen=True)
class Seen:
    """One table as it stood: the names of its columns, and a digest of each row."""

    columns: frozenset[str]
    rows: Rows


@dataclass(frozen=True)
class Upgrade:
    """From which version of the tables to which, and which rows are no longer what they were."""

    before: str
    after: str
    changed: Mapping[str, frozenset[UUID]]


def look(connection: Connection) -> dict[str, Seen]:
    """Digest every row of every table of records, as the database holds it."""
    there, found = set(inspect(connection).get_table_names()), MetaData()
    tables = sorted(str(kind.__tablename__) for kind in record_kinds() if kind.__tablename__ in there)
    found.reflect(connection, only=tables, resolve_fks=False)
    return {name: _seen(connection, found, name) for name in tables}


def _seen(connection: Connection, found: MetaData, name: str) -> Seen:
    table = found.tables[name]
    columns = sorted(column.name for column in table.columns if column.name not in NOT_COMPARED)
    rows: Rows = {}
    wanted = select(*(table.c[each] for each in columns)).execution_options(yield_per=1000)
    for values in connection.execute(wanted).mappings():
        raw = values["id"]
        told = repr([_comparable(values[each]) for each in columns]).encode()
        rows[raw if isinstance(raw, UUID) else UUID(str(raw))] = hashlib.blake2b(told, digest_size=16).digest()
    return Seen(frozenset(columns), rows)


def _comparable(value: object) -> object:
    return bytes(value) if isinstance(value, memoryview) else value


def changed(before: Mapping[str, Seen], after: Mapping[str, Seen]) -> dict[str, frozenset[UUID]]:
    """Give the rows that are not what they were: all of a table whose columns changed, else those that differ."""
    out: dict[str, frozenset[UUID]] = {}
    for name, now in after.items():
        was = before.get(name)
        if was is None or was.columns != now.columns:
            ids = frozenset(now.rows)
        else:
            ids = frozenset(row_id for row_id, digest in now.rows.items() if was.rows.get(row_id) != digest)
        if ids:
            out[name] = ids
    return out
