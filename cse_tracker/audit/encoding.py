"""What an entry's MAC covers: every stored value in a fixed order, by kind and by length."""

import hmac
import struct
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

from cse_tracker.vault.envelope import CONTEXT_START, HEADER
from cse_tracker.vault.errors import CryptoError
from cse_tracker.vault.keyring import Keyring

ID = b"u" + struct.pack(">I", 16)
NOTHING = b"b" + struct.pack(">I", 0)
LENGTH = struct.Struct(">I").pack
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MacOf: TypeAlias = "Callable[[Stored], bytes]"


class Stored(NamedTuple):
    """One entry exactly as the database holds it; ids are 16 bytes."""

    writer: bytes
    sequence: int
    at_us: int
    action: str
    object_type: str
    actor_id: bytes | None
    sign_in_id: bytes | None
    request_id: bytes | None
    object_id: bytes | None
    borough_gss: str | None
    facts_sealed: bytes
    rows_sealed: bytes | None
    previous: bytes
    mac: bytes


def microseconds(at: datetime) -> int:
    """Give an aware time as whole microseconds since 1970: the form that is stored and the form that is MACed."""
    return (at - EPOCH) // timedelta(microseconds=1)


def encoded(entry: Stored) -> bytes:
    """Encode an entry as the vault's `encode_context` does, but three times as fast: a million are verified at once.

    Raises TypeError, ValueError or AttributeError for a value of a kind that the service never stores.
    """
    writer, sequence, at_us, action, kind, actor, sign_in, request, thing, borough, facts, rows, previous, _ = entry
    parts = [
        CONTEXT_START, _id(writer), _number(sequence), _number(at_us), _word(action), _word(kind),
        NOTHING if actor is None else _id(actor),
        NOTHING if sign_in is None else _id(sign_in),
        NOTHING if request is None else _id(request),
        NOTHING if thing is None else _id(thing),
        NOTHING if borough is None else _word(borough),
        b"b", LENGTH(len(facts)), facts, b"b", LENGTH(len(previous)), previous,
    ]  # fmt: skip
    if rows is not None:
        parts += (b"b", LENGTH(len(rows)), rows)
    return b"".join(parts)


def _id(value: bytes) -> bytes:
    if len(value) != 16:
        raise ValueError
    return ID + value


def _number(value: int) -> bytes:
    # SQLite keeps whatever it is given, and 5.5 would be written like 5.
    if type(value) is not int:
        raise TypeError
    digits = b"%d" % value
    return b"i" + LENGTH(len(digits)) + digits


@lru_cache(maxsize=4096)
def _word(value: str) -> bytes:
    raw = value.encode()
    return b"s" + LENGTH(len(raw)) + raw


def epoch_of(facts_sealed: bytes) -> int:
    """Give the epoch of the audit key under which an entry was written: the one that sealed its facts."""
    try:
        return int(HEADER.unpack_from(facts_sealed)[1])
    except (struct.error, TypeError):
        raise CryptoError from None


def mac_with(keyring: Keyring) -> MacOf:
    """Give the function that recomputes an entry's MAC; it raises CryptoError where no key of ours made it."""
    secrets: dict[int, bytes] = {}

    def mac_of(entry: Stored) -> bytes:
        try:
            epoch = epoch_of(entry.facts_sealed)
            if epoch not in secrets:
                secrets[epoch] = keyring.secret("audit", "mac", version=epoch)
            return hmac.digest(secrets[epoch], encoded(entry), "sha256")
        except (TypeError, ValueError, AttributeError):
            raise CryptoError from None

    return mac_of
