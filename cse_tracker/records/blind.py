"""Blind tokens: keyed, cut short, and tied to nobody without the key that is for them alone."""

import hashlib
import hmac
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from cse_tracker.records.keys import keyring_of
from cse_tracker.vault.envelope import Sealer, encode_context
from cse_tracker.vault.errors import CryptoError
from cse_tracker.vault.keyring import Keyring

TOKEN_BYTES: Final = 5
"""40 bits: no false match in 20,000 people where 16 bits gave one in three look-ups (security design, 2c)."""
HANDLE_BYTES: Final = 16
GSS_BYTES: Final = 9
BLINDING: Final = "blinding"


class Blinding:
    """The newest match key in use. It has an epoch of its own under the root key, apart from every borough's."""

    def __init__(self, keyring: Keyring) -> None:
        self.version = keyring.newest("match").version
        self._tokens = keyring.secret("match", "tokens")
        self._handles = keyring.secret("match", "handles")
        self._sealer: Sealer = keyring.sealer("match", "holder")

    def __repr__(self) -> str:
        return f"<Blinding version {self.version}>"

    def token(self, *composite: str) -> int:
        """Give the token of a composite."""
        digest = hmac.new(self._tokens, encode_context(composite), hashlib.sha256).digest()
        return int.from_bytes(digest[:TOKEN_BYTES], "big")

    def handle(self, person_id: UUID, place: int) -> bytes:
        """Give the handle of one of a person's tokens, so that a correction finds the rows that it replaces."""
        digest = hmac.new(self._handles, person_id.bytes + place.to_bytes(2, "big"), hashlib.sha256).digest()
        return digest[:HANDLE_BYTES]

    def seal_holder(self, token: int, handle: bytes, person_id: UUID, borough_gss: str) -> bytes:
        """Seal whose token it is, bound to the row; of one length, whoever it is."""
        plain = person_id.bytes + borough_gss.encode().ljust(GSS_BYTES)
        return self._sealer.seal(plain, ("match_token", token, handle), padded=False)

    def open_holder(self, token: int, handle: bytes, holder: bytes) -> tuple[UUID, str]:
        """Open whose token it is: the person's id and the borough; raises CryptoError."""
        plain = self._sealer.open(holder, ("match_token", token, handle), padded=False)
        if len(plain) != 16 + GSS_BYTES:
            raise CryptoError
        return UUID(bytes=plain[:16]), plain[16:].decode().strip()


def blinding_of(session: Session) -> Blinding:
    """Give the blinding of a session's keyring, derived once in a unit of work."""
    keyring = keyring_of(session)
    known = session.info.get(BLINDING)
    if known is None or known[0] is not keyring or known[1].version != keyring.newest("match").version:
        known = (keyring, Blinding(keyring))
        session.info[BLINDING] = known
    blinding: Blinding = known[1]
    return blinding
