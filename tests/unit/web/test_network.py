"""The picture of a network: the same links make the same picture, no box lies on another, and words are safe."""

import re
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cse_tracker.web.charts.network import LOOKS, Edge, Node, columns, network
from cse_tracker.web.charts.svg import Telling

TELLING = Telling("net", "Links", "What links the cases.")
KINDS = sorted(LOOKS)


@st.composite
def networks(draw: st.DrawFn) -> tuple[list[Node], list[Edge]]:
    number = draw(st.integers(1, 12))
    nodes = [Node(key, KINDS[key % len(KINDS)], f"Thing {key}", "note") for key in range(number)]
    pairs = draw(st.lists(st.tuples(st.integers(0, number - 1), st.integers(0, number - 1)), max_size=20))
    return nodes, [Edge(one, other, "seen with") for one, other in pairs if one != other]


@given(networks(), st.randoms(use_true_random=False))
def test_the_same_links_make_the_same_columns_in_whatever_order_they_come(
    made: tuple[list[Node], list[Edge]], random: Random
) -> None:
    nodes, edges = made
    cols = columns(nodes, edges, 0)
    assert sorted(node.key for col in cols for node in col) == [node.key for node in nodes]  # type: ignore[type-var]
    assert cols[0] == [nodes[0]]
    mixed = edges.copy()
    random.shuffle(mixed)
    assert columns(nodes, mixed, 0) == cols


@given(networks())
def test_no_two_boxes_lie_on_each_other(made: tuple[list[Node], list[Edge]]) -> None:
    drawn = str(network(TELLING, *made, 0))
    boxes = [
        tuple(float(re.findall(rf' {name}="([-\d.]+)"', found)[0]) for name in ("x", "y", "width", "height"))
        for found in re.findall(r"<rect[^>]*rx=[^>]*>", drawn)
    ]
    assert len(boxes) == len(made[0])
    for place, (x, y, wide, high) in enumerate(boxes):
        for left, top, width, height in boxes[place + 1 :]:
            assert x + wide <= left or left + width <= x or y + high <= top or top + height <= y


def test_two_boxes_alone_are_drawn_as_large_as_among_many() -> None:
    two = str(
        network(TELLING, [Node(1, "case", "C-1", ""), Node(2, "vehicle", "LK61 ABC", "")], [Edge(1, 2, "seen")], 1)
    )
    assert float(re.findall(r'viewBox="0 0 ([\d.]+)', two)[0]) >= 900


def test_words_are_text_and_never_markup_or_style() -> None:
    nodes = [Node(1, "case", "<script>alert(1)</script>", "a & b"), Node(2, "person", "x" * 200, "person")]
    drawn = str(network(TELLING, nodes, [Edge(1, 2, "<b>")], 1))
    assert "<script" not in drawn
    assert "style=" not in drawn
    assert "…" in drawn


def test_a_line_to_nowhere_and_nothing_at_all_are_refused() -> None:
    for nodes, edges in (([], []), ([Node(1, "case", "C", "")], [Edge(1, 2, "to")])):
        with pytest.raises(ValueError, match="needs boxes"):
            network(TELLING, nodes, edges, 1)
