"""Files, backups and escrow kits sealed by released code open for ever.

`known_streams.json` is frozen: add to it, and never change or remove an answer. Long streams are kept as their digest:
sealing is fixed by key and random bytes, so the same digest today means that what was sealed then opens.
"""

import hashlib
import io
import json
from pathlib import Path
from typing import Any

import pytest

from cse_tracker.vault.chunks import ChunkSealer, open_stream, seal_stream
from cse_tracker.vault.keyring import KeyName
from cse_tracker.vault.kit import read_kit
from cse_tracker.vault.stream import StreamSealer
from cse_tracker.vault.stream import open_stream as open_backup

ANSWERS: dict[str, list[dict[str, Any]]] = json.loads(Path(__file__).with_name("known_streams.json").read_text("utf-8"))
KEY = bytes((i * 5 + 7) % 256 for i in range(32))


def random_bytes(step: int) -> Any:
    return lambda length: bytes((i * step + 7) % 256 for i in range(length))


def plain(length: int) -> bytes:
    return hashlib.shake_256(b"plain").digest(length)


@pytest.mark.parametrize("answer", ANSWERS["streams"], ids=lambda answer: str(answer["length"]))
def test_a_backup_of_old_opens_and_is_sealed_as_ever(answer: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cse_tracker.vault.stream.os.urandom", random_bytes(29))
    out, key = io.BytesIO(), bytes.fromhex(answer["key"])
    sealer = StreamSealer(out, key, "backup", 1)
    sealer.write(plain(answer["length"]))
    sealer.finish()
    assert hashlib.sha256(out.getvalue()).hexdigest() == answer["sha256"]
    of_old = bytes.fromhex(answer["sealed"]) if answer["sealed"] else out.getvalue()
    assert b"".join(open_backup(io.BytesIO(of_old), key, "backup", 1)) == plain(answer["length"])


@pytest.mark.parametrize("answer", ANSWERS["files"], ids=lambda answer: str(answer["length"]))
def test_a_file_of_old_opens_and_is_sealed_as_ever(answer: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cse_tracker.vault.chunks.os.urandom", random_bytes(31))
    key = bytes.fromhex(answer["key"])
    sealer = ChunkSealer(key, ("file", 7))
    chunks = list(seal_stream(sealer, [plain(answer["length"])]))
    assert (sealer.header.hex(), len(chunks)) == (answer["header"], answer["chunks"])
    assert hashlib.sha256(sealer.header + b"".join(chunks)).hexdigest() == answer["sha256"]
    again = ChunkSealer(key, ("file", 7), bytes.fromhex(answer["header"]))
    assert b"".join(open_stream(again, chunks)) == plain(answer["length"])


@pytest.mark.parametrize("answer", ANSWERS["kits"], ids=["passphrase", "shares"])
def test_an_escrow_kit_of_old_opens(answer: dict[str, Any]) -> None:
    kit = read_kit(answer["text"])
    opened = (
        kit.open_with_passphrase(answer["passphrase"])
        if answer["passphrase"]
        else kit.open_with_shares(answer["shares"])
    )
    assert {(name.purpose, name.scope, name.version) for name in opened.keys} == {
        ("borough", "E09000012", 2),
        ("staff", "", 1),
    }
    assert opened.keys[KeyName("borough", "E09000012", 2)] == KEY
