"""What someone who knows the shown values, the sums and the rounding rule can prove about the true counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from cse_tracker.disclosure.equations import in_fixed_order, sums_matrix
from cse_tracker.disclosure.errors import CannotProtect
from cse_tracker.disclosure.linear import Programme
from cse_tracker.disclosure.model import CellKey, Constraint

SMALL = range(1, 5)
"""Counts that nobody outside may be able to prove."""

_OPENINGS = 8
_TOLERANCE = 1e-6

_Vector = np.ndarray[tuple[int], np.dtype[np.float64]]


class Published(Protocol):
    """Values in public, each within `reach` of its true count."""

    @property
    def shown(self) -> Mapping[CellKey, int | None]:
        """The number shown for each cell."""
        ...

    @property
    def reach(self) -> int:
        """The furthest a true count can lie from its shown number."""
        ...


@dataclass(frozen=True)
class AuditResult:
    """Cells proven by the attacker. `exact`: one count above 0 is left; `small`: surely 1 to 4; `empty`: surely 0."""

    exact: tuple[CellKey, ...]
    small: tuple[CellKey, ...]
    empty: tuple[CellKey, ...]

    @property
    def leaks(self) -> bool:
        """Whether the values must not be shown. A proven 0 speaks of nobody and is no leak."""
        return bool(self.exact or self.small)


def check(release: Published, table_constraints: Sequence[Constraint]) -> AuditResult:
    """Audit every cell against the linear attacker of statistics.md D.2: y >= 0, |y - shown| <= reach, sums exact.

    This attacker sees one release and not what was shown before it; earlier months are further cells and sums.
    A feasible table found for one cell also clears others, so only cells still in doubt are solved for.
    Raises CannotProtect when the values contradict each other or the solver fails: then nothing is known to be safe.
    """
    attacker = _Attacker(release, table_constraints)
    # The directions only decide how many cells are cleared early, never the verdict, so any fixed numbers do.
    directions = np.random.default_rng(0).normal(size=(_OPENINGS, len(attacker.order)))
    least, most = _spread([attacker.extreme(direction) for direction in directions])
    for cell in range(len(attacker.order)):
        if _proven(least[cell], most[cell]):
            least, most = _spread([least, most, *attacker.extremes_of(cell)])
    return _verdict(attacker.order, least, most)


def ranges(release: Published, table_constraints: Sequence[Constraint]) -> dict[CellKey, tuple[int, int]]:
    """The least and greatest whole count the attacker must allow each cell; two solutions per cell, so slower."""
    attacker = _Attacker(release, table_constraints)
    found = {}
    for cell, key in enumerate(attacker.order):
        low, high = attacker.extremes_of(cell)
        found[key] = _whole_range(low[cell], high[cell])
    return found


class _Attacker:
    def __init__(self, release: Published, constraints: Sequence[Constraint]) -> None:
        self.order = in_fixed_order(release.shown)
        shown = np.array([number for key in self.order if (number := release.shown[key]) is not None])
        if len(shown) != len(self.order):
            raise CannotProtect("hidden numbers are attacked by the joint audit, not by this one")
        sums = sums_matrix(self.order, constraints)
        zero = np.zeros(sums.shape[0])
        self._programme = Programme(sums, np.maximum(0, shown - release.reach), shown + release.reach, zero, zero)

    def extreme(self, cost: _Vector) -> _Vector:
        return self._programme.least(cost).point

    def extremes_of(self, cell: int) -> tuple[_Vector, _Vector]:
        cost = np.zeros(len(self.order))
        cost[cell] = 1.0
        return self.extreme(cost), self.extreme(-cost)


def _spread(points: Sequence[_Vector]) -> tuple[_Vector, _Vector]:
    stacked = np.vstack(points)
    return stacked.min(axis=0), stacked.max(axis=0)


def _whole_range(low: float, high: float) -> tuple[int, int]:
    return int(np.ceil(low - _TOLERANCE)), int(np.floor(high + _TOLERANCE))


def _proven(low: float, high: float) -> bool:
    least, most = _whole_range(low, high)
    return most <= least or (least in SMALL and most in SMALL)


def _verdict(order: Sequence[CellKey], least: _Vector, most: _Vector) -> AuditResult:
    exact: list[CellKey] = []
    small: list[CellKey] = []
    empty: list[CellKey] = []
    for key, low, high in zip(order, least, most, strict=True):
        lowest, highest = _whole_range(low, high)
        if highest <= lowest:
            (exact if highest else empty).append(key)
        if lowest in SMALL and highest in SMALL:
            small.append(key)
    return AuditResult(tuple(exact), tuple(small), tuple(empty))
