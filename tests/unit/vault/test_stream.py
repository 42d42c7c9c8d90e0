"""A sealed stream opens as it was written and in no other way."""

import io
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cse_tracker.vault.chunks import CHUNK_BYTES as CHUNK
from cse_tracker.vault.chunks import PREFIX_BYTES as PREFIX
from cse_tracker.vault.envelope import TAG_BYTES as TAG
from cse_tracker.vault.errors import CryptoError
from cse_tracker.vault.stream import StreamSealer, open_stream

KEY = bytes(range(32))
SEALED = CHUNK + TAG


def sealed(*parts: bytes, key: bytes = KEY, context: str = "test") -> bytes:
    out = io.BytesIO()
    sealer = StreamSealer(out, key, context)
    for part in parts:
        sealer.write(part)
    sealer.finish()
    return out.getvalue()


def opened(content: bytes, key: bytes = KEY, context: str = "test") -> bytes:
    return b"".join(open_stream(io.BytesIO(content), key, context))


@settings(max_examples=30)
@given(st.lists(st.binary(max_size=3 * CHUNK), max_size=3))
def test_it_opens_as_it_was_written(parts: list[bytes]) -> None:
    assert opened(sealed(*parts)) == b"".join(parts)


@pytest.mark.parametrize("length", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 1])
def test_lengths_about_a_chunk(length: int) -> None:
    content = os.urandom(length)
    assert opened(sealed(content)) == content


def test_it_opens_under_its_own_key_and_context_alone() -> None:
    content = sealed(b"x")
    for wrong in ({"key": bytes(32)}, {"context": "other"}):
        with pytest.raises(CryptoError):
            opened(content, **wrong)
    with pytest.raises(CryptoError):
        opened(content, key=b"short")


def test_every_bit_of_a_short_stream_counts() -> None:
    content = sealed(b"a short one")
    for place in range(len(content) * 8):
        changed = bytearray(content)
        changed[place // 8] ^= 1 << place % 8
        with pytest.raises(CryptoError):
            opened(bytes(changed))


def test_it_cannot_be_cut_or_lengthened_anywhere() -> None:
    content = sealed(os.urandom(2 * CHUNK + 10))
    for cut in (0, 1, PREFIX, PREFIX + 1, PREFIX + SEALED, PREFIX + SEALED + 5, PREFIX + 2 * SEALED, len(content) - 1):
        with pytest.raises(CryptoError):
            opened(content[:cut])
    with pytest.raises(CryptoError):
        opened(content + b"x")


def test_chunks_cannot_be_moved_repeated_left_out_or_taken_from_another_stream() -> None:
    content, other = sealed(os.urandom(3 * CHUNK + 1)), sealed(os.urandom(3 * CHUNK + 1))
    prefix = content[:PREFIX]
    chunks = [content[PREFIX + start : PREFIX + start + SEALED] for start in range(0, len(content) - PREFIX, SEALED)]
    strange = other[PREFIX : PREFIX + SEALED]
    one, two, three, last = chunks
    for wrong in (
        (two, one, three, last), (one, one, two, three, last), (one, three, last), (one, two, three),
        (strange, two, three, last), (last,), (one, two, three, last, last),
    ):  # fmt: skip
        with pytest.raises(CryptoError):
            opened(prefix + b"".join(wrong))
