"""Seals a long stream in chunks: each is bound to its place, and the last says that it is the last.

The construction is STREAM (Hoang, Reyhanitabar, Rogaway and Vizár, 2015) over AES-256-GCM: a nonce is 7 random bytes
of the stream, the chunk's number in 4 and one that marks the end. Chunks that are changed, moved, repeated, left out
or cut off do not open.
"""

import os
import struct
from collections.abc import Iterator
from typing import BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cse_tracker.vault.envelope import KEY_BYTES, ContextPart, encode_context
from cse_tracker.vault.errors import CryptoError

CHUNK: Final = 64 * 1024
TAG: Final = 16
PREFIX: Final = 7
MOST_CHUNKS: Final = 2**32


def _nonce(prefix: bytes, number: int, *, last: bool) -> bytes:
    if number >= MOST_CHUNKS:
        raise CryptoError
    return prefix + struct.pack(">IB", number, last)


class StreamSealer:
    """Writes what it is given to a file, sealed. Nothing of it opens before `finish` was called."""

    def __init__(self, file: BinaryIO, key: bytes, *context: ContextPart) -> None:
        if len(key) != KEY_BYTES:
            raise CryptoError
        self._file, self._cipher, self._context = file, AESGCM(key), encode_context(context)
        self._prefix, self._number, self._waiting = os.urandom(PREFIX), 0, bytearray()
        file.write(self._prefix)

    def write(self, data: bytes | memoryview) -> None:
        """Take more of the stream."""
        self._waiting += data
        # One chunk is held back, because the last must be marked.
        while len(self._waiting) > CHUNK:
            self._seal(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]

    def finish(self) -> None:
        """Write the last chunk."""
        self._seal(bytes(self._waiting), last=True)
        self._waiting.clear()

    def _seal(self, chunk: bytes, *, last: bool) -> None:
        nonce = _nonce(self._prefix, self._number, last=last)
        self._file.write(self._cipher.encrypt(nonce, chunk, self._context))
        self._number += 1


def open_stream(file: BinaryIO, key: bytes, *context: ContextPart) -> Iterator[bytes]:
    """Give the chunks of a sealed stream; raises CryptoError, without detail, at the first that is not as written."""
    if len(key) != KEY_BYTES:
        raise CryptoError
    cipher, bound = AESGCM(key), encode_context(context)
    prefix, number = file.read(PREFIX), 0
    sealed = file.read(CHUNK + TAG)
    while True:
        following = file.read(CHUNK + TAG)
        last = not following
        if len(prefix) != PREFIX or len(sealed) < TAG:
            raise CryptoError
        try:
            yield cipher.decrypt(_nonce(prefix, number, last=last), sealed, bound)
        except InvalidTag:
            raise CryptoError from None
        if last:
            return
        sealed, number = following, number + 1
