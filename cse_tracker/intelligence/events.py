"""What happens to links."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from cse_tracker.work.event import Event


@dataclass(frozen=True, kw_only=True)
class ThingAdded(Event):
    """Something that cases may have in common was recorded for the first time in a borough."""

    name: ClassVar = "link.thing_added"
    subject: ClassVar = "linked_thing"


@dataclass(frozen=True, kw_only=True)
class LinkAdded(Event):
    """A case, or a thing, was joined to a thing. `cases` and `boroughs` are how many others hold it too."""

    name: ClassVar = "link.added"
    subject: ClassVar = "linked_thing"
    case_id: UUID | None
    cases: int
    boroughs: int


@dataclass(frozen=True, kw_only=True)
class LinkFoundElsewhere(Event):
    """A lead officer of another borough recorded a thing that this borough holds; no more than that was shown."""

    name: ClassVar = "link.found_elsewhere"
    subject: ClassVar = "linked_thing"


@dataclass(frozen=True, kw_only=True)
class LinkWithdrawn(Event):
    """A link was taken back."""

    name: ClassVar = "link.withdrawn"
    subject: ClassVar = "linked_thing"
    link_id: UUID


@dataclass(frozen=True, kw_only=True)
class LinksViewed(Event):
    """Somebody looked at links: of a case, of a thing, or at all that cases have in common."""

    name: ClassVar = "link.viewed"
    subject: ClassVar = "link"
    shown: int
    boroughs: int
