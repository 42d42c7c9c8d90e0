"""A scatter of points, each with its interval, and optionally a fitted line with a band."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from cse_tracker.web.charts.svg import (
    BLUE,
    INK,
    ORANGE,
    PALE_BLUE,
    TEXT,
    WHITE,
    Frame,
    Telling,
    circle,
    element,
    levels,
    line,
    path_of,
    picture,
    text,
    ticks,
)

INTERVAL = "#5D7F9C"


@dataclass(frozen=True, slots=True)
class Point:
    """A point with its interval, in the units of the axes; ``name`` is read out, and written when ``marked``."""

    x: float
    y: float
    low: float
    high: float
    name: str = ""
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Fit:
    """One place on the fitted line: the mean at x and the interval round it."""

    x: float
    y: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Scale:
    """Axes from nought to their last tick, and where a point falls in the frame. Values below nought stop at it."""

    frame: Frame
    across: Sequence[float]
    up: Sequence[float]

    def place(self, x: float, y: float) -> tuple[float, float]:
        """The SVG point of a pair of values."""
        return self.frame.across(max(x, 0) / self.across[-1]), self.frame.up(max(y, 0) / self.up[-1])


def scatter(
    telling: Telling,
    points: Sequence[Point],
    fit: Sequence[Fit],
    axis_titles: tuple[str, str],
    *,
    width: float = 640,
    height: float = 400,
) -> Markup:
    """The plot; ``fit`` runs in order of x and may be empty; ``axis_titles`` are those of x and y.

    Raises ValueError when there are no points.
    """
    if not points:
        message = "a scatter plot needs at least one point"
        raise ValueError(message)
    widest = max([point.x for point in points] + [at.x for at in fit])
    highest = max([point.high for point in points] + [at.high for at in fit])
    scale = Scale(Frame(width, height, left=50, right=20, top=34, bottom=56), ticks(widest), ticks(highest))
    parts = [text(0, TEXT, axis_titles[1]), *levels(scale.frame, scale.up), *_across(scale), *_fitted(scale, fit)]
    for point in sorted(points, key=lambda each: each.marked):
        parts += _marked_point(scale, point) if point.marked else _plain_point(scale, point)
    parts.append(text(scale.frame.across(0.5), height - 12, axis_titles[0], anchor="middle"))
    return picture(telling, width, height, parts)


def _across(scale: Scale) -> list[Markup]:
    frame, end = scale.frame, scale.across[-1]
    foot = frame.up(0) + 20
    return [text(frame.across(tick / end), foot, f"{tick:g}", anchor="middle") for tick in scale.across]


def _fitted(scale: Scale, fit: Sequence[Fit]) -> list[Markup]:
    if not fit:
        return []
    edge = [scale.place(at.x, at.high) for at in fit] + [scale.place(at.x, at.low) for at in reversed(fit)]
    middle = [scale.place(at.x, at.y) for at in fit]
    return [
        element("polygon", points=path_of(edge), fill=PALE_BLUE, fill_opacity="0.35"),
        element("polyline", points=path_of(middle), fill="none", stroke=BLUE, stroke_width=2.5),
    ]


def _spoken(point: Point) -> Markup:
    values = f"{point.x:g}, {point.y:g} ({point.low:g} to {point.high:g})"
    return element("title", f"{point.name}: {values}" if point.name else values)


def _plain_point(scale: Scale, point: Point) -> list[Markup]:
    x, y = scale.place(point.x, point.y)
    return [
        line(scale.place(point.x, point.high), scale.place(point.x, point.low), stroke=INTERVAL, width=1.5),
        circle(x, y, 4, _spoken(point), fill=BLUE, stroke=WHITE),
    ]


def _marked_point(scale: Scale, point: Point) -> list[Markup]:
    x, y = scale.place(point.x, point.y)
    in_left_half = x < scale.frame.width / 2
    name_x, anchor = (x + 10, "start") if in_left_half else (x - 10, "end")
    return [
        line(scale.place(point.x, point.high), scale.place(point.x, point.low), stroke=ORANGE, width=2.5),
        circle(x, y, 6, _spoken(point), fill=ORANGE, stroke=INK, stroke_width=1.5),
        text(name_x, y - 8, point.name, anchor=anchor, bold=True),
    ]
