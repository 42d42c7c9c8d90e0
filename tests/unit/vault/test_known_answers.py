"""Blobs sealed by released code must open for ever, and the bytes of every format must stay what they are.

`known_answers.json` is frozen: add answers when a suite or a format is added, and never change or remove one. Each
envelope was made with `os.urandom` replaced by a function that gave the listed nonce, so that sealing is checked
byte by byte as well as opening.
"""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cse_tracker.vault.envelope import ContextPart, Sealer, encode_context
from cse_tracker.vault.errors import CryptoError
from cse_tracker.vault.keyring import KeyName, Keyring, derive
from cse_tracker.vault.wrapping import unwrap_under_root

ANSWERS: dict[str, list[dict[str, Any]]] = json.loads(Path(__file__).with_name("known_answers.json").read_text("utf-8"))
KINDS: dict[type, bytes] = {str: b"s", int: b"i", bytes: b"b", UUID: b"u"}
READING: dict[str, Any] = {"str": str, "int": int, "bytes": bytes.fromhex, "uuid": UUID}


def context_of(answer: dict[str, Any]) -> tuple[ContextPart, ...]:
    return tuple(READING[kind](value) for kind, value in answer["context"])


def sealer_of(answer: dict[str, Any]) -> Sealer:
    return Sealer(bytes.fromhex(answer["key"]), answer["version"])


def test_the_corpus_is_whole() -> None:
    assert {name: len(answers) for name, answers in ANSWERS.items()} == {
        "envelopes": 9,
        "contexts": 8,
        "derived": 4,
        "wrapped_under_root": 2,
        "wrapped_under_keyring": 2,
        "macs": 2,
    }


@pytest.mark.parametrize("answer", ANSWERS["envelopes"], ids=lambda answer: str(answer["about"]))
def test_a_blob_of_old_opens(answer: dict[str, Any]) -> None:
    blob = bytes.fromhex(answer["blob"])
    opened = sealer_of(answer).open(blob, context_of(answer), padded=answer["padded"])
    assert opened == bytes.fromhex(answer["plaintext"])
    with pytest.raises(CryptoError):
        sealer_of(answer).open(blob, (*context_of(answer), 0), padded=answer["padded"])


@pytest.mark.parametrize("answer", ANSWERS["envelopes"], ids=lambda answer: str(answer["about"]))
def test_a_blob_opens_by_the_published_format_alone(answer: dict[str, Any]) -> None:
    blob = bytes.fromhex(answer["blob"])
    associated = b""
    for part in ("cs1", *context_of(answer)):
        raw = part if isinstance(part, bytes) else part.bytes if isinstance(part, UUID) else str(part).encode()
        associated += KINDS[type(part)] + len(raw).to_bytes(4, "big") + raw
    body = AESGCM(bytes.fromhex(answer["key"])).decrypt(blob[3:15], blob[15:], associated)
    plaintext = bytes.fromhex(answer["plaintext"])
    assert blob[:3] == bytes([1, answer["version"] // 256, answer["version"] % 256])
    assert body == (plaintext + b"\x80" + bytes(len(body) - len(plaintext) - 1) if answer["padded"] else plaintext)


@pytest.mark.parametrize("answer", ANSWERS["envelopes"], ids=lambda answer: str(answer["about"]))
def test_sealing_gives_the_bytes_it_always_gave(answer: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    nonce = bytes.fromhex(answer["nonce"])
    monkeypatch.setattr("cse_tracker.vault.envelope.os.urandom", lambda length: nonce[:length])
    blob = sealer_of(answer).seal(bytes.fromhex(answer["plaintext"]), context_of(answer), padded=answer["padded"])
    assert blob.hex() == answer["blob"]


@pytest.mark.parametrize("answer", ANSWERS["contexts"], ids=lambda answer: str(answer["context"]))
def test_a_context_has_the_bytes_it_always_had(answer: dict[str, Any]) -> None:
    assert encode_context(context_of(answer)).hex() == answer["encoded"]


@pytest.mark.parametrize("answer", ANSWERS["derived"], ids=lambda answer: str(answer["context"]))
def test_a_derived_key_is_the_one_it_always_was(answer: dict[str, Any]) -> None:
    secret = bytes.fromhex(answer["secret"])
    assert derive(secret, *context_of(answer), length=answer["length"]).hex() == answer["derived"]


@pytest.mark.parametrize("answer", ANSWERS["wrapped_under_root"], ids=lambda answer: str(answer["name"]))
def test_a_key_that_was_wrapped_under_the_root_key_unwraps(answer: dict[str, Any]) -> None:
    root = bytes.fromhex(answer["root"])
    purpose, scope, version = answer["name"]
    unwrapped = unwrap_under_root(root, 1, KeyName(purpose, scope, version), bytes.fromhex(answer["wrapped"]))
    assert unwrapped.hex() == answer["key"]


@pytest.mark.parametrize("answer", ANSWERS["wrapped_under_keyring"], ids=lambda answer: str(answer["name"]))
def test_a_data_key_that_was_wrapped_unwraps(answer: dict[str, Any]) -> None:
    purpose, scope, version = answer["name"]
    name = KeyName(purpose, scope, version)
    keyring = Keyring({name: bytes.fromhex(answer["wrapper"])})
    unwrapped = keyring.unwrap(name, bytes.fromhex(answer["wrapped"]), *context_of(answer))
    assert unwrapped.hex() == answer["key"]


@pytest.mark.parametrize("answer", ANSWERS["macs"], ids=lambda answer: str(answer["context"]))
def test_a_mac_is_the_one_it_always_was(answer: dict[str, Any]) -> None:
    keyring = Keyring({KeyName(answer["purpose"], "", 1): bytes.fromhex(answer["secret"])})
    assert keyring.mac(answer["purpose"], *context_of(answer)).hex() == answer["mac"]
