"""Holds every row of the store against the last entry that speaks of it: edited, removed or put back."""

from collections.abc import Generator
from contextlib import closing, suppress
from dataclasses import replace
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from cse_tracker.audit.rows import COMPARTMENT, GONE, Place, Witness, compared, digest_of
from cse_tracker.audit.verdict import Kind, Verdict
from cse_tracker.records.base import Record
from cse_tracker.records.dossier import record_kinds
from cse_tracker.records.keys import OPENED, DataKey, sealer_for, unlock
from cse_tracker.records.sealed import SealedRecord, payload_fields
from cse_tracker.vault.errors import CryptoError

BATCH = 500


def standing(session: Session, witnesses: dict[Place, Witness], verdict: Verdict) -> Verdict:
    """Verify every row; gives the verdict with the number of rows, or with the first that is wrong.

    Empties `witnesses` as it goes: what is left at the end has no row any more.
    """
    rows = 0
    destroyed = frozenset(row_id for table, row_id in witnesses if table == COMPARTMENT)
    for kind in record_kinds():
        table = str(kind.__tablename__)
        with closing(_every(session, kind)) as every:
            for row in every:
                rows += 1
                wrong = _wrong(session, row, witnesses.pop((table, row.id), None), destroyed)
                if wrong is not None:
                    return replace(verdict, rows=rows, kind=wrong[0], problem=wrong[1], table=table, row_id=row.id)
    returned = session.scalars(select(DataKey.compartment_id)).all()
    for compartment_id in sorted(destroyed.intersection(returned)):
        words = "a key that had been destroyed is there again"
        return replace(verdict, rows=rows, kind=Kind.ROLLBACK, problem=words, table="data_key", row_id=compartment_id)
    tables = {kind.__tablename__ for kind in record_kinds()}
    for (table, row_id), (revision, *_) in witnesses.items():
        if revision != GONE and table in tables:
            words = "a row was removed past the service"
            return replace(verdict, rows=rows, kind=Kind.DELETE, problem=words, table=table, row_id=row_id)
    return replace(verdict, rows=rows)


def _every(session: Session, kind: type[Record]) -> Generator[Record, None, None]:
    wanted = select(kind).order_by(kind.id).execution_options(yield_per=BATCH)
    for batch in session.scalars(wanted).partitions():
        # A key that does not open is found again, and named, at the first row that it should open.
        with suppress(CryptoError):
            unlock(session, {row.compartment_id for row in batch if isinstance(row, SealedRecord)})
        yield from batch
        for row in batch:
            session.expunge(row)
        session.info[OPENED].clear()


def _wrong(
    session: Session, row: Record, witness: Witness | None, destroyed: frozenset[UUID]
) -> tuple[Kind, str] | None:
    if witness is None:
        return (Kind.INSERT, "no entry of the audit speaks of this row")
    revision, columns, digest = witness
    if revision == GONE:
        return (Kind.ROLLBACK, "a row that had been destroyed is there again")
    if row.revision < revision:
        return (Kind.ROLLBACK, f"the row was put back to revision {row.revision}; the last one written was {revision}")
    if row.revision > revision:
        return (Kind.EDIT, f"the row says revision {row.revision}; the last one written was {revision}")
    if columns == compared(type(row))[1] and digest != digest_of(row):
        return (Kind.EDIT, "a plain column of the row is not what was written")
    return _sealed_wrong(session, row, destroyed) if isinstance(row, SealedRecord) else None


def _sealed_wrong(session: Session, row: SealedRecord, destroyed: frozenset[UUID]) -> tuple[Kind, str] | None:
    try:
        sealer = sealer_for(session, row.compartment_id, row.key_version)
    except CryptoError:
        # What the service itself destroyed says nothing to anybody any more.
        gone = (Kind.DELETE, "the key of the row was removed past the service, or does not open")
        return None if row.compartment_id in destroyed else gone
    try:
        for field in payload_fields(type(row)):
            sealer.open(getattr(row, field.column), field.context(row))
    except CryptoError:
        return (Kind.EDIT, "a sealed value of the row is not what was written")
    return None
