"""The keys in use: named key-encryption keys, data keys wrapped under them, and everything derived."""

import hashlib
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from cse_tracker.vault.envelope import KEY_BYTES, ContextPart, Sealer, encode_context
from cse_tracker.vault.errors import CryptoError
from cse_tracker.vault.root import RootKey

COMMITMENT_BYTES: Final = 16


@dataclass(frozen=True, order=True)
class KeyName:
    """A key-encryption key: what it is for ('borough', 'staff', 'audit', 'match'), for whom, and its epoch."""

    purpose: str
    scope: str
    version: int


def derive(secret: bytes, *label: ContextPart, length: int = KEY_BYTES) -> bytes:
    """Derive a key that is merely separate (HKDF-SHA256, RFC 5869) with an unambiguous label."""
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=None, info=encode_context(label)).derive(secret)


def _committed(key: bytes) -> bytes:
    return key + hmac.digest(key, b"cs1-commit", "sha256")[:COMMITMENT_BYTES]


def _checked(raw: bytes) -> bytes:
    key = raw[:KEY_BYTES]
    if len(raw) != KEY_BYTES + COMMITMENT_BYTES or not hmac.compare_digest(_committed(key), raw):
        raise CryptoError
    return key


def wrap_under_root(root: RootKey, name: KeyName, key: bytes) -> bytes:
    """Wrap a key-encryption key under the root key, bound to its name."""
    sealer = Sealer(derive(root.secret, "wrap"), root.version)
    return sealer.seal(_committed(key), ("kek", name.purpose, name.scope, name.version), padded=False)


def unwrap_under_root(root: RootKey, name: KeyName, wrapped: bytes) -> bytes:
    """Unwrap a key-encryption key; raises CryptoError when the root key or the name is another."""
    sealer = Sealer(derive(root.secret, "wrap"), root.version)
    return _checked(sealer.open(wrapped, ("kek", name.purpose, name.scope, name.version), padded=False))


def new_key() -> bytes:
    """Make a random 256-bit key."""
    return os.urandom(KEY_BYTES)


class Keyring:
    """All key-encryption keys of a running service, in memory only."""

    def __init__(self, keys: Mapping[KeyName, bytes]) -> None:
        self._keys = dict(keys)
        self._wrappers = {name: Sealer(derive(key, "wrap"), name.version) for name, key in self._keys.items()}

    def __repr__(self) -> str:
        return f"<Keyring of {len(self._keys)} keys>"

    def newest(self, purpose: str, scope: str = "") -> KeyName:
        """Give the newest epoch of a key; raises CryptoError when there is none."""
        names = [name for name in self._keys if name.purpose == purpose and name.scope == scope]
        if not names:
            raise CryptoError
        return max(names)

    def wrap(self, name: KeyName, key: bytes, *context: ContextPart) -> bytes:
        """Wrap a data key (79 bytes), bound to the key-encryption key's name and to the context."""
        return self._wrapper(name).seal(_committed(key), ("dek", name.purpose, name.scope, *context), padded=False)

    def unwrap(self, name: KeyName, wrapped: bytes, *context: ContextPart) -> bytes:
        """Unwrap a data key; one error whatever is wrong."""
        opened = self._wrapper(name).open(wrapped, ("dek", name.purpose, name.scope, *context), padded=False)
        return _checked(opened)

    def _wrapper(self, name: KeyName) -> Sealer:
        sealer = self._wrappers.get(name)
        if sealer is None:
            raise CryptoError
        return sealer

    def sealer(self, purpose: str, label: str) -> Sealer:
        """Give a sealer derived for one purpose that has no data keys of its own (audit facts, stored releases)."""
        name = self.newest(purpose)
        return Sealer(derive(self._keys[name], "seal", label), name.version)

    def secret(self, purpose: str, label: str) -> bytes:
        """Give a derived 32-byte secret, for example for signing cookies or seeding rounding."""
        return derive(self._keys[self.newest(purpose)], "secret", label)

    def mac(self, purpose: str, *parts: ContextPart) -> bytes:
        """HMAC-SHA256 over an unambiguous encoding of the parts."""
        return hmac.new(self.secret(purpose, "mac"), encode_context(parts), hashlib.sha256).digest()
