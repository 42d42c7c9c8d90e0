"""What an entry says in words, and what a spreadsheet must not run."""

from dataclasses import dataclass
from datetime import datetime

from cse_tracker.audit.model import AuditEntry
from cse_tracker.work.event import Event

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")
LOOKS = ("viewed", "shown", "seen", "looked")


@dataclass(frozen=True)
class Look:
    """One entry about a young person's record, in words."""

    at: datetime
    who: str
    agency: str
    what: str
    looked: bool
    refused: bool
    entry: AuditEntry


def kinds_of_event() -> dict[str, type[Event]]:
    """Give every class of event that the product has, by name."""
    found: dict[str, type[Event]] = {}
    waiting = list(Event.__subclasses__())
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if "name" in vars(kind):
            found[kind.name] = kind
    return found


def in_words(action: str, kinds: dict[str, type[Event]]) -> str:
    """Say what happened: the first sentence of the event's own description."""
    kind = kinds.get(action)
    if kind is None:
        return action
    sentence = " ".join((kind.__doc__ or action).split())
    return sentence.split(". ")[0].removesuffix(".")


def is_a_look(action: str) -> bool:
    """Whether somebody only read."""
    return any(word in action for word in LOOKS)


def cell(value: object) -> object:
    """Put an apostrophe before text that a spreadsheet would run as a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(DANGEROUS) else value
