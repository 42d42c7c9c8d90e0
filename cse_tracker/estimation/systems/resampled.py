"""Bootstrap limits of the total, the choice of the model included (BCa; Efron 1987, as Chan, Silverman and Vincent)."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import stats

from cse_tracker.estimation.rates import Numbers
from cse_tracker.estimation.systems.choosing import stepwise
from cse_tracker.estimation.systems.loglinear import fit
from cse_tracker.estimation.systems.overlaps import Overlaps, Term

DRAWS: Final = 1_000
SEED: Final = 20_050_701
_LIMITS: Final = (0.025, 0.975)
_ENDLESS: Final = 1e300


@dataclass(frozen=True)
class Bootstrap:
    """95% limits of the total over draws of the observed young people, each with its own choice of model.

    `low` and `high` are corrected for bias and acceleration, `plain_low` and `plain_high` plain percentiles; a limit is
    infinite where too many draws had no finite answer, which `without_answer` counts.
    """

    draws: int
    seed: int
    without_answer: int
    low: float
    high: float
    plain_low: float
    plain_high: float
    acceleration: float


def bootstrap(
    data: Overlaps, total: float, *, threshold: float, terms: tuple[Term, ...] | None = None,
    draws: int = DRAWS, seed: int = SEED,
) -> Bootstrap:  # fmt: skip
    """Limits about the total; `terms` are kept in every draw where the interactions were chosen by a person."""
    generator = np.random.default_rng(seed)
    observed = int(data.observed)
    counts = generator.multinomial(observed, data.counts / data.counts.sum(), size=draws).astype(np.float64)
    totals = np.array([_total(data.recounted(row), threshold, terms) for row in counts])
    acceleration = _acceleration(data, threshold, terms)
    below = (np.count_nonzero(totals < total) + np.count_nonzero(totals == total) / 2) / draws
    shift = float(stats.norm.ppf(np.clip(below, 0.5 / draws, 1 - 0.5 / draws)))
    corrected = []
    for limit in _LIMITS:
        moved = float(stats.norm.ppf(limit)) + shift
        corrected.append(float(stats.norm.cdf(shift + moved / (1 - acceleration * moved))))
    low, high, plain_low, plain_high = _quantiles(totals, [*corrected, *_LIMITS])
    without = int(np.count_nonzero(totals >= _ENDLESS))
    return Bootstrap(draws, seed, without, low, high, plain_low, plain_high, acceleration)


def _total(data: Overlaps, threshold: float, terms: tuple[Term, ...] | None) -> float:
    model = stepwise(data, threshold)[0] if terms is None else fit(data, terms)
    return _ENDLESS if model is None else model.total


def _acceleration(data: Overlaps, threshold: float, terms: tuple[Term, ...] | None) -> float:
    """From the totals with one young person of each pattern left out, weighed by how many have it."""
    patterns = np.flatnonzero(data.counts > 0)
    left = np.zeros(len(patterns))
    for place, cell in enumerate(patterns.tolist()):
        fewer = data.counts.copy()
        fewer[cell] -= 1
        left[place] = _total(data.recounted(fewer), threshold, terms)
    weights = data.counts[patterns]
    finite = left < _ENDLESS
    weights, left = weights[finite], left[finite]
    if not len(left):
        return 0.0
    away = float(weights @ left) / float(weights.sum()) - left
    squares = float(weights @ away**2)
    return float(weights @ away**3) / (6 * squares**1.5) if squares > 0 else 0.0


def _quantiles(totals: Numbers, at: list[float]) -> tuple[float, float, float, float]:
    values = np.quantile(totals, at, method="median_unbiased")
    a, b, c, d = (float("inf") if value > _ENDLESS / 1e6 else float(value) for value in values.tolist())
    return a, b, c, d
