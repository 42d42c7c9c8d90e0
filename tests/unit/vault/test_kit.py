"""An escrow kit: opened by its passphrase or shares and nothing else, and never weakened unnoticed."""

import json
from pathlib import Path
from typing import Any

import pytest

from cse_tracker.vault.errors import RootKeyProblem
from cse_tracker.vault.kit import (
    Contents,
    Cost,
    KitRootKey,
    lock_with_passphrase,
    lock_with_shares,
    read_kit,
)
from cse_tracker.vault.local import new_root_keys
from cse_tracker.vault.wrapping import KeyName, new_key

WORDS = "correct horse battery staple lamp"
CHEAP = Cost(memory_kib=64, rounds=1)
ROOT = Contents(new_root_keys().as_text())
KEYS = Contents(None, {KeyName("borough", "E09000012", 2): new_key(), KeyName("staff", "", 1): new_key()})


@pytest.mark.parametrize("contents", [ROOT, KEYS], ids=["root", "keys"])
def test_a_kit_opens_with_its_passphrase_however_it_is_spaced(contents: Contents) -> None:
    kit = read_kit(lock_with_passphrase(contents, "1-abc", WORDS, CHEAP).as_text())
    assert kit.open_with_passphrase(WORDS) == contents
    assert kit.open_with_passphrase(f"  {WORDS.replace(' ', '   ')}\n") == contents
    with pytest.raises(RootKeyProblem, match="not this kit's"):
        kit.open_with_passphrase(WORDS + "s")


@pytest.mark.parametrize("contents", [ROOT, KEYS], ids=["root", "keys"])
def test_a_kit_opens_with_enough_of_its_shares(contents: Contents) -> None:
    locked, papers = lock_with_shares(contents, "1-abc", needed=2, of=3)
    kit = read_kit(locked.as_text())
    assert kit.open_with_shares(papers[1:]) == contents
    assert kit.open_with_shares([papers[0], papers[2].lower()]) == contents
    with pytest.raises(RootKeyProblem, match="2 different shares"):
        kit.open_with_shares(papers[:1])
    _, others = lock_with_shares(contents, "1-abc", needed=2, of=3)
    with pytest.raises(RootKeyProblem, match="not this kit's"):
        kit.open_with_shares([papers[0], others[1]])


def test_the_two_ways_of_opening_are_not_confused() -> None:
    by_shares, papers = lock_with_shares(ROOT, "x", needed=2, of=2)
    with pytest.raises(RootKeyProblem, match="by shares"):
        by_shares.open_with_passphrase(WORDS)
    with pytest.raises(RootKeyProblem, match="by a passphrase"):
        lock_with_passphrase(ROOT, "x", WORDS, CHEAP).open_with_shares(papers)


def test_a_kit_costs_what_the_design_demands() -> None:
    lock = lock_with_passphrase(ROOT, "x", WORDS).lock
    assert (lock["kind"], lock["memory_kib"], lock["rounds"]) == ("argon2id", 256 * 1024, 4)


@pytest.mark.parametrize("words", ["", "short", "nineteen characters", " " * 40])
def test_a_short_passphrase_is_refused(words: str) -> None:
    with pytest.raises(RootKeyProblem, match="at least 20"):
        lock_with_passphrase(ROOT, "x", words, CHEAP)


def test_nothing_secret_stands_in_a_kit() -> None:
    text = lock_with_passphrase(ROOT, "1-abc", WORDS, CHEAP).as_text()
    assert ROOT.root is not None
    assert ROOT.root.split()[1] not in text
    assert WORDS not in text


CHANGES: list[tuple[str, Any]] = [
    ("covers", "2-def"),
    ("id", "5f0c9d2e-3b1a-4c52-9f57-2f3c8a1d7e60"),
    ("lock", {"kind": "argon2id", "memory_kib": 128, "rounds": 1, "salt": "AAAAAAAAAAAAAAAAAAAAAA=="}),
    ("sealed", "AQAB" + "A" * 200),
]


@pytest.mark.parametrize(("part", "value"), CHANGES)
def test_a_changed_kit_does_not_open(part: str, value: object) -> None:
    document = json.loads(lock_with_passphrase(ROOT, "1-abc", WORDS, CHEAP).as_text())
    with pytest.raises(RootKeyProblem, match="does not open"):
        read_kit(json.dumps({**document, part: value})).open_with_passphrase(WORDS)


BAD = [
    "",
    "{}",
    "[]",
    "not json",
    "null",
    json.dumps({"format": "cse-tracker kit 2"}),
]


@pytest.mark.parametrize("text", BAD)
def test_what_is_no_kit_is_told_in_a_sentence(text: str) -> None:
    with pytest.raises(RootKeyProblem, match="not an escrow kit"):
        read_kit(text)


@pytest.mark.parametrize(
    "change",
    [{"memory_kib": 10**9}, {"rounds": 0}, {"rounds": 10**6}, {"salt": "AA=="}, {"kind": "md5"}, {"memory_kib": "x"}],
)
def test_a_kit_that_would_exhaust_the_machine_is_refused_before_it_does(change: dict[str, Any]) -> None:
    document = json.loads(lock_with_passphrase(ROOT, "x", WORDS, CHEAP).as_text())
    document["lock"] = {**document["lock"], **change}
    with pytest.raises(RootKeyProblem, match="not an escrow kit"):
        read_kit(json.dumps(document))


def test_a_service_started_from_a_kit_needs_file_and_passphrase(tmp_path: Path) -> None:
    root = KitRootKey(tmp_path / "kit", WORDS, CHEAP)
    root.create(development=False)
    with pytest.raises(RootKeyProblem, match="not this kit's"):
        KitRootKey(tmp_path / "kit", "another set of five words", CHEAP).status()
    with pytest.raises(FileExistsError):
        root.create(development=False)
    (tmp_path / "kit").chmod(0o644)
    with pytest.raises(RootKeyProblem, match="chmod 600"):
        KitRootKey(tmp_path / "kit", WORDS, CHEAP).status()
    keys = tmp_path / "keys"
    keys.write_text(lock_with_passphrase(KEYS, "x", WORDS, CHEAP).as_text())
    keys.chmod(0o600)
    with pytest.raises(RootKeyProblem, match="keys recover"):
        KitRootKey(keys, WORDS, CHEAP).status()
