"""One row for each area: its estimate, its likely range and what was identified."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from cse_tracker.web.charts.svg import (
    BLUE,
    INK,
    ORANGE,
    PALE_BLUE,
    RULE,
    WHITE,
    Frame,
    Telling,
    circle,
    element,
    line,
    picture,
    rectangle,
    text,
    whole_ticks,
)

ROW = 24.0
LETTER = 7.4


@dataclass(frozen=True, slots=True)
class Range:
    """One area in young people; ``identified`` is None where it is not shown."""

    name: str
    estimate: float
    low: float
    high: float
    identified: float | None = None


def plot(telling: Telling, rows: Sequence[Range], axis_title: str, *, width: float = 640) -> Markup:
    """The rows from top to bottom, on an axis from nought. Raises ValueError for no rows."""
    if not rows:
        message = "an interval plot needs at least one row"
        raise ValueError(message)
    axis = whole_ticks(max(max(row.high, row.identified or 0) for row in rows))
    names = min(width / 2, max(len(row.name) for row in rows) * LETTER + 12)
    height = ROW * len(rows) + 84
    frame = Frame(width, height, left=names, right=16, top=30, bottom=54)
    parts = _key(frame)
    for tick in axis:
        x = frame.across(tick / axis[-1])
        parts.append(line((x, frame.top), (x, height - frame.bottom), stroke=RULE if tick else INK))
        parts.append(text(x, height - frame.bottom + 18, f"{tick:g}", anchor="middle"))
    for place, row in enumerate(rows):
        parts += _row(frame, row, frame.top + ROW * (place + 0.5), axis[-1])
    parts.append(text(frame.across(0.5), height - 12, axis_title, anchor="middle"))
    return picture(telling, width, height, parts)


def _key(frame: Frame) -> list[Markup]:
    left = frame.left
    return [
        rectangle(left, 8, 26, 8, fill=PALE_BLUE),
        circle(left + 13, 12, 4.5, fill=BLUE, stroke=WHITE),
        text(left + 34, 17, "Estimate, likely range"),
        _diamond(left + 206, 12),
        text(left + 218, 17, "Identified"),
    ]


def _row(frame: Frame, row: Range, y: float, end: float) -> list[Markup]:
    def across(value: float) -> float:
        return frame.across(max(value, 0) / end)

    shown = f"{row.name}: {row.estimate:.0f} ({row.low:.0f} to {row.high:.0f})"
    if row.identified is not None:
        shown += f", identified {row.identified:.0f}"
    parts = [
        text(frame.left - 8, y + 5, row.name, anchor="end"),
        rectangle(across(row.low), y - 4, max(across(row.high) - across(row.low), 1), 8, fill=PALE_BLUE),
        circle(across(row.estimate), y, 4.5, element("title", shown), fill=BLUE, stroke=WHITE),
    ]
    if row.identified is not None:
        parts.append(_diamond(across(row.identified), y))
    return parts


def _diamond(x: float, y: float) -> Markup:
    points = f"{x:.1f},{y - 5.5:.1f} {x + 5.5:.1f},{y:.1f} {x:.1f},{y + 5.5:.1f} {x - 5.5:.1f},{y:.1f}"
    return element("polygon", points=points, fill=ORANGE, stroke=INK, stroke_width=1)
