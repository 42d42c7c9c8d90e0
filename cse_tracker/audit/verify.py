"""Re-reads every stored entry, recomputes its MAC and its place, and names the first bad one."""

from contextlib import closing
from dataclasses import dataclass, field, replace
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cse_tracker.audit.chain import GENESIS
from cse_tracker.audit.checkpoint import Checkpoints
from cse_tracker.audit.diagnosis import Finding, authentic, diagnose
from cse_tracker.audit.encoding import MacOf, Stored, epoch_of, mac_with
from cse_tracker.audit.model import AuditEntry
from cse_tracker.audit.reading import TABLE, selection, stored_entries, uuid_of
from cse_tracker.audit.rows import Place, Witness, later, opened
from cse_tracker.audit.standing import standing
from cse_tracker.audit.verdict import Kind, Progress, Verdict
from cse_tracker.records.keys import keyring_of
from cse_tracker.vault.keyring import Keyring

TICK = 2000


@dataclass
class _Walk:
    """Where the verification stands."""

    keyring: Keyring
    mac_of: MacOf
    tails: dict[bytes, tuple[int, bytes]] = field(default_factory=dict)
    witnesses: dict[Place, Witness] = field(default_factory=dict)
    entries: int = 0
    writer: bytes | None = None
    expected: int = 1
    previous: bytes = GENESIS

    def begin(self, writer: bytes) -> None:
        """Begin another chain."""
        self.writer, self.expected, self.previous = writer, 1, GENESIS

    def accept(self, entry: Stored) -> None:
        """Take an entry as good."""
        self.expected, self.previous = entry.sequence + 1, entry.mac
        self.tails[entry.writer] = (entry.sequence, entry.mac)
        self.entries += 1

    def remember_rows(self, entry: Stored) -> None:
        """Keep the latest of what entries say of each row, in whatever order the chains are read."""
        if entry.rows_sealed is None:
            return
        sealer = self.keyring.sealer("audit", "rows", version=epoch_of(entry.facts_sealed))
        for place, witness in opened(sealer, entry.rows_sealed, UUID(bytes=entry.writer), entry.sequence).items():
            self.witnesses[place] = later(self.witnesses.get(place), witness)


def count(session: Session) -> int:
    """Give how many entries there are."""
    return session.scalar(select(func.count()).select_from(AuditEntry)) or 0


def verify(
    session: Session, checkpoints: Checkpoints | None = None, *, rows: bool = False, progress: Progress | None = None
) -> Verdict:
    """Verify all chains from the stored values, against checkpoints kept outside where there are any.

    With `rows` every row of the store is held against the last entry that speaks of it. `progress` is told how many
    entries were read since it was last told.
    """
    keyring = keyring_of(session)
    walk = _Walk(keyring, mac_with(keyring))
    verdict = _walk(session, walk, checkpoints or Checkpoints(), rows=rows, progress=progress)
    return replace(verdict, checkpoint=checkpoints.number if checkpoints else None)


def _walk(session: Session, walk: _Walk, outside: Checkpoints, *, rows: bool, progress: Progress | None) -> Verdict:
    wanted = selection(session).order_by(TABLE.c.writer, TABLE.c.sequence)
    bad: tuple[Stored, Finding | None] | None = None
    mac_of, known = walk.mac_of, outside.places
    with closing(stored_entries(session, wanted)) as entries:
        for entry in entries:
            if entry.writer != walk.writer:
                walk.begin(entry.writer)
            if entry.sequence != walk.expected or entry.previous != walk.previous or not authentic(mac_of, entry):
                bad = (entry, _finding(walk, entry))
                break
            if outside.settled and outside.too_late(epoch_of(entry.facts_sealed), entry.writer, entry.sequence):
                bad = (entry, SUPERSEDED)
                break
            walk.accept(entry)
            if known and known.get((entry.writer, entry.sequence), entry.mac) != entry.mac:
                bad = (entry, FORKED)
                break
            if rows:
                walk.remember_rows(entry)
            if progress is not None and walk.entries % TICK == 0:
                progress(TICK)
    if bad is not None:
        entry, finding = bad
        found = finding or diagnose(session, walk.keyring, mac_of, entry)
        return _verdict(walk, found, uuid_of(entry.writer), entry.sequence)
    if progress is not None:
        progress(walk.entries % TICK)
    return _end(session, walk, outside, rows=rows)


SUPERSEDED = Finding(Kind.INSERT, "it was written under a key of the audit that had been replaced long before")
FORKED = Finding(Kind.FORK, "another entry stood here when the outside checkpoint was made")


def _finding(walk: _Walk, entry: Stored) -> Finding | None:
    """Name what is wrong where the entry itself is as it was written; nothing where it has to be looked into."""
    if not authentic(walk.mac_of, entry):
        return None
    if entry.sequence > walk.expected:
        missing = entry.sequence - walk.expected
        words = (
            f"entry {walk.expected} is missing before it"
            if missing == 1
            else f"{missing} entries are missing before it"
        )
        return Finding(Kind.DELETE, words)
    return Finding(Kind.FORK, "it follows another entry than the one before it")


def _verdict(walk: _Walk, found: Finding, writer: UUID | None, sequence: int | None) -> Verdict:
    return Verdict(walk.entries, len(walk.tails), found.problem, found.kind, writer=writer, sequence=sequence)


def _end(session: Session, walk: _Walk, outside: Checkpoints, *, rows: bool) -> Verdict:
    cut = _cut_off(walk, outside)
    if cut is not None:
        writer, sequence = cut
        words = f"entries from here on were cut off: the outside checkpoint {outside.number} has seen them"
        return _verdict(walk, Finding(Kind.TRUNCATION, words), UUID(bytes=writer), sequence)
    verdict = Verdict(walk.entries, len(walk.tails))
    return standing(session, walk.witnesses, verdict) if rows else verdict


def _cut_off(walk: _Walk, outside: Checkpoints) -> tuple[bytes, int] | None:
    for writer, (sequence, _) in sorted(outside.tails.items()):
        have = walk.tails.get(writer, (0, GENESIS))[0]
        if have < sequence:
            return (writer, have + 1)
    return None
