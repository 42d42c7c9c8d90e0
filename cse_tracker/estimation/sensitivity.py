"""What becomes of the answer when one anchor, two anchors or one indicator are taken away."""

from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final

import numpy as np
import numpy.typing as npt

from cse_tracker.estimation import components, regression, suitability
from cse_tracker.estimation.bands import Bands
from cse_tracker.estimation.components import Components
from cse_tracker.estimation.fitting import Fitted, Positions
from cse_tracker.estimation.problems import CannotEstimate
from cse_tracker.estimation.rates import Numbers

_MOST_PAIRS: Final = 400
_LINE_NEEDS: Final = 2


@dataclass(frozen=True)
class Without:
    """The run without something: `left_out` names anchors or an indicator.

    `total` in young people, `bands_changed` the number of areas whose band differs from the full run's. All but
    `left_out` and `reason` are None where nothing can be estimated; `reason` says why. `adjusted_r_squared` is None for
    two anchors, through which every line goes; `kmo` is given for indicators only.
    """

    left_out: tuple[str, ...]
    total: float | None = None
    intercept: float | None = None
    slope: float | None = None
    adjusted_r_squared: float | None = None
    bands_changed: int | None = None
    largest_change: float | None = None
    kmo: float | None = None
    reason: str = ""


@dataclass(frozen=True)
class Sensitivity:
    """Every anchor out in turn, every pair of anchors (none above a few hundred pairs), every indicator in turn."""

    anchors: tuple[Without, ...]
    anchor_pairs: tuple[Without, ...]
    indicators: tuple[Without, ...]


def without_each(fitted: Fitted, anchors: tuple[str, ...], indicators: tuple[str, ...], bands: Bands) -> Sensitivity:
    """All three; `anchors` and `indicators` are the names, in the order of the fit."""
    one = tuple(_without_anchors(fitted, anchors, (place,), bands) for place in range(len(anchors)))
    pairs = list(combinations(range(len(anchors)), 2)) if len(anchors) * (len(anchors) - 1) / 2 <= _MOST_PAIRS else []
    two = tuple(_without_anchors(fitted, anchors, pair, bands) for pair in pairs)
    each = tuple(_without_indicator(fitted, indicators, place, bands) for place in range(len(indicators)))
    return Sensitivity(one, two, each)


def _without_anchors(fitted: Fitted, anchors: tuple[str, ...], out: tuple[int, ...], bands: Bands) -> Without:
    names = tuple(anchors[place] for place in out)
    keep = np.ones(len(anchors), dtype=np.bool_)
    keep[list(out)] = False
    try:
        return _refitted(fitted, names, fitted.scores, keep, bands)
    except CannotEstimate as problem:
        return Without(names, reason=problem.message)


def _without_indicator(fitted: Fitted, indicators: tuple[str, ...], out: int, bands: Bands) -> Without:
    names = (indicators[out],)
    try:
        found: Components = components.principal_components(np.delete(fitted.standard, out, axis=1))
        everyone = np.ones(len(fitted.at), dtype=np.bool_)
        result = _refitted(fitted, names, found.scores, everyone, bands)
    except CannotEstimate as problem:
        return Without(names, reason=problem.message)
    return replace(result, kmo=suitability.sampling_adequacy(found.correlation).overall)


def _refitted(
    fitted: Fitted, names: tuple[str, ...], scores: Numbers, keep: npt.NDArray[np.bool_],
    bands: Bands,
) -> Without:  # fmt: skip
    at: Positions = fitted.at[keep]
    if len(at) < _LINE_NEEDS:
        message = f"{len(at)} anchors are left, and a line needs {_LINE_NEEDS}"
        raise CannotEstimate(message)
    intercept, slope = regression.coefficients(scores[at], fitted.anchor_rates[keep])
    adjusted = None
    if len(at) > _LINE_NEEDS:
        adjusted = regression.fit(scores[at], fitted.anchor_rates[keep]).adjusted_r_squared
    estimates = fitted.thousands * (intercept + slope * scores)
    changes = np.abs(estimates - fitted.estimates)
    changed = sum(
        bands.of(new) != bands.of(old) for new, old in zip(estimates.tolist(), fitted.estimates.tolist(), strict=True)
    )
    return Without(names, float(estimates.sum()), intercept, slope, adjusted, changed, float(changes.max()))
