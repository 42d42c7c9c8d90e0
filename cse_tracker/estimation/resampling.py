"""The whole method again and again on resampled areas and anchors: how far the answer hangs on which ones there are."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from cse_tracker.estimation.bands import Bands
from cse_tracker.estimation.fitting import Fitted, floats
from cse_tracker.estimation.rates import Numbers

DRAWS: Final = 2_000
SEED: Final = 20_050_701
_AT_ONCE: Final = 250
_NOTHING: Final = 1e-12
_SINGLE: Final = 1e-10
_CENTILES: Final = (2.5, 50.0, 97.5)
_COEFFICIENTS: Final = 2


@dataclass(frozen=True)
class Resampled:
    """Percentiles over the draws that gave an answer: `low` is the 2.5th, `high` the 97.5th, in young people.

    `draws` were asked for and `unusable` of them gave no line (all anchors drawn at one score, an indicator the same in
    every area drawn). `areas` has low, median, high by area and `bands` the share of draws in each band, both in the
    order of the areas; `slope` and `total` low, median, high.
    """

    draws: int
    unusable: int
    seed: int
    total: tuple[float, float, float]
    slope: tuple[float, float, float]
    areas: tuple[tuple[float, float, float], ...]
    bands: tuple[tuple[float, ...], ...]


def bootstrap(fitted: Fitted, bands: Bands, *, draws: int = DRAWS, seed: int = SEED) -> Resampled | None:
    """Draw areas (for the components) and anchors (for the line) with replacement and estimate every area anew.

    Each draw standardises by its own means and deviations, and turns its component the way of the whole data's. None
    where not one draw gave a line. Memory grows with areas times draws.
    """
    generator = np.random.default_rng(seed)
    found = list(_draws(generator, fitted, draws))
    slopes = np.concatenate([slope for slope, _ in found])
    if not len(slopes):
        return None
    estimates = np.concatenate([numbers for _, numbers in found], axis=1)
    return Resampled(
        draws=draws,
        unusable=draws - len(slopes),
        seed=seed,
        total=_spread(estimates.sum(axis=0)),
        slope=_spread(slopes),
        areas=tuple(_triple(row) for row in np.percentile(estimates, _CENTILES, axis=1).T),
        bands=tuple(floats(row) for row in bands.shares(estimates)),
    )


def _draws(generator: np.random.Generator, fitted: Fitted, draws: int) -> Iterator[tuple[Numbers, Numbers]]:
    """Slopes and estimates (areas by draws) of the usable draws, some draws at a time."""
    products = _Products(fitted)
    areas, anchors = len(fitted.standard), len(fitted.at)
    for start in range(0, draws, _AT_ONCE):
        size = min(_AT_ONCE, draws - start)
        weights = np.zeros((size, areas))
        np.add.at(weights, (np.arange(size)[:, np.newaxis], generator.integers(areas, size=(size, areas))), 1.0)
        scores = products.scores(weights)
        chosen = generator.integers(anchors, size=(size, anchors))
        slopes, intercepts = _lines(scores, fitted, chosen)
        usable = np.isfinite(slopes)
        lines = intercepts[usable] + slopes[usable] * scores[:, usable]
        yield slopes[usable], fitted.thousands[:, np.newaxis] * lines


class _Products:
    """The cross products of every area, worked out once, so that a draw is a weighted sum of them."""

    def __init__(self, fitted: Fitted) -> None:
        self.standard = fitted.standard
        self.loadings = fitted.found.loadings
        self.upper = np.triu_indices(self.standard.shape[1])
        self.pairs = self.standard[:, self.upper[0]] * self.standard[:, self.upper[1]]

    def scores(self, weights: Numbers) -> Numbers:
        """Scores of all areas (areas by draws) under each row of weights; NaN where a draw has no component."""
        draws, areas = weights.shape
        size = self.standard.shape[1]
        means = weights @ self.standard / areas
        square = np.empty((draws, size, size))
        square[:, self.upper[0], self.upper[1]] = weights @ self.pairs
        square[:, self.upper[1], self.upper[0]] = square[:, self.upper[0], self.upper[1]]
        covariance = (square - areas * means[:, :, np.newaxis] * means[:, np.newaxis, :]) / (areas - 1)
        spread = np.diagonal(covariance, axis1=1, axis2=2)
        flat = spread.min(axis=1) <= _NOTHING
        deviations = np.sqrt(np.where(flat[:, np.newaxis], 1.0, spread))
        correlations = covariance / (deviations[:, :, np.newaxis] * deviations[:, np.newaxis, :])
        values, vectors = np.linalg.eigh(correlations)
        flat = flat | (values[:, -1] - values[:, -2] <= _SINGLE)
        first = vectors[:, :, -1]
        first = first * np.where(first @ self.loadings < 0, -1.0, 1.0)[:, np.newaxis]
        combined = first / deviations / np.sqrt(values[:, -1])[:, np.newaxis]
        combined[flat] = np.nan
        scores: Numbers = self.standard @ combined.T - (means * combined).sum(axis=1)
        return scores


def _lines(scores: Numbers, fitted: Fitted, chosen: npt.NDArray[np.int64]) -> tuple[Numbers, Numbers]:
    """Slope and intercept of every draw; NaN where the anchors drawn have no line."""
    drawn = fitted.at[chosen]
    at = np.take_along_axis(scores.T, drawn, axis=1)
    rates = fitted.anchor_rates[chosen]
    mean_score, mean_rate = at.mean(axis=1), rates.mean(axis=1)
    from_mean = at - mean_score[:, np.newaxis]
    squares = (from_mean**2).sum(axis=1)
    apart = np.array([len(np.unique(row)) for row in chosen]) >= _COEFFICIENTS
    good = apart & (squares > _NOTHING)
    crossed = (from_mean * (rates - mean_rate[:, np.newaxis])).sum(axis=1)
    slopes = np.where(good, crossed / np.where(good, squares, 1.0), np.nan)
    return slopes, mean_rate - slopes * mean_score


def _spread(numbers: Numbers) -> tuple[float, float, float]:
    return _triple(np.percentile(numbers, _CENTILES))


def _triple(numbers: Numbers) -> tuple[float, float, float]:
    low, median, high = (float(number) for number in numbers)
    return low, median, high
