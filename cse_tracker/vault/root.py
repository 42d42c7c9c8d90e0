"""Where the root key comes from: a file that only the service may read, or the environment."""

import base64
import binascii
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cse_tracker.vault.envelope import KEY_BYTES
from cse_tracker.vault.errors import RootKeyProblem

DEVELOPMENT_MARK = "development"


@dataclass(frozen=True, repr=False)
class RootKey:
    """The key over all keys; `development` keys are refused in production."""

    secret: bytes
    version: int
    development: bool


class RootKeyProvider(Protocol):
    """One source of the root key."""

    def load(self) -> RootKey:
        """Give the root key; raises RootKeyProblem with a sentence that says what to do."""
        ...


def _parse(text: str, where: str) -> RootKey:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    development = bool(lines) and lines[0].lstrip("# ").startswith(DEVELOPMENT_MARK)
    keys = [line for line in lines if not line.startswith("#")]
    try:
        secret = base64.b64decode(keys[0], validate=True) if len(keys) == 1 else b""
    except (binascii.Error, ValueError):
        secret = b""
    if len(secret) != KEY_BYTES:
        message = f"The root key in {where} must be one line of base64 that stands for {KEY_BYTES} bytes"
        raise RootKeyProblem(message)
    return RootKey(secret, version=1, development=development)


@dataclass(frozen=True)
class FileRootKey:
    """A file of one base64 line, mode 0400 or 0600."""

    path: Path

    def load(self) -> RootKey:
        """Read the file; refused when it is missing or when anyone else may read it."""
        try:
            mode = self.path.stat().st_mode
            text = self.path.read_text("ascii")
        except (OSError, UnicodeDecodeError):
            message = "The root key file cannot be read: check CSE_TRACKER_ROOT_KEY_FILE and restore it from your copy"
            raise RootKeyProblem(message) from None
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            message = "The root key file may be read by others: run chmod 600 on it"
            raise RootKeyProblem(message)
        return _parse(text, "the root key file")

    def create(self, *, development: bool) -> None:
        """Make a new random root key; never overwrites one, because that would lose every record."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        mark = f"# {DEVELOPMENT_MARK} key: demo data only\n" if development else ""
        with os.fdopen(handle, "w") as file:
            file.write(mark + base64.b64encode(os.urandom(KEY_BYTES)).decode() + "\n")


@dataclass(frozen=True, repr=False)
class EnvironmentRootKey:
    """One base64 value that the service manager puts into the environment."""

    value: str

    def load(self) -> RootKey:
        """Decode the value."""
        return _parse(self.value, "CSE_TRACKER_ROOT_KEY")
