"""Anchors and the line through them: identified rate against score, with the band of the line and of single areas."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

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

_DOT: Final = 5.5
_NAME_SIZE: Final = 12
# The width of a letter as a share of its size, on the wide side for the names of boroughs.
_LETTER: Final = 0.56


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of the picture; `foot` lies below `top`."""

    left: float
    top: float
    right: float
    foot: float

    def shared(self, other: Box) -> float:
        """The area that two rectangles share; 0 where they do not touch."""
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.foot, other.foot) - max(self.top, other.top)
        return max(across, 0) * max(down, 0)

    def outside(self, frame: Frame) -> bool:
        """Whether it would stand outside the plot, or on the axis below it."""
        return self.left < frame.left or self.right > frame.width or self.foot > frame.up(0) or self.top < 0


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
    parts += _named(frame, [(dot, place(dot.x, dot.y)) for dot in dots])
    parts.append(text(frame.across(0.5), height - 12, axis_titles[0], anchor="middle"))
    return picture(telling, width, height, parts)


def _named(frame: Frame, dots: Sequence[tuple[Dot, tuple[float, float]]]) -> list[Markup]:
    """The dots with their names, each beside its dot where it covers least of the dots and of the names before it."""
    taken = [Box(x - _DOT, y - _DOT, x + _DOT, y + _DOT) for _, (x, y) in dots]
    parts = [_dot(dot, at) for dot, at in dots]
    for dot, at in dots:
        best = min(_beside(dot.name, at), key=lambda box: (box.outside(frame), sum(map(box.shared, taken))))
        taken.append(best)
        parts.append(text(best.left, best.foot - 3, dot.name, size=_NAME_SIZE))
    return parts


def _dot(dot: Dot, at: tuple[float, float]) -> Markup:
    spoken = element("title", f"{dot.name}: score {dot.x:.2f}, {dot.y:.2f} per 1,000")
    return circle(at[0], at[1], _DOT, spoken, fill=ORANGE, stroke=INK, stroke_width=1.5)


def _beside(name: str, at: tuple[float, float]) -> list[Box]:
    """Where a name may stand: right and left of its dot, level with it first, then ever further up and down."""
    (x, y), wide = at, len(name) * _NAME_SIZE * _LETTER
    lefts = (x + _DOT + 3, x - _DOT - 3 - wide)
    return [
        Box(left, y + drop - _NAME_SIZE / 2, left + wide, y + drop + _NAME_SIZE / 2)
        for drop in (0, -10, 10, -20, 20, -30, 30)
        for left in lefts
    ]
