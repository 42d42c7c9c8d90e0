"""What happens to protocols."""

from dataclasses import dataclass
from typing import ClassVar

from cse_tracker.work.event import Event


@dataclass(frozen=True, kw_only=True)
class ProtocolAdopted(Event):
    """A borough adopted a version of its protocol."""

    name: ClassVar = "protocol.adopted"
    subject: ClassVar = "protocol"
    number: int
