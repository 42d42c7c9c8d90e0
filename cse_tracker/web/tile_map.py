"""A map of London in which every borough is a square of the same size, so that small boroughs are seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from cse_tracker.london import Square, squares
from cse_tracker.web.charts.svg import (
    GREY,
    INK_ON,
    ORANGE,
    SEQUENTIAL,
    WHITE,
    Telling,
    element,
    picture,
    rectangle,
    text,
)

COLUMNS, ROWS = 8, 7
CELL, GAP = 78.0, 4.0
KEY_TITLE, KEY_LINE, KEY_SWATCH = 24.0, 32.0, 22.0
KEY_LETTER = 7.8
NO_FIGURE = "\N{EN DASH}"


@dataclass(frozen=True, slots=True)
class Value:
    """One borough's figure: ``number`` chooses the colour (None when suppressed), ``shown`` is as published."""

    number: float | None
    shown: str


@dataclass(frozen=True, slots=True)
class Band:
    """A class of figures, both ends included, with the words of the key."""

    low: float
    high: float
    label: str


@dataclass(frozen=True, slots=True)
class Key:
    """The key: its title, up to four bands from most to least, and the words for a square without a colour."""

    title: str
    bands: Sequence[Band]
    uncoloured: str


def tile_map(telling: Telling, values: Mapping[str, Value], key: Key, *, marked: str | None = None) -> Markup:
    """The map: ``values`` by ONS code (a borough left out shows a dash), ``marked`` the code to outline.

    Raises ValueError for more bands than colours, an unknown code, or a number that no band holds.
    """
    if len(key.bands) > len(SEQUENTIAL):
        message = f"at most {len(SEQUENTIAL)} bands can be told apart"
        raise ValueError(message)
    unknown = set(values) - {square.code for square in squares()}
    if unknown:
        message = f"not London boroughs: {', '.join(sorted(unknown))}"
        raise ValueError(message)
    absent = Value(None, NO_FIGURE)
    parts = [
        _tile(square, values.get(square.code, absent), key.bands, marked=square.code == marked) for square in squares()
    ]
    key_parts, key_height = _key(key)
    return picture(telling, COLUMNS * CELL, ROWS * CELL + key_height, [*parts, *key_parts])


def colour_of(value: Value, bands: Sequence[Band]) -> str:
    """The colour of a figure, white when suppressed. Raises ValueError when no band holds it."""
    if value.number is None:
        return WHITE
    for colour, band in zip(SEQUENTIAL, bands, strict=False):
        if band.low <= value.number <= band.high:
            return colour
    message = f"no band of the key holds {value.number:g}"
    raise ValueError(message)


def _tile(square: Square, value: Value, bands: Sequence[Band], *, marked: bool) -> Markup:
    x, y, side = square.column * CELL + GAP / 2, square.row * CELL + GAP / 2, CELL - GAP
    colour = colour_of(value, bands)
    ink = INK_ON[colour]
    mark = rectangle(x + 2, y + 2, side - 4, side - 4, fill="none", stroke=ORANGE, stroke_width=5.0)
    return element(
        "g",
        element("title", f"{square.name}: {value.shown}"),
        _swatch(x, y, side, colour),
        mark if marked else Markup(""),
        text(x + 8, y + 22, square.short, size=15, fill=ink),
        text(x + 8, y + side - 12, value.shown, size=_size_for(value.shown), fill=ink, bold=True),
    )


def _size_for(shown: str) -> float:
    """The largest of three text sizes at which the figure stays inside its square."""
    return next((size for size, most in ((22.0, 4), (17.0, 6)) if len(shown) <= most), 13.0)


def _swatch(x: float, y: float, side: float, colour: str) -> Markup:
    if colour == WHITE:
        outline: dict[str, str | float] = {"stroke": GREY, "stroke_width": 1.5, "stroke_dasharray": "4 3"}
        return rectangle(x, y, side, side, fill=colour, **outline)
    if colour == SEQUENTIAL[-1]:
        return rectangle(x, y, side, side, fill=colour, stroke=GREY, stroke_width=1.0)
    return rectangle(x, y, side, side, fill=colour)


def _key(key: Key) -> tuple[list[Markup], float]:
    """The key's drawing and the height it needs: entries that do not fit on a line start another."""
    x, y = 0.0, ROWS * CELL + KEY_TITLE
    parts = [text(x, y, key.title, size=15, bold=True)]
    entries = [*zip(SEQUENTIAL, (band.label for band in key.bands), strict=False), (WHITE, key.uncoloured)]
    y += 12
    for colour, label in entries:
        width = 30 + len(label) * KEY_LETTER
        if x and x + width > COLUMNS * CELL:
            x, y = 0.0, y + KEY_LINE
        parts += [_swatch(x + 1, y, KEY_SWATCH, colour), text(x + 30, y + 17, label, size=15)]
        x += width + 24
    return parts, y + KEY_LINE - ROWS * CELL
