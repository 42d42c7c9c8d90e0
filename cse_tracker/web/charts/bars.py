"""Bar charts of counts, upright or lying down, in which a suppressed count is never drawn as a bar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap

from markupsafe import Markup

from cse_tracker.web.charts.svg import (
    BLUE,
    GREY,
    INK,
    TEXT,
    WHITE,
    Frame,
    Telling,
    levels,
    line,
    picture,
    rectangle,
    text,
    whole_ticks,
)

SUPPRESSED = 14.0
BAR_SHARE = 0.64
ROW = 34.0
# As wide as a letter of a name gets in the widest of the usual fonts: a name that is cut off names something else.
LETTER = 8.8
LINE = 16.0


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: ``value`` sets its length (None when suppressed), ``shown`` is the figure as published.

    ``label`` may hold newlines; an upright chart puts each line under the one before.
    """

    label: str
    value: float | None
    shown: str


def upright(
    telling: Telling, bars: Sequence[Bar], axis_title: str, *, width: float = 640, height: float = 320
) -> Markup:
    """Bars that stand on a common line, for steps in time. Raises ValueError for no bars or a negative value."""
    axis = _axis(bars)
    frame = Frame(width, height, left=40, right=10, top=30, bottom=50)
    parts = [text(0, TEXT, axis_title), *levels(frame, axis)]
    step = 1 / len(bars)
    for place, bar in enumerate(bars):
        middle, thick = frame.across((place + 0.5) * step), (frame.across(step) - frame.left) * BAR_SHARE
        parts += _standing(frame, bar, middle, thick, axis[-1])
        for row, words in enumerate(bar.label.split("\n")):
            parts.append(text(middle, frame.up(0) + 18 + 16 * row, words, anchor="middle"))
    return picture(telling, width, height, parts)


def lying(telling: Telling, bars: Sequence[Bar], *, width: float = 640) -> Markup:
    """Bars that lie beside their names, for categories with long ones. Raises ValueError as ``upright`` does."""
    end = _axis(bars)[-1]
    names = min(width / 2, max(len(bar.label) for bar in bars) * LETTER + 12)
    height = ROW * len(bars) + 8
    frame = Frame(width, height, left=names, right=LETTER * max(len(bar.shown) for bar in bars) + 14, top=4, bottom=4)
    parts: list[Markup] = []
    for row, bar in enumerate(bars):
        parts += _lying_bar(frame, bar, frame.top + ROW * row, end)
    parts.append(line((frame.left, frame.top), (frame.left, height - frame.bottom), width=1.5))
    return picture(telling, width, height, parts)


def _axis(bars: Sequence[Bar]) -> list[float]:
    if not bars:
        message = "a bar chart needs at least one bar"
        raise ValueError(message)
    values = [bar.value for bar in bars if bar.value is not None]
    if min(values, default=0) < 0:
        message = "a bar cannot show a count below nought"
        raise ValueError(message)
    return whole_ticks(max(values, default=0))


def _standing(frame: Frame, bar: Bar, middle: float, thick: float, end: float) -> list[Markup]:
    foot = frame.up(0)
    if bar.value is None:
        box = _suppressed(middle - thick / 2, foot - SUPPRESSED, thick, SUPPRESSED)
        return [box, text(middle, foot - SUPPRESSED - 4, bar.shown, anchor="middle")]
    top = frame.up(bar.value / end)
    return [
        rectangle(middle - thick / 2, top, thick, foot - top, fill=BLUE),
        text(middle, top - 5, bar.shown, anchor="middle", bold=True),
    ]


def _lying_bar(frame: Frame, bar: Bar, top: float, end: float) -> list[Markup]:
    thick, foot = ROW * BAR_SHARE, top + ROW * (1 - BAR_SHARE) / 2
    baseline = top + ROW / 2 + 5
    lines = wrap(bar.label, max(1, int((frame.left - 8) / LETTER))) or [""]
    first = baseline - LINE / 2 * (len(lines) - 1)
    name = Markup().join(text(frame.left - 8, first + LINE * n, words, anchor="end") for n, words in enumerate(lines))
    if bar.value is None:
        box = _suppressed(frame.left, foot, SUPPRESSED, thick)
        return [name, box, text(frame.left + SUPPRESSED + 6, baseline, bar.shown)]
    length = frame.across(bar.value / end) - frame.left
    return [
        name,
        rectangle(frame.left, foot, length, thick, fill=BLUE),
        text(frame.left + length + 6, baseline, bar.shown, bold=True, fill=INK),
    ]


def _suppressed(x: float, y: float, width: float, height: float) -> Markup:
    return rectangle(x, y, width, height, fill=WHITE, stroke=GREY, stroke_width=1.5, stroke_dasharray="3 2")
