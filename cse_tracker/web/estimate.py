"""The pages of the estimate: how many are still unseen, how sure that is, and the files to take away."""

import json
from pathlib import Path
from typing import Final

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from cse_tracker import demo
from cse_tracker.estimation.as_json import to_json
from cse_tracker.estimation.results import AreaEstimate, Estimate
from cse_tracker.statistics import estimates
from cse_tracker.web.charts import intervals, london, scree
from cse_tracker.web.charts.svg import Telling
from cse_tracker.web.context import work
from cse_tracker.web.downloads import attached, csv_file

bp = Blueprint("estimate", __name__, url_prefix="/estimate")
LONDON_2003: Final = Path(demo.__file__).parent / "london_2003"
WARNING: Final = (
    "Synthetic demo data: every figure was made up so that the method gives what the 2005 report printed. "
    "It says nothing about any real borough."
)
MEANING: Final = "Would be identified if every borough worked like the anchors. This is not prevalence."
KEY: Final = london.Key(
    "Young people estimated, by the report’s bands",
    (
        london.Band(41, 10**9, "High: over 40"),
        london.Band(31, 40, "Medium: 31 to 40"),
        london.Band(21, 30, "Moderate: 21 to 30"),
        london.Band(0, 20, "Low: 20 or fewer"),
    ),
    "No estimate",
)


def _open(*, exporting: bool = False) -> Estimate:
    return estimates.open_estimate(work(), LONDON_2003, exporting=exporting)


@bp.get("/")
def show() -> ResponseReturnValue:
    """The page for a manager: the sentence, the map, the table of the most unseen first."""
    result = _open()
    known = sum(area.identified or 0 for area in result.estimates)
    areas = sorted((area.floored() for area in result.estimates), key=_unseen, reverse=True)
    return render_template(
        "estimate/show.html",
        result=result,
        total=result.total.floored(),
        known=known,
        areas=areas,
        tiles=_tiles(result),
        warning=WARNING,
        meaning=MEANING,
    )


def _unseen(area: AreaEstimate) -> float:
    return area.estimate - area.identified if area.identified is not None else float("-inf")


def _tiles(result: Estimate) -> Markup:
    values = {
        area.gss_code: london.Value(max(0, round(area.estimate)), f"{max(0, round(area.estimate))}")
        for area in result.estimates
    }
    description = "; ".join(f"{area.name} {area.estimate:.0f}, {area.band}" for area in result.estimates)
    return london.tile_map(Telling("map", "Young people estimated in each London borough", description), values, KEY)


@bp.get("/method")
def method() -> ResponseReturnValue:
    """The page for a statistician: every diagnostic, and the report's own cautions."""
    result = _open()
    chance = estimates.by_chance(len(result.areas), len(result.indicators))
    plot = scree.plot(
        Telling("scree", "Eigenvalues beside those of random data", "One component stands clear of random data."),
        result.eigenvalues,
        chance,
    )
    return render_template(
        "estimate/method.html",
        result=result,
        labels=estimates.indicator_labels(LONDON_2003),
        chance=chance,
        scree=plot,
        scatter=_scatter(result),
        warning=WARNING,
        meaning=MEANING,
    )


def _scatter(result: Estimate) -> Markup:
    anchors = [area.floored() for area in result.estimates if area.anchor and area.identified is not None]
    points = [
        intervals.Point(area.identified or 0, area.estimate, area.pi_low, area.pi_high, area.name) for area in anchors
    ]
    description = "; ".join(f"{a.name}: {a.identified:.0f} identified, {a.estimate:.0f} estimated" for a in anchors)
    telling = Telling("anchors", "Identified and estimated in the anchor boroughs", description)
    return intervals.scatter(telling, points, [], ("Young people identified", "Young people estimated"))


@bp.get("/estimate.csv")
def download_csv() -> ResponseReturnValue:
    """Give the estimate as CSV, the warning in every row."""
    result = _open(exporting=True)
    header = [
        "gss_code", "borough", "estimate", "likely_low", "likely_high", "mean_low", "mean_high", "band", "identified",
        "under_identified", "anchor", "outside_anchor_range", "meaning", "warning",
    ]  # fmt: skip
    rows = [
        [
            area.gss_code, area.name, round(area.estimate, 1), round(area.pi_low, 1), round(area.pi_high, 1),
            round(area.ci_low, 1), round(area.ci_high, 1), area.band,
            "" if area.identified is None else int(area.identified),
            "" if area.under_identification is None else round(area.under_identification, 3),
            "yes" if area.anchor else "no", "yes" if area.extrapolated else "no", MEANING, WARNING,
        ]
        for area in (each.floored() for each in result.estimates)
    ]  # fmt: skip
    return csv_file("estimate-synthetic-demo.csv", header, rows)


@bp.get("/estimate.json")
def download_json() -> ResponseReturnValue:
    """Give the estimate at full precision as JSON, marked as synthetic."""
    result = _open(exporting=True)
    document = {"synthetic": result.synthetic, "warning": WARNING, "meaning": MEANING, **to_json(result)}
    return attached("estimate-synthetic-demo.json", json.dumps(document, indent=2, allow_nan=False), "application/json")
