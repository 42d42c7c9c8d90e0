"""What differs between two versions of a protocol, entry by entry, in words that can be read aloud."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cse_tracker.rulebook.document import ProtocolDocument

# By what the members of a list are told apart; those without are told apart by where they stand.
NAMES = ("key", "phrase")


@dataclass(frozen=True, slots=True)
class Difference:
    """One entry that differs; an empty side means that the entry is not there."""

    chapter: str
    where: str
    before: str
    after: str


def differences(before: ProtocolDocument, after: ProtocolDocument) -> tuple[Difference, ...]:
    """List every entry that was added, taken away or changed, in the order of the newer document."""
    old, new = dict(_leaves(_plain(before), ())), dict(_leaves(_plain(after), ()))
    paths = [*new, *(path for path in old if path not in new)]
    return tuple(
        Difference(_words(path[0]), ", ".join(map(_words, path[1:])), old.get(path, ""), new.get(path, ""))
        for path in paths
        if old.get(path, "") != new.get(path, "")
    )


def _plain(document: ProtocolDocument) -> dict[str, Any]:
    return document.model_dump(mode="json", exclude_none=True)


def _leaves(value: object, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, Mapping):
        for name, inside in value.items():
            yield from _leaves(inside, (*path, str(name)))
    elif isinstance(value, list) and value and isinstance(value[0], Mapping):
        for place, member in enumerate(value, start=1):
            name = next((str(member[each]) for each in NAMES if each in member), str(place))
            yield from _leaves(member, (*path, name))
    elif isinstance(value, list):
        yield path, ", ".join(map(_said, value)) or "none"
    else:
        yield path, _said(value)


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _words(name: str) -> str:
    return name if name.isupper() else name.replace("_", " ")
