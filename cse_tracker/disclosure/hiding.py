"""Which small counts have to be protected, and whether a choice of hidden cells does it.

An attacker knows every shown cell, every sum, and that zeros stay shown, so a hidden cell is 1 or more. A small count
is protected upwards when some table the attacker must allow has it at the threshold, and downwards when one has it
lower than it is. Such a table is kept as a witness: hiding less is tried only against witnesses that it spoils.
"""

import math
import time
from typing import Final, NamedTuple

import numpy as np
from scipy.sparse import csr_array, hstack

from cse_tracker.disclosure.equations import in_fixed_order, sums_matrix
from cse_tracker.disclosure.errors import CannotProtect
from cse_tracker.disclosure.linear import Programme, Vector
from cse_tracker.disclosure.model import CountTable

Cells = np.ndarray[tuple[int], np.dtype[np.bool_]]
EPS: Final = 1e-6
_SHORT: Final = 1e-4
TIE_BREAK: Final = 1e-3
_CHEAP: Final = 0.01
_FORBIDDEN: Final = 1e4


class Wish(NamedTuple):
    """A cell that must be able to lie `need` higher (`sign` 1) or lower (-1) than it does."""

    cell: int
    sign: int
    need: float


class Hiding:
    """The table as the attacker's equations, and what hidden cells must achieve.

    Raises CannotProtect where hiding everything would not be enough.
    """

    def __init__(self, table: CountTable, threshold: int) -> None:
        self.name = table.name
        self.order = in_fixed_order(table.cells)
        self.counts = np.array([table.cells[key] for key in self.order], dtype=np.float64)
        self.sums = sums_matrix(self.order, table.constraints)
        self.primary: Cells = (self.counts > 0) & (self.counts < threshold)
        # Zeros are shown: whoever is in nobody's place is nobody.
        self.may_hide: Cells = self.counts > 0
        # Fewest cells first; among equals the smaller counts, of which the reader loses less.
        self.cost = 1.0 + TIE_BREAK * np.log1p(self.counts) / math.log1p(self.counts.max(initial=1.0) + 1)
        self.room_up = float(self.counts.max(initial=0.0)) + threshold
        self.wishes = self._possible(self._wanted(threshold))

    def _wanted(self, threshold: int) -> list[Wish]:
        wanted = []
        for place in np.flatnonzero(self.primary):
            wanted.append(Wish(int(place), 1, threshold - self.counts[place]))
            if self.counts[place] > 1:
                wanted.append(Wish(int(place), -1, 1.0))
        return wanted

    def _possible(self, wanted: list[Wish]) -> list[Wish]:
        """Where every part is shown to be 1 or more, so is their sum at least so much, whatever is hidden."""
        if not wanted:
            return []
        short = Attempt(self, self.may_hide.astype(np.float64)).unmet(wanted)
        if any(wish.sign > 0 for wish in short):
            raise CannotProtect(f"hiding everything in {self.name} would not protect every small count")
        return [wish for wish in wanted if wish not in short]

    def completed(self, start: Cells, until: float = math.inf) -> Cells:
        """Hide besides, for every wish not yet met, the cheapest cells that meet it; then show what is not needed.

        Past `until` on the monotonic clock nothing more is shown again: what is hidden is safe, and more than needed.
        """
        hidden = start.copy()
        paths = _Paths(self, np.where(hidden, 0.0, self.cost))
        for wish in Attempt(self, hidden.astype(np.float64)).unmet(self.wishes):
            used = paths.through(wish)
            paths.price[used] = 0.0
            hidden |= used
        return self._thinned(hidden, until)

    def _thinned(self, hidden: Cells, until: float) -> Cells:
        paths = _Paths(self, np.where(hidden, np.where(self.primary, _CHEAP, 1.0), _FORBIDDEN))
        used = {wish: paths.through(wish) for wish in self.wishes}
        hidden = self.primary.copy()
        for each in used.values():
            hidden |= each
        paths.price[~hidden] = _FORBIDDEN
        extra = np.flatnonzero(hidden & ~self.primary)
        for cell in extra[np.argsort(-self.counts[extra], kind="stable")]:
            if time.monotonic() > until:
                break
            paths.price[cell] = _FORBIDDEN
            found = _around(paths, int(cell), used)
            if found is None:
                paths.price[cell] = 1.0
            else:
                used |= found
        hidden = self.primary.copy()
        for each in used.values():
            hidden |= each
        return hidden


class Attempt:
    """A choice of cells to hide, whole or in part, and the tables that the attacker must then allow."""

    def __init__(self, problem: Hiding, share: Vector) -> None:
        self._hidden = np.flatnonzero(share > EPS)
        self._at = {int(cell): column for column, cell in enumerate(self._hidden)}
        rows = csr_array(problem.sums[:, self._hidden])
        zero, part = np.zeros(rows.shape[0]), share[self._hidden]
        down = (problem.counts[self._hidden] - 1) * part
        self.programme = Programme(rows, -down, problem.room_up * part, zero, zero)
        self._prices: dict[Wish, Vector] = {}

    def unmet(self, wishes: list[Wish]) -> list[Wish]:
        """The wishes that are not met; each table found for one wish is tried on all others first."""
        short = []
        points: list[Vector] = []
        for wish in wishes:
            column = self._at[wish.cell]
            found = next((each for each in reversed(points) if each[column] * wish.sign >= wish.need - _SHORT), None)
            if found is None:
                found, prices = self._furthest(wish)
                points.append(found)
                if found[column] * wish.sign < wish.need - _SHORT:
                    short.append(wish)
                    self._prices[wish] = prices
        return short

    def prices(self, wish: Wish) -> Vector:
        """What each sum would have to give for an unmet wish to come further."""
        return self._prices[wish]

    def _furthest(self, wish: Wish) -> tuple[Vector, Vector]:
        cost = np.zeros(len(self._hidden))
        cost[self._at[wish.cell]] = -wish.sign
        answer = self.programme.least(cost)
        return answer.point, answer.row_prices


def _around(paths: "_Paths", cell: int, used: dict[Wish, Cells]) -> dict[Wish, Cells] | None:
    """Other ways for the wishes that went through a cell, None where one of them has no other."""
    found: dict[Wish, Cells] = {}
    for wish in [wish for wish, cells in used.items() if cells[cell]]:
        other = paths.through(wish)
        if np.any(paths.price[other] >= _FORBIDDEN):
            # Whoever fails first is asked first the next time: most tries end after one question.
            failed = used.pop(wish)
            rest = dict(used)
            used.clear()
            used.update({wish: failed, **rest})
            return None
        found[wish] = other
    return found


class _Paths:
    """The cells that must move together for one wish to be met, as cheaply as `price` allows."""

    def __init__(self, problem: Hiding, price: Vector) -> None:
        self.problem, self.price = problem, price
        self.usable = np.flatnonzero(problem.may_hide)
        rows = csr_array(problem.sums[:, self.usable])
        down = np.maximum(problem.counts[self.usable] - 1, 0)
        self.high = np.concatenate([np.full(len(self.usable), problem.room_up), down])
        zero = np.zeros(rows.shape[0])
        self.programme = Programme(csr_array(hstack([rows, -rows])), np.zeros(len(self.high)), self.high, zero, zero)

    def through(self, wish: Wish) -> Cells:
        """Give the cells that move. Raises CannotProtect where none can."""
        width = len(self.usable)
        up = int(np.searchsorted(self.usable, wish.cell))
        column, other = (up, up + width) if wish.sign > 0 else (up + width, up)
        self.programme.bound(column, wish.need, max(float(self.high[column]), wish.need))
        # The other direction of the wished cell must not cancel it out.
        self.programme.bound(other, 0.0, 0.0)
        price = self.price[self.usable]
        moved = self.programme.least(np.concatenate([price, price])).point > EPS
        self.programme.bound(column, 0.0, float(self.high[column]))
        self.programme.bound(other, 0.0, float(self.high[other]))
        found: Cells = np.zeros(len(self.problem.order), dtype=bool)
        found[self.usable] = moved[:width] | moved[width:]
        return found
