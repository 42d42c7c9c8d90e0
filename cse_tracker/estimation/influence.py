"""How much each anchor carries the line: leverage, residuals, Cook's distance, and the line without it."""

from dataclasses import dataclass

import numpy as np

from cse_tracker.estimation.rates import Numbers
from cse_tracker.estimation.regression import Line

_COEFFICIENTS = 2
_WHOLE = 1e-12


@dataclass(frozen=True)
class AnchorInfluence:
    """One anchor on the line, in identified young people per 1,000 aged 10-19.

    `standardised` is the residual over its own standard error, `studentised` the same with the spread worked out
    without this anchor, `cook` its distance over both coefficients, `dffits` the change of its fitted value in standard
    errors. None where the anchor decides its own fitted value (leverage 1) or nothing is left to compare with.
    `predicted_without` is what the line through the other anchors gives here.
    """

    gss_code: str
    score: float
    rate: float
    fitted: float
    residual: float
    leverage: float
    standardised: float | None
    studentised: float | None
    cook: float | None
    dffits: float | None
    predicted_without: float | None


@dataclass(frozen=True)
class CrossValidation:
    """Root mean squared errors per 1,000 when each anchor is predicted from the others: by the line, by their mean."""

    line: float | None
    mean: float


def influences(codes: tuple[str, ...], scores: Numbers, rates: Numbers, line: Line) -> tuple[AnchorInfluence, ...]:
    """The figures of every anchor, in the order given."""
    fitted = line.at(scores)
    residuals = rates - fitted
    leverages = 1.0 / line.anchors + (scores - line.mean_score) ** 2 / line.score_squares
    df = line.anchors - _COEFFICIENTS
    columns = zip(
        codes, scores.tolist(), rates.tolist(), fitted.tolist(), residuals.tolist(), leverages.tolist(), strict=True
    )
    return tuple(
        _one(code, score, rate, at, residual, leverage, line.residual_sd, df)
        for code, score, rate, at, residual, leverage in columns
    )


def _one(
    code: str, score: float, rate: float, fitted: float, residual: float, leverage: float, spread: float, df: int
) -> AnchorInfluence:
    free = 1.0 - leverage
    if free <= _WHOLE or spread == 0:
        return AnchorInfluence(code, score, rate, fitted, residual, leverage, None, None, None, None, None)
    standardised = residual / (spread * free**0.5)
    cook = standardised**2 * leverage / free / _COEFFICIENTS
    left = spread**2 * df - residual**2 / free
    without = fitted - residual * leverage / free
    if df < _COEFFICIENTS or left <= _WHOLE * spread**2:
        return AnchorInfluence(code, score, rate, fitted, residual, leverage, standardised, None, cook, None, without)
    studentised = residual / ((left / (df - 1)) * free) ** 0.5
    dffits = studentised * (leverage / free) ** 0.5
    return AnchorInfluence(
        code, score, rate, fitted, residual, leverage, standardised, studentised, cook, dffits, without
    )


def cross_validated(rates: Numbers, influence: tuple[AnchorInfluence, ...]) -> CrossValidation:
    """The errors of leaving one anchor out, from the residuals alone."""
    count = len(rates)
    from_mean = (rates - rates.mean()) * count / (count - 1)
    mean = float(np.sqrt((from_mean**2).mean()))
    errors = [each.rate - each.predicted_without for each in influence if each.predicted_without is not None]
    if len(errors) < count:
        return CrossValidation(None, mean)
    return CrossValidation(float(np.sqrt(np.mean(np.square(errors)))), mean)
