"""Signed checkpoints of the chains' ends, kept outside the database: what is cut off or put back shows against them.

The file holds one JSON object a line, each naming the ends that moved since the line before and the digest of that
line. It is signed with Ed25519 (RFC 8032) under a key derived from the audit key, so that somebody who holds only the
public key can verify it, and somebody who holds only the file can not write it.
"""

import base64
import binascii
import fcntl
import hashlib
import json
import os
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cse_tracker.audit.facts import facts_of
from cse_tracker.audit.model import AuditEntry
from cse_tracker.vault.errors import CryptoError
from cse_tracker.vault.keyring import Keyring

FIRST: Final = "0" * 64
LABEL: Final = "checkpoint"
# Every process hears of a new audit key within a minute; a quarter of an hour is for work that takes long.
OUT_OF_USE_US: Final = 15 * 60 * 1_000_000


class CheckpointProblem(Exception):
    """The file of checkpoints cannot be used; the message says what to do."""


@dataclass
class Checkpoints:
    """What the lines say together: every place that was noted, and the last end of each chain."""

    number: int = 0
    digest: str = FIRST
    entries: int = 0
    at_us: int = 0
    tails: dict[bytes, tuple[int, bytes]] = field(default_factory=dict)
    places: dict[tuple[bytes, int], bytes] = field(default_factory=dict)
    # Since when lines are signed by each key, and the ends as they were when its predecessors were surely out of use.
    begun_us: dict[int, int] = field(default_factory=dict)
    settled: dict[int, dict[bytes, tuple[int, bytes]]] = field(default_factory=dict)
    # Whose records were destroyed: a backup from before must not bring them back.
    destroyed: frozenset[UUID] = frozenset()

    def add(self, line: dict[str, Any], digest: str) -> None:
        """Take the next line."""
        self.number, self.digest, self.entries, self.at_us = line["number"], digest, line["entries"], line["at_us"]
        self.destroyed |= {UUID(hex=each) for each in line.get("destroyed", ())}
        for writer, (sequence, mac) in line["ends"].items():
            self.tails[bytes.fromhex(writer)] = (sequence, bytes.fromhex(mac))
            self.places[bytes.fromhex(writer), sequence] = bytes.fromhex(mac)
        key = line["key"]
        since = self.begun_us.setdefault(key, self.at_us)
        if key not in self.settled and self.at_us - since >= OUT_OF_USE_US:
            self.settled[key] = dict(self.tails)

    def too_late(self, epoch: int, writer: bytes, sequence: int) -> bool:
        """Whether an entry came after its key was surely out of use: somebody wrote it with a key that leaked."""
        return any(epoch < key and tails.get(writer, (0, b""))[0] < sequence for key, tails in self.settled.items())


def _key(keyring: Keyring, epoch: int) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(keyring.secret("audit", LABEL, version=epoch))


def public_key(keyring: Keyring) -> str:
    """Give the public key of today's signatures, in base64: for whoever verifies without being able to sign."""
    return base64.b64encode(_key(keyring, keyring.newest("audit").version).public_key().public_bytes_raw()).decode()


def ends(session: Session) -> dict[bytes, tuple[int, bytes]]:
    """Give the end of every chain as the database has it."""
    last = select(AuditEntry.writer, func.max(AuditEntry.sequence).label("sequence")).group_by(AuditEntry.writer)
    newest = last.subquery()
    wanted = select(AuditEntry.writer, AuditEntry.sequence, AuditEntry.mac).join(
        newest, (AuditEntry.writer == newest.c.writer) & (AuditEntry.sequence == newest.c.sequence)
    )
    return {writer.bytes: (sequence, mac) for writer, sequence, mac in session.execute(wanted)}


def _canonical(line: dict[str, Any]) -> bytes:
    kept = {name: value for name, value in line.items() if name != "signature"}
    return json.dumps(kept, sort_keys=True, separators=(",", ":")).encode()


def next_line(session: Session, keyring: Keyring, before: Checkpoints, at_us: int, destroyed: frozenset[UUID]) -> str:
    """Make the next line: the ends that moved since the checkpoints before, signed."""
    moved = {
        writer.hex(): [sequence, mac.hex()]
        for writer, (sequence, mac) in sorted(ends(session).items())
        if before.tails.get(writer) != (sequence, mac)
    }
    line: dict[str, Any] = {
        "number": before.number + 1,
        "at_us": at_us,
        "entries": session.scalar(select(func.count()).select_from(AuditEntry)) or 0,
        "ends": moved,
        "previous": before.digest,
        "destroyed": sorted(each.hex for each in destroyed - before.destroyed),
        "key": keyring.newest("audit").version,
    }
    line["signature"] = base64.b64encode(_key(keyring, line["key"]).sign(_canonical(line))).decode()
    return json.dumps(line, sort_keys=True, separators=(",", ":"))


def read(path: Path, keyring: Keyring) -> Checkpoints:
    """Read and verify a file of checkpoints; an absent one holds none. Raises CheckpointProblem."""
    try:
        raw = path.read_bytes() if path.exists() else b""
    except OSError as error:
        message = f"The checkpoints in {path} cannot be read: {error.strerror}"
        raise CheckpointProblem(message) from None
    return parse(raw, keyring, str(path))


def parse(raw: bytes, keyring: Keyring, name: str) -> Checkpoints:
    """Read lines; one that was not finished, as by a crash, is no line. Raises CheckpointProblem."""
    found = Checkpoints()
    whole = raw[: raw.rfind(b"\n") + 1]
    for number, text in enumerate(whole.splitlines(), start=1):
        line = _verified(text, keyring)
        if line is None or line["number"] != number or line["previous"] != found.digest:
            message = (
                f"Line {number} of the checkpoints in {name} was changed, or another installation wrote it. "
                "Verify against a copy from another place, and find out who could write to this file"
            )
            raise CheckpointProblem(message)
        found.add(line, hashlib.sha256(text).hexdigest())
    return found


def _verified(text: bytes, keyring: Keyring) -> dict[str, Any] | None:
    try:
        line: dict[str, Any] = json.loads(text)
        signature = base64.b64decode(line["signature"], validate=True)
        _key(keyring, line["key"]).public_key().verify(signature, _canonical(line))
    except (ValueError, KeyError, TypeError, binascii.Error, InvalidSignature, CryptoError):
        return None
    return line


def append(
    path: Path, session: Session, keyring: Keyring, at_us: int, *, destroyed: frozenset[UUID] = frozenset()
) -> tuple[Checkpoints, str]:
    """Add the next line to the file and wait for the disk; gives what the file now says, and the line.

    Raises CheckpointProblem, and leaves the file as it was, where the line cannot be written whole.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(handle, "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            raw = file.read()
            known = parse(raw, keyring, str(path))
            text = next_line(session, keyring, known, at_us, destroyed)
            _write_whole(file.fileno(), raw.rfind(b"\n") + 1, text.encode() + b"\n")
    except OSError as error:
        message = f"The checkpoint cannot be written to {path}: {error.strerror}. Make room or choose another place"
        raise CheckpointProblem(message) from None
    known.add(json.loads(text), hashlib.sha256(text.encode()).hexdigest())
    return known, text


def _write_whole(file: int, position: int, data: bytes) -> None:
    os.ftruncate(file, position)
    try:
        done = 0
        while done < len(data):
            done += os.pwrite(file, data[done:], position + done)
        os.fsync(file)
    except OSError:
        os.ftruncate(file, position)
        raise


def written(session: Session) -> int:
    """Give the highest number that the audit's entries speak of; a few are looked at, because two may have one time."""
    made = select(AuditEntry).where(AuditEntry.action == "audit.checkpointed")
    newest = session.scalars(made.order_by(AuditEntry.at_us.desc()).limit(20))
    return max((int(facts_of(session, entry)["number"] or 0) for entry in newest), default=0)


def put_aside(path: Path, keyring: Keyring, number: int, at: datetime) -> Path | None:
    """Keep the first `number` lines of a file and put the whole of it aside; nothing where it has no more lines."""
    known = read(path, keyring)
    if known.number <= number:
        return None
    kept = path.read_bytes().splitlines(keepends=True)[:number]
    aside = path.with_name(f"{path.name}.before-restore-{at:%Y%m%dT%H%M%S}")
    try:
        path.rename(aside)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(b"".join(kept))
    except OSError as error:
        message = f"The checkpoints in {path} cannot be put aside: {error.strerror}"
        raise CheckpointProblem(message) from None
    return aside


def first_lines(path: Path, keyring: Keyring, number: int) -> Checkpoints:
    """Read and verify the first `number` lines of a file of checkpoints."""
    raw = path.read_bytes() if path.exists() else b""
    return parse(b"".join(raw.splitlines(keepends=True)[:number]), keyring, str(path))
