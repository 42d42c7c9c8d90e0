"""Suppression: small counts are hidden, and as few others as possible so that none of them can be worked out.

Optimal patterns by Benders' cuts (Fischetti and Salazar-Gonzalez, Management Science 2001): a master programme chooses
which cells to hide, an attacker's linear programme proves it too few and says what more would help. Zeros stay
shown, so a hidden cell is known to be 1 or more: the attacker here knows that too.
"""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from cse_tracker.disclosure.errors import CannotProtect
from cse_tracker.disclosure.hiding import EPS, TIE_BREAK, Attempt, Cells, Hiding
from cse_tracker.disclosure.linear import Vector
from cse_tracker.disclosure.model import CellKey, CountTable

THRESHOLDS: Final = (5, 6)
"""The least count shown: 5 where bodies hide 1 to 4, 6 where they hide 1 to 5."""
NEAR: Final = 0.05
"""How far from the proven least number of hidden cells a pattern may be before more time is spent on it."""

Progress = Callable[[int, int], None]
"""Told after each step how many cells the best pattern hides, and how many any pattern must."""


@dataclass(frozen=True)
class Suppressed:
    """Shown values, None where hidden. At least `bound` cells are hidden in any safe table; `in_time` says if near."""

    shown: Mapping[CellKey, int | None]
    threshold: int
    bound: int
    in_time: bool

    @property
    def hidden(self) -> int:
        """How many cells are hidden."""
        return sum(value is None for value in self.shown.values())


def suppress(
    table: CountTable, *, threshold: int = 5, seconds: float = 60.0, progress: Progress | None = None
) -> Suppressed:
    """Hide every count from 1 to `threshold` - 1, and as few others as are needed to protect those.

    Every hidden small count can be `threshold` or more for all the attacker knows, and less than it is unless it is 1.
    When `seconds` are over the best safe pattern so far is given: it hides more than needed, and `in_time` is false.
    Raises CannotProtect where hiding everything would not be enough.
    """
    if threshold not in THRESHOLDS:
        raise CannotProtect("suppression hides 1 to 4 or 1 to 5")
    search = _Search(Hiding(table, threshold), time.monotonic() + seconds, progress)
    hidden, bound, in_time = search.run()
    hides = dict(zip(search.problem.order, hidden, strict=True))
    shown = {key: None if hides[key] else count for key, count in table.cells.items()}
    return Suppressed(MappingProxyType(shown), threshold, bound, in_time)


class _Search:
    def __init__(self, problem: Hiding, until: float, progress: Progress | None) -> None:
        self.problem, self.until, self.progress = problem, until, progress
        self.cuts: list[Vector] = []
        self.seen: set[bytes] = set()
        self.last = problem.primary.astype(np.float64)

    def run(self) -> tuple[Cells, int, bool]:
        primary = self.problem.primary
        if not self.problem.wishes:
            return primary, int(primary.sum()), True
        bound = self._relaxed()
        best: Cells | None = None
        while not self._near(best, bound) and time.monotonic() < self.until:
            chosen, least = self._master(relaxed=False)
            bound = max(bound, least)
            if chosen is None:
                break
            added = self._cut(chosen)
            other = self.problem.completed(primary | (chosen > 0.5), self.until)
            best = other if best is None or other.sum() < best.sum() else best
            self._tell(best, bound)
            if not added:
                break
        if best is None:
            best = self.problem.completed(primary | (self.last > 0.5), self.until)
        proven = math.ceil(bound - EPS)
        return best, min(proven, int(best.sum())), self._near(best, bound)

    def _tell(self, best: Cells, bound: float) -> None:
        if self.progress is not None:
            self.progress(int(best.sum()), math.ceil(bound - EPS))

    def _relaxed(self) -> float:
        """Cut fractional choices until none can be cut: cheap, and most of the way to the bound."""
        bound = float(self.problem.primary.sum())
        while time.monotonic() < self.until:
            chosen, least = self._master(relaxed=True)
            if chosen is None:
                break
            bound, self.last = max(bound, least), chosen
            if not self._cut(chosen):
                break
        return bound

    def _near(self, best: Cells | None, bound: float) -> bool:
        return best is not None and bool(best.sum() <= math.ceil(bound - EPS) * (1 + NEAR))

    def _cut(self, share: Vector) -> int:
        """Add a cut for every small count that this choice does not protect; gives how many."""
        problem, attempt = self.problem, Attempt(self.problem, share)
        added = 0
        for wish in attempt.unmet(problem.wishes):
            gain = np.zeros(len(problem.order))
            gain[wish.cell] = wish.sign
            # The price of moving each cell, hidden or not, is what the rows' prices leave of the wish.
            gain += np.asarray(problem.sums.T @ attempt.prices(wish))
            worth = problem.room_up * np.maximum(gain, 0) + np.maximum(problem.counts - 1, 0) * np.maximum(-gain, 0)
            worth[~problem.may_hide] = 0
            worth = np.where(worth < 1e-7, 0, np.minimum(worth, wish.need)) / wish.need
            if worth @ share < 1 - 1e-6 and worth.round(6).tobytes() not in self.seen:
                self.seen.add(worth.round(6).tobytes())
                self.cuts.append(worth)
                added += 1
        return added

    def _master(self, *, relaxed: bool) -> tuple[Vector | None, float]:
        problem = self.problem
        low = problem.primary.astype(np.float64)
        rows = [LinearConstraint(csr_array(np.array(self.cuts)), 1.0, np.inf)] if self.cuts else []
        left = max(0.1, self.until - time.monotonic())
        answer = milp(
            problem.cost,
            integrality=np.full(len(low), 0 if relaxed else 1, dtype=np.int64),
            bounds=Bounds(low, np.maximum(low, problem.may_hide.astype(np.float64))),
            constraints=rows,
            options={"time_limit": left, "mip_rel_gap": 0.01},
        )
        if answer.x is None:
            return None, 0.0
        least = float(answer.fun) if relaxed else float(answer.mip_dual_bound)
        # The tie-break adds less than a thousandth for each cell: what is left is a bound on the number of cells.
        return np.asarray(answer.x, dtype=np.float64), least / (1 + TIE_BREAK)
