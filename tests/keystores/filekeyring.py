"""A real backend for `keyring` that keeps its entries in one file, as those of a desktop do."""

import json
from pathlib import Path

from keyring.backend import KeyringBackend
from keyring.errors import KeyringError, PasswordDeleteError


class FileKeyring(KeyringBackend):
    """Entries in a file of JSON; `locked` makes it refuse as a locked keyring does."""

    priority = 1

    def __init__(self, path: Path) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.path = path
        self.locked = False

    def _entries(self) -> dict[str, str]:
        if self.locked:
            message = "locked"
            raise KeyringError(message)
        entries: dict[str, str] = json.loads(self.path.read_text()) if self.path.exists() else {}
        return entries

    def get_password(self, service: str, username: str) -> str | None:
        return self._entries().get(f"{service}/{username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        self.path.write_text(json.dumps({**self._entries(), f"{service}/{username}": password}))

    def delete_password(self, service: str, username: str) -> None:
        entries = self._entries()
        if entries.pop(f"{service}/{username}", None) is None:
            raise PasswordDeleteError
        self.path.write_text(json.dumps(entries))
