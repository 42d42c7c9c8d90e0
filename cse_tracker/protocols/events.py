"""What happens to protocols."""

from dataclasses import dataclass
from typing import ClassVar

from cse_tracker.protocols.model import DraftState
from cse_tracker.work.event import Event


@dataclass(frozen=True, kw_only=True)
class ProtocolAdopted(Event):
    """A borough adopted a version of its protocol."""

    name: ClassVar = "protocol.adopted"
    subject: ClassVar = "protocol"
    number: int


@dataclass(frozen=True, kw_only=True)
class ProtocolDraftSaved(Event):
    """A draft of a protocol was begun or changed."""

    name: ClassVar = "protocol.draft_saved"
    subject: ClassVar = "protocol_draft"


@dataclass(frozen=True, kw_only=True)
class ProtocolDraftMoved(Event):
    """A draft was submitted, given back, approved or withdrawn."""

    name: ClassVar = "protocol.draft_moved"
    subject: ClassVar = "protocol_draft"
    state: DraftState


@dataclass(frozen=True, kw_only=True)
class ProtocolViewed(Event):
    """Somebody looked at a borough's protocols."""

    name: ClassVar = "protocol.viewed"
    subject: ClassVar = "protocol"
