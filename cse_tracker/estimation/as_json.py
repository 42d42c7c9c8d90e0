"""An estimate as plain JSON values at full precision, for export and for checking against other software."""

from dataclasses import asdict

from cse_tracker.estimation.results import AreaEstimate, Estimate

_AREA_KEYS = (
    "gss_code",
    "score",
    "estimate",
    "ci_low",
    "ci_high",
    "pi_low",
    "pi_high",
    "band",
    "identified",
    "anchor",
    "extrapolated",
)
_LINE_KEYS = ("intercept", "slope", "r_squared", "adjusted_r_squared", "f", "p", "residual_sd", "anchor_sd")


def to_json(estimate: Estimate) -> dict[str, object]:
    """Give the estimate as JSON values.

    `loadings` and `kmo.by_indicator` are objects keyed by indicator name, `correlation` is a list of rows in the order
    of `indicators`, `areas` and `anchors` are lists of codes. `left_out` names the areas with no estimate, and anchors
    that are estimated but were not used for the line. Strict JSON: a figure that does not exist is null, never NaN or
    infinite.
    """
    line = asdict(estimate.regression)
    return {
        "indicators": list(estimate.indicators),
        "areas": list(estimate.areas),
        "anchors": list(estimate.anchors),
        "correlation": [list(row) for row in estimate.correlation],
        "kmo": {
            "overall": estimate.kmo.overall,
            "by_indicator": dict(zip(estimate.indicators, estimate.kmo.by_indicator, strict=True)),
        },
        "bartlett": asdict(estimate.bartlett),
        "components": {
            "eigenvalues": list(estimate.eigenvalues),
            "percent_variance": list(estimate.percent_variance),
            "retained": estimate.retained,
        },
        "loadings": dict(zip(estimate.indicators, estimate.loadings, strict=True)),
        "regression": {key: line[key] for key in _LINE_KEYS},
        "estimates": [_area(area) for area in estimate.estimates],
        "total": asdict(estimate.total),
        "left_out": [{"gss_code": area.gss_code, "reason": area.reason} for area in estimate.left_out],
    }


def _area(area: AreaEstimate) -> dict[str, object]:
    fields = asdict(area)
    identified = area.identified
    if identified is not None and identified.is_integer():
        fields["identified"] = int(identified)
    return {key: fields[key] for key in _AREA_KEYS}
