"""The ciphertext format: suite, key version, nonce, padded AES-256-GCM ciphertext, bound to an ordered context."""

import os
import struct
from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias, assert_never
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cse_tracker.vault.errors import CryptoError

SUITE: Final = 1
HEADER: Final = struct.Struct(">BH12s")
TAG_BYTES: Final = 16
KEY_BYTES: Final = 32
CONTEXT_LABEL: Final = b"cs1"
_LENGTH: Final = struct.Struct(">I").pack
CONTEXT_START: Final = b"s" + _LENGTH(len(CONTEXT_LABEL)) + CONTEXT_LABEL
SMALL_BUCKETS: Final = (64, 128, 256, 512, 1024)
PAD_MARK: Final = b"\x80"

ContextPart: TypeAlias = str | int | bytes | UUID


def encode_context(parts: Sequence[ContextPart]) -> bytes:
    """Encode an ordered context injectively: each part by kind and by length, so that no two tuples share bytes."""
    return CONTEXT_START + encode_parts(parts)


def encode_parts(parts: Iterable[ContextPart]) -> bytes:
    """Encode parts as they stand in a context behind its start; two encodings one after the other are that of both."""
    out: list[bytes] = []
    for part in parts:
        # In the order of how often each comes: every value sealed, opened or witnessed passes here.
        if isinstance(part, str):
            kind, raw = b"s", part.encode()
        elif isinstance(part, UUID):
            kind, raw = b"u", part.bytes
        elif isinstance(part, int):
            kind, raw = b"i", str(part).encode()
        elif isinstance(part, bytes):
            kind, raw = b"b", part
        else:
            assert_never(part)
        out += (kind, _LENGTH(len(raw)), raw)
    return b"".join(out)


def bucket(length: int) -> int:
    """Give the padded length in bytes for a plaintext of this length, so that length tells little of content."""
    wanted = length + 1
    for size in SMALL_BUCKETS:
        if wanted <= size:
            return size
    return -(-wanted // 1024) * 1024


def pad(plaintext: bytes) -> bytes:
    """Pad by ISO/IEC 7816-4 to the next bucket."""
    marked = plaintext + PAD_MARK
    return marked + bytes(bucket(len(plaintext)) - len(marked))


def unpad(padded: bytes) -> bytes:
    """Take the padding off again; raises CryptoError where there is none."""
    stripped = padded.rstrip(b"\x00")
    if not stripped.endswith(PAD_MARK):
        raise CryptoError
    return stripped[:-1]


class Sealer:
    """One data key in use. Keeps the cipher object, which halves the cost of each value (security design, 2a)."""

    __slots__ = ("_cipher", "version")

    def __init__(self, key: bytes, version: int) -> None:
        if len(key) != KEY_BYTES:
            raise CryptoError
        self._cipher = AESGCM(key)
        self.version = version

    def __repr__(self) -> str:
        return f"<Sealer version {self.version}>"

    def seal(self, plaintext: bytes, context: Sequence[ContextPart], *, padded: bool = True) -> bytes:
        """Seal bytes, bound to the context, under a fresh random 96-bit nonce."""
        nonce = os.urandom(12)
        body = pad(plaintext) if padded else plaintext
        header = HEADER.pack(SUITE, self.version, nonce)
        return header + self._cipher.encrypt(nonce, body, encode_context(context))

    def open(self, blob: bytes, context: Sequence[ContextPart], *, padded: bool = True) -> bytes:
        """Open bytes sealed with this key and this context; anything else raises CryptoError, without detail."""
        if len(blob) < HEADER.size + TAG_BYTES:
            raise CryptoError
        suite, version, nonce = HEADER.unpack_from(blob)
        if suite != SUITE or version != self.version:
            raise CryptoError
        try:
            body = self._cipher.decrypt(nonce, blob[HEADER.size :], encode_context(context))
        except InvalidTag:
            raise CryptoError from None
        return unpad(body) if padded else body
