"""A version of a borough's protocol as one validated, unchangeable document."""

import hashlib
import json
from functools import lru_cache
from importlib.resources import files
from typing import Final, Self

import yaml
from pydantic import ValidationError, model_validator
from pydantic_core import PydanticCustomError

from cse_tracker.rulebook.coherence import problems_of
from cse_tracker.rulebook.conditions import AtLeast, Condition
from cse_tracker.rulebook.parts import (
    ClosingReason,
    Closure,
    Contents,
    Deadline,
    DeclineReason,
    Escalation,
    FloorRule,
    Indicator,
    IndicatorGroup,
    Level,
    LevelRule,
    MeetingType,
    Response,
    Retention,
    Span,
    Wording,
)
from cse_tracker.rulebook.reading import INCOHERENT, InvalidProtocol, problems_from, read
from cse_tracker.rulebook.terms import AgencyKind, EscalationPost, ResponseKind, TagColour

__all__ = [
    "AgencyKind",
    "AtLeast",
    "ClosingReason",
    "Closure",
    "Condition",
    "Deadline",
    "DeclineReason",
    "Escalation",
    "EscalationPost",
    "FloorRule",
    "Indicator",
    "IndicatorGroup",
    "InvalidProtocol",
    "Level",
    "LevelRule",
    "MeetingType",
    "ProtocolDocument",
    "Response",
    "ResponseKind",
    "Retention",
    "Span",
    "TagColour",
    "Wording",
    "digest",
    "parse",
    "template",
    "template_names",
    "to_yaml",
]

TEMPLATES: Final = files("cse_tracker.rulebook") / "templates"
SUFFIX: Final = ".yaml"


class ProtocolDocument(Contents):
    """A protocol whose parts fit together: every level, indicator and meeting type that it speaks of is in it."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        problems = problems_of(self)
        if problems:
            raise PydanticCustomError(INCOHERENT, "The parts do not fit together.", {"problems": problems})
        return self

    def level(self, number: int) -> Level:
        """Give the level of this number; raise LookupError when there is none."""
        if not 1 <= number <= len(self.levels):
            message = f"Protocol {self.key} has no level {number}."
            raise LookupError(message)
        return self.levels[number - 1]

    def deadline(self, key: str) -> Deadline:
        """Give the deadline of this key; raise LookupError when the protocol sets none."""
        for deadline in self.deadlines:
            if deadline.key == key:
                return deadline
        message = f"Protocol {self.key} has no deadline {key}."
        raise LookupError(message)

    def meeting_type(self, key: str) -> MeetingType:
        """Give the meeting type of this key; raise LookupError when there is none."""
        for meeting_type in self.meeting_types:
            if meeting_type.key == key:
                return meeting_type
        message = f"Protocol {self.key} has no meeting type {key}."
        raise LookupError(message)

    def escalation_of(self, rule_key: str) -> tuple[Escalation, ...]:
        """Give the steps by which a late duty of this rule is taken higher, nearest first.

        Those of the protocol as a whole where the rule names none of its own.
        """
        steps = {step.key: step for step in self.escalations or ()}
        named = {deadline.key: deadline.escalate for deadline in self.deadlines}
        named |= {response.key: response.escalate for level in self.levels for response in level.responses}
        at = named.get(rule_key) or self.escalate_from
        chain: list[Escalation] = []
        while at is not None:
            chain.append(steps[at])
            at = steps[at].then
        return tuple(chain)


def parse(text: str) -> ProtocolDocument:
    """Read a protocol document from YAML; raise InvalidProtocol with every problem found."""
    contents = read(text)
    try:
        return ProtocolDocument.model_validate(contents)
    except ValidationError as error:
        raise InvalidProtocol(problems_from(error)) from error


def to_yaml(document: ProtocolDocument) -> str:
    """Write the document as YAML that `parse` reads back as an equal document."""
    contents = document.model_dump(mode="json", exclude_none=True)
    return yaml.safe_dump(contents, sort_keys=False, allow_unicode=True, width=100)


def digest(document: ProtocolDocument) -> str:
    """Give the SHA-256 of the canonical JSON (sorted names, no spaces, UTF-8), as 64 hexadecimal digits.

    Absent entries are left out, so that a later release may add optional ones without changing old digests.
    """
    contents = document.model_dump(mode="json", exclude_none=True)
    canonical = json.dumps(contents, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def template_names() -> tuple[str, ...]:
    """Give the names of the protocols shipped as starting points, in alphabetical order."""
    names = (entry.name for entry in TEMPLATES.iterdir())
    return tuple(sorted(name.removesuffix(SUFFIX) for name in names if name.endswith(SUFFIX)))


@lru_cache
def template(name: str = "report-2005") -> ProtocolDocument:
    """Give the shipped protocol of this name; raise LookupError when there is none."""
    if name not in template_names():
        message = f"There is no protocol template {name}; there are: {', '.join(template_names())}."
        raise LookupError(message)
    return parse((TEMPLATES / f"{name}{SUFFIX}").read_text(encoding="utf-8"))
