"""What happens to the record itself."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from cse_tracker.audit.verdict import Kind
from cse_tracker.work.event import Event


@dataclass(frozen=True, kw_only=True)
class AuditVerified(Event):
    """Every entry, and every row against the last entry that speaks of it, was verified."""

    name: ClassVar = "audit.verified"
    subject: ClassVar = "audit"
    entries: int
    rows: int
    checkpoint: int | None
    found: Kind | None


@dataclass(frozen=True, kw_only=True)
class AuditCheckpointed(Event):
    """The ends of all chains were signed and noted outside the database."""

    name: ClassVar = "audit.checkpointed"
    subject: ClassVar = "audit"
    number: int
    entries: int


@dataclass(frozen=True, kw_only=True)
class StoreAccounted(Event):
    """A store from before rows were accounted for was taken into the record as it stood."""

    name: ClassVar = "store.accounted"
    subject: ClassVar = "store"
    rows: int


@dataclass(frozen=True, kw_only=True)
class StoreUpgraded(Event):
    """The tables were brought to another version; rows that this changed were taken into account as it left them."""

    name: ClassVar = "store.upgraded"
    subject: ClassVar = "store"
    before: int
    after: int
    rows: int


@dataclass(frozen=True, kw_only=True)
class CaseTrailViewed(Event):
    """Somebody looked at who had looked."""

    name: ClassVar = "case.trail_viewed"
    subject: ClassVar = "case"
    shown: int


@dataclass(frozen=True, kw_only=True)
class TrailExported(Event):
    """The entries about a young person were handed out, to whom and what for being kept with the handing out."""

    name: ClassVar = "audit.exported"
    subject: ClassVar = "case"
    handout_id: UUID
    entries: int


@dataclass(frozen=True, kw_only=True)
class HandoutsViewed(Event):
    """Somebody looked at the list of what was handed out."""

    name: ClassVar = "handout.list_viewed"
    subject: ClassVar = "handout"
    shown: int


@dataclass(frozen=True, kw_only=True)
class StoreBackedUp(Event):
    """A sealed copy of the whole store was made."""

    name: ClassVar = "store.backed_up"
    subject: ClassVar = "store"
    size: int


@dataclass(frozen=True, kw_only=True)
class BackupTried(Event):
    """The backup of the night was restored into a scratch database, and every row in it was as it was written."""

    name: ClassVar = "store.backup_tried"
    subject: ClassVar = "store"
    entries: int
    rows: int


@dataclass(frozen=True, kw_only=True)
class BackupFailed(Event):
    """There is no good backup of the night: it could not be made, or did not restore."""

    name: ClassVar = "store.backup_failed"
    subject: ClassVar = "store"


@dataclass(frozen=True, kw_only=True)
class StoreRestored(Event):
    """The store was restored from a backup: what happened after that backup is lost."""

    name: ClassVar = "store.restored"
    subject: ClassVar = "store"
    checkpoint: int
    sessions_ended: int
    destroyed_again: int
