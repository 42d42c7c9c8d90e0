"""The root key in the operating system's keyring (Secret Service, Keychain, Credential Locker), by `keyring`."""

from dataclasses import dataclass
from typing import ClassVar, Final

import keyring
from keyring.errors import KeyringError

from cse_tracker.vault.errors import RootKeyProblem
from cse_tracker.vault.local import LocalRootKey, new_root_keys

SERVICE: Final = "cse-tracker"


@dataclass(frozen=True)
class KeyringRootKey(LocalRootKey):
    """One entry of the keyring, unlocked for the account that the service runs under."""

    entry: str
    kind: ClassVar[str] = "keyring"
    where: ClassVar[str] = "the keyring"

    def _kept(self) -> str | None:
        try:
            return keyring.get_password(SERVICE, self.entry)
        except (KeyringError, RuntimeError, OSError):
            message = (
                "The keyring of this machine does not answer: unlock it for the service's account, or name another "
                "place with CSE_TRACKER_ROOT_KEY_SOURCE"
            )
            raise RootKeyProblem(message) from None

    def read(self) -> str:
        """Ask the keyring."""
        text = self._kept()
        if text is None:
            message = (
                f"The keyring has no root key under {self.entry!r}: check CSE_TRACKER_KEYRING_ENTRY, or put the key "
                "back from your escrow kit with keys recover"
            )
            raise RootKeyProblem(message)
        return text

    def write(self, text: str) -> None:
        """Hand the text to the keyring, and read it back."""
        try:
            keyring.set_password(SERVICE, self.entry, text)
        except (KeyringError, RuntimeError, OSError):
            message = "The keyring of this machine did not take the root key; nothing was changed"
            raise RootKeyProblem(message) from None
        if self._kept() != text:
            message = "The keyring of this machine did not keep the root key as it was given"
            raise RootKeyProblem(message)

    def create(self, *, development: bool) -> None:
        """Make a new root key; never overwrites one."""
        if self._kept() is not None:
            raise FileExistsError
        self.write(new_root_keys(development=development).as_text())
