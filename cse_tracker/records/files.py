"""Files kept sealed: as they arrive, in memory and under a key of the moment; and as they are stored, in chunks."""

import base64
import io
from collections.abc import Iterable, Sequence
from uuid import UUID

from cse_tracker.vault.chunks import CHUNK_BYTES, ChunkSealer, open_stream, seal_stream
from cse_tracker.vault.errors import CryptoError
from cse_tracker.vault.keyring import new_key


class ArrivingFile(io.RawIOBase):
    """A file that is being sent to us: each 64 KiB is sealed in memory as it comes, and never written to any file.

    It is written once from the beginning to the end, then read as often as one likes.
    """

    def __init__(self) -> None:
        super().__init__()
        self._sealer = ChunkSealer(new_key(), ("arriving",))
        self._chunks: list[bytes] = []
        self._waiting = bytearray()
        self._length = self._place = 0
        self._complete = False

    def writable(self) -> bool:
        """Whether more may come."""
        return not self._complete

    def readable(self) -> bool:
        """It can be read once it has been looked at from some place."""
        return True

    def seekable(self) -> bool:
        """It can be read from any place."""
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        """Take the next piece."""
        if self._complete:
            message = "This file has been read already"
            raise io.UnsupportedOperation(message)
        self._waiting += data
        self._length += len(data)
        self._place = self._length
        while len(self._waiting) >= CHUNK_BYTES:
            self._keep(bytes(self._waiting[:CHUNK_BYTES]))
            del self._waiting[:CHUNK_BYTES]
        return len(data)

    def _keep(self, chunk: bytes) -> None:
        self._chunks.append(self._sealer.seal(len(self._chunks), chunk, last=False))

    def _finish(self) -> None:
        if not self._complete:
            self._complete = True
            if self._waiting:
                self._keep(bytes(self._waiting).ljust(CHUNK_BYTES, b"\x00"))
                self._waiting.clear()

    def tell(self) -> int:
        """Where it is read next."""
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place."""
        self._finish()
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._length}[whence]
        self._place = min(max(start + offset, 0), self._length)
        return self._place

    def read(self, size: int | None = -1) -> bytes:
        """Open as much as is asked for, from where it is read next."""
        self._finish()
        wanted = self._length - self._place
        wanted = wanted if size is None or size < 0 else min(size, wanted)
        out = bytearray()
        while len(out) < wanted:
            number, skip = divmod(self._place, CHUNK_BYTES)
            chunk = self._sealer.open(number, self._chunks[number], last=False)
            piece = chunk[skip : skip + min(wanted - len(out), self._length - self._place)]
            out += piece
            self._place += len(piece)
        return bytes(out)


def seal_file(file_id: UUID, pieces: Iterable[bytes]) -> tuple[str, list[bytes]]:
    """Seal a file under a fresh key of its own; gives the key for a sealed payload, and the chunks."""
    key = new_key()
    sealer = ChunkSealer(key, ("file", file_id))
    chunks = list(seal_stream(sealer, pieces))
    return base64.b64encode(sealer.header + key).decode(), chunks


def open_file(file_id: UUID, key: str, chunks: Sequence[bytes]) -> bytes:
    """Open a stored file; raises CryptoError where its key or any chunk is not its own."""
    try:
        raw = base64.b64decode(key, validate=True)
    except ValueError:
        raise CryptoError from None
    sealer = ChunkSealer(raw[8:], ("file", file_id), raw[:8])
    return b"".join(open_stream(sealer, chunks))
