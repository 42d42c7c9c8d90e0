"""Anchors and the line through them: identified rate against score, with the band of the line and of single areas."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from cse_tracker.web.charts.svg import (
    BLUE,
    INK,
    ORANGE,
    PALE_BLUE,
    TEXT,
    Frame,
    Telling,
    circle,
    element,
    levels,
    path_of,
    picture,
    text,
    ticks,
)


@dataclass(frozen=True, slots=True)
class Dot:
    """An anchor: its score (which may be below 0), its rate and its name."""

    x: float
    y: float
    name: str


@dataclass(frozen=True, slots=True)
class At:
    """The line at one score: its height, the limits of the line and those of a single area."""

    x: float
    y: float
    low: float
    high: float
    single_low: float
    single_high: float


def plot(
    telling: Telling,
    dots: Sequence[Dot],
    fitted: Sequence[At],
    axis_titles: tuple[str, str],
    *,
    width: float = 640,
    height: float = 420,
) -> Markup:
    """The plot; ``fitted`` runs in order of x, and ``dots`` may be empty. Raises ValueError for no line."""
    if not fitted:
        message = "a fitted line needs at least one place"
        raise ValueError(message)
    first, last = math.floor(fitted[0].x), math.ceil(fitted[-1].x)
    axis = ticks(max([at.single_high for at in fitted] + [dot.y for dot in dots] + [0.0]))
    frame = Frame(width, height, left=50, right=24, top=34, bottom=56)

    def place(x: float, y: float) -> tuple[float, float]:
        return frame.across((x - first) / (last - first)), frame.up(min(max(y, 0), axis[-1]) / axis[-1])

    parts = [text(0, TEXT, axis_titles[1]), *levels(frame, axis)]
    for outer, opacity in ((True, "0.18"), (False, "0.4")):
        top = [place(at.x, at.single_high if outer else at.high) for at in fitted]
        foot = [place(at.x, at.single_low if outer else at.low) for at in reversed(fitted)]
        parts.append(element("polygon", points=path_of(top + foot), fill=PALE_BLUE, fill_opacity=opacity))
    middle = path_of(place(at.x, at.y) for at in fitted)
    parts.append(element("polyline", points=middle, fill="none", stroke=BLUE, stroke_width=2.5))
    parts += [
        text(place(x, 0)[0], frame.up(0) + 20, f"{x}".replace("-", "−"), anchor="middle")  # noqa: RUF001 - a minus
        for x in range(first, last + 1)
    ]
    for dot in dots:
        parts += _dot(frame, dot, place(dot.x, dot.y))
    parts.append(text(frame.across(0.5), height - 12, axis_titles[0], anchor="middle"))
    return picture(telling, width, height, parts)


def _dot(frame: Frame, dot: Dot, at: tuple[float, float]) -> list[Markup]:
    x, y = at
    left = x < frame.width / 2
    spoken = element("title", f"{dot.name}: score {dot.x:.2f}, {dot.y:.2f} per 1,000")
    return [
        circle(x, y, 5.5, spoken, fill=ORANGE, stroke=INK, stroke_width=1.5),
        text(x + 9 if left else x - 9, y - 7, dot.name, size=12, anchor="start" if left else "end"),
    ]
