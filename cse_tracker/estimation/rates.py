"""Indicators as rates per 1,000 residents aged 10-19, and those rates standardised (report, appendix I, step 4)."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from cse_tracker.estimation.inputs import EstimationInputs, Unit
from cse_tracker.estimation.problems import CannotEstimate

Numbers = npt.NDArray[np.float64]

_PER = 1000.0
# Rates that differ by less than this share of the largest differ only by the rounding of the division.
_SAME = 1e-12


def per_thousand(counts: Numbers, population: Numbers) -> Numbers:
    """Counts (areas, or areas by indicators) as rates per 1,000 of the areas' population."""
    base = population if counts.ndim == 1 else population[:, np.newaxis]
    with np.errstate(over="ignore"):
        return _PER * counts / base


def indicator_rates(inputs: EstimationInputs) -> Numbers:
    """Areas by indicators, in rates per 1,000.

    Raises CannotEstimate for an indicator that is the same everywhere, as given or as a rate: the same count in each
    area would only measure how many people live there.
    """
    given = np.array(inputs.values, dtype=np.float64).reshape(len(inputs.areas), len(inputs.indicators))
    is_count = np.array([unit is Unit.COUNT for unit in inputs.units], dtype=np.bool_)
    rates = np.where(is_count, per_thousand(given, np.array(inputs.population)), given)
    if not np.isfinite(rates).all():
        raise CannotEstimate("A rate per 1,000 is too large to calculate with")
    for name, as_given, as_rate in zip(inputs.indicators, given.T, rates.T, strict=True):
        if all_same(as_given) or all_same(as_rate):
            raise CannotEstimate(f"The indicator {name} is the same in every area, so it cannot tell areas apart")
    return rates


def standardised(rates: Numbers) -> Numbers:
    """Each column (areas by indicators) less its mean, in standard deviations with divisor n - 1."""
    # Dividing by the largest first keeps the squares of very large or very small rates within range.
    even = rates / np.abs(rates).max(axis=0)
    deviations: Numbers = even - even.mean(axis=0)
    standard: Numbers = deviations / deviations.std(axis=0, ddof=1)
    return standard


def all_same(values: Numbers | Sequence[float]) -> bool:
    """Whether the numbers differ by no more than the rounding of the calculation."""
    column = np.asarray(values, dtype=np.float64)
    if column.size == 0:
        return True
    scale = np.abs(column).max()
    return bool(scale == 0 or np.ptp(column / scale) <= _SAME)
