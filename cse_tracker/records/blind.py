"""Blind tokens: keyed, cut short, and tied to nobody without the key that is for them alone."""

import hashlib
import hmac
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from cse_tracker.records.keys import OPENED, epochs_of, keyring_of
from cse_tracker.vault.envelope import Sealer, encode_context
from cse_tracker.vault.errors import CryptoError
from cse_tracker.vault.keyring import Keyring

TOKEN_BYTES: Final = 5
"""40 bits: no false match in 20,000 people where 16 bits gave one in three look-ups (security design, 2c)."""
HANDLE_BYTES: Final = 16
GSS_BYTES: Final = 9
BLINDING: Final = "blinding"


class Blinding:
    """One epoch of the match key, the newest unless said. It is apart from every borough's under the root key."""

    def __init__(self, keyring: Keyring, version: int | None = None) -> None:
        self.version = keyring.newest("match").version if version is None else version
        self._tokens = keyring.secret("match", "tokens", version=self.version)
        self._handles = keyring.secret("match", "handles", version=self.version)
        self._sealer: Sealer = keyring.sealer("match", "holder", version=self.version)

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


def blindings_of(session: Session) -> list[Blinding]:
    """Give the blindings of every epoch of the match key, the newest first; derived once in a unit of work.

    While a new match key takes over, tokens stand under both: who looks for somebody looks under each.
    """
    # A unit of work opens keys anew, so what was derived in an earlier one is not taken for today's.
    work = session.info.get(OPENED)
    known = session.info.get(BLINDING)
    if known is None or known[0] is not work:
        keyring = keyring_of(session)
        known = (work, [Blinding(keyring, version) for version in sorted(epochs_of(session, "match"), reverse=True)])
        session.info[BLINDING] = known
    blindings: list[Blinding] = known[1]
    return blindings


def blinding_of(session: Session) -> Blinding:
    """Give the newest blinding, under which tokens are written."""
    return blindings_of(session)[0]
