"""What happens to person records."""

from dataclasses import dataclass
from typing import ClassVar

from cse_tracker.work.event import Event


@dataclass(frozen=True, kw_only=True)
class PersonAdded(Event):
    """A young person became known to the borough."""

    name: ClassVar = "person.added"
    subject: ClassVar = "person"


@dataclass(frozen=True, kw_only=True)
class PersonCorrected(Event):
    """What is held of who a young person is was corrected; what stood before is kept."""

    name: ClassVar = "person.corrected"
    subject: ClassVar = "person"
    ordinal: int
    fields: int


@dataclass(frozen=True, kw_only=True)
class PersonViewed(Event):
    """Somebody opened a young person's details."""

    name: ClassVar = "person.viewed"
    subject: ClassVar = "person"


@dataclass(frozen=True, kw_only=True)
class MatchesShown(Event):
    """Somebody was shown young people who may be the one named in a record."""

    name: ClassVar = "person.matches_shown"
    subject: ClassVar = "referral"
    compared: int
    shown: int
