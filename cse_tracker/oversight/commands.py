"""What is done to watch over the record: a checkpoint outside, and taking an older store into account."""

from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from cse_tracker.access.decisions import require
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.audit import checkpoint, rows
from cse_tracker.audit.encoding import microseconds
from cse_tracker.audit.model import AuditEntry
from cse_tracker.oversight.events import AuditCheckpointed, StoreAccounted
from cse_tracker.records.base import Record
from cse_tracker.records.keys import DataKey, keyring_of
from cse_tracker.records.sealed import SealedRecord
from cse_tracker.work.unit import Work


def make_checkpoint(work: Work, outside: Path) -> str:
    """Sign the ends of all chains and add them to the file outside the database; gives the line that was added.

    Raises CheckpointProblem, and records nothing, where the file cannot be written or is not ours.
    """
    require(work.actor, Permission.AUDIT_VERIFY, Subject())
    known, line = checkpoint.append(outside, work.session, keyring_of(work.session), microseconds(work.now))
    work.record(AuditCheckpointed(subject_id=None, number=known.number, entries=known.entries))
    return line


def account_for_rows(work: Work) -> int:
    """Enter every row of a store from an earlier version, once; gives how many.

    Before this version entries did not say which rows were written, so every row would look as if it had come past
    the service.
    """
    if work.session.scalar(select(AuditEntry.sequence).where(AuditEntry.rows_sealed.is_not(None)).limit(1)):
        return 0
    written = work.session.info.setdefault(rows.WRITTEN, {})
    keys = set(work.session.scalars(select(DataKey.compartment_id)))
    for kind in rows.kinds():
        for row in work.session.scalars(select(kind).execution_options(yield_per=500)):
            written[str(kind.__tablename__), row.id] = rows.witness_of(row)
            _note_destroyed(written, row, keys)
            work.session.expunge(row)
    if written:
        work.record(StoreAccounted(subject_id=None, rows=len(written)))
    return len(written)


def _note_destroyed(written: dict[rows.Place, rows.Witness], row: Record, keys: set[UUID]) -> None:
    if isinstance(row, SealedRecord) and row.compartment_id not in keys:
        written[rows.COMPARTMENT, row.compartment_id] = (rows.GONE, "", "")
