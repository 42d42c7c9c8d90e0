"""What is done to watch over the record: a checkpoint outside, taking an older store into account, handing out."""

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from cse_tracker.access.decisions import require
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.audit import checkpoint, rows
from cse_tracker.audit.encoding import microseconds
from cse_tracker.audit.facts import facts_of
from cse_tracker.audit.model import AuditEntry
from cse_tracker.cases.model import Case
from cse_tracker.identity.model import SignIn
from cse_tracker.oversight.events import (
    AuditCheckpointed,
    BackupFailed,
    BackupTried,
    StoreAccounted,
    StoreBackedUp,
    StoreRestored,
    StoreUpgraded,
    TrailExported,
)
from cse_tracker.oversight.model import Handout, HandoutBody, HandoutKind, Tombstone
from cse_tracker.oversight.rules import Look, cell
from cse_tracker.people.model import Person
from cse_tracker.records.base import Record
from cse_tracker.records.dossier import destroy, gather, record_kinds
from cse_tracker.records.keys import DataKey, keyring_of, new_compartment
from cse_tracker.records.sealed import SealedRecord
from cse_tracker.records.store import Account
from cse_tracker.records.upgrade import Upgrade
from cse_tracker.work.errors import RuleBroken
from cse_tracker.work.running import Running
from cse_tracker.work.unit import Work


def make_checkpoint(work: Work, outside: Path) -> str:
    """Sign the ends of all chains and add them to the file outside the database; gives the line that was added.

    Raises CheckpointProblem, and records nothing, where the file cannot be written or is not ours.
    """
    require(work.actor, Permission.AUDIT_VERIFY, Subject())
    destroyed = frozenset(work.session.scalars(select(Tombstone.person_id)))
    known, line = checkpoint.append(
        outside, work.session, keyring_of(work.session), microseconds(work.now), destroyed=destroyed
    )
    work.record(AuditCheckpointed(subject_id=None, number=known.number, entries=known.entries))
    return line


def account_for_rows(work: Work) -> int:
    """Enter every row of a store from an earlier version, once; gives how many.

    Before this version entries did not say which rows were written, so every row would look as if it had come past
    the service.
    """
    if has_accounted(work):
        return 0
    written = work.session.info.setdefault(rows.WRITTEN, {})
    keys = set(work.session.scalars(select(DataKey.compartment_id)))
    for kind in record_kinds():
        for row in work.session.scalars(select(kind).execution_options(yield_per=500)):
            written[str(kind.__tablename__), row.id] = rows.witness_of(row)
            _note_destroyed(written, row, keys)
            work.session.expunge(row)
    if written:
        work.record(StoreAccounted(subject_id=None, rows=len(written)))
    return len(written)


AT_ONCE: Final = 5_000


def account_for_upgrade(work: Work, before: str, after: str, places: Sequence[tuple[str, UUID]]) -> None:
    """Enter rows as a migration left them, at the revision that they have: the service itself changed them.

    A row that was changed past the service earlier, and not by the migration, stays what it is: not accounted for.
    """
    require(work.actor, Permission.AUDIT_VERIFY, Subject())
    written = work.session.info.setdefault(rows.WRITTEN, {})
    kinds = {str(kind.__tablename__): kind for kind in record_kinds()}
    for table, row_id in places:
        row = work.session.get(kinds[table], row_id)
        if row is not None:
            written[table, row_id] = rows.witness_of(row)
            work.session.expunge(row)
    work.record(StoreUpgraded(subject_id=None, before=int(before), after=int(after), rows=len(places)))


def has_accounted(work: Work) -> bool:
    """Whether entries say which rows were written; a store from before that is taken into account as a whole."""
    wanted = select(AuditEntry.sequence).where(AuditEntry.rows_sealed.is_not(None)).limit(1)
    return work.session.scalar(wanted) is not None


def accounting(running: Running) -> Account:
    """Enter in the audit, in the migration's own transaction, what it changed: a crash leaves neither or both."""

    def account(session: Session, made: Upgrade) -> None:
        places = sorted((table, row_id) for table, ids in made.changed.items() for row_id in ids)
        for start in range(0, max(len(places), 1), AT_ONCE):
            with running.work_in(session) as work:
                if not has_accounted(work):
                    return
                account_for_upgrade(work, made.before, made.after, places[start : start + AT_ONCE])

    return account


def _note_destroyed(written: dict[rows.Place, rows.Witness], row: Record, keys: set[UUID]) -> None:
    if isinstance(row, SealedRecord) and row.compartment_id not in keys:
        written[rows.COMPARTMENT, row.compartment_id] = (rows.GONE, "", "")


@dataclass(frozen=True, kw_only=True, repr=False)
class Recipient:
    """The paper form of handing out: to whom, what for, and by what right."""

    organisation: str
    person: str
    purpose: str
    legal_basis: str


def hand_out_trail(work: Work, case: Case, recipient: Recipient, looks: Sequence[Look]) -> tuple[Handout, bytes]:
    """Hand out every entry about a young person, as a zip of a table, the entries with their MACs, and who gets it."""
    require(work.actor, Permission.AUDIT_EXPORT, case)
    file = _trail_file(work, case, recipient, looks)
    handout = keep_handout(
        work,
        case.borough_gss,
        HandoutKind.AUDIT_TRAIL,
        case.id,
        recipient,
        file,
        items=len(looks),
    )
    work.record(
        TrailExported(subject_id=case.id, borough_gss=case.borough_gss, handout_id=handout.id, entries=len(looks))
    )
    return handout, file


def keep_handout(
    work: Work, borough_gss: str, kind: HandoutKind, about_id: UUID, recipient: Recipient, file: bytes, *, items: int
) -> Handout:
    """Keep that a file is handed out, to whom and what for, under a key of its own; raises RuleBroken for blanks."""
    for field in fields(recipient):
        if not getattr(recipient, field.name).strip():
            code = "handout.blank"
            raise RuleBroken(code, "Say who receives this, what for and on what legal basis", field=field.name)
    handout = Handout(
        borough_gss=borough_gss,
        kind=kind,
        about_id=about_id,
        compartment_id=new_compartment(work.session, "borough", borough_gss),
    )
    handout.body = HandoutBody(
        organisation=recipient.organisation,
        person=recipient.person,
        purpose=recipient.purpose,
        legal_basis=recipient.legal_basis,
        handed_at=work.now,
        handed_by=work.actor.user_id,
        sha256=hashlib.sha256(file).hexdigest(),
        items=items,
    )
    work.session.add(handout)
    work.session.flush()
    return handout


COLUMNS: Final = ("at", "who", "agency", "what", "action", "object_type", "object_id", "chain", "entry")


def _trail_file(work: Work, case: Case, recipient: Recipient, looks: Sequence[Look]) -> bytes:
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for look in looks:
        row = look.entry
        line = (
            look.at.isoformat(), look.who, look.agency, look.what, row.action, row.object_type, row.object_id,
            row.writer, row.sequence,
        )  # fmt: skip
        writer.writerow([cell(value) for value in line])
    entries = [
        {
            "chain": str(look.entry.writer),
            "entry": look.entry.sequence,
            "at_us": look.entry.at_us,
            "actor": str(look.entry.actor_id) if look.entry.actor_id else None,
            "request": str(look.entry.request_id) if look.entry.request_id else None,
            "action": look.entry.action,
            "object": str(look.entry.object_id),
            "facts": facts_of(work.session, look.entry),
            "previous": look.entry.previous.hex(),
            "mac": look.entry.mac.hex(),
        }
        for look in looks
    ]
    about = {
        "case": case.reference,
        "made_at": work.now.isoformat(),
        "for": {"organisation": recipient.organisation, "person": recipient.person},
        "purpose": recipient.purpose,
        "legal_basis": recipient.legal_basis,
        "checkpoint_public_key": checkpoint.public_key(keyring_of(work.session)),
        "note": "Times are UTC. Lists of names that somebody opened are not about one case and are not in here.",
    }
    parts: dict[str, str | bytes] = {
        "about.json": json.dumps(about, indent=2, ensure_ascii=False),
        "entries.csv": table.getvalue(),
        "entries.json": json.dumps(entries, indent=1),
    }
    return zipped(parts, work.now)


def zipped(parts: Mapping[str, str | bytes], at: datetime) -> bytes:
    """Put texts and files into one zip file in memory."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            info = zipfile.ZipInfo(name, (at.year, at.month, at.day, at.hour, at.minute, at.second))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content.encode() if isinstance(content, str) else content)
    return out.getvalue()


def note_backup(work: Work, *, size: int) -> None:
    """Record that a backup was made."""
    require(work.actor, Permission.AUDIT_VERIFY, Subject())
    work.record(StoreBackedUp(subject_id=None, size=size))


def note_backup_tried(work: Work, *, entries: int, rows: int) -> None:
    """Record that a backup was restored for trial and is whole."""
    require(work.actor, Permission.AUDIT_VERIFY, Subject())
    work.record(BackupTried(subject_id=None, entries=entries, rows=rows))


def note_backup_failed(work: Work) -> None:
    """Record that there is no good backup of the night."""
    require(work.actor, Permission.AUDIT_VERIFY, Subject())
    work.record(BackupFailed(subject_id=None))


@dataclass(frozen=True)
class Restored:
    """What was done after a restore: sessions ended, records destroyed again, and where later checkpoints now are."""

    ended: int
    destroyed: int
    aside: Path | None


def note_restored(work: Work, outside: Path) -> Restored:
    """Make a restored store fit to be used: no session of that time goes on, and what was destroyed stays destroyed.

    Checkpoints made after the backup are put aside, so that verification starts from what the backup knew.
    """
    require(work.actor, Permission.AUDIT_VERIFY, Subject())
    open_ones = list(work.session.scalars(select(SignIn).where(SignIn.ended_at.is_(None))))
    for sign_in in open_ones:
        sign_in.ended_at = work.now
    number = checkpoint.written(work.session)
    destroyed = _destroy_again(work, checkpoint.read(outside, keyring_of(work.session)).destroyed)
    aside = checkpoint.put_aside(outside, keyring_of(work.session), number, work.now)
    work.record(
        StoreRestored(subject_id=None, checkpoint=number, sessions_ended=len(open_ones), destroyed_again=destroyed)
    )
    return Restored(len(open_ones), destroyed, aside)


def _destroy_again(work: Work, person_ids: frozenset[UUID]) -> int:
    there = work.session.scalars(select(Person).where(Person.id.in_(person_ids)))
    return sum(1 for person in list(there) if erase(work, person) >= 0)


def erase(work: Work, person: Person) -> int:
    """Destroy all that is held of a young person; gives how many rows. Whoever calls this has asked the matrix.

    What stays is the tombstone: an id, the borough and the time.
    """
    work.session.add(Tombstone(person_id=person.id, borough_gss=person.borough_gss, destroyed_at=work.now))
    return destroy(work.session, gather(work.session, person.id))
