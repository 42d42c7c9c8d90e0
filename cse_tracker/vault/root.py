"""The key over all keys, wherever it is kept: what every provider can do, and nothing more."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from cse_tracker.vault.wrapping import KeyName


@dataclass(frozen=True)
class Wrapped:
    """A key-encryption key as the store keeps it; `root_id` names the root key (and its version) that opens it."""

    root_id: str
    blob: bytes


@dataclass(frozen=True)
class RootStatus:
    """The versions of the root key that a provider holds, oldest first; ids say nothing about the key."""

    kind: str
    ids: tuple[str, ...]
    development: bool = False

    @property
    def newest(self) -> str:
        """The version under which new keys are wrapped."""
        return self.ids[-1]


class RootKeyProvider(Protocol):
    """One place where the root key is kept. Everything is done in batches, because one may be across a network.

    Every method raises RootKeyProblem, with a sentence that says what to do, when the root key cannot be used.
    """

    def status(self) -> RootStatus:
        """Give the versions that are there; raises RootKeyProblem when there is none."""
        ...

    def wrap_many(self, keys: Sequence[tuple[KeyName, bytes]]) -> list[Wrapped]:
        """Wrap keys under the newest version, each committed to and bound to its name."""
        ...

    def unwrap_many(self, wrapped: Sequence[tuple[KeyName, Wrapped]]) -> list[bytes]:
        """Unwrap keys; RootKeyProblem for a version that is not there, CryptoError for anything changed or moved."""
        ...

    def renew(self) -> str:
        """Make a new version, which becomes the newest; gives its id. The older ones stay."""
        ...

    def forget(self, root_id: str) -> None:
        """Destroy a version for good; never the newest."""
        ...

    def create(self, *, development: bool) -> None:
        """Make the first version; FileExistsError where there is one, which is never overwritten."""
        ...

    def export(self) -> str | None:
        """Give the root key's text for an escrow kit; None where the key never leaves its place."""
        ...
