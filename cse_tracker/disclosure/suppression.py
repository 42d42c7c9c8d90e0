"""Suppression: small counts are hidden, and as few others as possible so that none of them can be worked out.

Optimal patterns by Benders' cuts (Fischetti and Salazar-Gonzalez, Management Science 2001): a master programme chooses
which cells to hide, an attacker's linear programme proves it too few and says what more would help. Zeros stay
shown, so a hidden cell is known to be 1 or more: the attacker here knows that too.
"""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from cse_tracker.disclosure.equations import in_fixed_order, sums_matrix
from cse_tracker.disclosure.errors import CannotProtect
from cse_tracker.disclosure.linear import Programme, Vector
from cse_tracker.disclosure.model import CellKey, CountTable

THRESHOLDS: Final = (5, 6)
"""The least count shown: 5 where bodies hide 1 to 4, 6 where they hide 1 to 5."""
NEAR: Final = 0.05
"""How far from the proven least number of hidden cells a pattern may be before more time is spent on it."""
_EPS: Final = 1e-6
_FREE: Final = 1e-3


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


def suppress(table: CountTable, *, threshold: int = 5, seconds: float = 60.0) -> Suppressed:
    """Hide every count from 1 to `threshold` - 1, and as few others as are needed to protect those.

    Every hidden small count can be `threshold` or more for all the attacker knows, and less than it is unless it is 1.
    When `seconds` are over the best safe pattern so far is given: it hides more than needed, and `in_time` is false.
    Raises CannotProtect where hiding everything would not be enough.
    """
    if threshold not in THRESHOLDS:
        raise CannotProtect("suppression hides 1 to 4 or 1 to 5")
    search = _Search(table, threshold, time.monotonic() + seconds)
    hidden, bound, in_time = search.run()
    shown = {key: None if hidden[search.place[key]] else count for key, count in table.cells.items()}
    return Suppressed(MappingProxyType(shown), threshold, bound, in_time)


class _Search:
    def __init__(self, table: CountTable, threshold: int, until: float) -> None:
        self.name, self.until, self.threshold = table.name, until, threshold
        self.order = in_fixed_order(table.cells)
        self.place = {key: place for place, key in enumerate(self.order)}
        self.counts = np.array([table.cells[key] for key in self.order], dtype=np.float64)
        self.sums = sums_matrix(self.order, table.constraints)
        self.primary = (self.counts > 0) & (self.counts < threshold)
        # Zeros are shown: whoever is in nobody's place is nobody.
        self.may_hide = self.counts > 0
        # Fewest cells first; among equals the smaller counts, of which the reader loses less.
        self.cost = 1.0 + _FREE * np.log1p(self.counts) / math.log1p(self.counts.max(initial=1.0) + 1)
        self.room_up = float(self.counts.max(initial=0.0)) + threshold
        self.wanted: list[tuple[int, int, float]] = []
        for place in np.flatnonzero(self.primary):
            self.wanted.append((int(place), 1, threshold - self.counts[place]))
            if self.counts[place] > 1:
                self.wanted.append((int(place), -1, 1.0))
        self.cuts: list[Vector] = []
        self.seen: set[bytes] = set()
        self.last = self.primary.astype(np.float64)

    def run(self) -> tuple[np.ndarray[tuple[int], np.dtype[np.bool_]], int, bool]:
        if not self.wanted:
            return self.primary, 0, True
        self._drop_the_impossible()
        bound = self._relaxed()
        best = self._completed(self.primary | (self.last > 0.5))
        while not self._near(best, bound) and time.monotonic() < self.until:
            chosen, least = self._master(relaxed=False)
            bound = max(bound, least)
            if chosen is None:
                break
            added = self._cut(chosen)
            best = self._better(best, self._completed(self.primary | (chosen > 0.5)))
            if not added:
                break
        proven = math.ceil(bound - _EPS)
        return best, min(proven, int(best.sum())), self._near(best, bound)

    def _relaxed(self) -> float:
        """Cut fractional choices until none can be cut: cheap, and most of the way to the bound."""
        bound = float(self.primary.sum())
        while time.monotonic() < self.until:
            chosen, least = self._master(relaxed=True)
            if chosen is None:
                break
            bound, self.last = max(bound, least), chosen
            if not self._cut(chosen):
                break
        return bound

    def _drop_the_impossible(self) -> None:
        """Where every part is shown to be 1 or more, so is their sum at least so much, whatever is hidden."""
        programme, hidden = self._attacker(self.may_hide.astype(np.float64))
        at = {int(cell): column for column, cell in enumerate(hidden)}
        kept = []
        for cell, sign, need in self.wanted:
            cost = np.zeros(len(hidden))
            cost[at[cell]] = -sign
            if -programme.least(cost).value >= need - 1e-4:
                kept.append((cell, sign, need))
            elif sign > 0:
                raise CannotProtect(f"hiding everything in {self.name} would not protect every small count")
        self.wanted = kept

    def _near(self, best: np.ndarray[tuple[int], np.dtype[np.bool_]], bound: float) -> bool:
        return bool(best.sum() <= math.ceil(bound - _EPS) * (1 + NEAR))

    def _better(
        self, one: np.ndarray[tuple[int], np.dtype[np.bool_]], other: np.ndarray[tuple[int], np.dtype[np.bool_]]
    ) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        return other if other.sum() < one.sum() else one

    def _attacker(self, share: Vector) -> tuple[Programme, np.ndarray[tuple[int], np.dtype[np.int64]]]:
        hidden = np.flatnonzero(share > _EPS)
        rows = csr_array(self.sums[:, hidden])
        zero = np.zeros(rows.shape[0])
        part = share[hidden]
        return Programme(rows, -(self.counts[hidden] - 1) * part, self.room_up * part, zero, zero), hidden

    def _cut(self, share: Vector) -> int:
        """Add a cut for every small count that this choice does not protect; gives how many."""
        programme, hidden = self._attacker(share)
        at = {int(cell): column for column, cell in enumerate(hidden)}
        added = 0
        for cell, sign, need in self.wanted:
            cost = np.zeros(len(hidden))
            cost[at[cell]] = -sign
            answer = programme.least(cost)
            if -answer.value >= need - 1e-4:
                continue
            gain = np.zeros(len(self.order))
            gain[cell] = sign
            # The price of moving each cell, hidden or not, is what the rows' prices leave of the wish.
            gain += np.asarray(self.sums.T @ answer.row_prices)
            worth = self.room_up * np.maximum(gain, 0) + np.maximum(self.counts - 1, 0) * np.maximum(-gain, 0)
            worth[~self.may_hide] = 0
            worth = np.where(worth < 1e-7, 0, np.minimum(worth, need)) / need
            if worth @ share < 1 - 1e-6 and worth.round(6).tobytes() not in self.seen:
                self.seen.add(worth.round(6).tobytes())
                self.cuts.append(worth)
                added += 1
        return added

    def _master(self, *, relaxed: bool) -> tuple[Vector | None, float]:
        low = self.primary.astype(np.float64)
        rows = [LinearConstraint(csr_array(np.array(self.cuts)), 1.0, np.inf)] if self.cuts else []
        left = max(0.1, self.until - time.monotonic())
        answer = milp(
            self.cost,
            integrality=np.full(len(low), 0 if relaxed else 1, dtype=np.int64),
            bounds=Bounds(low, np.maximum(low, self.may_hide.astype(np.float64))),
            constraints=rows,
            options={"time_limit": left, "mip_rel_gap": 0.01},
        )
        if answer.x is None:
            return None, 0.0
        least = float(answer.fun) if relaxed else float(answer.mip_dual_bound)
        # The tie-break adds less than a thousandth for each cell: what is left is a bound on the number of cells.
        return np.asarray(answer.x, dtype=np.float64), least / (1 + _FREE)

    def _completed(
        self, start: np.ndarray[tuple[int], np.dtype[np.bool_]]
    ) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Hide, for every count not yet protected, the cheapest cells that protect it; then show what is not needed."""
        hidden = start.copy()
        for cell, sign, need in self._unprotected(hidden):
            hidden |= self._cheapest(hidden, cell, sign, need)
        return self._thinned(hidden)

    def _unprotected(self, hidden: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> list[tuple[int, int, float]]:
        programme, places = self._attacker(hidden.astype(np.float64))
        at = {int(cell): column for column, cell in enumerate(places)}
        cleared_up = np.zeros(len(places))
        cleared_down = np.zeros(len(places))
        missing = []
        for cell, sign, need in self.wanted:
            column = at[cell]
            if (cleared_up if sign > 0 else cleared_down)[column] >= need - 1e-4:
                continue
            cost = np.zeros(len(places))
            cost[column] = -sign
            answer = programme.least(cost)
            cleared_up, cleared_down = np.maximum(cleared_up, answer.point), np.maximum(cleared_down, -answer.point)
            if -answer.value < need - 1e-4:
                missing.append((cell, sign, need))
        return missing

    def _cheapest(
        self, hidden: np.ndarray[tuple[int], np.dtype[np.bool_]], cell: int, sign: int, need: float
    ) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        usable = np.flatnonzero(self.may_hide)
        rows = csr_array(self.sums[:, usable])
        both = csr_array(np.hstack([rows.toarray(), -rows.toarray()]))
        high = np.concatenate([np.full(len(usable), self.room_up), np.maximum(self.counts[usable] - 1, 0)])
        low = np.zeros(len(high))
        column = int(np.searchsorted(usable, cell)) + (0 if sign > 0 else len(usable))
        low[column] = need
        high[column] = max(high[column], need)
        # The other direction of the wished cell must not cancel it out.
        high[column + (len(usable) if sign > 0 else -len(usable))] = 0
        price = np.where(hidden[usable], 0.0, self.cost[usable])
        zero = np.zeros(rows.shape[0])
        try:
            answer = Programme(both, low, high, zero, zero).least(np.concatenate([price, price]))
        except CannotProtect:
            raise CannotProtect(f"hiding everything in {self.name} would not protect every small count") from None
        moved = answer.point > _EPS
        found = np.zeros(len(self.order), dtype=bool)
        found[usable] = moved[: len(usable)] | moved[len(usable) :]
        return found

    def _thinned(
        self, hidden: np.ndarray[tuple[int], np.dtype[np.bool_]]
    ) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        hidden = hidden.copy()
        extra = np.flatnonzero(hidden & ~self.primary)
        for cell in extra[np.argsort(-self.counts[extra], kind="stable")]:
            if time.monotonic() > self.until:
                break
            hidden[cell] = False
            if self._unprotected(hidden):
                hidden[cell] = True
        return hidden
