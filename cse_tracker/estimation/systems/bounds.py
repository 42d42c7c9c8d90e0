"""Answers that need no model of interactions: Chapman's for two lists, Chao's lower bound for any number."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import stats

from cse_tracker.estimation.systems.overlaps import Overlaps, Term

_Z: Final = float(stats.norm.ppf(0.975))


@dataclass(frozen=True)
class Chapman:
    """Two lists taken as independent (Chapman 1951): total, standard error (Seber 1982) and 95% limits.

    `low` and `high` keep the number unseen above 0 (its logarithm taken as normal, Chao 1987); `normal_low` and
    `normal_high` are the usual symmetric ones. `lincoln_petersen` is n1 n2 / m, None where nobody is on both lists.
    """

    lists: tuple[str, str]
    first: float
    second: float
    both: float
    total: float
    standard_error: float
    low: float
    high: float
    normal_low: float
    normal_high: float
    lincoln_petersen: float | None


@dataclass(frozen=True)
class LowerBound:
    """Chao's (1987) lower bound from those on exactly one (`once`) and exactly two lists (`twice`).

    `total` is n + f1^2 / (2 f2), or n + f1 (f1 - 1) / 2 where f2 is 0; `bias_corrected` is
    n + f1 (f1 - 1) / (2 (f2 + 1)); `finite_lists` has the factor (t - 1) / t for t lists (Rcapture's "Mh Chao").
    """

    observed: float
    once: float
    twice: float
    total: float
    low: float
    high: float
    bias_corrected: float
    finite_lists: float | None


def chapman(data: Overlaps, pair: Term = (0, 1)) -> Chapman:
    """Chapman's answer for two of the lists, whatever the others say."""
    first, second = data.shared((pair[0],)), data.shared((pair[1],))
    both = data.shared(pair)
    total = (first + 1) * (second + 1) / (both + 1) - 1
    variance = (first + 1) * (second + 1) * (first - both) * (second - both) / ((both + 1) ** 2 * (both + 2))
    seen = first + second - both
    low, high = _around(seen, total - seen, variance)
    error = float(np.sqrt(variance))
    return Chapman(
        lists=(data.lists[pair[0]], data.lists[pair[1]]),
        first=first,
        second=second,
        both=both,
        total=total,
        standard_error=error,
        low=low,
        high=high,
        normal_low=total - _Z * error,
        normal_high=total + _Z * error,
        lincoln_petersen=first * second / both if both else None,
    )


def lower_bound(data: Overlaps) -> LowerBound:
    """Chao's lower bound with 95% limits that stay above the number observed."""
    observed, once, twice = data.observed, data.caught(1), data.caught(2)
    corrected = observed + once * (once - 1) / (2 * (twice + 1))
    if twice:
        unseen, ratio = once**2 / (2 * twice), once / twice
        variance = twice * (ratio**4 / 4 + ratio**3 + ratio**2 / 2)
        lists = len(data.lists)
        finite = observed + unseen * (lists - 1) / lists
    else:
        unseen = once * (once - 1) / 2
        total = observed + unseen
        variance = unseen + once * (2 * once - 1) ** 2 / 4 - (once**4 / (4 * total) if total else 0.0)
        finite = None
    low, high = _around(observed, unseen, max(variance, 0.0))
    return LowerBound(observed, once, twice, observed + unseen, low, high, corrected, finite)


def _around(seen: float, unseen: float, variance: float) -> tuple[float, float]:
    if unseen <= 0:
        return seen, seen
    factor = float(np.exp(_Z * np.sqrt(np.log1p(variance / unseen**2))))
    return seen + unseen / factor, seen + unseen * factor
