"""Finds the line of a text on which a place in a protocol stands, so that whoever wrote it can go there."""

import re
from typing import Final

import yaml

STEP: Final = re.compile(r"^(?P<name>\w+)(?: (?P<place>\d+))?$")


def line_of(text: str, where: str) -> int | None:
    """Give the line (from 1) of a place as problems name it, such as "levels 2, responses 1, amount".

    The nearest enclosing place where the entry itself is missing; None where the text is no YAML or names no place.
    """
    named = re.fullmatch(r"line (\d+)", where)
    if named:
        return int(named[1])
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        return None
    if node is None or not STEP.match(where.partition(",")[0]):
        return None
    line = None
    for step in where.split(", "):
        found = STEP.match(step)
        child = _entry(node, found["name"]) if found else None
        if found is None or child is None:
            break
        name_node, node = child
        line = name_node.start_mark.line + 1
        if found["place"] is not None:
            item = _item(node, int(found["place"]))
            if item is None:
                break
            node, line = item, item.start_mark.line + 1
    return line


def _entry(node: yaml.Node, name: str) -> tuple[yaml.Node, yaml.Node] | None:
    if not isinstance(node, yaml.MappingNode):
        return None
    return next(((key, value) for key, value in node.value if getattr(key, "value", None) == name), None)


def _item(node: yaml.Node, place: int) -> yaml.Node | None:
    if not isinstance(node, yaml.SequenceNode) or not 1 <= place <= len(node.value):
        return None
    found: yaml.Node = node.value[place - 1]
    return found
