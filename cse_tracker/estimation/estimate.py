"""The multiple indicator method from inputs to estimates (report, appendix I, steps 4 to 7)."""

import math
from typing import TypedDict

import numpy as np

from cse_tracker.estimation import components, rates, regression, suitability
from cse_tracker.estimation.as_json import to_json
from cse_tracker.estimation.bands import band
from cse_tracker.estimation.inputs import EstimationInputs
from cse_tracker.estimation.problems import CannotEstimate
from cse_tracker.estimation.rates import Numbers
from cse_tracker.estimation.regression import Line
from cse_tracker.estimation.results import AreaEstimate, Estimate, Total

__all__ = ["AreaEstimate", "CannotEstimate", "Estimate", "Total", "run", "to_json"]

_THOUSAND = 1000.0


def run(inputs: EstimationInputs) -> Estimate:
    """Estimate the number of young people in every area of the inputs.

    Raises CannotEstimate where the method has no answer: too few indicators, areas or anchors, an indicator that is
    the same everywhere, a singular correlation matrix, anchors all at one score, or numbers beyond calculation.
    """
    components.refuse_too_few(len(inputs.areas), len(inputs.indicators))
    found = components.principal_components(rates.standardised(rates.indicator_rates(inputs)))
    with np.errstate(over="ignore", invalid="ignore"):  # `_limits` refuses whatever overflowed on the way
        line = _line(inputs, found.scores)
        estimates = _by_area(inputs, line, found.scores)
    return Estimate(
        indicators=inputs.indicators,
        areas=inputs.areas,
        anchors=inputs.anchors,
        correlation=tuple(_floats(row) for row in found.correlation),
        kmo=suitability.sampling_adequacy(found.correlation),
        bartlett=suitability.sphericity(found.correlation, len(inputs.areas)),
        eigenvalues=_floats(found.eigenvalues),
        percent_variance=_floats(found.percent_variance),
        retained=components.RETAINED,
        loadings=_floats(found.loadings),
        regression=line,
        estimates=estimates,
        total=_total(inputs, line, found.scores, estimates),
        left_out=inputs.left_out,
        synthetic=inputs.synthetic,
    )


def under_identification(identified: float | None, estimate: float) -> float | None:
    """The share of the estimate that was not identified; None without a number or where the estimate is not above 0."""
    if identified is None or estimate <= 0:
        return None
    return 1.0 - identified / estimate


def _line(inputs: EstimationInputs, scores: Numbers) -> Line:
    at = [inputs.areas.index(anchor) for anchor in inputs.anchors]
    identified = np.array([_number_of(inputs, position) for position in at], dtype=np.float64)
    return regression.fit(scores[at], rates.per_thousand(identified, np.array(inputs.population)[at]))


def _number_of(inputs: EstimationInputs, position: int) -> float:
    identified = inputs.identified[position]
    if identified is None:
        raise CannotEstimate(f"{inputs.areas[position]} is an anchor but has no identified number")
    return identified


def _by_area(inputs: EstimationInputs, line: Line, scores: Numbers) -> tuple[AreaEstimate, ...]:
    of_anchors = [float(scores[inputs.areas.index(anchor)]) for anchor in inputs.anchors]
    lowest, highest = min(of_anchors), max(of_anchors)
    return tuple(
        AreaEstimate(
            gss_code=area,
            name=inputs.names[area],
            score=score,
            **limits,
            band=band(limits["estimate"]),
            identified=identified,
            under_identification=under_identification(identified, limits["estimate"]),
            anchor=area in inputs.anchors,
            extrapolated=not lowest <= score <= highest,
        )
        for area, score, limits, identified in zip(
            inputs.areas, _floats(scores), _limits(inputs, line, scores), inputs.identified, strict=True
        )
    )


class _Limits(TypedDict):
    estimate: float
    ci_low: float
    ci_high: float
    pi_low: float
    pi_high: float


def _limits(inputs: EstimationInputs, line: Line, scores: Numbers) -> list[_Limits]:
    thousands = np.array(inputs.population) / _THOUSAND
    per_thousand = (line.at(scores), line.mean_margin(scores), line.prediction_margin(scores))
    columns = [_floats(thousands * rate) for rate in per_thousand]
    if not all(math.isfinite(number) for column in columns for number in column):
        raise CannotEstimate("An estimate is too large to calculate with")
    return [
        _Limits(estimate=at, ci_low=at - mean, ci_high=at + mean, pi_low=at - one, pi_high=at + one)
        for at, mean, one in zip(*columns, strict=True)
    ]


def _total(inputs: EstimationInputs, line: Line, scores: Numbers, estimates: tuple[AreaEstimate, ...]) -> Total:
    total = math.fsum(area.estimate for area in estimates)
    margin = line.total_margin(scores, np.array(inputs.population) / _THOUSAND)
    rounded = sum(round(area.estimate) for area in estimates)
    return Total(total, total - margin, total + margin, rounded)


def _floats(numbers: Numbers) -> tuple[float, ...]:
    return tuple(float(number) for number in numbers)
