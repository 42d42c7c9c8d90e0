"""Reads the text of a protocol into plain values, and turns every fault found in it into a place and a sentence."""

from collections.abc import Hashable, Sequence
from typing import Any, Final

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from cse_tracker.rulebook.coherence import Problem

LONGEST_TEXT: Final = 200_000
INCOHERENT: Final = "incoherent"
WHOLE: Final = "document"

SENTENCES: Final = {
    "missing": "This is missing.",
    "extra_forbidden": "A protocol has no such entry here; check the spelling.",
    "string_too_short": "This is empty.",
    "string_too_long": "This is longer than {max_length} characters.",
    "string_unicode": "This holds a character that cannot be stored.",
    "string_type": "This must be text.",
    "string_pattern_mismatch": "Keys use letters, digits, hyphens and underscores; labels are a single line of text.",
    "too_short": "Give at least {min_length}.",
    "tuple_type": "This must be a list.",
    "model_type": "This must be a set of named entries.",
    "model_attributes_type": "This must be a set of named entries.",
    "enum": "Choose one of: {expected}.",
    "int_parsing": "This must be a whole number.",
    "int_type": "This must be a whole number.",
    "bool_parsing": "This must be true or false.",
    "bool_type": "This must be true or false.",
    "greater_than_equal": "This must be {ge} or more.",
    "less_than_equal": "This must be {le} or less.",
}


class InvalidProtocol(ValueError):
    """A text is not a protocol document; `problems` lists each fault as where it stands and a sentence."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        """Keep the problems, and show them all in the message."""
        self.problems: list[Problem] = list(problems)
        super().__init__("; ".join(f"{where}: {sentence}" for where, sentence in self.problems))


class _PlainLoader(yaml.BaseLoader):
    """Reads every value as text, so that "no" stays a word; refuses repeated entries and references."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            # A few references to references grow into more than memory holds.
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]  # the stubs leave it untyped
            raise yaml.composer.ComposerError(None, None, "references are not allowed", mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002
        seen: set[str] = set()
        for name, _ in node.value:
            if not isinstance(name, yaml.ScalarNode):
                continue
            if name.value in seen:
                problem = f"the entry {name.value} is given twice"
                raise yaml.constructor.ConstructorError(None, None, problem, name.start_mark)
            seen.add(name.value)
        return super().construct_mapping(node, deep)


def read(text: str) -> dict[str, Any]:
    """Read YAML text into mappings, lists and strings; raise InvalidProtocol when it is not such a text."""
    if len(text) > LONGEST_TEXT:
        raise InvalidProtocol([(WHOLE, f"The text is longer than {LONGEST_TEXT} characters.")])
    try:
        value = yaml.load(text, Loader=_PlainLoader)  # noqa: S506 - the loader makes text, lists and mappings only
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise InvalidProtocol([(f"line {line}", f"This cannot be read as YAML: {error.problem}.")]) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise InvalidProtocol([(WHOLE, "This cannot be read as YAML.")]) from error
    if not isinstance(value, dict):
        raise InvalidProtocol([(WHOLE, "A protocol is a set of named entries such as key, title and levels.")])
    return value


def problems_from(error: ValidationError) -> list[Problem]:
    """Give each fault that validation found as where it stands (counting from 1) and a sentence."""
    details = error.errors(include_url=False, include_input=False)
    found: list[Problem] = []
    for detail in details:
        if detail["type"] == INCOHERENT:
            found.extend(detail["ctx"]["problems"])
        elif not _only_follows(detail, details):
            found.append((_place(detail), _sentence(detail)))
    return found


def _only_follows(detail: ErrorDetails, details: Sequence[ErrorDetails]) -> bool:
    # Validation leaves faulty members out of its count, and so calls a list too short whose only member is faulty.
    inside = (other["loc"] for other in details if len(other["loc"]) > len(detail["loc"]))
    return detail["type"] == "too_short" and any(loc[: len(detail["loc"])] == detail["loc"] for loc in inside)


def _place(detail: ErrorDetails) -> str:
    words: list[str] = []
    for step in detail["loc"]:
        if isinstance(step, int) and words:
            words[-1] = f"{words[-1]} {step + 1}"
        else:
            words.append(str(step))
    return ", ".join(words) or WHOLE


def _sentence(detail: ErrorDetails) -> str:
    pattern = SENTENCES.get(detail["type"])
    return pattern.format(**detail.get("ctx", {})) if pattern else f"{detail['msg'].rstrip('.')}."
