"""Appends entries to a writer's chain: each carries the MAC of the one before, so a change anywhere shows.

One chain per writer, because one chain for all serialises PostgreSQL (0.15-0.38 of the throughput); on SQLite,
which has one writer anyway, there is a single chain whose tail is read inside the immediate transaction.
"""

import json
import os
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, bindparam, insert, select
from sqlalchemy.orm import Session

from cse_tracker.audit.encoding import Stored, mac_with, microseconds
from cse_tracker.audit.model import AuditEntry
from cse_tracker.audit.rows import Place, Witness, seal
from cse_tracker.records.keys import keyring_of
from cse_tracker.vault.keyring import Keyring

GENESIS: Final = bytes(32)
ONE_WRITER: Final = UUID(int=1)
IDS: Final = ("writer", "actor_id", "sign_in_id", "request_id", "object_id")
# All are used for every entry of every page, and making them anew costs more than using them.
_INSERT: Final = insert(AuditEntry.__table__)  # type: ignore[arg-type]
_LAST: Final = (
    select(AuditEntry.__table__.c.sequence, AuditEntry.__table__.c.mac)
    .where(AuditEntry.__table__.c.writer == bindparam("writer"))
    .order_by(AuditEntry.__table__.c.sequence.desc())
    .limit(1)
)
_JSON: Final = json.JSONEncoder(sort_keys=True)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What is to be recorded."""

    at: datetime
    actor_id: UUID | None
    sign_in_id: UUID | None
    request_id: UUID | None
    action: str
    object_type: str
    object_id: UUID | None
    borough_gss: str | None
    facts: Mapping[str, str | int | None]


@dataclass(frozen=True)
class Tail:
    """The end of a chain: the last sequence number and its MAC."""

    sequence: int = 0
    mac: bytes = GENESIS


@dataclass(eq=False)
class Writer:
    """One chain in this process; its tail moves only after the commit."""

    id: UUID
    tail: Tail | None
    pool: "_Pool | None" = None
    uncertain: bool = False

    def advance(self, tail: Tail) -> None:
        """Take the new end of the chain as committed."""
        self.uncertain = False
        if self.tail is not None:
            self.tail = tail

    def release(self) -> None:
        """Give the writer back; one whose commit may or may not have happened is never used again."""
        if self.pool is not None and not self.uncertain:
            self.pool.give(self)


@dataclass
class _Pool:
    idle: list[Writer] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self) -> Writer:
        with self.lock:
            return self.idle.pop() if self.idle else Writer(uuid4(), Tail(), self)

    def give(self, writer: Writer) -> None:
        with self.lock:
            self.idle.append(writer)


_POOLS: WeakKeyDictionary[Engine, _Pool] = WeakKeyDictionary()
_POOLS_LOCK = threading.Lock()
# A process that is copied must not go on writing the chains of the one it was copied from.
os.register_at_fork(after_in_child=_POOLS.clear)


def writer_for(session: Session) -> Writer:
    """Give a writer that no other transaction of this process is using."""
    engine = session.get_bind().engine
    if engine.dialect.name == "sqlite":
        return Writer(ONE_WRITER, None)
    with _POOLS_LOCK:
        pool = _POOLS.setdefault(engine, _Pool())
    return pool.take()


def append(session: Session, writer: Writer, entries: Sequence[Entry], rows: Mapping[Place, Witness]) -> Tail:
    """Append entries as the last statements of the transaction, the last with the rows that the transaction wrote.

    Gives the chain's new end. There must be an entry where rows were written.
    """
    tail = writer.tail if writer.tail is not None else _stored_tail(session, writer.id)
    if not entries:
        return tail
    pen = _Pen(keyring_of(session), writer.id)
    values = []
    for entry in entries:
        kept = rows if entry is entries[-1] else {}
        stored = pen.write(entry, tail, kept)
        values.append(_columns(stored))
        tail = Tail(stored.sequence, stored.mac)
    writer.uncertain = True
    # Past the session's unit of work, whose bookkeeping would cost more than the entry.
    session.connection().execute(_INSERT, values if len(values) > 1 else values[0])
    return tail


class _Pen:
    """Writes entries of one chain under the newest audit key."""

    def __init__(self, keyring: Keyring, writer: UUID) -> None:
        epoch = keyring.newest("audit").version
        self._facts = keyring.sealer("audit", "facts", version=epoch)
        self._rows = keyring.sealer("audit", "rows", version=epoch)
        self._mac_of = mac_with(keyring)
        self._writer = writer

    def write(self, entry: Entry, tail: Tail, rows: Mapping[Place, Witness]) -> Stored:
        """Give the entry as it is to be stored."""
        sequence = tail.sequence + 1
        facts = _JSON.encode(dict(entry.facts)).encode()
        stored = Stored(
            writer=self._writer.bytes,
            sequence=sequence,
            at_us=microseconds(entry.at),
            action=entry.action,
            object_type=entry.object_type,
            actor_id=_bytes(entry.actor_id),
            sign_in_id=_bytes(entry.sign_in_id),
            request_id=_bytes(entry.request_id),
            object_id=_bytes(entry.object_id),
            borough_gss=entry.borough_gss,
            facts_sealed=self._facts.seal(facts, ("audit_entry", "facts_sealed", self._writer, sequence)),
            rows_sealed=seal(self._rows, rows, self._writer, sequence) if rows else None,
            previous=tail.mac,
            mac=b"",
        )
        return stored._replace(mac=self._mac_of(stored))


def _bytes(value: UUID | None) -> bytes | None:
    return None if value is None else value.bytes


def _columns(stored: Stored) -> dict[str, object]:
    values: dict[str, object] = stored._asdict()
    for name in IDS:
        raw = values[name]
        values[name] = UUID(bytes=raw) if isinstance(raw, bytes) else None
    return values


def _stored_tail(session: Session, writer: UUID) -> Tail:
    row = session.connection().execute(_LAST, {"writer": writer}).one_or_none()
    return Tail(row.sequence, row.mac) if row else Tail()
