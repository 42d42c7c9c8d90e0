"""The pictures of the estimate: tile map, scree, line through the anchors, interval plot, influence."""

from typing import Final

import numpy as np
from markupsafe import Markup

from cse_tracker.estimates.rules import Shown
from cse_tracker.estimation.bands import Bands
from cse_tracker.london import BOROUGHS
from cse_tracker.web import tile_map
from cse_tracker.web.charts import line_fit, ranges, scree
from cse_tracker.web.charts.bars import Bar, lying
from cse_tracker.web.charts.svg import Telling

_PLACES: Final = 41
_MOST_ROWS: Final = 60
_LONDON: Final = frozenset(code for code, _, _ in BOROUGHS)
_COLOURS: Final = 4
_ENDLESS: Final = 10**9


def tiles(found: Shown) -> Markup | None:
    """The map of London by band; None for other areas, or more bands than the map has colours."""
    codes = {row.code for row in found.rows}
    if not codes <= _LONDON:
        return None
    bands = found.study.bands
    if len(bands.names) > _COLOURS:
        return None
    key = tile_map.Key(
        "Young people estimated, by band",
        _bands(bands),
        "No estimate",
    )
    values = {row.code: tile_map.Value(row.estimate, f"{row.estimate}") for row in found.rows}
    told = "; ".join(f"{row.name} {row.estimate}, {row.band}" for row in found.rows)
    return tile_map.tile_map(Telling("map", "Young people estimated in each London borough", told), values, key)


def _bands(bands: Bands) -> tuple[tile_map.Band, ...]:
    upper, found = _ENDLESS, []
    for edge, name in bands.smallest:
        words = f"over {edge - 1}" if upper == _ENDLESS else f"{edge} to {upper}"
        found.append(tile_map.Band(edge, upper, f"{name}: {words}"))
        upper = edge - 1
    words = bands.lowest if upper == _ENDLESS else f"{bands.lowest}: {upper} or fewer"
    return (*found, tile_map.Band(0, upper, words))


def scree_plot(found: Shown) -> Markup:
    """Eigenvalues beside those of random data."""
    kept = found.study.retention
    telling = Telling("scree", "Eigenvalues beside those of random data", kept.reason)
    return scree.plot(telling, found.study.estimate.eigenvalues, kept.chance)


def anchors_line(found: Shown) -> Markup:
    """Identified rate against score. The anchors' points are left out where their numbers are protected."""
    study, line = found.study, found.study.estimate.regression
    scores = [row.score for row in found.rows]
    across = np.linspace(min(scores), max(scores), _PLACES)
    at, mean, single = line.at(across), line.mean_margin(across), line.prediction_margin(across)
    fitted = [
        line_fit.At(x, y, y - m, y + m, y - s, y + s)
        for x, y, m, s in zip(across.tolist(), at.tolist(), mean.tolist(), single.tolist(), strict=True)
    ]
    names = {row.code: row.name for row in found.rows}
    dots = [
        line_fit.Dot(each.score, each.rate, names[each.gss_code]) for each in study.influence if not found.protected
    ]
    told = f"The line rises by {line.slope:.2f} per 1,000 for each step of the score, through {line.anchors} anchors."
    titles = ("Score", "Identified per 1,000 aged 10 to 19")
    return line_fit.plot(Telling("line", "The line through the anchors, with its band", told), dots, fitted, titles)


def interval_plot(found: Shown) -> Markup:
    """Estimate and likely range of every area, the largest first."""
    ordered = sorted(found.rows, key=lambda row: -row.estimate)[:_MOST_ROWS]
    rows = [ranges.Range(row.name, row.estimate, row.low, row.high, row.identified) for row in ordered]
    told = "; ".join(f"{row.name} {row.estimate}, likely {row.low} to {row.high}" for row in ordered)
    return ranges.plot(Telling("ranges", "Estimate and likely range by area", told), rows, "Young people")


def influence_bars(found: Shown) -> Markup:
    """Cook's distance of each anchor; only its leverage where numbers are protected."""
    names = {row.code: row.name for row in found.rows}
    values = [
        (names[each.gss_code], each.leverage if found.protected else (each.cook or 0.0))
        for each in found.study.influence
    ]
    what = "Leverage" if found.protected else "Cook’s distance"
    bars = [Bar(name, value, f"{value:.2f}") for name, value in sorted(values, key=lambda each: -each[1])]
    told = "; ".join(f"{bar.label} {bar.shown}" for bar in bars)
    return lying(Telling("influence", f"{what} of each anchor", told), bars)
