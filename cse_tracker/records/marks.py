"""Marks: keyed digests by which something is found or known again, without the key telling nobody what it was.

A mark names the epoch of the staff key that made it, so that it is known again after the key was changed.
"""

import hmac
from collections.abc import Iterable
from typing import Final

from sqlalchemy.orm import Session

from cse_tracker.records.keys import STAFF, epochs_of, keyring_of
from cse_tracker.vault.envelope import ContextPart

FIRST_EPOCH: Final = 1
"""Its marks are from before a key could be followed by another, and do not name it."""
MAC_BYTES: Final = 32


def _mark(session: Session, version: int, parts: Iterable[ContextPart]) -> bytes:
    made = keyring_of(session).mac(STAFF, *parts, version=version)
    return made if version == FIRST_EPOCH else version.to_bytes(2, "big") + made


def marks(session: Session, *parts: ContextPart) -> list[bytes]:
    """Give the marks under which something may be found, the newest key's first: while a new key takes over, two."""
    return [_mark(session, version, parts) for version in sorted(epochs_of(session, STAFF), reverse=True)]


def mark(session: Session, *parts: ContextPart) -> bytes:
    """Give the mark of something under the newest key."""
    return marks(session, *parts)[0]


def epoch_of(stored: bytes) -> int:
    """Give the epoch of the staff key that made a mark."""
    return FIRST_EPOCH if len(stored) == MAC_BYTES else int.from_bytes(stored[:2], "big")


def marked(session: Session, stored: bytes, *parts: ContextPart) -> bool:
    """Whether a mark was made of this; no where the key that made it was destroyed."""
    version = epoch_of(stored)
    if version not in epochs_of(session, STAFF):
        return False
    return hmac.compare_digest(stored, _mark(session, version, parts))
