"""Writes the documents that come out of the code: who may do what, what is recorded, and what systems may ask."""

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import fields
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Final, get_args, get_type_hints
from uuid import UUID

import cse_tracker
from cse_tracker.access.matrix import MATRIX, Permission
from cse_tracker.access.predicates import Predicate
from cse_tracker.api.document import as_text
from cse_tracker.api.operations import OPERATIONS
from cse_tracker.work.event import Event

DOCS: Final = Path(__file__).resolve().parents[2] / "docs"
OPENING: Final = "If the actor "
NOTE: Final = "This page is written from the code by `python -m tests.house.generated`; a test fails when they differ."
WORDS: Final[dict[object, str]] = {UUID: "id", datetime: "time", date: "date", bool: "yes or no", int: "number"}


def words_of(predicate: Predicate) -> str:
    """Give a predicate's docstring without its opening; raises ValueError where it does not read after 'if'."""
    text = (predicate.__doc__ or "").strip()
    if not text.startswith(OPENING) or not text.endswith("."):
        message = f"The docstring of {predicate.__name__} must read '{OPENING}…'"
        raise ValueError(message)
    return text.removeprefix(OPENING).removesuffix(".")


def permissions_markdown() -> str:
    """Give docs/permissions.md: every permission, and each way of holding it."""
    lines = [
        "# Who may do what",
        "",
        NOTE,
        "",
        "Somebody holds a permission when any one of its lines is true of them and the thing in question. What is not",
        "listed is refused. A record that somebody may not see answers as if it did not exist.",
    ]
    thing = ""
    for permission in sorted(Permission):
        subject = permission.partition(":")[0]
        if subject != thing:
            thing = subject
            lines += ["", f"## {subject.capitalize()}"]
        lines += ["", f"**`{permission}`**: anyone who", "", *_ways(permission)]
    return "\n".join(lines) + "\n"


def _ways(permission: Permission) -> list[str]:
    rules = MATRIX.get(permission, ())
    return [f"- {' **and** '.join(words_of(holds) for holds in rule)}" for rule in rules] or ["- (nobody)"]


def event_classes() -> list[type[Event]]:
    """Give every class of event, by name."""
    for module in pkgutil.iter_modules(cse_tracker.__path__):
        if module.ispkg and (Path(str(cse_tracker.__path__[0])) / module.name / "events.py").is_file():
            importlib.import_module(f"cse_tracker.{module.name}.events")
    return sorted(_below(Event), key=lambda kind: kind.name)


def _below(kind: type[Event]) -> Iterator[type[Event]]:
    for each in kind.__subclasses__():
        # Test modules may make events of their own; only the product's are documented.
        if each.__module__.startswith("cse_tracker."):
            yield each
        yield from _below(each)


def events_markdown() -> str:
    """Give docs/events.md: every event with what it is about and the facts it carries."""
    lines = [
        "# What is recorded",
        "",
        NOTE,
        "",
        "Each event becomes one entry of the audit. When, who, under which sign-in and request, the event's name, the",
        "id of its subject and the borough stand in plain text; the facts are sealed. Facts are ids, numbers, dates",
        "and words from closed lists, never free text.",
        "",
        "| Event | What happened | About | Facts |",
        "| --- | --- | --- | --- |",
    ]
    for kind in event_classes():
        happened = " ".join((kind.__doc__ or "").split())
        lines.append(f"| `{kind.name}` | {happened} | {kind.subject} | {_facts(kind)} |")
    return "\n".join(lines) + "\n"


def _facts(kind: type[Event]) -> str:
    hints = get_type_hints(kind)
    own = [field.name for field in fields(kind) if field.name not in {"subject_id", "borough_gss"}]
    return "; ".join(f"`{name}`: {_in_words(hints[name])}" for name in own) or "none"


def _in_words(kind: object) -> str:
    if isinstance(kind, UnionType):
        return " or ".join("nothing" if each is type(None) else _in_words(each) for each in get_args(kind))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return ", ".join(str(member.value) for member in kind)
    return WORDS[kind]


def documents() -> dict[Path, str]:
    """Give each generated file with the text it should have."""
    return {
        DOCS / "permissions.md": permissions_markdown(),
        DOCS / "events.md": events_markdown(),
        DOCS / "openapi.json": as_text(OPERATIONS),
    }


if __name__ == "__main__":
    for path, text in documents().items():
        path.write_text(text, encoding="utf-8")
