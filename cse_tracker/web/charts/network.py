"""A picture of what joins cases to each other: columns by the number of steps from where one looks, in a steady order.

A force layout put boxes on top of each other; columns do not, and the same links always make the same picture.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import networkx as nx
from markupsafe import Markup

from cse_tracker.web.charts.svg import (
    BLUE,
    GREY,
    INK,
    ORANGE,
    PINK,
    WHITE,
    Telling,
    line,
    picture,
    rectangle,
    text,
)

SWEEPS = 6
ROW, LEAST_HEIGHT, GAP = 96.0, 220.0, 120.0
# As wide as it is shown: two boxes alone would be blown up.
LEAST_WIDTH = 900.0
BOX, LETTER, SMALL_LETTER, SMALL = 46.0, 8.6, 7.2, 13.0
LONGEST = 24
PALE_BLUE, PALE_YELLOW = "#D2E2F1", "#FFF7BF"
# Kinds differ by a word and by shape as well as by colour: (fill, words, roundness of the corners).
LOOKS: Mapping[str, tuple[str, str, float]] = {
    "case": (BLUE, WHITE, 0.0),
    "person": (PINK, WHITE, 23.0),
    "vehicle": (WHITE, INK, 6.0),
    "address": (PALE_BLUE, INK, 6.0),
    "venue": (PALE_BLUE, INK, 6.0),
    "phone": (PALE_YELLOW, INK, 6.0),
    "online": (PALE_YELLOW, INK, 6.0),
}


@dataclass(frozen=True, slots=True)
class Node:
    """One box: ``kind`` is one of LOOKS, ``label`` names it, ``note`` says in a few words what it is."""

    key: Hashable
    kind: str
    label: str
    note: str


@dataclass(frozen=True, slots=True)
class Edge:
    """One line between two boxes, with the word for what joins them."""

    start: Hashable
    end: Hashable
    words: str


def columns(nodes: Sequence[Node], edges: Sequence[Edge], focus: Hashable) -> list[list[Node]]:
    """The boxes in columns by steps from the focus; within one, near the middle of their neighbours in the other ones.

    Boxes that nothing joins to the focus stand in a last column of their own.
    """
    graph = nx.Graph()
    graph.add_nodes_from(node.key for node in nodes)
    graph.add_edges_from((edge.start, edge.end) for edge in edges)
    steps = nx.single_source_shortest_path_length(graph, focus) if focus in graph else {}
    last = max(steps.values(), default=-1) + 1
    cols = [[node for node in nodes if steps.get(node.key, last) == step] for step in range(last + 1)]
    cols = [col for col in cols if col]
    place = {node.key: (row + 0.5) / len(col) for col in cols for row, node in enumerate(col)}
    for sweep in range(SWEEPS):
        for col in cols if sweep % 2 == 0 else reversed(cols):
            col.sort(key=lambda node: (_middle(graph, place, node.key), node.label, str(node.key)))
            for row, node in enumerate(col):
                place[node.key] = (row + 0.5) / len(col)
    return cols


def _middle(graph: nx.Graph[Hashable], place: Mapping[Hashable, float], key: Hashable) -> float:
    near = [place[other] for other in graph.neighbors(key)]
    # Added up exactly, so that the order in which links come makes no difference.
    return math.fsum(near) / len(near) if near else 0.5


def network(telling: Telling, nodes: Sequence[Node], edges: Sequence[Edge], focus: Hashable) -> Markup:
    """The picture. Raises ValueError for no boxes, or for a line to a box that there is not."""
    known = {node.key for node in nodes}
    if not nodes or not all({edge.start, edge.end} <= known for edge in edges):
        message = "a network needs boxes, and both ends of every line among them"
        raise ValueError(message)
    cols = columns(nodes, edges, focus)
    height = max(LEAST_HEIGHT, ROW * max(len(col) for col in cols))
    at: dict[Hashable, tuple[float, float]] = {}
    left = 0.0
    for col in cols:
        wide = max(_wide(node) for node in col)
        for row, node in enumerate(col):
            at[node.key] = (left + 4 + wide / 2, height * (row + 0.5) / len(col))
        left += wide + GAP
    width = max(LEAST_WIDTH, left - GAP + 8)
    parts = [part for edge in edges for part in [line(at[edge.start], at[edge.end], stroke=GREY, width=1.5)]]
    for edge in edges:
        parts += _words(edge.words, at[edge.start], at[edge.end])
    for node in nodes:
        parts += _box(node, at[node.key], marked=node.key == focus)
    return picture(telling, width, height, parts)


def _words(words: str, start: tuple[float, float], end: tuple[float, float]) -> list[Markup]:
    # Nearer to the end than the middle, where the lines of one box lie on each other least.
    x, y = start[0] + 0.55 * (end[0] - start[0]), start[1] + 0.55 * (end[1] - start[1])
    wide = SMALL_LETTER * len(words) + 8
    return [
        rectangle(x - wide / 2, y - 10, wide, 19, fill=WHITE),
        text(x, y + 4, words, size=SMALL, anchor="middle", fill="#484949"),
    ]


def _label(node: Node) -> str:
    return node.label if len(node.label) <= LONGEST else f"{node.label[: LONGEST - 1]}…"


def _wide(node: Node) -> float:
    return max(LETTER * len(_label(node)), SMALL_LETTER * len(node.note)) + 22


def _box(node: Node, at: tuple[float, float], *, marked: bool) -> list[Markup]:
    fill, words, corner = LOOKS[node.kind]
    wide, (x, y) = _wide(node), at
    return [
        rectangle(
            x - wide / 2,
            y - BOX / 2,
            wide,
            BOX,
            rx=corner,
            fill=fill,
            stroke=ORANGE if marked else INK,
            stroke_width=5 if marked else 1.5,
        ),
        text(x, y - 3, _label(node), size=15, anchor="middle", fill=words, bold=True),
        text(x, y + 14, node.note, size=SMALL, anchor="middle", fill=words),
    ]
