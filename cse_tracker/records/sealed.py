"""The sealed payload descriptor: seals at flush, opens on reading, bound to table, column, row and revision."""

from functools import cache
from typing import Any, Generic, Self, TypeVar, overload
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Select, and_, event, select
from sqlalchemy.orm import Mapped, Session, mapped_column, object_session
from sqlalchemy.orm.attributes import flag_modified

from cse_tracker.records import payload as payloads
from cse_tracker.records.base import Record
from cse_tracker.records.keys import DataKey, KeyringMissing, newest_version, sealer_for, take_key
from cse_tracker.vault.envelope import ContextPart

P = TypeVar("P", bound=payloads.Payload)
PENDING = b""

# (table, column) of every sealed column: rotation, canary and schema tests read this list and no other.
REGISTRY: set[tuple[str, str]] = set()


class SealedRecord(Record):
    """A record whose payloads are sealed under the key of one compartment."""

    __abstract__ = True

    compartment_id: Mapped[UUID] = mapped_column(index=True)
    key_version: Mapped[int] = mapped_column(default=1)


class SealedPayload(Generic[P]):
    """A typed payload kept in the bytes column `<name>_sealed` of a SealedRecord."""

    def __init__(self, kind: type[P]) -> None:
        self.kind = kind

    def __set_name__(self, owner: type, name: str) -> None:
        """Learn the column's name and enter it in the registry."""
        self.column = f"{name}_sealed"
        table = getattr(owner, "__tablename__", None)
        if table is not None:
            REGISTRY.add((table, self.column))

    @overload
    def __get__(self, row: None, owner: type) -> Self: ...
    @overload
    def __get__(self, row: SealedRecord, owner: type) -> P: ...
    def __get__(self, row: SealedRecord | None, owner: type) -> Self | P:
        if row is None:
            return self
        blob = getattr(row, self.column)
        kept = _kept(row).get(self.column)
        if kept is not None and kept[0] == blob:
            return kept[1]  # type: ignore[return-value]
        opened = self.open(row, blob)
        _kept(row)[self.column] = (blob, opened)
        return opened

    def __set__(self, row: SealedRecord, value: P) -> None:
        _kept(row)[self.column] = (PENDING, value)
        setattr(row, self.column, PENDING)
        if object_session(row) is not None:
            flag_modified(row, self.column)

    def open(self, row: SealedRecord, blob: bytes) -> P:
        """Open a sealed value of this row; raises CryptoError, without detail."""
        raw = sealer_for(_session(row), row.compartment_id, row.key_version).open(blob, self.context(row))
        return payloads.load(self.kind, raw)

    def seal(self, row: SealedRecord) -> None:
        """Seal the value for the row's revision as it is about to be written."""
        _, value = _kept(row)[self.column]
        sealer = sealer_for(_session(row), row.compartment_id, row.key_version)
        blob = sealer.seal(payloads.dump(value), self.context(row))
        setattr(row, self.column, blob)
        _kept(row)[self.column] = (blob, value)

    def context(self, row: SealedRecord) -> tuple[ContextPart, ...]:
        """Everything that the ciphertext is bound to; moved anywhere else, it does not open."""
        table = row.__tablename__
        return (table, self.column, row.id, row.compartment_id, row.key_version, row.revision)


def _kept(row: SealedRecord) -> dict[str, tuple[bytes, payloads.Payload]]:
    kept: dict[str, tuple[bytes, payloads.Payload]] = row.__dict__.setdefault("_kept_payloads", {})
    return kept


def _session(row: SealedRecord) -> Session:
    session = object_session(row)
    if session is None:
        message = f"{row!r} belongs to no session, so its sealed content cannot be read"
        raise KeyringMissing(message)
    return session


@cache
def payload_fields(kind: type[SealedRecord]) -> tuple[SealedPayload[Any], ...]:
    """Give the sealed payload descriptors of a class."""
    every = (value for ancestor in kind.__mro__ for value in vars(ancestor).values())
    return tuple(value for value in every if isinstance(value, SealedPayload))


@cache
def _key_of(kind: type[SealedRecord]) -> tuple[FromClause, ColumnElement[bool]]:
    key = DataKey.__table__.alias()
    return key, and_(key.c.compartment_id == kind.compartment_id, key.c.version == kind.key_version)


def with_keys(session: Session, wanted: Select[*tuple[Any, ...]], *kinds: type[SealedRecord]) -> list[Any]:
    """Run a query of sealed records (each a whole entity, in this order) that brings their data keys along.

    One statement in place of one for the records and one for the keys. On a page of one record the statements cost
    more than all the sealing. A record whose key is gone comes without it, and does not open.
    """
    columns = DataKey.__table__.c
    width, whole = len(columns), len(kinds)
    for kind in kinds:
        key, belongs = _key_of(kind)
        wanted = wanted.add_columns(*key.c).outerjoin(key, belongs)
    rows = list(session.execute(wanted))
    for row in rows:
        for number in range(whole):
            found = row[whole + number * width : whole + (number + 1) * width]
            if found[0] is not None:
                take_key(session, found)
    return rows


def move_compartment(row: SealedRecord, compartment_id: UUID) -> None:
    """Re-seal a row's payloads under another compartment's newest key at the next flush."""
    for field in payload_fields(type(row)):
        field.__set__(row, field.__get__(row, type(row)))
    row.compartment_id = compartment_id


def move_everything(session: Session, old: UUID, new: UUID) -> None:
    """Seal everything in one compartment anew under another, whatever table it stands in.

    Whoever destroys a compartment calls this first: a row left behind could never be opened again.
    """
    for mapper in SealedRecord.registry.mappers:
        kind = mapper.class_
        if issubclass(kind, SealedRecord):
            for row in session.scalars(select(kind).where(kind.compartment_id == old)):
                move_compartment(row, new)
    session.flush()


def _before_flush(session: Session, _context: object, _instances: object) -> None:
    changed = [row for row in session.dirty if isinstance(row, Record) and session.is_modified(row)]
    for row in changed:
        if isinstance(row, SealedRecord):
            # The old values are opened under the old revision before it is raised, then sealed under the new one.
            for field in payload_fields(type(row)):
                field.__get__(row, type(row))
        _raise_revision(row)
    for row in [row for row in session.new if isinstance(row, Record)]:
        _raise_revision(row)


def _raise_revision(row: Record) -> None:
    row.revision += 1
    if not isinstance(row, SealedRecord):
        return
    row.key_version = newest_version(_session(row), row.compartment_id)
    # Written whether it changed or not: a rotation of data keys may have sealed the stored row anew meanwhile.
    flag_modified(row, "key_version")
    for field in payload_fields(type(row)):
        if field.column not in _kept(row):
            message = f"{row!r} was added without its {field.column.removesuffix('_sealed')}"
            raise TypeError(message)
        field.seal(row)


def watch(session_factory: Any) -> None:
    """Make sessions of this factory seal what they write."""
    event.listen(session_factory, "before_flush", _before_flush)
