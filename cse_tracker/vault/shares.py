"""A secret split into shares of which any few rebuild it and fewer tell nothing (Shamir 1979), over GF(256).

Each byte of the secret is the constant of a random polynomial; a share is the polynomial's value at the share's
number. With one value too few, every secret is exactly as likely as before: `tests/unit/vault/test_shares.py` counts
that out. The field is the one of AES (FIPS 197, section 4.2). Shares are written in base32 for paper, with a check
that tells a mistyped share from a right one; the check is a digest of the share alone, so it helps nobody to guess.
"""

import base64
import binascii
import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cse_tracker.vault.errors import RootKeyProblem

REDUCING: Final = 0x11B
CHECK_BYTES: Final = 4
MOST_SHARES: Final = 255
GROUP: Final = 5


@dataclass(frozen=True, repr=False)
class Share:
    """One share: its number (1 to 255), how many are needed, and as many bytes as the secret has."""

    number: int
    needed: int
    body: bytes

    def as_text(self) -> str:
        """Write the share for paper: groups of five letters and digits, the last ones a check."""
        raw = bytes((self.number, self.needed)) + self.body
        letters = base64.b32encode(raw + _check(raw)).decode().rstrip("=")
        return "-".join(letters[place : place + GROUP] for place in range(0, len(letters), GROUP))


def _check(raw: bytes) -> bytes:
    return hashlib.sha256(b"cs1-share" + raw).digest()[:CHECK_BYTES]


def read_share(text: str) -> Share:
    """Read a share as it was typed; RootKeyProblem for a mistyped one. Case, spaces and dashes do not count."""
    letters = "".join(text.upper().split()).replace("-", "").replace("0", "O").replace("1", "I").replace("8", "B")
    try:
        raw = base64.b32decode(letters + "=" * (-len(letters) % 8))
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) < CHECK_BYTES + 3 or _check(raw[:-CHECK_BYTES]) != raw[-CHECK_BYTES:]:
        message = "This share was mistyped: compare it letter by letter with the paper"
        raise RootKeyProblem(message)
    return Share(raw[0], raw[1], raw[2:-CHECK_BYTES])


def times(one: int, other: int) -> int:
    """Multiply in the field."""
    product = 0
    while other:
        if other & 1:
            product ^= one
        one <<= 1
        if one & 0x100:
            one ^= REDUCING
        other >>= 1
    return product


def inverse(one: int) -> int:
    """Give what, multiplied with it, is 1; the field's 255 elements but 0 form a group, so it is the 254th power."""
    product = 1
    for _ in range(254):
        product = times(product, one)
    return product


def split(secret: bytes, *, needed: int, of: int) -> list[Share]:
    """Split a secret into `of` shares, any `needed` of which rebuild it."""
    if not 2 <= needed <= of <= MOST_SHARES:
        message = f"At least 2 and at most all of up to {MOST_SHARES} shares can be needed"
        raise ValueError(message)
    coefficients = [os.urandom(len(secret)) for _ in range(needed - 1)]
    return [Share(number, needed, _values(secret, coefficients, number)) for number in range(1, of + 1)]


def _values(secret: bytes, coefficients: Sequence[bytes], at: int) -> bytes:
    values = bytearray(len(secret))
    for place in range(len(secret)):
        value = 0
        for coefficient in reversed(coefficients):
            value = times(value, at) ^ coefficient[place]
        values[place] = times(value, at) ^ secret[place]
    return bytes(values)


def combine(shares: Sequence[Share]) -> bytes:
    """Rebuild the secret (Lagrange at 0); RootKeyProblem for too few shares. Shares of two secrets give nonsense."""
    distinct = {share.number: share for share in shares}
    if len({(share.needed, len(share.body)) for share in shares}) != 1:
        message = "These shares do not belong to one kit"
        raise RootKeyProblem(message)
    needed = shares[0].needed
    if len(distinct) < needed:
        message = f"{needed} different shares are needed, and {len(distinct)} were given"
        raise RootKeyProblem(message)
    used = list(distinct.values())[:needed]
    secret = bytearray(len(used[0].body))
    for share in used:
        weight = 1
        for other in used:
            if other.number != share.number:
                weight = times(weight, times(other.number, inverse(other.number ^ share.number)))
        for place, value in enumerate(share.body):
            secret[place] ^= times(weight, value)
    return bytes(secret)
