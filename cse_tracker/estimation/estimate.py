"""The multiple indicator method from inputs to estimates (report, appendix I, steps 4 to 7)."""

import math
from typing import TypedDict

import numpy as np

from cse_tracker.estimation import components, suitability
from cse_tracker.estimation.as_json import to_json
from cse_tracker.estimation.bands import REPORT, Bands
from cse_tracker.estimation.fitting import Fitted, fit, floats
from cse_tracker.estimation.inputs import EstimationInputs
from cse_tracker.estimation.problems import CannotEstimate
from cse_tracker.estimation.rates import Numbers
from cse_tracker.estimation.regression import Line
from cse_tracker.estimation.results import AreaEstimate, Estimate, Total

__all__ = ["AreaEstimate", "CannotEstimate", "Estimate", "Total", "run", "to_json"]


def run(inputs: EstimationInputs) -> Estimate:
    """Estimate the number of young people in every area of the inputs.

    Raises CannotEstimate where the method has no answer: too few indicators, areas or anchors, an indicator that is
    the same everywhere, a singular correlation matrix, anchors all at one score, or numbers beyond calculation.
    """
    return from_fitted(inputs, fit(inputs))


def from_fitted(inputs: EstimationInputs, fitted: Fitted, bands: Bands = REPORT) -> Estimate:
    """The estimates that follow from the fitted line; raises CannotEstimate for numbers beyond calculation."""
    found, line = fitted.found, fitted.line
    with np.errstate(over="ignore", invalid="ignore"):  # `_limits` refuses whatever overflowed on the way
        estimates = _by_area(inputs, fitted, bands)
    return Estimate(
        indicators=inputs.indicators,
        areas=inputs.areas,
        anchors=inputs.anchors,
        correlation=tuple(floats(row) for row in found.correlation),
        kmo=suitability.sampling_adequacy(found.correlation),
        bartlett=suitability.sphericity(found.correlation, len(inputs.areas)),
        eigenvalues=floats(found.eigenvalues),
        percent_variance=floats(found.percent_variance),
        retained=components.RETAINED,
        loadings=floats(found.loadings),
        regression=line,
        estimates=estimates,
        total=_total(fitted, estimates),
        left_out=inputs.left_out,
        synthetic=inputs.synthetic,
    )


def under_identification(identified: float | None, estimate: float) -> float | None:
    """The share of the estimate that was not identified; None without a number or where the estimate is not above 0."""
    if identified is None or estimate <= 0:
        return None
    return 1.0 - identified / estimate


def _by_area(inputs: EstimationInputs, fitted: Fitted, bands: Bands) -> tuple[AreaEstimate, ...]:
    of_anchors = fitted.scores[fitted.at]
    lowest, highest = float(of_anchors.min()), float(of_anchors.max())
    anchors = set(inputs.anchors)
    return tuple(
        AreaEstimate(
            gss_code=area,
            name=inputs.names[area],
            score=score,
            **limits,
            band=bands.of(limits["estimate"]),
            identified=identified,
            under_identification=under_identification(identified, limits["estimate"]),
            anchor=area in anchors,
            extrapolated=not lowest <= score <= highest,
        )
        for area, score, limits, identified in zip(
            inputs.areas,
            floats(fitted.scores),
            _limits(fitted.thousands, fitted.line, fitted.scores),
            inputs.identified,
            strict=True,
        )
    )


class _Limits(TypedDict):
    estimate: float
    ci_low: float
    ci_high: float
    pi_low: float
    pi_high: float


def _limits(thousands: Numbers, line: Line, scores: Numbers) -> list[_Limits]:
    per_thousand = (line.at(scores), line.mean_margin(scores), line.prediction_margin(scores))
    columns = [floats(thousands * rate) for rate in per_thousand]
    if not all(math.isfinite(number) for column in columns for number in column):
        raise CannotEstimate("An estimate is too large to calculate with")
    return [
        _Limits(estimate=at, ci_low=at - mean, ci_high=at + mean, pi_low=at - one, pi_high=at + one)
        for at, mean, one in zip(*columns, strict=True)
    ]


def _total(fitted: Fitted, estimates: tuple[AreaEstimate, ...]) -> Total:
    total = math.fsum(area.estimate for area in estimates)
    of_line = fitted.line.total_margin(fitted.scores, fitted.thousands)
    of_areas = fitted.line.total_prediction_margin(fitted.scores, fitted.thousands)
    rounded = sum(round(area.estimate) for area in estimates)
    return Total(total, total - of_line, total + of_line, rounded, total - of_areas, total + of_areas)
