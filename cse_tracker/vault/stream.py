"""Seals a long stream in chunks: each is bound to its place, and the last says that it is the last.

The construction is that of `chunks`, without its suite and its padding: a backup's length may show. Chunks that are
changed, moved, repeated, left out or cut off do not open.
"""

import os
from collections.abc import Iterator
from typing import BinaryIO, Final

from cse_tracker.vault.chunks import CHUNK_BYTES, PREFIX_BYTES, ChunkCipher
from cse_tracker.vault.envelope import TAG_BYTES, ContextPart, encode_context

SEALED: Final = CHUNK_BYTES + TAG_BYTES


class StreamSealer:
    """Writes what it is given to a file, sealed. Nothing of it opens before `finish` was called."""

    def __init__(self, file: BinaryIO, key: bytes, *context: ContextPart) -> None:
        prefix = os.urandom(PREFIX_BYTES)
        self._file, self._cipher = file, ChunkCipher(key, prefix, encode_context(context))
        self._number, self._waiting = 0, bytearray()
        file.write(prefix)

    def write(self, data: bytes | memoryview) -> None:
        """Take more of the stream."""
        self._waiting += data
        # One chunk is held back, because the last must be marked.
        while len(self._waiting) > CHUNK_BYTES:
            self._seal(bytes(self._waiting[:CHUNK_BYTES]), last=False)
            del self._waiting[:CHUNK_BYTES]

    def finish(self) -> None:
        """Write the last chunk."""
        self._seal(bytes(self._waiting), last=True)
        self._waiting.clear()

    def _seal(self, chunk: bytes, *, last: bool) -> None:
        self._file.write(self._cipher.seal(self._number, chunk, last=last))
        self._number += 1


def open_stream(file: BinaryIO, key: bytes, *context: ContextPart) -> Iterator[bytes]:
    """Give the chunks of a sealed stream; raises CryptoError, without detail, at the first that is not as written."""
    cipher = ChunkCipher(key, file.read(PREFIX_BYTES), encode_context(context))
    number, sealed = 0, file.read(SEALED)
    while True:
        following = file.read(SEALED)
        yield cipher.open(number, sealed, last=not following)
        if not following:
            return
        sealed, number = following, number + 1
