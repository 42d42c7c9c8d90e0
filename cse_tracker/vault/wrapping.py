"""Keys as they are kept: named, committed to, and wrapped under the key above them."""

import hmac
import os
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from cse_tracker.vault.envelope import KEY_BYTES, ContextPart, Sealer, encode_context
from cse_tracker.vault.errors import CryptoError

COMMITMENT_BYTES: Final = 16


@dataclass(frozen=True, order=True)
class KeyName:
    """A key-encryption key: what it is for ('borough', 'staff', 'audit', 'match'), for whom, and its epoch."""

    purpose: str
    scope: str
    version: int

    @property
    def context(self) -> tuple[ContextPart, ...]:
        """What its wrapped form is bound to."""
        return ("kek", self.purpose, self.scope, self.version)

    def __str__(self) -> str:
        return f"{self.purpose} {self.scope}".strip() + f", epoch {self.version}"


def new_key() -> bytes:
    """Make a random 256-bit key."""
    return os.urandom(KEY_BYTES)


def derive(secret: bytes, *label: ContextPart, length: int = KEY_BYTES) -> bytes:
    """Derive a key that is merely separate (HKDF-SHA256, RFC 5869) with an unambiguous label."""
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=None, info=encode_context(label)).derive(secret)


def committed(key: bytes) -> bytes:
    """Give a key with 16 bytes that commit to it, so that no second key opens what it wraps or seals."""
    return key + hmac.digest(key, b"cs1-commit", "sha256")[:COMMITMENT_BYTES]


def checked(raw: bytes) -> bytes:
    """Give the key of its committed form; raises CryptoError where the commitment is not the key's."""
    key = raw[:KEY_BYTES]
    if len(raw) != KEY_BYTES + COMMITMENT_BYTES or not hmac.compare_digest(committed(key), raw):
        raise CryptoError
    return key


def wrap_under_root(secret: bytes, version: int, name: KeyName, key: bytes) -> bytes:
    """Wrap a key-encryption key (79 bytes) under a root key that this process holds, bound to its name."""
    return Sealer(derive(secret, "wrap"), version).seal(committed(key), name.context, padded=False)


def unwrap_under_root(secret: bytes, version: int, name: KeyName, wrapped: bytes) -> bytes:
    """Unwrap a key-encryption key; raises CryptoError when the root key or the name is another."""
    return checked(Sealer(derive(secret, "wrap"), version).open(wrapped, name.context, padded=False))
