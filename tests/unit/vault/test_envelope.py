"""The envelope: what was sealed opens, and nothing else does."""

import struct
import traceback
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cse_tracker.vault.envelope import (
    HEADER,
    TAG_BYTES,
    ContextPart,
    Sealer,
    bucket,
    encode_context,
    pad,
    unpad,
)
from cse_tracker.vault.errors import CryptoError

ROW = UUID("5f0c9d2e-3b1a-4c52-9f57-2f3c8a1d7e60")
OTHER = UUID("5f0c9d2e-3b1a-4c52-9f57-2f3c8a1d7e61")
CONTEXT: tuple[ContextPart, ...] = ("case_", "head_sealed", ROW, OTHER, 1, 7)
KEY = bytes(range(32))
PARTS = st.one_of(st.text(max_size=12), st.integers(), st.binary(max_size=12), st.uuids())
CONTEXTS = st.lists(PARTS, max_size=6).map(tuple)


@pytest.fixture
def sealer() -> Sealer:
    return Sealer(KEY, 1)


def decoded(raw: bytes) -> tuple[ContextPart, ...]:
    """Read an encoded context back, written from the format's description and not from the code."""
    parts: list[ContextPart] = []
    while raw:
        kind, (length,), rest = raw[:1], struct.unpack(">I", raw[1:5]), raw[5:]
        body, raw = rest[:length], rest[length:]
        reading = {b"b": bytes, b"u": lambda value: UUID(bytes=value), b"i": int, b"s": bytes.decode}
        parts.append(reading[kind](body))  # type: ignore[operator]
    return tuple(parts[1:])


@given(plaintext=st.binary(max_size=3000), context=CONTEXTS, padded=st.booleans())
def test_what_was_sealed_opens_again(plaintext: bytes, context: tuple[ContextPart, ...], padded: bool) -> None:  # noqa: FBT001
    sealer = Sealer(KEY, 9)
    assert sealer.open(sealer.seal(plaintext, context, padded=padded), context, padded=padded) == plaintext


@pytest.mark.parametrize("length", [0, 1, 63, 64, 65, 1023, 1024, 1025, 1_000_000])
def test_empty_and_large_values_open_again(sealer: Sealer, length: int) -> None:
    plaintext = b"\x80\x00" * (length // 2) + b"\x00" * (length % 2)
    assert sealer.open(sealer.seal(plaintext, CONTEXT), CONTEXT) == plaintext


@pytest.mark.parametrize(
    ("plaintext", "padded"), [(b"", True), (b"Keira Marsh", True), (b"x" * 200, True), (KEY, False)]
)
def test_every_single_flipped_bit_is_refused(sealer: Sealer, plaintext: bytes, padded: bool) -> None:  # noqa: FBT001
    blob = sealer.seal(plaintext, CONTEXT, padded=padded)
    for place in range(len(blob) * 8):
        flipped = bytearray(blob)
        flipped[place // 8] ^= 1 << place % 8
        with pytest.raises(CryptoError):
            sealer.open(bytes(flipped), CONTEXT, padded=padded)


def test_every_truncation_and_extension_is_refused(sealer: Sealer) -> None:
    blob = sealer.seal(b"Keira Marsh", CONTEXT)
    longer = [blob + filler * length for length in range(1, 130) for filler in (b"\x00", b"\x80", b"\xff")]
    shorter = [blob[:length] for length in range(len(blob))] + [blob[length:] for length in range(1, len(blob))]
    for wrong in (*longer, *shorter, b"\x00" + blob):
        with pytest.raises(CryptoError):
            sealer.open(wrong, CONTEXT)


@pytest.mark.parametrize(
    "other",
    [
        ("person", *CONTEXT[1:]),
        ("case_", "body_sealed", *CONTEXT[2:]),
        (*CONTEXT[:2], OTHER, OTHER, 1, 7),
        (*CONTEXT[:3], ROW, 1, 7),
        (*CONTEXT[:4], 2, 7),
        (*CONTEXT[:5], 6),
        (*CONTEXT[:5], 8),
        (*CONTEXT[:5], "7"),
        (*CONTEXT[:2], str(ROW), *CONTEXT[3:]),
        (*CONTEXT[:2], ROW.bytes, *CONTEXT[3:]),
        ("case_head", "_sealed", *CONTEXT[2:]),
        (*CONTEXT[:2], OTHER, ROW, 1, 7),
        CONTEXT[:-1],
        CONTEXT[1:],
        (*CONTEXT, 0),
        (*CONTEXT, ""),
        (),
    ],
)
def test_another_context_is_refused(sealer: Sealer, other: tuple[ContextPart, ...]) -> None:
    blob = sealer.seal(b"Keira Marsh", CONTEXT)
    with pytest.raises(CryptoError):
        sealer.open(blob, other)


def test_names_that_only_look_alike_are_other_contexts(sealer: Sealer) -> None:
    composed, apart = "Zo\u00eb", "Zoe\u0308"
    blob = sealer.seal(b"x", (composed, "Żółć", "吳"))
    assert sealer.open(blob, (composed, "Żółć", "吳")) == b"x"
    for other in ((apart, "Żółć", "吳"), (composed, "Żółć吳"), (composed, "Ż", "ółć吳")):
        with pytest.raises(CryptoError):
            sealer.open(blob, other)


@settings(max_examples=400)
@given(context=CONTEXTS)
def test_an_encoded_context_can_be_read_back_so_no_two_share_bytes(context: tuple[ContextPart, ...]) -> None:
    read = decoded(encode_context(context))
    assert read == context
    assert [type(part) for part in read] == [type(part) for part in context]


@given(text=st.text(min_size=1, max_size=10), one=st.integers(0, 10), other=st.integers(0, 10))
def test_moving_a_boundary_between_parts_gives_other_bytes(text: str, one: int, other: int) -> None:
    first, second = (text[:one], text[one:]), (text[:other], text[other:])
    assert (encode_context(first) == encode_context(second)) == (first == second)


def test_an_encoded_context_begins_with_the_format_it_belongs_to() -> None:
    assert encode_context(()) == b"s\x00\x00\x00\x03cs1"


@given(length=st.integers(0, 20_000))
def test_a_padded_length_is_one_of_the_buckets_and_leaves_room_for_the_mark(length: int) -> None:
    size = bucket(length)
    assert size in {64, 128, 256, 512} or size % 1024 == 0
    assert length < size
    assert size in {64, length + 1} or size > 1024 or length >= size // 2
    assert size - length <= 1024
    assert bucket(length + 1) >= size


@given(plaintext=st.binary(max_size=200), tail=st.text(alphabet="\x00\x80", max_size=70))
def test_padding_comes_off_again_whatever_the_plaintext_ends_with(plaintext: bytes, tail: str) -> None:
    whole = plaintext + tail.encode("latin-1")
    assert unpad(pad(whole)) == whole
    assert len(pad(whole)) == bucket(len(whole))


@pytest.mark.parametrize("padded", [b"", bytes(64), b"\x01" + bytes(63), b"abc"])
def test_what_was_never_padded_is_refused(padded: bytes) -> None:
    with pytest.raises(CryptoError):
        unpad(padded)


def test_values_of_one_bucket_have_one_length(sealer: Sealer) -> None:
    lengths = {len(sealer.seal(b"x" * length, CONTEXT)) for length in range(64)}
    assert lengths == {HEADER.size + 64 + TAG_BYTES}


def test_sealing_twice_uses_two_nonces(sealer: Sealer) -> None:
    blobs = {sealer.seal(b"same", CONTEXT) for _ in range(200)}
    assert len({blob[3:15] for blob in blobs}) == 200


def test_every_other_suite_is_refused(sealer: Sealer) -> None:
    blob = sealer.seal(b"x", CONTEXT)
    assert blob[0] == 1
    for suite in set(range(256)) - {1}:
        with pytest.raises(CryptoError):
            sealer.open(bytes([suite]) + blob[1:], CONTEXT)


@pytest.mark.parametrize("version", [0, 1, 3, 255, 256, 512, 65535])
def test_a_blob_of_another_key_version_is_refused(version: int) -> None:
    blob = Sealer(KEY, 2).seal(b"x", CONTEXT)
    assert blob[1:3] == b"\x00\x02"
    with pytest.raises(CryptoError):
        Sealer(KEY, version).open(blob, CONTEXT)
    with pytest.raises(CryptoError):
        Sealer(KEY, 2).open(blob[:1] + struct.pack(">H", version) + blob[3:], CONTEXT)


def test_another_key_is_refused(sealer: Sealer) -> None:
    with pytest.raises(CryptoError):
        Sealer(bytes(32), 1).open(sealer.seal(b"x", CONTEXT), CONTEXT)


@pytest.mark.parametrize("length", [0, 16, 24, 31, 33, 64])
def test_a_key_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(CryptoError):
        Sealer(bytes(length), 1)


def test_a_failure_tells_nothing_of_its_cause(sealer: Sealer) -> None:
    blob = sealer.seal(b"Keira Marsh", CONTEXT)
    said = set()
    for wrong in (b"", blob[:-1], b"\x02" + blob[1:], blob[:-1] + bytes([blob[-1] ^ 1])):
        with pytest.raises(CryptoError) as refused:
            sealer.open(wrong, CONTEXT)
        said.add("".join(traceback.format_exception_only(refused.value)).strip())
        assert refused.value.__cause__ is None
        assert refused.value.__context__ is None or refused.value.__suppress_context__
    assert said == {"cse_tracker.vault.errors.CryptoError: This record could not be opened"}


def test_a_sealer_shows_its_version_and_not_its_key(sealer: Sealer) -> None:
    assert repr(sealer) == "<Sealer version 1>"
    assert not hasattr(sealer, "__dict__")


def test_every_ordered_pair_of_contexts_is_told_apart(sealer: Sealer) -> None:
    tables, columns, rows = ("case_", "person"), ("head_sealed", "body_sealed"), (uuid4(), uuid4())
    contexts = [
        (table, column, row, compartment, 1, revision)
        for table in tables
        for column in columns
        for row in rows
        for compartment in rows
        for revision in (1, 2)
    ]
    blobs = {context: sealer.seal(b"x", context) for context in contexts}
    for mine, blob in blobs.items():
        for other in contexts:
            if other == mine:
                assert sealer.open(blob, other) == b"x"
                continue
            with pytest.raises(CryptoError):
                sealer.open(blob, other)
