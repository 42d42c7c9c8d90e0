"""Poisson log-linear models of list overlaps, with empty overlaps handled and models without an answer told apart.

A term whose lists nobody stands on together has the estimate minus infinity; its cells are dropped (Chan, Silverman and
Vincent 2019). Whether the other estimates exist is the linear programme of Fienberg and Rinaldo (2012).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import optimize, special

from cse_tracker.estimation.rates import Numbers
from cse_tracker.estimation.systems.overlaps import Overlaps, Term

_ROUNDS: Final = 60
_SETTLED: Final = 1e-11
_STILL: Final = 1e-5
_ANSWER: Final = 1e-8


@dataclass(frozen=True)
class LogLinear:
    """One fitted model.

    `terms` are the interactions asked for, `empty` those of them that nobody has and `names` the estimated terms with
    their `coefficients`, the intercept first: its exponential is the number on no list. `intercept_se` is its standard
    error. `aic` and `bic` count the empty terms as parameters. `fitted` has a number for every cell, 0 where dropped.
    """

    terms: tuple[Term, ...]
    empty: tuple[Term, ...]
    names: tuple[str, ...]
    coefficients: tuple[float, ...]
    intercept_se: float
    unseen: float
    total: float
    deviance: float
    aic: float
    bic: float
    fitted: Numbers

    @property
    def total_se(self) -> float:
        """The standard error of the total: the number unseen is itself a count, and its mean is estimated."""
        return math.sqrt(self.unseen + (self.unseen * self.intercept_se) ** 2)


def hierarchical(terms: Sequence[Term]) -> tuple[Term, ...]:
    """The terms with every smaller interaction that they hold, pairs first."""
    found: set[Term] = set()
    for term in terms:
        ordered = tuple(sorted(set(term)))
        for mask in range(1 << len(ordered)):
            part = tuple(place for bit, place in enumerate(ordered) if mask >> bit & 1)
            if len(part) >= 2:
                found.add(part)
    return tuple(sorted(found, key=lambda term: (len(term), term)))


def fit(data: Overlaps, terms: Sequence[Term]) -> LogLinear | None:
    """The model with these interactions; None where it cannot be identified or has no finite answer.

    The order of the terms does not matter. A list on which nobody stands drops out.
    """
    keep, kept, empty = _cells(data, terms)
    counts = data.counts[keep]
    design = _design(data, kept, keep)
    if len(counts) < design.shape[1] or np.linalg.matrix_rank(design) < design.shape[1]:
        return None
    settled = _newton(design, counts)
    if settled is None or not (settled.still or _exists(design, counts)):
        return None
    coefficients, mean = settled.coefficients, settled.mean
    information = design.T @ (mean[:, np.newaxis] * design)
    try:
        error = float(np.sqrt(np.linalg.inv(information)[0, 0]))
    except np.linalg.LinAlgError:
        return None
    fitted = np.zeros(len(data.counts))
    fitted[keep] = mean
    log_likelihood = float((special.xlogy(counts, mean) - mean - special.gammaln(counts + 1)).sum())
    deviance = 2 * float((special.xlogy(counts, np.where(counts > 0, counts, 1.0) / mean) - counts + mean).sum())
    parameters = design.shape[1] + sum(len(term) > 1 for term in empty)
    unseen = float(np.exp(coefficients[0]))
    return LogLinear(
        terms=tuple(term for term in terms if len(term) > 1),
        empty=tuple(term for term in empty if len(term) > 1),
        names=("intercept", *(data.name(term) for term in kept)),
        coefficients=tuple(float(value) for value in coefficients),
        intercept_se=error,
        unseen=unseen,
        total=data.observed + unseen,
        deviance=deviance,
        aic=-2 * log_likelihood + 2 * parameters,
        bic=-2 * log_likelihood + float(np.log(data.observed)) * parameters,
        fitted=fitted,
    )


def _cells(data: Overlaps, terms: Sequence[Term]) -> tuple[npt.NDArray[np.bool_], list[Term], list[Term]]:
    """Which cells are kept, the terms that are estimated (single lists first) and those that nobody has."""
    keep = np.ones(len(data.counts), dtype=np.bool_)
    kept: list[Term] = []
    empty: list[Term] = []
    for term in [*((place,) for place in range(len(data.lists))), *terms]:
        where = data.on_all(term)
        if data.counts[where].sum() == 0:
            keep &= ~where
            empty.append(term)
        else:
            kept.append(term)
    return keep, kept, empty


def _design(data: Overlaps, kept: list[Term], keep: npt.NDArray[np.bool_]) -> Numbers:
    columns = [data.on_all(term)[keep].astype(np.float64) for term in kept]
    return np.column_stack([np.ones(int(keep.sum())), *columns])


class _Settled(NamedTuple):
    """Coefficients and fitted means, and whether the last step moved no coefficient any more.

    An estimate that is infinite moves by about 1 at every step, so standing still proves that all are finite.
    """

    coefficients: Numbers
    mean: Numbers
    still: bool


def _newton(design: Numbers, counts: Numbers) -> _Settled | None:
    """Maximum likelihood by iterated weighted least squares; None where a step cannot be worked out."""
    linear = np.log(counts + 0.1)
    mean = counts + 0.1
    coefficients: Numbers = np.full(design.shape[1], np.inf)
    moved = np.inf
    for _ in range(_ROUNDS):
        weighted = design.T * mean
        try:
            found = np.linalg.solve(weighted @ design, weighted @ (linear + (counts - mean) / mean))
        except np.linalg.LinAlgError:
            return None
        moved = float(np.abs(found - coefficients).max())
        coefficients = np.asarray(found, dtype=np.float64)
        linear = np.clip(design @ coefficients, -60.0, 60.0)
        mean = np.exp(linear)
        if moved <= _SETTLED:
            break
    return _Settled(coefficients, mean, moved <= _STILL)


def _exists(design: Numbers, counts: Numbers) -> bool:
    """Whether there is a table of positive numbers with the same sums, for then the estimates are finite."""
    sums = design.T @ counts
    cells = len(counts)
    answer = optimize.linprog(
        c=np.append(np.zeros(cells), -1.0),
        A_eq=np.column_stack([design.T, np.zeros(design.shape[1])]),
        b_eq=sums,
        A_ub=np.column_stack([-np.eye(cells), np.ones(cells)]),
        b_ub=np.zeros(cells),
        bounds=(0, None),
        method="highs",
    )
    return bool(answer.status == 0 and answer.fun is not None and answer.fun < -_ANSWER)
