"""The root key in HashiCorp Vault's transit engine: it wraps and unwraps there, and never leaves."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final
from urllib.parse import urlsplit

import hvac  # type: ignore[import-untyped]
from hvac.exceptions import InvalidPath, InvalidRequest, VaultError  # type: ignore[import-untyped]
from requests.exceptions import RequestException

from cse_tracker.vault.envelope import encode_context
from cse_tracker.vault.errors import CryptoError, RootKeyProblem
from cse_tracker.vault.local import another_root, read_secret
from cse_tracker.vault.root import RootStatus, Wrapped
from cse_tracker.vault.wrapping import KeyName, checked, committed

KEY_TYPE: Final = "aes256-gcm96"
PATIENCE_SECONDS: Final = 10
HERE: Final = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True)
class TransitRootKey:
    """A key of the transit engine; the token is read from its file each time, so that it may be renewed meanwhile."""

    url: str
    key: str
    token_file: Path
    mount: str = "transit"
    kind: ClassVar[str] = "vault"

    def _transit(self) -> Any:
        address = urlsplit(self.url)
        if address.scheme != "https" and address.hostname not in HERE:
            message = "CSE_TRACKER_VAULT_ADDR must begin with https://"
            raise RootKeyProblem(message)
        token = read_secret(self.token_file, "CSE_TRACKER_VAULT_TOKEN_FILE")
        return hvac.Client(url=self.url, token=token, timeout=PATIENCE_SECONDS).secrets.transit

    def _ask(self, question: Callable[[Any], Any]) -> Any:
        transit = self._transit()
        try:
            return question(transit)
        except InvalidPath:
            message = f"Vault has no transit key {self.key!r}: check CSE_TRACKER_VAULT_KEY and CSE_TRACKER_VAULT_MOUNT"
            raise RootKeyProblem(message) from None
        except InvalidRequest:
            raise
        except (VaultError, RequestException):
            message = "Vault does not answer, is sealed, or refuses the token: see to it, then start again"
            raise RootKeyProblem(message) from None

    def _id(self, version: int) -> str:
        return f"vault:{self.mount}/{self.key}:v{version}"

    def status(self) -> RootStatus:
        """Give the versions that can still unwrap."""
        data = self._ask(lambda transit: transit.read_key(name=self.key, mount_point=self.mount))["data"]
        if data["type"] != KEY_TYPE:
            message = f"Vault's transit key {self.key!r} must be of type {KEY_TYPE}"
            raise RootKeyProblem(message)
        least = data["min_decryption_version"]
        versions = sorted(int(version) for version in data["keys"] if int(version) >= least)
        return RootStatus(self.kind, tuple(self._id(version) for version in versions))

    def wrap_many(self, keys: Sequence[tuple[KeyName, bytes]]) -> list[Wrapped]:
        """Wrap keys in one request."""
        batch = [{"plaintext": _base64(committed(key)), "associated_data": _bound(name)} for name, key in keys]
        try:
            answer = self._ask(
                lambda transit: transit.encrypt_data(name=self.key, batch_input=batch, mount_point=self.mount)
            )
        except InvalidRequest:
            message = "Vault refused to wrap keys: see that the transit key may encrypt"
            raise RootKeyProblem(message) from None
        texts = [str(result["ciphertext"]) for result in answer["data"]["batch_results"]]
        return [Wrapped(self._id(_version(text)), text.encode()) for text in texts]

    def unwrap_many(self, wrapped: Sequence[tuple[KeyName, Wrapped]]) -> list[bytes]:
        """Unwrap keys in one request."""
        known = self.status().ids
        strangers = sorted({one.root_id for _, one in wrapped} - set(known))
        if strangers:
            raise RootKeyProblem(another_root(strangers, known))
        batch = [{"ciphertext": _text(one), "associated_data": _bound(name)} for name, one in wrapped]
        try:
            answer = self._ask(
                lambda transit: transit.decrypt_data(name=self.key, batch_input=batch, mount_point=self.mount)
            )
            results = [base64.b64decode(result["plaintext"]) for result in answer["data"]["batch_results"]]
        except (InvalidRequest, KeyError, ValueError):
            raise CryptoError from None
        if len(results) != len(wrapped):
            raise CryptoError
        return [checked(raw) for raw in results]

    def renew(self) -> str:
        """Let Vault make a new version."""
        self._ask(lambda transit: transit.rotate_key(name=self.key, mount_point=self.mount))
        return self.status().newest

    def forget(self, root_id: str) -> None:
        """Let Vault destroy a version, and with it all that are older."""
        status = self.status()
        if root_id == status.newest:
            message = "The newest version of the root key is in use and is not destroyed"
            raise RootKeyProblem(message)
        if root_id not in status.ids:
            return
        keep = int(root_id.rpartition(":v")[2]) + 1

        def destroy(transit: Any) -> None:
            # One at a time: hvac refuses to send the two together when they are the same, which Vault allows.
            transit.update_key_configuration(name=self.key, min_decryption_version=keep, mount_point=self.mount)
            transit.update_key_configuration(name=self.key, min_encryption_version=keep, mount_point=self.mount)
            transit.trim_key(name=self.key, min_version=keep, mount_point=self.mount)

        try:
            self._ask(destroy)
        except InvalidRequest:
            message = "Vault refused to destroy the old version of the root key; nothing was changed here"
            raise RootKeyProblem(message) from None

    def create(self, *, development: bool) -> None:  # noqa: ARG002
        """Let Vault make the key; refused where there is one."""
        try:
            self.status()
        except RootKeyProblem:
            self._ask(lambda transit: transit.create_key(name=self.key, key_type=KEY_TYPE, mount_point=self.mount))
            return
        raise FileExistsError

    def export(self) -> str | None:
        """Nothing: the key never leaves Vault."""
        return None


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _bound(name: KeyName) -> str:
    return _base64(encode_context(name.context))


def _version(ciphertext: str) -> int:
    return int(ciphertext.split(":")[1].removeprefix("v"))


def _text(one: Wrapped) -> str:
    try:
        text = one.blob.decode("ascii")
        prefix, _, body = text.rpartition(":")
        canonical = _base64(base64.b64decode(body, validate=True))
    except ValueError:
        raise CryptoError from None
    # The version must be the one that the store names, and no second text may stand for the same bytes.
    if prefix != f"vault:v{one.root_id.rpartition(':v')[2]}" or canonical != body:
        raise CryptoError
    return text
