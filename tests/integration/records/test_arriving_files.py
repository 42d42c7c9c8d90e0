"""A file as it arrives: sealed in memory piece by piece, read from any place, and never on disk."""

import io

from hypothesis import given
from hypothesis import strategies as st

from cse_tracker.records.files import ArrivingFile

SECRET = b"Zwartkoppie" * 30_000


def arrived(*pieces: bytes) -> ArrivingFile:
    file = ArrivingFile()
    for piece in pieces:
        file.write(piece)
    file.seek(0)
    return file


@given(pieces=st.lists(st.binary(max_size=90_000), max_size=5), steps=st.lists(st.integers(0, 70_000), max_size=5))
def test_it_reads_like_any_file(pieces: list[bytes], steps: list[int]) -> None:
    ours, plain = arrived(*pieces), io.BytesIO(b"".join(pieces))
    for step in steps:
        assert ours.read(step) == plain.read(step)
        assert ours.tell() == plain.tell()
        assert ours.seek(step) == min(step, len(plain.getvalue()))
        plain.seek(min(step, len(plain.getvalue())))
    ours.seek(0)
    assert ours.read() == b"".join(pieces)


def test_no_plain_byte_is_kept_once_a_chunk_is_full() -> None:
    file = arrived(SECRET)
    assert not any(b"Zwartkoppie" in chunk for chunk in file._chunks)
    assert not file._waiting
    assert file.read() == SECRET
