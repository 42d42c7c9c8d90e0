"""An escrow kit: the root key in one small file, locked by a passphrase (Argon2id) or by shares.

The same file, locked by a passphrase, can be the place from which a service takes its root key at each start. Where
the root key never leaves its place (a token, a key service), the kit holds the keys of all epochs instead.
"""

import base64
import binascii
import json
import os
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Final, Literal
from uuid import UUID, uuid4

from argon2.low_level import Type, hash_secret_raw

from cse_tracker.vault.envelope import KEY_BYTES, ContextPart, Sealer
from cse_tracker.vault.errors import CryptoError, RootKeyProblem
from cse_tracker.vault.local import FileRootKey, LocalRootKey, new_root_keys, write_private
from cse_tracker.vault.shares import combine, read_share, split
from cse_tracker.vault.wrapping import KeyName, derive, new_key

FORMAT: Final = "cse-tracker kit 1"
SHORTEST_PASSPHRASE: Final = 20
SALT_BYTES: Final = 16
MOST_MEMORY_KIB: Final = 4 * 1024 * 1024
MOST_ROUNDS: Final = 64


@dataclass(frozen=True)
class Cost:
    """What one guess at a passphrase costs (Argon2id, RFC 9106): 256 MiB and four rounds unless a test says less."""

    memory_kib: int = 256 * 1024
    rounds: int = 4


@dataclass(frozen=True, repr=False)
class Contents:
    """What a kit keeps: the text of the root key, or the keys of the epochs where the root key cannot be had."""

    root: str | None
    keys: Mapping[KeyName, bytes] = field(default_factory=dict)

    def as_bytes(self) -> bytes:
        """Write the contents."""
        keys = [[*_parts(name), base64.b64encode(key).decode()] for name, key in sorted(self.keys.items())]
        return json.dumps({"root": self.root, "keys": keys}).encode()


def _parts(name: KeyName) -> tuple[str, str, int]:
    return name.purpose, name.scope, name.version


def _contents(raw: bytes) -> Contents:
    document = json.loads(raw)
    keys = {KeyName(*parts): base64.b64decode(key) for *parts, key in document["keys"]}
    return Contents(document["root"], keys)


def checked_passphrase(passphrase: str) -> str:
    """Give a passphrase in one form; RootKeyProblem for a short one, because a kit can be guessed at without end."""
    normal = " ".join(unicodedata.normalize("NFKC", passphrase).split())
    if len(normal) < SHORTEST_PASSPHRASE:
        message = f"The passphrase must have at least {SHORTEST_PASSPHRASE} characters: five words or more"
        raise RootKeyProblem(message)
    return normal


@dataclass(frozen=True, repr=False)
class Kit:
    """A locked kit as it is written: how it is locked, what it covers (no secret), and the sealed contents."""

    id: UUID
    covers: str
    lock: Mapping[str, Any]
    sealed: bytes

    @property
    def kind(self) -> Literal["passphrase", "shares"]:
        """What opens it."""
        return "shares" if self.lock["kind"] == "shares" else "passphrase"

    @property
    def context(self) -> tuple[ContextPart, ...]:
        """What the contents are bound to: nobody can lower the cost or swap kits unnoticed."""
        return ("kit", FORMAT, self.id, self.covers, json.dumps(dict(self.lock), sort_keys=True))

    def as_text(self) -> str:
        """Write the kit file."""
        document = {
            "format": FORMAT,
            "id": str(self.id),
            "covers": self.covers,
            "lock": dict(self.lock),
            "sealed": base64.b64encode(self.sealed).decode(),
        }
        return json.dumps(document, indent=1) + "\n"

    def open_with_passphrase(self, passphrase: str) -> Contents:
        """Open the kit; RootKeyProblem for a wrong passphrase and for a kit that was changed, alike."""
        if self.kind != "passphrase":
            message = "This kit is opened by shares and not by a passphrase"
            raise RootKeyProblem(message)
        return self._open(_stretched(checked_passphrase(passphrase), self.lock))

    def open_with_shares(self, shares: Sequence[str]) -> Contents:
        """Open the kit with the shares as they were typed."""
        if self.kind != "shares":
            message = "This kit is opened by a passphrase and not by shares"
            raise RootKeyProblem(message)
        return self._open(combine([read_share(share) for share in shares]))

    def _open(self, key: bytes) -> Contents:
        try:
            return _contents(Sealer(derive(key, "kit"), 1).open(self.sealed, self.context))
        except (CryptoError, ValueError, KeyError, TypeError):
            message = "The kit does not open: the passphrase or the shares are not this kit's, or the kit was changed"
            raise RootKeyProblem(message) from None


def lock_with_passphrase(contents: Contents, covers: str, passphrase: str, cost: Cost | None = None) -> Kit:
    """Lock contents with a passphrase."""
    taken = cost or Cost()
    salt = base64.b64encode(os.urandom(SALT_BYTES)).decode()
    lock = {"kind": "argon2id", "memory_kib": taken.memory_kib, "rounds": taken.rounds, "salt": salt}
    return _lock(contents, covers, lock, _stretched(checked_passphrase(passphrase), lock))


def lock_with_shares(contents: Contents, covers: str, *, needed: int, of: int) -> tuple[Kit, list[str]]:
    """Lock contents with a random key and give the shares of that key, for paper."""
    key = new_key()
    kit = _lock(contents, covers, {"kind": "shares", "needed": needed, "of": of}, key)
    return kit, [share.as_text() for share in split(key, needed=needed, of=of)]


def _lock(contents: Contents, covers: str, lock: Mapping[str, Any], key: bytes) -> Kit:
    empty = Kit(uuid4(), covers, lock, b"")
    sealed = Sealer(derive(key, "kit"), 1).seal(contents.as_bytes(), empty.context)
    return Kit(empty.id, covers, lock, sealed)


def _stretched(passphrase: str, lock: Mapping[str, Any]) -> bytes:
    return hash_secret_raw(
        passphrase.encode(),
        base64.b64decode(lock["salt"]),
        time_cost=lock["rounds"],
        memory_cost=lock["memory_kib"],
        parallelism=1,
        hash_len=KEY_BYTES,
        type=Type.ID,
    )


def read_kit(text: str) -> Kit:
    """Read a kit file; RootKeyProblem where it is none, or asks for more than any kit of ours does."""
    try:
        document = json.loads(text)
        lock = document["lock"]
        kit = Kit(UUID(document["id"]), str(document["covers"]), lock, base64.b64decode(document["sealed"]))
        ours = document["format"] == FORMAT and _sane(lock)
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error):
        ours = False
    if not ours:
        message = "This file is not an escrow kit of this product, or not a whole one"
        raise RootKeyProblem(message)
    return kit


def _sane(lock: Mapping[str, Any]) -> bool:
    if lock["kind"] == "shares":
        return True
    memory, rounds, salt = lock["memory_kib"], lock["rounds"], base64.b64decode(lock["salt"])
    return (
        lock["kind"] == "argon2id"
        and 8 <= int(memory) <= MOST_MEMORY_KIB
        and 1 <= int(rounds) <= MOST_ROUNDS
        and len(salt) == SALT_BYTES
    )


@dataclass(frozen=True, repr=False)
class KitRootKey(LocalRootKey):
    """A kit locked by a passphrase, as the place of the root key: neither file nor passphrase is enough alone."""

    path: Path
    passphrase: str
    cost: Cost = field(default_factory=Cost)
    kind: ClassVar[str] = "kit"
    where: ClassVar[str] = "the kit"
    # Stretching takes a second or more, and one command asks several times.
    _opened: dict[str, str] = field(default_factory=dict, compare=False)

    def _file(self) -> FileRootKey:
        return FileRootKey(self.path)

    def read(self) -> str:
        """Open the kit; the file is refused when anybody else may read it."""
        try:
            locked = self._file().read()
        except RootKeyProblem:
            message = (
                "The kit file cannot be read, or may be read by others: check CSE_TRACKER_KIT_FILE, restore the file "
                "from your copy, and run chmod 600 on it"
            )
            raise RootKeyProblem(message) from None
        if locked not in self._opened:
            root = read_kit(locked).open_with_passphrase(self.passphrase).root
            if root is None:
                message = "This kit holds the keys of epochs and no root key: it is for keys recover"
                raise RootKeyProblem(message)
            self._opened[locked] = root
        return self._opened[locked]

    def write(self, text: str) -> None:
        """Lock another text with the same passphrase and put it in the place of the old one."""
        self._file().write(lock_with_passphrase(Contents(text), "service", self.passphrase, self.cost).as_text())

    def create(self, *, development: bool) -> None:
        """Make a kit with a new root key; never overwrites one."""
        text = new_root_keys(development=development).as_text()
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_private(self.path, lock_with_passphrase(Contents(text), "service", self.passphrase, self.cost).as_text())
