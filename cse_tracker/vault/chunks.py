"""Suite 2 of the ciphertext format: a file sealed in chunks, each bound to its place and to whether it is the last.

A header of 8 bytes (the suite and a random 7-byte prefix) goes before the chunks. Chunk number n is AES-256-GCM under
the nonce prefix | n (4 bytes) | last (1 byte): the construction STREAM of Hoang, Reyhanitabar, Rogaway and Vizár
(CRYPTO 2015). A chunk left out, moved, doubled, cut off or taken from another file does not open. The file is padded
(ISO/IEC 7816-4) to whole chunks, so that its length shows in steps of 64 KiB only.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cse_tracker.vault.envelope import KEY_BYTES, PAD_MARK, TAG_BYTES, ContextPart, encode_context
from cse_tracker.vault.errors import CryptoError

STREAM_SUITE: Final = 2
CHUNK_BYTES: Final = 64 * 1024
SEALED_CHUNK_BYTES: Final = CHUNK_BYTES + TAG_BYTES
PREFIX_BYTES: Final = 7
HEADER_BYTES: Final = 1 + PREFIX_BYTES
MOST_CHUNKS: Final = 2**32 - 1


class ChunkCipher:
    """Seals and opens the chunks of one stream: the nonce is the stream's prefix, the chunk's number, whether last."""

    __slots__ = ("_cipher", "_context", "_prefix")

    def __init__(self, key: bytes, prefix: bytes, context: bytes) -> None:
        if len(key) != KEY_BYTES or len(prefix) != PREFIX_BYTES:
            raise CryptoError
        self._cipher, self._prefix, self._context = AESGCM(key), prefix, context

    def __repr__(self) -> str:
        return "<ChunkCipher>"

    def _nonce(self, number: int, *, last: bool) -> bytes:
        if not 0 <= number <= MOST_CHUNKS:
            raise CryptoError
        return self._prefix + number.to_bytes(4, "big") + bytes([last])

    def seal(self, number: int, chunk: bytes, *, last: bool) -> bytes:
        """Seal one chunk of any length."""
        return self._cipher.encrypt(self._nonce(number, last=last), chunk, self._context)

    def open(self, number: int, sealed: bytes, *, last: bool) -> bytes:
        """Open one chunk; anything else than this chunk at this place raises CryptoError."""
        if len(sealed) < TAG_BYTES:
            raise CryptoError
        try:
            return self._cipher.decrypt(self._nonce(number, last=last), sealed, self._context)
        except InvalidTag:
            raise CryptoError from None


class ChunkSealer:
    """One file being sealed or opened under a key of its own, which no other file may share."""

    __slots__ = ("_cipher", "header")

    def __init__(self, key: bytes, context: Sequence[ContextPart], header: bytes | None = None) -> None:
        self.header = bytes([STREAM_SUITE]) + os.urandom(PREFIX_BYTES) if header is None else header
        if len(self.header) != HEADER_BYTES or self.header[0] != STREAM_SUITE:
            raise CryptoError
        self._cipher = ChunkCipher(key, self.header[1:], encode_context(("stream", *context)))

    def __repr__(self) -> str:
        return "<ChunkSealer>"

    def seal(self, number: int, chunk: bytes, *, last: bool) -> bytes:
        """Seal one whole chunk."""
        if len(chunk) != CHUNK_BYTES:
            raise CryptoError
        return self._cipher.seal(number, chunk, last=last)

    def open(self, number: int, sealed: bytes, *, last: bool) -> bytes:
        """Open one chunk; anything else than this chunk at this place raises CryptoError."""
        if len(sealed) != SEALED_CHUNK_BYTES:
            raise CryptoError
        return self._cipher.open(number, sealed, last=last)


def seal_stream(sealer: ChunkSealer, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Seal a file that arrives in pieces of any size, holding one chunk at a time; at least one chunk comes out."""
    number, waiting = 0, bytearray()
    for piece in pieces:
        waiting += piece
        while len(waiting) >= CHUNK_BYTES:
            # A whole chunk is never the last: the mark of the padding comes after it.
            yield sealer.seal(number, bytes(waiting[:CHUNK_BYTES]), last=False)
            del waiting[:CHUNK_BYTES]
            number += 1
    waiting += PAD_MARK
    waiting += bytes(CHUNK_BYTES - len(waiting))
    yield sealer.seal(number, bytes(waiting), last=True)


def open_stream(sealer: ChunkSealer, chunks: Sequence[bytes]) -> Iterator[bytes]:
    """Open a file's chunks in their order; raises CryptoError where any is wrong, missing or too many."""
    if not chunks:
        raise CryptoError
    final = len(chunks) - 1
    for number, sealed in enumerate(chunks):
        chunk = sealer.open(number, sealed, last=number == final)
        if number == final:
            chunk = chunk.rstrip(b"\x00")
            if not chunk.endswith(PAD_MARK):
                raise CryptoError
            chunk = chunk[:-1]
        yield chunk
