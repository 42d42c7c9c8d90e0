"""What can be asked of the record itself."""

from dataclasses import replace
from pathlib import Path

from sqlalchemy import select

from cse_tracker.access.decisions import require
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.audit import checkpoint
from cse_tracker.audit.model import AuditEntry
from cse_tracker.audit.verdict import Kind, Progress, Verdict
from cse_tracker.audit.verify import count, facts_of, verify
from cse_tracker.oversight.events import AuditCheckpointed, AuditVerified
from cse_tracker.records.keys import keyring_of
from cse_tracker.work.unit import Work


def entries_to_verify(work: Work) -> int:
    """Give how many entries a verification will read."""
    return count(work.session)


def verification(work: Work, outside: Path, *, progress: Progress | None = None) -> Verdict:
    """Verify every entry and every row, against the checkpoints outside; recorded with what it found.

    Raises CheckpointProblem where the file of checkpoints is not what this installation wrote.
    """
    require(work.actor, Permission.AUDIT_VERIFY, Subject())
    known = checkpoint.read(outside, keyring_of(work.session))
    verdict = verify(work.session, known if known.number else None, rows=True, progress=progress)
    written = _checkpoints_written(work)
    if verdict.intact and written > known.number:
        words = (
            f"the checkpoints in {outside} end with number {known.number}, but {written} were made: lines were cut off"
        )
        verdict = replace(verdict, kind=Kind.TRUNCATION, problem=words, table="checkpoints")
    work.record(
        AuditVerified(
            subject_id=None,
            entries=verdict.entries,
            rows=verdict.rows,
            checkpoint=verdict.checkpoint,
            found=verdict.kind,
        )
    )
    return verdict


def _checkpoints_written(work: Work) -> int:
    """Give the highest number that entries speak of; a few are looked at, because two may have one time."""
    made = select(AuditEntry).where(AuditEntry.action == AuditCheckpointed.name)
    newest = work.session.scalars(made.order_by(AuditEntry.at_us.desc()).limit(20))
    return max((int(facts_of(work.session, entry)["number"] or 0) for entry in newest), default=0)


def checkpoint_public_key(work: Work) -> str:
    """Give the public key that verifies checkpoints, in base64."""
    require(work.actor, Permission.AUDIT_VERIFY, Subject())
    return checkpoint.public_key(keyring_of(work.session))
