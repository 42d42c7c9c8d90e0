"""The root key in a PKCS#11 token (a hardware security module, or SoftHSM): it wraps there, and never leaves."""

import os
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final

import pkcs11
from pkcs11 import Attribute, GCMParams, KeyType, Mechanism, ObjectClass
from pkcs11.exceptions import PKCS11Error

from cse_tracker.vault.envelope import encode_context
from cse_tracker.vault.errors import CryptoError, RootKeyProblem
from cse_tracker.vault.local import another_root, read_secret
from cse_tracker.vault.root import RootStatus, Wrapped
from cse_tracker.vault.wrapping import KeyName, checked, committed

# Beside suite 1, the envelope of this program's own: sealed inside a token, with the nonce before the ciphertext.
SUITE: Final = 0x11
HEADER: Final = struct.Struct(">BH12s")
KEY_BITS: Final = 256


@dataclass(frozen=True)
class TokenRootKey:
    """AES keys of a token, one for each version; made there, and marked as never to be taken out."""

    module: Path
    token: str
    pin_file: Path
    key: str = "cse-tracker-root"
    kind: ClassVar[str] = "pkcs11"

    @contextmanager
    def _session(self, *, writing: bool = False) -> Iterator[Any]:
        pin = read_secret(self.pin_file, "CSE_TRACKER_PKCS11_PIN_FILE")
        try:
            opened = pkcs11.lib(str(self.module)).get_token(token_label=self.token).open(rw=writing, user_pin=pin)
        except PKCS11Error:
            message = (
                f"The token {self.token!r} does not open: check CSE_TRACKER_PKCS11_MODULE, CSE_TRACKER_PKCS11_TOKEN "
                "and the PIN, and that the token is plugged in; a wrong PIN tried too often locks it"
            )
            raise RootKeyProblem(message) from None
        with opened as session:
            yield session

    def _id(self, version: int) -> str:
        return f"pkcs11:{self.token}/{self.key}:v{version}"

    def _versions(self, session: Any) -> dict[int, Any]:
        found = {}
        for key in session.get_objects({Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.KEY_TYPE: KeyType.AES}):
            name, _, number = str(key.label).rpartition("-v")
            if name == self.key and number.isdigit():
                found[int(number)] = key
        return dict(sorted(found.items()))

    def _present(self, session: Any) -> dict[int, Any]:
        versions = self._versions(session)
        if not versions:
            message = (
                f"The token {self.token!r} holds no key {self.key!r}: check CSE_TRACKER_PKCS11_KEY, or make one with "
                "keys create"
            )
            raise RootKeyProblem(message)
        return versions

    def status(self) -> RootStatus:
        """Give the versions that the token holds."""
        with self._session() as session:
            return RootStatus(self.kind, tuple(self._id(version) for version in self._present(session)))

    def wrap_many(self, keys: Sequence[tuple[KeyName, bytes]]) -> list[Wrapped]:
        """Wrap keys inside the token, in one session."""
        with self._session() as session:
            version, root = list(self._present(session).items())[-1]
            try:
                return [Wrapped(self._id(version), _sealed(root, version, name, key)) for name, key in keys]
            except PKCS11Error:
                message = "The token refused to wrap keys: see that its keys may encrypt with AES-GCM"
                raise RootKeyProblem(message) from None

    def unwrap_many(self, wrapped: Sequence[tuple[KeyName, Wrapped]]) -> list[bytes]:
        """Unwrap keys inside the token, in one session."""
        with self._session() as session:
            roots = {self._id(version): (version, root) for version, root in self._present(session).items()}
            strangers = sorted({one.root_id for _, one in wrapped} - set(roots))
            if strangers:
                raise RootKeyProblem(another_root(strangers, list(roots)))
            return [_opened(*roots[one.root_id], name, one.blob) for name, one in wrapped]

    def _make(self, session: Any, version: int) -> str:
        template = {
            Attribute.SENSITIVE: True,
            Attribute.EXTRACTABLE: False,
            Attribute.ENCRYPT: True,
            Attribute.DECRYPT: True,
            Attribute.WRAP: False,
            Attribute.UNWRAP: False,
        }
        session.generate_key(KeyType.AES, KEY_BITS, label=f"{self.key}-v{version}", store=True, template=template)
        return self._id(version)

    def renew(self) -> str:
        """Let the token make a new version."""
        with self._session(writing=True) as session:
            try:
                return self._make(session, max(self._present(session)) + 1)
            except PKCS11Error:
                message = "The token refused to make a key; nothing was changed"
                raise RootKeyProblem(message) from None

    def forget(self, root_id: str) -> None:
        """Destroy a version in the token."""
        with self._session(writing=True) as session:
            versions = self._present(session)
            if root_id == self._id(max(versions)):
                message = "The newest version of the root key is in use and is not destroyed"
                raise RootKeyProblem(message)
            for version, key in versions.items():
                if self._id(version) == root_id:
                    key.destroy()

    def create(self, *, development: bool) -> None:  # noqa: ARG002
        """Let the token make the first version; refused where there is one."""
        with self._session(writing=True) as session:
            if self._versions(session):
                raise FileExistsError
            self._make(session, 1)

    def export(self) -> str | None:
        """Nothing: the key never leaves the token."""
        return None


def _sealed(root: Any, version: int, name: KeyName, key: bytes) -> bytes:
    nonce = os.urandom(12)
    params = GCMParams(nonce, encode_context(name.context), 128)
    body: bytes = root.encrypt(committed(key), mechanism=Mechanism.AES_GCM, mechanism_param=params)
    return HEADER.pack(SUITE, version, nonce) + body


def _opened(version: int, root: Any, name: KeyName, blob: bytes) -> bytes:
    if len(blob) < HEADER.size:
        raise CryptoError
    suite, number, nonce = HEADER.unpack_from(blob)
    if (suite, number) != (SUITE, version):
        raise CryptoError
    params = GCMParams(nonce, encode_context(name.context), 128)
    try:
        return checked(root.decrypt(blob[HEADER.size :], mechanism=Mechanism.AES_GCM, mechanism_param=params))
    except PKCS11Error:
        raise CryptoError from None
