"""Says what was done at the first bad entry: looks for where it belongs, and for what belongs there."""

import hmac
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass

from sqlalchemy.orm import Session

from cse_tracker.audit.encoding import MacOf, Stored, epoch_of
from cse_tracker.audit.reading import TABLE, selection, stored_entries, uuid_of
from cse_tracker.audit.verdict import Kind
from cse_tracker.vault.errors import CryptoError
from cse_tracker.vault.keyring import Keyring


@dataclass(frozen=True)
class Finding:
    """The kind of change, in words."""

    kind: Kind
    problem: str


def authentic(mac_of: MacOf, entry: Stored) -> bool:
    """Whether this service wrote exactly this, in exactly this place."""
    try:
        return hmac.compare_digest(mac_of(entry), entry.mac)
    except (CryptoError, TypeError):
        return False


def diagnose(session: Session, keyring: Keyring, mac_of: MacOf, bad: Stored) -> Finding:
    """Name what was done, for an entry that this service did not write in this place.

    Reads every entry once more, and recomputes one MAC of each: a thing to do once, when something is wrong.
    """
    if uuid_of(bad.writer) is None or type(bad.sequence) is not int:
        return Finding(Kind.EDIT, "its place in the chain is malformed")
    belongs, copied = _where_it_belongs(session, mac_of, bad)
    if copied:
        return Finding(Kind.INSERT, "it is a copy of another entry")
    home = _elsewhere(session, mac_of, bad)
    if belongs is None:
        if home or (_is_last(session, bad) and not _facts_open(keyring, bad)):
            return Finding(Kind.INSERT, "this service never wrote it")
        return Finding(Kind.EDIT, "the entry was edited")
    if not home and belongs[0] == bad.writer and belongs[1] > bad.sequence:
        return Finding(Kind.DELETE, f"entry {bad.sequence} is missing, and later ones were moved into its place")
    return Finding(Kind.REORDER, f"it belongs in another place (chain {uuid_of(belongs[0])}, entry {belongs[1]})")


def _all(session: Session) -> Generator[Stored, None, None]:
    return stored_entries(session, selection(session).order_by(TABLE.c.writer, TABLE.c.sequence))


def _where_it_belongs(session: Session, mac_of: MacOf, bad: Stored) -> tuple[tuple[bytes, int] | None, bool]:
    """Give the place where the bad entry verifies, if any, and whether that place holds the same entry already.

    It can only belong behind the entry whose MAC it carries as the one before, or in the place of a twin.
    """
    belongs, copied = None, False
    beginnings: set[bytes] = set()
    with closing(_all(session)) as entries:
        for other in entries:
            candidates = []
            if isinstance(other.writer, bytes) and other.writer not in beginnings:
                beginnings.add(other.writer)
                candidates.append((other.writer, 1))
            if other.mac == bad.previous and type(other.sequence) is int:
                # The one before may itself have been moved: by one, as everything behind a gap is, or to here.
                candidates += [(other.writer, other.sequence + step) for step in (0, 1, 2)]
            if other.mac == bad.mac and (other.writer, other.sequence) != (bad.writer, bad.sequence):
                candidates.append((other.writer, other.sequence))
                copied = copied or authentic(mac_of, other)
            for writer, sequence in candidates:
                if belongs is None and authentic(mac_of, bad._replace(writer=writer, sequence=sequence)):
                    belongs = (writer, sequence)
    if belongs is None:
        belongs = _nearby(mac_of, bad)
    return belongs, copied


def _nearby(mac_of: MacOf, bad: Stored, reach: int = 50) -> tuple[bytes, int] | None:
    for step in range(1, reach + 1):
        for sequence in (bad.sequence + step, bad.sequence - step):
            if sequence > 0 and authentic(mac_of, bad._replace(sequence=sequence)):
                return (bad.writer, sequence)
    return None


def _elsewhere(session: Session, mac_of: MacOf, bad: Stored) -> bool:
    """Whether the entry that belongs in this place stands in another."""
    with closing(_all(session)) as entries:
        return any(
            (other.writer, other.sequence) != (bad.writer, bad.sequence)
            and authentic(mac_of, other._replace(writer=bad.writer, sequence=bad.sequence))
            for other in entries
        )


def _is_last(session: Session, bad: Stored) -> bool:
    later = selection(session).where(TABLE.c.writer == uuid_of(bad.writer), TABLE.c.sequence > bad.sequence).limit(1)
    with closing(stored_entries(session, later)) as entries:
        return next(entries, None) is None


def _facts_open(keyring: Keyring, bad: Stored) -> bool:
    writer = uuid_of(bad.writer)
    try:
        sealer = keyring.sealer("audit", "facts", version=epoch_of(bad.facts_sealed))
        sealer.open(bad.facts_sealed, ("audit_entry", "facts_sealed", writer or b"", bad.sequence))
    except CryptoError:
        return False
    return True
