"""Passwords and sign-in tokens: how they are hashed, checked, and slowed down after failures."""

import hashlib
import re
import secrets
import threading
import unicodedata
from datetime import timedelta
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST_PASSWORD: Final = 12
FREE_ATTEMPTS: Final = 5
LONGEST_WAIT: Final = timedelta(minutes=15)


class Passwords:
    """Argon2id behind two slots: 16 at once took 3.6 s and 1 GiB (security design, 2f)."""

    def __init__(self, *, memory_kib: int = 65536, rounds: int = 3) -> None:
        self._hasher = PasswordHasher(time_cost=rounds, memory_cost=memory_kib, parallelism=1)
        self._slots = threading.BoundedSemaphore(2)
        self._decoy = self.hash(secrets.token_urlsafe())

    def hash(self, password: str) -> str:
        """Hash a password for storage."""
        with self._slots:
            return self._hasher.hash(unicodedata.normalize("NFKC", password))

    def check(self, stored: str | None, password: str) -> bool:
        """Compare; an unknown user costs the same work, so that timing tells nothing."""
        with self._slots:
            try:
                matches = self._hasher.verify(stored or self._decoy, unicodedata.normalize("NFKC", password))
            except (VerificationError, InvalidHashError):
                return False
        return matches and stored is not None


def normal_email(text: str) -> str:
    """Give the form of an e-mail address under which it is looked up."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def looks_like_email(text: str) -> bool:
    """Whether the text has the shape of one e-mail address; delivery is the real check."""
    return re.fullmatch(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s,;<>\"]+", text) is not None and len(text) <= 254


def new_token() -> str:
    """Make a 256-bit sign-in token."""
    return secrets.token_urlsafe(32)


def token_digest(token: str) -> bytes:
    """Give the form in which a token is stored."""
    return hashlib.sha256(token.encode()).digest()


def wait_after(failures: int) -> timedelta:
    """How long an account rests after this many failures in a row: doubling, never a lock-out for good."""
    if failures < FREE_ATTEMPTS:
        return timedelta(0)
    return min(LONGEST_WAIT, timedelta(seconds=30 * 2 ** min(failures - FREE_ATTEMPTS, 10)))
