"""The picture of the line through the anchors: every name can be read."""

import re

from hypothesis import given
from hypothesis import strategies as st

from cse_tracker.web.charts import line_fit
from cse_tracker.web.charts.svg import Telling

FITTED = [line_fit.At(x, 1 + x / 2, 0.5 + x / 2, 1.5 + x / 2, x / 2, 2 + x / 2) for x in (-1.5, 0.0, 2.0)]
PLACED = re.compile(r'<text x="([\d.]+)" y="([\d.]+)"[^>]*>(Name \d)</text>')


def _boxes(dots: list[line_fit.Dot]) -> list[line_fit.Box]:
    drawn = str(line_fit.plot(Telling("line", "A line", "It rises."), dots, FITTED, ("Score", "Rate")))
    wide, high = len("Name 0") * 12 * 0.56, 12
    found = [(float(x), float(y)) for x, y, _ in PLACED.findall(drawn)]
    assert len(found) == len(dots)
    return [line_fit.Box(x, y + 3 - high, x + wide, y + 3) for x, y in found]


@given(st.lists(st.tuples(st.floats(-1.4, 1.9), st.floats(0.2, 2.6)), min_size=2, max_size=4))
def test_names_of_a_few_anchors_never_cover_one_another(places: list[tuple[float, float]]) -> None:
    boxes = _boxes([line_fit.Dot(x, y, f"Name {number}") for number, (x, y) in enumerate(places)])
    for number, box in enumerate(boxes):
        assert box.left >= 0
        assert box.right <= 640
        assert all(box.shared(other) < 1 for other in boxes[:number])


def test_three_anchors_at_one_place_are_named_below_one_another() -> None:
    boxes = _boxes([line_fit.Dot(0.5, 1.5, f"Name {number}") for number in range(3)])
    assert len({(box.left, box.top) for box in boxes}) == 3
