"""The fast encoding says byte for byte what the vault's says, and takes no value of another kind."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cse_tracker.audit.encoding import Stored, encoded, mac_with
from cse_tracker.vault.envelope import encode_context
from cse_tracker.vault.errors import CryptoError
from cse_tracker.vault.keyring import KeyName, Keyring

ids, texts, blobs = st.uuids(), st.text(max_size=20), st.binary(max_size=40)
numbers = st.integers(min_value=-(2**63), max_value=2**63 - 1)
ENTRY = Stored(
    bytes(16), 1, 5, "a", "b", None, None, None, None, None, b"\x01\x00\x01" + bytes(40), None, bytes(32), b""
)


@given(ids, numbers, numbers, texts, texts, *[st.none() | ids] * 4, st.none() | texts, blobs, st.none() | blobs, blobs)
def test_it_is_the_vaults_encoding(
    writer: UUID,
    sequence: int,
    at_us: int,
    action: str,
    kind: str,
    actor: UUID | None,
    sign_in: UUID | None,
    request: UUID | None,
    thing: UUID | None,
    borough: str | None,
    facts: bytes,
    rows: bytes | None,
    previous: bytes,
) -> None:
    optional = [b"" if value is None else value for value in (actor, sign_in, request, thing, borough)]
    slow = encode_context(
        [writer, sequence, at_us, action, kind, *optional, facts, previous, *([] if rows is None else [rows])]
    )
    raw: tuple[Any, ...] = tuple(None if value is None else value.bytes for value in (actor, sign_in, request, thing))
    parts = (writer.bytes, sequence, at_us, action, kind, *raw, borough, facts, rows, previous, b"")
    assert slow == encoded(Stored._make(parts))


@pytest.mark.parametrize(
    "changed",
    [
        {"writer": "not an id"}, {"writer": b"short"}, {"sequence": 1.0}, {"sequence": True}, {"at_us": "5"},
        {"action": b"a"}, {"actor_id": "zz"}, {"facts_sealed": "text"}, {"facts_sealed": b""}, {"previous": None},
        {"object_type": None},
    ],
)  # fmt: skip
def test_a_value_of_another_kind_has_no_mac(changed: dict[str, object]) -> None:
    mac_of = mac_with(Keyring({KeyName("audit", "", 1): bytes(32)}))
    assert len(mac_of(ENTRY)) == 32
    with pytest.raises(CryptoError):
        mac_of(ENTRY._replace(**changed))  # type: ignore[arg-type]


def test_an_entry_is_read_under_the_epoch_that_wrote_it() -> None:
    one, two = KeyName("audit", "", 1), KeyName("audit", "", 2)
    before = mac_with(Keyring({one: bytes(32)}))(ENTRY)
    both = mac_with(Keyring({one: bytes(32), two: b"2" * 32}))
    assert both(ENTRY) == before
    assert both(ENTRY._replace(facts_sealed=b"\x01\x00\x02" + bytes(40))) != before
    with pytest.raises(CryptoError):
        both(ENTRY._replace(facts_sealed=b"\x01\x00\x03" + bytes(40)))
