"""Root keys that the process itself holds: in a file that only the service may read, or in the environment."""

import base64
import binascii
import fcntl
import hmac
import os
import re
import stat
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, Final

from cse_tracker.vault.envelope import KEY_BYTES
from cse_tracker.vault.errors import RootKeyProblem
from cse_tracker.vault.root import RootStatus, Wrapped
from cse_tracker.vault.wrapping import KeyName, new_key, unwrap_under_root, wrap_under_root

DEVELOPMENT_MARK: Final = "development"
NEWEST_POSSIBLE: Final = 65_535
# A version before the key, or none for version 1, which is how the first root keys were written.
LINE: Final = re.compile(r"(?:(\d{1,5})\s+)?([A-Za-z0-9+/]+=*)")


@dataclass(frozen=True, repr=False)
class RootKeys:
    """The versions of a root key; `development` keys are refused in production."""

    secrets: Mapping[int, bytes]
    development: bool

    def id_of(self, version: int) -> str:
        """Give a version's id: its number and a fingerprint that only the same secret has."""
        return f"{version}-{hmac.digest(self.secrets[version], b'cs1-root-id', 'sha256').hex()[:12]}"

    def ids(self) -> dict[str, int]:
        """Give the version of each id, oldest first."""
        return {self.id_of(version): version for version in sorted(self.secrets)}

    def renewed(self) -> "RootKeys":
        """Give the same keys with one more version."""
        newest = max(self.secrets, default=0) + 1
        if newest > NEWEST_POSSIBLE:
            message = "The root key has no version number left: start a new key file with keys new-root"
            raise RootKeyProblem(message)
        return replace(self, secrets={**self.secrets, newest: new_key()})

    def without(self, version: int) -> "RootKeys":
        """Give the same keys without one version; raises RootKeyProblem for the newest."""
        if version == max(self.secrets, default=version):
            message = "The newest version of the root key is in use and is not destroyed"
            raise RootKeyProblem(message)
        return replace(self, secrets={number: key for number, key in self.secrets.items() if number != version})

    def as_text(self) -> str:
        """Write the keys as a key file holds them: the development mark, then a line for each version."""
        mark = f"# {DEVELOPMENT_MARK} key: demo data only\n" if self.development else ""
        lines = [f"{number} {base64.b64encode(self.secrets[number]).decode()}\n" for number in sorted(self.secrets)]
        return mark + "".join(lines)


def new_root_keys(*, development: bool = False) -> RootKeys:
    """Make the first version of a new root key."""
    return RootKeys({1: new_key()}, development)


def parse(text: str, where: str) -> RootKeys:
    """Read the text of a root key; raises RootKeyProblem, which never shows any of it."""
    lines = [line.strip() for line in re.split(r"[\n,]", text) if line.strip()]
    development = bool(lines) and lines[0].lstrip("# ").startswith(DEVELOPMENT_MARK)
    keys = [line for line in lines if not line.startswith("#")]
    read = [_read(line) for line in keys]
    secrets = {version: secret for version, secret in read if 0 < version <= NEWEST_POSSIBLE}
    if not keys or len(secrets) != len(keys) or any(len(secret) != KEY_BYTES for secret in secrets.values()):
        message = (
            f"The root key in {where} must be one line of base64 that stands for {KEY_BYTES} bytes (for later versions "
            "a line each, with its number before it): put back your copy, whole"
        )
        raise RootKeyProblem(message)
    return RootKeys(secrets, development)


def _read(line: str) -> tuple[int, bytes]:
    found = LINE.fullmatch(line)
    try:
        return (int(found[1] or 1), base64.b64decode(found[2], validate=True)) if found else (0, b"")
    except (binascii.Error, ValueError):
        return 0, b""


class LocalRootKey(ABC):
    """A root key kept as text. What is wrapped under it is an envelope of this program's own."""

    kind: ClassVar[str]
    where: ClassVar[str]

    @abstractmethod
    def read(self) -> str:
        """Give the text; raises RootKeyProblem with a sentence that says what to do."""

    @abstractmethod
    def write(self, text: str) -> None:
        """Keep another text, safely, before returning; raises RootKeyProblem where this place cannot be written."""

    @contextmanager
    def exclusively(self) -> Iterator[None]:
        """Keep others from changing the text meanwhile, where the place allows it."""
        yield

    def load(self) -> RootKeys:
        """Give the keys; raises RootKeyProblem with a sentence that says what to do."""
        return parse(self.read(), self.where)

    @abstractmethod
    def create(self, *, development: bool) -> None:
        """Make the first version; FileExistsError where there is one, which is never overwritten."""

    def status(self) -> RootStatus:
        """Give the versions that are there."""
        keys = self.load()
        return RootStatus(self.kind, tuple(keys.ids()), keys.development)

    def wrap_many(self, keys: Sequence[tuple[KeyName, bytes]]) -> list[Wrapped]:
        """Wrap keys under the newest version."""
        root = self.load()
        version = max(root.secrets)
        secret, root_id = root.secrets[version], root.id_of(version)
        return [Wrapped(root_id, wrap_under_root(secret, version, name, key)) for name, key in keys]

    def unwrap_many(self, wrapped: Sequence[tuple[KeyName, Wrapped]]) -> list[bytes]:
        """Unwrap keys under the versions that they name."""
        root = self.load()
        ids = root.ids()
        # Keys wrapped before ids were kept name none; they can only be under the first version.
        ids[""] = 1 if 1 in root.secrets else next(iter(root.secrets))
        strangers = {one.root_id for _, one in wrapped} - set(ids)
        if strangers:
            raise RootKeyProblem(another_root(sorted(strangers), sorted(filter(None, ids))))
        return [
            unwrap_under_root(root.secrets[ids[one.root_id]], ids[one.root_id], name, one.blob) for name, one in wrapped
        ]

    def renew(self) -> str:
        """Add a version."""
        with self.exclusively():
            renewed = self.load().renewed()
            self.write(renewed.as_text())
        return renewed.id_of(max(renewed.secrets))

    def forget(self, root_id: str) -> None:
        """Take a version out of the text; one that is not there is forgotten already."""
        with self.exclusively():
            root = self.load()
            version = root.ids().get(root_id)
            if version is not None:
                self.write(root.without(version).as_text())

    def export(self) -> str | None:
        """Give the text."""
        return self.load().as_text()


def another_root(wanted: Sequence[str], given: Sequence[str]) -> str:
    """Say that the store was made under another root key than the one given."""
    return (
        f"The keys of this database were made under another root key ({', '.join(wanted)}; given: {', '.join(given)}): "
        "it is the database of another installation, or the wrong root key. Set the right one, or put the version "
        "that is missing back from your copy"
    )


@dataclass(frozen=True)
class FileRootKey(LocalRootKey):
    """A file of one base64 line for each version, mode 0400 or 0600."""

    path: Path
    kind: ClassVar[str] = "file"
    where: ClassVar[str] = "the root key file"

    def read(self) -> str:
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
        return text

    def write(self, text: str) -> None:
        """Put a whole new file in place of the old one, on the disk before it counts."""
        fresh = self.path.with_name(f".{self.path.name}.new")
        try:
            fresh.unlink(missing_ok=True)
            write_private(fresh, text)
            fresh.replace(self.path)
            sync_folder(self.path.parent)
        except OSError as error:
            message = f"The root key file cannot be written ({error.strerror}); nothing was changed"
            raise RootKeyProblem(message) from None

    @contextmanager
    def exclusively(self) -> Iterator[None]:
        """Hold a lock beside the file, so that two commands cannot each add a version and lose one."""
        try:
            handle = os.open(self.path.with_name(f".{self.path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            message = f"The folder of the root key file cannot be written ({error.strerror}); nothing was changed"
            raise RootKeyProblem(message) from None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def create(self, *, development: bool) -> None:
        """Make a new random root key; never overwrites one, because that would lose every record."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_private(self.path, new_root_keys(development=development).as_text())


def read_secret(path: Path, setting: str) -> str:
    """Read a passphrase, PIN or token that a service manager puts into a file; others may not read it."""
    try:
        mode = path.stat().st_mode
        text = path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        message = f"The file named by {setting} cannot be read: check the path and whose file it is"
        raise RootKeyProblem(message) from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        message = f"The file named by {setting} may be read by others: run chmod 600 on it"
        raise RootKeyProblem(message)
    return text


def write_private(path: Path, text: str) -> None:
    """Write a new file that only this account may read, and wait for the disk; FileExistsError where it is there."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@dataclass(frozen=True, repr=False)
class EnvironmentRootKey(LocalRootKey):
    """The same text in one variable that the service manager sets; commas may stand for line ends."""

    value: str
    kind: ClassVar[str] = "environment"
    where: ClassVar[str] = "CSE_TRACKER_ROOT_KEY"

    def read(self) -> str:
        """Give the value."""
        return self.value

    def create(self, *, development: bool) -> None:  # noqa: ARG002
        """Refuse, as for every change."""
        self.write("")

    def write(self, text: str) -> None:  # noqa: ARG002
        """Refuse: a program cannot change what its service manager will give it next time."""
        message = (
            "The root key comes from the environment, where no program can change it: add a line with the next number "
            "and a new key to CSE_TRACKER_ROOT_KEY (or take an old line out), start anew, and run this command again"
        )
        raise RootKeyProblem(message)
