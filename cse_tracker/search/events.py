"""What happens when somebody looks for a young person; never what was typed."""

from dataclasses import dataclass
from typing import ClassVar

from cse_tracker.work.event import Event


@dataclass(frozen=True, kw_only=True)
class PeopleSearched(Event):
    """Somebody searched among the young people whom they may see."""

    name: ClassVar = "person.searched"
    subject: ClassVar = "person"
    terms: int
    compared: int
    shown: int


@dataclass(frozen=True, kw_only=True)
class PersonFound(Event):
    """A young person was shown to somebody who searched."""

    name: ClassVar = "person.found"
    subject: ClassVar = "person"
