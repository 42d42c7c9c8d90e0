"""The keys in use: named key-encryption keys, data keys wrapped under them, and everything derived."""

import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from cse_tracker.vault.envelope import ContextPart, Sealer, encode_context
from cse_tracker.vault.errors import CryptoError
from cse_tracker.vault.root import RootKeyProvider, Wrapped
from cse_tracker.vault.wrapping import KeyName, checked, committed, derive, new_key

__all__ = ["KeyName", "Keyring", "derive", "new_key", "open_keyring"]

# How often a running process looks whether epochs were begun or closed elsewhere, and forgets data keys it has used.
LOOK_AGAIN: Final = timedelta(minutes=1)
MOST_KEPT: Final = 2_000


class Keyring:
    """All key-encryption keys of a running service, in memory only."""

    def __init__(self, keys: Mapping[KeyName, bytes], provider: RootKeyProvider | None = None) -> None:
        self._provider = provider
        self._looked: datetime | None = None
        self._take(dict(keys), {})

    def _take(self, keys: dict[KeyName, bytes], wrappers: Mapping[KeyName, Sealer]) -> None:
        # Both are replaced whole and never changed, so that no thread sees half of a refreshed keyring.
        self._wrappers = {
            name: wrappers.get(name) or Sealer(derive(key, "wrap"), name.version) for name, key in keys.items()
        }
        self._keys = keys
        # Asked for with nearly everything that is written, and there are as many keys as boroughs.
        self._epochs: dict[tuple[str, str], list[KeyName]] = {}
        for name in sorted(keys):
            self._epochs.setdefault((name.purpose, name.scope), []).append(name)
        self._sealers: OrderedDict[tuple[KeyName, bytes, UUID, int], Sealer] = OrderedDict()
        # Deriving costs more than what is then done with most derived keys.
        self._derived: dict[tuple[KeyName, str, str], bytes] = {}
        self._derived_sealers: dict[tuple[KeyName, str], Sealer] = {}

    def __repr__(self) -> str:
        return f"<Keyring of {len(self._keys)} keys>"

    def __contains__(self, name: KeyName) -> bool:
        return name in self._keys

    def refresh(self, stored: Mapping[KeyName, Wrapped]) -> None:
        """Learn epochs that were begun since, and drop those that were closed; asks the root key for new ones only."""
        new = {name: one for name, one in stored.items() if name not in self._keys}
        if new and self._provider is None:
            raise CryptoError
        opened = _unwrapped(self._provider, new) if self._provider is not None and new else {}
        self._take({name: opened.get(name) or self._keys[name] for name in stored}, self._wrappers)

    def due(self, now: datetime) -> bool:
        """Whether a minute has passed since it was last held against the store; only the first to ask hears yes."""
        looked = self._looked
        if looked is not None and abs(now - looked) < LOOK_AGAIN:
            return False
        self._looked = now
        return looked is not None

    def data_sealer(self, name: KeyName, wrapped: bytes, compartment: UUID, version: int) -> Sealer:
        """Give the sealer of a data key as the store shows it, unwrapped once a minute at most.

        A key that was destroyed in the store is shown no more, so what is kept here opens nothing.
        """
        place, kept = (name, wrapped, compartment, version), self._sealers
        sealer = kept.get(place)
        if sealer is None:
            sealer = kept[place] = Sealer(self.unwrap(name, wrapped, compartment, version), version)
            while len(kept) > MOST_KEPT:
                with suppress(KeyError):
                    kept.popitem(last=False)
        return sealer

    def newest(self, purpose: str, scope: str = "") -> KeyName:
        """Give the newest epoch of a key; raises CryptoError when there is none."""
        names = self._epochs.get((purpose, scope))
        if not names:
            raise CryptoError
        return names[-1]

    def epochs(self, purpose: str, scope: str = "") -> list[KeyName]:
        """Give the epochs of a key, the oldest first."""
        return list(self._epochs.get((purpose, scope), ()))

    def wrap(self, name: KeyName, key: bytes, *context: ContextPart) -> bytes:
        """Wrap a data key (79 bytes), bound to the key-encryption key's name and to the context."""
        return self._wrapper(name).seal(committed(key), ("dek", name.purpose, name.scope, *context), padded=False)

    def unwrap(self, name: KeyName, wrapped: bytes, *context: ContextPart) -> bytes:
        """Unwrap a data key; one error whatever is wrong."""
        opened = self._wrapper(name).open(wrapped, ("dek", name.purpose, name.scope, *context), padded=False)
        return checked(opened)

    def _wrapper(self, name: KeyName) -> Sealer:
        sealer = self._wrappers.get(name)
        if sealer is None:
            raise CryptoError
        return sealer

    def _secret_of(self, purpose: str, version: int | None) -> tuple[KeyName, bytes]:
        name = self.newest(purpose) if version is None else KeyName(purpose, "", version)
        key = self._keys.get(name)
        if key is None:
            raise CryptoError
        return name, key

    def _derive(self, purpose: str, use: str, label: str, version: int | None) -> tuple[KeyName, bytes]:
        name, key = self._secret_of(purpose, version)
        derived, place = self._derived, (name, use, label)
        if place not in derived:
            derived[place] = derive(key, use, label)
        return name, derived[place]

    def sealer(self, purpose: str, label: str, *, version: int | None = None) -> Sealer:
        """Give a sealer derived for one purpose that has no data keys of its own (audit facts, stored releases)."""
        name, key = self._derive(purpose, "seal", label, version)
        made = self._derived_sealers
        if (name, label) not in made:
            made[name, label] = Sealer(key, name.version)
        return made[name, label]

    def secret(self, purpose: str, label: str, *, version: int | None = None) -> bytes:
        """Give a derived 32-byte secret, for example for signing cookies or seeding rounding."""
        return self._derive(purpose, "secret", label, version)[1]

    def mac(self, purpose: str, *parts: ContextPart, version: int | None = None) -> bytes:
        """HMAC-SHA256 over an unambiguous encoding of the parts."""
        secret = self.secret(purpose, "mac", version=version)
        return hmac.new(secret, encode_context(parts), hashlib.sha256).digest()


def open_keyring(provider: RootKeyProvider, stored: Mapping[KeyName, Wrapped]) -> Keyring:
    """Unwrap every key-encryption key in one batch; raises RootKeyProblem or CryptoError under another root key."""
    return Keyring(_unwrapped(provider, stored), provider)


def _unwrapped(provider: RootKeyProvider, stored: Mapping[KeyName, Wrapped]) -> dict[KeyName, bytes]:
    if not stored:
        return {}
    return dict(zip(stored, provider.unwrap_many(list(stored.items())), strict=True))
