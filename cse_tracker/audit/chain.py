"""Appends entries to a writer's chain: each carries the MAC of the one before, so a change anywhere shows.

One chain per writer, because one chain for all serialises PostgreSQL (0.15-0.38 of the throughput); on SQLite,
which has one writer anyway, there is a single chain whose tail is read inside the immediate transaction.
"""

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID, uuid4
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from cse_tracker.audit.model import AuditEntry
from cse_tracker.records.keys import keyring_of
from cse_tracker.vault.keyring import Keyring

GENESIS: Final = bytes(32)
ONE_WRITER: Final = UUID(int=1)
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


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


def writer_for(session: Session) -> Writer:
    """Give a writer that no other transaction of this process is using."""
    engine = session.get_bind().engine
    if engine.dialect.name == "sqlite":
        return Writer(ONE_WRITER, None)
    with _POOLS_LOCK:
        pool = _POOLS.setdefault(engine, _Pool())
    return pool.take()


def microseconds(at: datetime) -> int:
    """Give an aware time as whole microseconds since 1970: the form that is stored and the form that is MACed."""
    return (at - EPOCH) // timedelta(microseconds=1)


def canonical(row: AuditEntry) -> tuple[str | int | bytes | UUID, ...]:
    """Everything about a stored entry that its MAC covers, in a fixed order."""
    optional = (row.actor_id, row.sign_in_id, row.request_id, row.object_id, row.borough_gss)
    plain = tuple(b"" if value is None else value for value in optional)
    head = (row.writer, row.sequence, row.at_us, row.action, row.object_type)
    return (*head, *plain, row.facts_sealed, row.previous)


def mac_of(keyring: Keyring, row: AuditEntry) -> bytes:
    """Recompute the MAC of a stored entry."""
    return keyring.mac("audit", *canonical(row))


def append(session: Session, writer: Writer, entries: Sequence[Entry]) -> Tail:
    """Append entries as the last statements of the transaction; gives the chain's new end."""
    keyring = keyring_of(session)
    tail = writer.tail if writer.tail is not None else _stored_tail(session, writer.id)
    if not entries:
        return tail
    sealer = keyring.sealer("audit", "facts")
    for entry in entries:
        sequence = tail.sequence + 1
        facts = json.dumps(dict(entry.facts), sort_keys=True).encode()
        row = AuditEntry(
            writer=writer.id,
            sequence=sequence,
            at_us=microseconds(entry.at),
            actor_id=entry.actor_id,
            sign_in_id=entry.sign_in_id,
            request_id=entry.request_id,
            action=entry.action,
            object_type=entry.object_type,
            object_id=entry.object_id,
            borough_gss=entry.borough_gss,
            facts_sealed=sealer.seal(facts, ("audit_entry", "facts_sealed", writer.id, sequence)),
            previous=tail.mac,
            mac=b"",
        )
        row.mac = mac_of(keyring, row)
        session.add(row)
        tail = Tail(sequence, row.mac)
    writer.uncertain = True
    session.flush()
    return tail


def _stored_tail(session: Session, writer: UUID) -> Tail:
    last = (
        select(AuditEntry.sequence, AuditEntry.mac)
        .where(AuditEntry.writer == writer)
        .order_by(AuditEntry.sequence.desc())
        .limit(1)
    )
    row = session.execute(last).one_or_none()
    return Tail(row.sequence, row.mac) if row else Tail()
