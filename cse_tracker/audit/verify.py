"""Re-reads every stored entry, recomputes its MAC and its place, and names the first bad one."""

import hmac
import json
from contextlib import closing
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from cse_tracker.audit.chain import GENESIS, mac_of
from cse_tracker.audit.model import AuditEntry
from cse_tracker.records.keys import keyring_of
from cse_tracker.vault.keyring import Keyring

BATCH = 1000


@dataclass(frozen=True)
class Verdict:
    """What the verification found: how many entries, and the first that is wrong with the reason."""

    entries: int
    writers: int
    problem: str | None = None
    writer: UUID | None = None
    sequence: int | None = None

    @property
    def intact(self) -> bool:
        """Whether nothing was found wrong."""
        return self.problem is None


def verify(session: Session) -> Verdict:
    """Verify all chains from the stored values. Cutting off a chain's end shows only against an outside checkpoint."""
    keyring = keyring_of(session)
    entries, writers, writer, expected, previous = 0, 0, None, 1, GENESIS
    rows = select(AuditEntry).order_by(AuditEntry.writer, AuditEntry.sequence).execution_options(yield_per=BATCH)
    # Closed by hand, because the first bad entry ends the reading while PostgreSQL still holds a cursor open.
    with closing(session.scalars(rows)) as found:
        for row in found:
            if row.writer != writer:
                writer, expected, previous, writers = row.writer, 1, GENESIS, writers + 1
            problem = _problem(keyring, row, expected, previous)
            if problem is not None:
                return Verdict(entries, writers, problem, row.writer, row.sequence)
            expected, previous, entries = row.sequence + 1, row.mac, entries + 1
            session.expunge(row)
    return Verdict(entries, writers)


def _problem(keyring: Keyring, row: AuditEntry, expected: int, previous: bytes) -> str | None:
    if row.sequence != expected:
        return f"entry {expected} is missing before it"
    if row.previous != previous:
        return "it does not follow the entry before it"
    if not hmac.compare_digest(mac_of(keyring, row), row.mac):
        return "the entry was edited"
    return None


def facts_of(session: Session, row: AuditEntry) -> dict[str, str | int | None]:
    """Open an entry's sealed facts; raises CryptoError when they were changed."""
    sealer = keyring_of(session).sealer("audit", "facts")
    raw = sealer.open(row.facts_sealed, ("audit_entry", "facts_sealed", row.writer, row.sequence))
    facts: dict[str, str | int | None] = json.loads(raw)
    return facts
