"""Suite 2: a file in chunks. What was changed anywhere does not open; known answers open for ever."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cse_tracker.vault.chunks import (
    CHUNK_BYTES,
    HEADER_BYTES,
    SEALED_CHUNK_BYTES,
    ChunkSealer,
    open_stream,
    seal_stream,
)
from cse_tracker.vault.errors import CryptoError

KEY, OTHER = bytes(range(32)), bytes(32)
HEADER = bytes([2, 1, 2, 3, 4, 5, 6, 7])


def sealed(content: bytes, key: bytes = KEY, *context: str) -> tuple[bytes, list[bytes]]:
    sealer = ChunkSealer(key, context or ("file",))
    return sealer.header, list(seal_stream(sealer, [content]))


def opened(header: bytes, chunks: list[bytes], key: bytes = KEY, *context: str) -> bytes:
    return b"".join(open_stream(ChunkSealer(key, context or ("file",), header), chunks))


@pytest.mark.parametrize(
    "length", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES - 1, 3 * CHUNK_BYTES]
)
def test_a_file_of_any_length_opens_as_it_was_and_shows_its_length_in_whole_chunks(length: int) -> None:
    content = (b"\x80\x00" * (length // 2 + 1))[:length]
    header, chunks = sealed(content)
    assert opened(header, chunks) == content
    assert len(chunks) == length // CHUNK_BYTES + 1
    assert {len(chunk) for chunk in chunks} == {SEALED_CHUNK_BYTES}


@given(pieces=st.lists(st.binary(max_size=50_000), max_size=6))
def test_it_does_not_matter_in_what_pieces_a_file_arrives(pieces: list[bytes]) -> None:
    sealer = ChunkSealer(KEY, ("file",), HEADER)
    again = ChunkSealer(KEY, ("file",), HEADER)
    assert list(seal_stream(sealer, pieces)) == list(seal_stream(again, [b"".join(pieces)]))


def test_chunks_left_out_moved_doubled_cut_off_appended_or_from_another_file_do_not_open() -> None:
    header, chunks = sealed(bytes(3 * CHUNK_BYTES))
    other_header, others = sealed(bytes(3 * CHUNK_BYTES))
    wrong = [
        [],
        chunks[:-1],
        chunks[1:],
        chunks[:1] + chunks[2:],
        [*chunks, chunks[-1]],
        [*chunks, others[-1]],
        [chunks[0], chunks[0], *chunks[2:]],
        [others[0], *chunks[1:]],
        [*chunks[:-1], others[-1]],
        chunks[-1:],
        [chunks[0][:-1], *chunks[1:]],
        [chunks[0] + b"\x00", *chunks[1:]],
        *([*order] for order in itertools.permutations(chunks) if list(order) != chunks),
    ]
    for each in wrong:
        with pytest.raises(CryptoError):
            opened(header, each)
    for header_, key, context in (
        (other_header, KEY, "file"),
        (header, OTHER, "file"),
        (header, KEY, "other"),
        (b"\x01" + header[1:], KEY, "file"),
        (header[:-1], KEY, "file"),
    ):
        with pytest.raises(CryptoError):
            opened(header_, chunks, key, context)


def test_every_bit_of_the_header_and_bits_all_over_the_chunks_are_watched() -> None:
    header, chunks = sealed(b"A made-up letter.")
    for bit in range(HEADER_BYTES * 8):
        flipped = bytearray(header)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(CryptoError):
            opened(bytes(flipped), chunks)
    # Every bit of the first and last kibibyte, and one of every 61 between.
    places = {*range(8_192), *range(8_192, SEALED_CHUNK_BYTES * 8 - 8_192, 6_101)}
    places |= set(range(SEALED_CHUNK_BYTES * 8 - 512, SEALED_CHUNK_BYTES * 8))
    sealer = ChunkSealer(KEY, ("file",), header)
    for bit in places:
        changed = bytearray(chunks[0])
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(CryptoError):
            sealer.open(0, bytes(changed), last=True)


def test_a_known_answer_opens_for_ever() -> None:
    sealer = ChunkSealer(KEY, ("file", "known"), HEADER)
    (chunk,) = seal_stream(sealer, [b"Known answer"])
    assert chunk[:16].hex() == "33a73b73a4dd3eb1fb905d3d2a249a77"
    assert chunk[-16:].hex() == "edd3451f4143a326efb16ba6bec591b6"


@pytest.mark.parametrize("number", [-1, 2**32])
def test_a_place_beyond_what_the_nonce_holds_is_refused(number: int) -> None:
    with pytest.raises(CryptoError):
        ChunkSealer(KEY, ("file",)).seal(number, bytes(CHUNK_BYTES), last=False)
