"""Which interactions a model has: the published stepwise rule, and how far the answer hangs on the choice."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
from scipy import special

from cse_tracker.estimation.rates import Numbers
from cse_tracker.estimation.systems.loglinear import LogLinear, fit
from cse_tracker.estimation.systems.overlaps import Overlaps, Term

THRESHOLD: Final = 0.02
_EVERY_MODEL_OF: Final = 10
_SUPPORTED: Final = 10.0
_SHOWN: Final = 20


@dataclass(frozen=True)
class Added:
    """One step of the rule: the pair that was added, its observed and expected overlap and the probability."""

    pair: str
    observed: float
    expected: float
    p: float


@dataclass(frozen=True)
class Candidate:
    """One model that could have been chosen, with its weights among all that were tried."""

    interactions: tuple[str, ...]
    total: float
    aic: float
    bic: float
    aic_weight: float
    bic_weight: float


@dataclass(frozen=True)
class Choice:
    """How much the answer depends on the model.

    `tried` models had an answer; `best` are those with the least AIC. `averaged_by_aic` and `averaged_by_bic` weigh all
    of them; `least` and `most` are the extremes of the total among those within 10 of the least AIC. `complete` says
    whether every model of pairs was tried, or only those a pair away from the chosen one.
    """

    tried: int
    complete: bool
    best: tuple[Candidate, ...]
    averaged_by_aic: float
    averaged_by_bic: float
    least: float
    most: float


def stepwise(data: Overlaps, threshold: float = THRESHOLD) -> tuple[LogLinear | None, tuple[Added, ...]]:
    """The model of Bales, Hesketh and Silverman (2015) and the steps that lead to it.

    Start from independent lists. For each absent pair, p is the smaller of P(N <= n) and P(N >= n) for its observed
    overlap n under the intensity that the present model gives it. Add the pair with the smallest p below the threshold
    that leaves a model with an answer; stop when there is none. None where even independent lists have no answer.
    """
    model = fit(data, ())
    if model is None:
        return None, ()
    steps: list[Added] = []
    while True:
        for p, pair, expected in _absent(data, model):
            if p >= threshold:
                return model, tuple(steps)
            larger = fit(data, (*model.terms, pair))
            if larger is not None:
                steps.append(Added(data.name(pair), data.shared(pair), expected, p))
                model = larger
                break
        else:
            return model, tuple(steps)


def _absent(data: Overlaps, model: LogLinear) -> list[tuple[float, Term, float]]:
    """Pairs not in the model with p and expected overlap, smallest p first; equal ones in the order of the lists."""
    pairs = [pair for pair in data.pairs if pair not in model.terms]
    if not pairs:
        return []
    masks = np.array([data.on_all(pair) for pair in pairs], dtype=np.float64)
    observed, expected = masks @ data.counts, masks @ model.fitted
    above = np.where(observed > 0, special.pdtrc(np.maximum(observed - 1, 0), expected), 1.0)
    p = np.minimum(special.pdtr(observed, expected), above)
    return sorted(zip(p.tolist(), pairs, expected.tolist(), strict=True), key=lambda each: (each[0], each[1]))


def compared(data: Overlaps, chosen: LogLinear) -> Choice:
    """Models of pairs beside the chosen one: all of them where pairs are few, else those one pair away."""
    complete = len(data.pairs) <= _EVERY_MODEL_OF
    models = [
        model for terms in _candidates(data, chosen, complete=complete) if (model := fit(data, terms)) is not None
    ]
    by_aic, by_bic = _weights([model.aic for model in models]), _weights([model.bic for model in models])
    totals = np.array([model.total for model in models])
    aics = np.array([model.aic for model in models])
    near = totals[aics <= aics.min() + _SUPPORTED]
    best = np.argsort(aics, kind="stable")[:_SHOWN]
    return Choice(
        tried=len(models),
        complete=complete,
        best=tuple(
            Candidate(
                tuple(data.name(term) for term in models[k].terms),
                models[k].total,
                models[k].aic,
                models[k].bic,
                float(by_aic[k]),
                float(by_bic[k]),
            )
            for k in best.tolist()
        ),
        averaged_by_aic=float(by_aic @ totals),
        averaged_by_bic=float(by_bic @ totals),
        least=float(near.min()),
        most=float(near.max()),
    )


def _candidates(data: Overlaps, chosen: LogLinear, *, complete: bool) -> Iterator[tuple[Term, ...]]:
    if complete:
        for size in range(len(data.pairs) + 1):
            yield from combinations(data.pairs, size)
        if any(len(term) > 2 for term in chosen.terms):
            yield chosen.terms
        return
    yield chosen.terms
    for pair in data.pairs:
        if pair in chosen.terms:
            yield tuple(term for term in chosen.terms if not set(pair) <= set(term))
        else:
            yield (*chosen.terms, pair)


def _weights(criteria: Sequence[float]) -> Numbers:
    from_least = np.array(criteria) - min(criteria)
    raw = np.exp(-from_least / 2)
    weights: Numbers = raw / raw.sum()
    return weights
