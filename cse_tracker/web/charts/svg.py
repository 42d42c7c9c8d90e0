"""Writes SVG elements whose words are real text, with no script, style element or style attribute in them.

Presentation attributes alone pass a content security policy of ``style-src 'self'``, print, and can be read aloud.
Colours are those of the Government Analysis Function's palettes for charts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

BLUE, TURQUOISE, PINK, ORANGE, GREY, PURPLE = "#12436D", "#28A197", "#801650", "#F46A25", "#3D3D3D", "#A285D1"
DARK_ORANGE = "#A33C00"
WHITE, INK, RULE, PALE_BLUE = "#FFFFFF", "#0B0C0C", "#CECECE", "#6BACE6"
# Dark means most. Neighbours differ too little to be told apart by colour alone, so every mark also carries its number.
# The fourth is ours: the official palette stops at three, and the report has four bands.
SEQUENTIAL = (BLUE, "#2073BC", PALE_BLUE, "#D0E4F5")
INK_ON = {BLUE: WHITE, "#2073BC": WHITE, PALE_BLUE: INK, "#D0E4F5": INK, WHITE: INK}
TEXT = 14.0

Attribute = str | float | None


@dataclass(frozen=True, slots=True)
class Telling:
    """What a picture says without being seen.

    ``chart_id`` must be unique on its page; ``title`` names the picture in a few words; ``description`` gives its
    finding in a sentence or two.
    """

    chart_id: str
    title: str
    description: str


@dataclass(frozen=True, slots=True)
class Frame:
    """The drawing area of a chart with axes, in SVG units from the top left; y grows downwards."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float

    def across(self, share: float) -> float:
        """The x of a share from 0 (left edge of the area) to 1 (right edge)."""
        return self.left + (self.width - self.left - self.right) * share

    def up(self, share: float) -> float:
        """The y of a share from 0 (bottom of the area) to 1 (top)."""
        return self.top + (self.height - self.top - self.bottom) * (1 - share)


def element(name: str, *children: str, **attributes: Attribute) -> Markup:
    """An element with every attribute value and every child escaped unless it is Markup already.

    Underscores in attribute names become hyphens, a trailing one is dropped (``class_``); None leaves one out;
    numbers are rounded to a tenth of a unit.
    """
    written = Markup("").join(
        Markup(' {}="{}"').format(_attribute_name(key), _attribute_value(value))
        for key, value in attributes.items()
        if value is not None
    )
    body = Markup("").join(escape(child) for child in children)
    return Markup("<{0}{1}>{2}</{0}>").format(name, written, body)


def text(
    x: float,
    y: float,
    words: str,
    *,
    size: float = TEXT,
    anchor: str = "start",
    fill: str = INK,
    bold: bool = False,
) -> Markup:
    """Words with their baseline at y; ``anchor`` is start, middle or end."""
    weight = "bold" if bold else None
    return element("text", words, x=x, y=y, font_size=size, text_anchor=anchor, fill=fill, font_weight=weight)


def line(start: tuple[float, float], end: tuple[float, float], *, stroke: str = INK, width: float = 1) -> Markup:
    """A straight line between two (x, y) points."""
    return element("line", x1=start[0], y1=start[1], x2=end[0], y2=end[1], stroke=stroke, stroke_width=width)


def rectangle(x: float, y: float, width: float, height: float, **attributes: Attribute) -> Markup:
    """A rectangle from its top left corner."""
    return element("rect", x=x, y=y, width=width, height=height, **attributes)


def circle(x: float, y: float, radius: float, *children: str, **attributes: Attribute) -> Markup:
    """A circle round a point."""
    return element("circle", *children, cx=x, cy=y, r=radius, **attributes)


def path_of(points: Iterable[tuple[float, float]]) -> str:
    """Points as the ``points`` attribute of a polyline or polygon."""
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def picture(telling: Telling, width: float, height: float, parts: Iterable[Markup]) -> Markup:
    """The whole drawing as one image with a name and a description for those who do not see it."""
    title_id, description_id = f"{telling.chart_id}-title", f"{telling.chart_id}-description"
    return element(
        "svg",
        element("title", telling.title, id=title_id),
        element("desc", telling.description, id=description_id),
        *parts,
        xmlns="http://www.w3.org/2000/svg",
        class_="app-chart",
        viewBox=f"0 0 {width:g} {height:g}",
        role="img",
        aria_labelledby=title_id,
        aria_describedby=description_id,
        focusable="false",
    )


def ticks(largest: float, intervals: int = 5) -> list[float]:
    """Round numbers from 0 to the first one at or above ``largest``, in about ``intervals`` steps.

    Raises ValueError when ``largest`` is negative or not finite.
    """
    if not math.isfinite(largest) or largest < 0:
        message = f"an axis cannot end at {largest}"
        raise ValueError(message)
    rough = (largest or 1) / intervals
    magnitude = 10.0 ** math.floor(math.log10(rough))
    spacing = next(multiple * magnitude for multiple in (1, 2, 2.5, 5, 10) if multiple * magnitude >= rough * 0.999999)
    count = max(1, math.ceil((largest or 1) / spacing - 1e-9))
    return [float(f"{step * spacing:.12g}") for step in range(count + 1)]


def whole_ticks(largest: float, intervals: int = 5) -> list[float]:
    """Like ``ticks`` but never between whole numbers: for counts of people, which have no halves."""
    spacing = ticks(largest, intervals)[1]
    if spacing.is_integer():
        return ticks(largest, intervals)
    step = math.ceil(spacing)
    return [float(step * n) for n in range(math.ceil(max(largest, 1) / step) + 1)]


def levels(frame: Frame, axis: Sequence[float]) -> list[Markup]:
    """A line across the frame with its number at each tick of an upright axis; the one at nought is the base line."""
    parts = []
    for tick in axis:
        y = frame.up(tick / axis[-1])
        stroke, width = (RULE, 1.0) if tick else (INK, 1.5)
        parts.append(line((frame.left, y), (frame.width - frame.right, y), stroke=stroke, width=width))
        parts.append(text(frame.left - 6, y + 5, f"{tick:g}", anchor="end"))
    return parts


def _attribute_name(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def _attribute_value(value: str | float) -> str:
    return value if isinstance(value, str) else f"{round(value, 1):g}"
