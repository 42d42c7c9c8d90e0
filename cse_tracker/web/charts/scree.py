"""A scree plot: how much each component explains, beside what random data would (parallel analysis)."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from cse_tracker.web.charts.svg import (
    BLUE,
    DARK_ORANGE,
    ORANGE,
    TEXT,
    WHITE,
    Frame,
    Telling,
    circle,
    element,
    levels,
    path_of,
    picture,
    rectangle,
    text,
    ticks,
)

OBSERVED, RANDOM = "Observed", "Random data (95%)"
# Two names closer than this would overprint each other.
NAME_HEIGHT = 16.0


def plot(
    telling: Telling,
    eigenvalues: Sequence[float],
    reference: Sequence[float],
    *,
    width: float = 640,
    height: float = 340,
) -> Markup:
    """Eigenvalues in falling order, and for each the 95th centile of those of random data.

    Raises ValueError when the two differ in length or there are fewer than two.
    """
    if len(eigenvalues) != len(reference) or len(eigenvalues) < 2:
        message = "a scree plot needs two or more eigenvalues, each with its reference"
        raise ValueError(message)
    frame = Frame(width, height, left=44, right=150, top=30, bottom=54)
    axis = ticks(max(*eigenvalues, *reference))
    observed = _points(frame, eigenvalues, axis[-1])
    random = _points(frame, reference, axis[-1])
    parts = [text(0, TEXT, "Eigenvalue"), *levels(frame, axis)]
    parts += [_trace(random, ORANGE, dashes="6 4"), _trace(observed, BLUE, dashes=None)]
    parts += [rectangle(x - 4, y - 4, 8, 8, fill=WHITE, stroke=ORANGE, stroke_width=2.0) for x, y in random]
    parts += [circle(x, y, 4.5, fill=BLUE) for x, y in observed]
    parts += _names(frame, observed[-1][1], random[-1][1])
    parts += [text(x, frame.up(0) + 20, f"{n}", anchor="middle") for n, (x, _) in enumerate(observed, start=1)]
    parts.append(text(frame.across(0.5), height - 12, "Component", anchor="middle"))
    return picture(telling, width, height, parts)


def _points(frame: Frame, values: Sequence[float], end: float) -> list[tuple[float, float]]:
    last = len(values) - 1
    return [(frame.across(0.04 + 0.94 * n / last), frame.up(max(value, 0) / end)) for n, value in enumerate(values)]


def _trace(points: Sequence[tuple[float, float]], colour: str, *, dashes: str | None) -> Markup:
    drawn = path_of(points)
    return element("polyline", points=drawn, fill="none", stroke=colour, stroke_width=2.5, stroke_dasharray=dashes)


def _names(frame: Frame, observed: float, random: float) -> list[Markup]:
    middle, half = (observed + random) / 2, max(abs(observed - random), NAME_HEIGHT) / 2
    lower = observed >= random
    x = frame.width - frame.right + 8
    return [
        text(x, middle + (half if lower else -half) + 5, OBSERVED, fill=BLUE, bold=True),
        text(x, middle + (-half if lower else half) + 5, RANDOM, fill=DARK_ORANGE, bold=True),
    ]
