"""Events of the unit of work itself."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from cse_tracker.work.event import Event


@dataclass(frozen=True, kw_only=True)
class AccessRefused(Event):
    """Somebody asked for what they may not see or do; kept although their work was rolled back."""

    name: ClassVar = "access.refused"
    subject: ClassVar = "request"
    status: int


@dataclass(frozen=True, kw_only=True)
class StoreWritten(Event):
    """Rows were written by work that had nothing else to say, such as a second attempt to send a message."""

    name: ClassVar = "store.written"
    subject: ClassVar = "store"


class KeyPurpose(StrEnum):
    """What a key that has epochs is for."""

    BOROUGH = "borough"
    STAFF = "staff"
    AUDIT = "audit"
    STATISTICS = "statistics"
    MATCH = "match"


@dataclass(frozen=True, kw_only=True)
class KeyEpochBegun(Event):
    """A new key was made for a borough, the staff, the audit, statistics or matching; the one before stays for now."""

    name: ClassVar = "key.epoch_begun"
    subject: ClassVar = "key"
    purpose: KeyPurpose
    epoch: int


@dataclass(frozen=True, kw_only=True)
class DataKeysRenewed(Event):
    """Compartments of a borough, or of the staff, were given new data keys and sealed anew under them."""

    name: ClassVar = "key.data_keys_renewed"
    subject: ClassVar = "key"
    purpose: KeyPurpose
    compartments: int


@dataclass(frozen=True, kw_only=True)
class KeyEpochClosed(Event):
    """A key over data keys was destroyed, after what was under it had moved to the next."""

    name: ClassVar = "key.epoch_closed"
    subject: ClassVar = "key"
    purpose: KeyPurpose
    epoch: int


@dataclass(frozen=True, kw_only=True)
class RootKeyRenewed(Event):
    """All keys were wrapped under another version of the root key, or under the root key of another place."""

    name: ClassVar = "key.root_renewed"
    subject: ClassVar = "key"
    epochs: int


@dataclass(frozen=True, kw_only=True)
class RootKeyForgotten(Event):
    """Older versions of the root key were destroyed, and with them every backup made under them."""

    name: ClassVar = "key.root_forgotten"
    subject: ClassVar = "key"
    versions: int


@dataclass(frozen=True, kw_only=True)
class EscrowKitMade(Event):
    """A kit was made from which the keys can be restored."""

    name: ClassVar = "key.escrow_made"
    subject: ClassVar = "escrow_kit"


@dataclass(frozen=True, kw_only=True)
class EscrowKitTried(Event):
    """A kit was opened and tried on every key of the store."""

    name: ClassVar = "key.escrow_tried"
    subject: ClassVar = "escrow_kit"
    epochs: int


@dataclass(frozen=True, kw_only=True)
class KeysRecovered(Event):
    """The keys of the store were taken from a kit, because the root key was lost."""

    name: ClassVar = "key.recovered"
    subject: ClassVar = "escrow_kit"
    epochs: int
