"""Controlled rounding: every number becomes a multiple of the base, and every sum still adds up."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, vstack

from cse_tracker.disclosure.equations import in_fixed_order, sums_matrix
from cse_tracker.disclosure.errors import CannotProtect
from cse_tracker.disclosure.model import CellKey, CountTable, broken_sums

SMALLEST_BASE = 5
SECONDS_ALLOWED = 60.0
_SOLVED, _INFEASIBLE = 0, 2
_DRAW_BITS = 64


@dataclass(frozen=True)
class Rounded:
    """Shown values and how far each may lie from its true count (`reach`). Holds no true count."""

    shown: Mapping[CellKey, int]
    base: int
    reach: int

    @property
    def relaxed(self) -> bool:
        """Whether some number had to move further than to a neighbouring multiple."""
        return self.reach >= self.base


@dataclass(frozen=True)
class Last:
    """The table as it was counted last time, and what was shown for it. Its repr shows neither."""

    counts: Mapping[CellKey, int] = field(repr=False)
    shown: Mapping[CellKey, int] = field(repr=False)

    def steady(self, key: CellKey, count: int) -> int | None:
        """The number that an unchanged cell keeps, None for a cell that has changed or was not shown."""
        return self.shown.get(key) if self.counts.get(key) == count else None


@dataclass(frozen=True)
class _Options:
    """The multiples each cell may be shown as, laid end to end, with what each would cost."""

    cell: list[int] = field(default_factory=list)
    value: list[int] = field(default_factory=list)
    cost: list[float] = field(default_factory=list)


def round_controlled(
    table: CountTable,
    *,
    base: int = 5,
    seed: bytes,
    last: Last | None = None,
    attempt: int = 0,
) -> Rounded:
    """Round to multiples of `base`: each count to one of its two neighbours (an exact multiple stays), sums kept.

    A cell whose count has not changed since `last` keeps the number it was shown as, so that months of roundings cannot
    be averaged; a cell whose count has changed is rounded as if there had been no month before, so that what was shown
    then says nothing about it (decision 12's lone 5 that becomes 0). Then the least total change wins; ties fall by
    `seed` and the table's name. When no such rounding
    exists (linked three-way tables) a change of up to 2 * base - 1 is allowed, and `relaxed` is true.
    A later `attempt` deliberately gives other roundings, with more change. Formula: statistics.md D.2.

    Raises CannotProtect when the base is under 5, the seed is empty, or the solver finds nothing.
    """
    if base < SMALLEST_BASE or not seed:
        raise CannotProtect(f"rounding needs a base of at least {SMALLEST_BASE} and a seed")
    for reach in (base - 1, 2 * base - 1):
        options = _options(table, base, reach, _Draws(seed, table.name, attempt), last)
        shown = _solve(table, options, base)
        if shown is not None:
            return Rounded(MappingProxyType(shown), base, reach)
    raise CannotProtect(f"no rounding of {table.name} to multiples of {base} adds up")


class _Draws:
    """Numbers in [0, 1) that only the holder of the seed can foretell, the same for the same cell each time."""

    def __init__(self, seed: bytes, name: str, attempt: int) -> None:
        self.attempt = attempt
        self._seed = seed
        self._name = name

    def of(self, key: CellKey, value: int) -> float:
        text = json.dumps([self._name, self.attempt, key, value]).encode()
        drawn = hmac.new(self._seed, text, hashlib.sha256).digest()[: _DRAW_BITS // 8]
        return int.from_bytes(drawn, "big") / (1 << _DRAW_BITS)


def _options(table: CountTable, base: int, reach: int, draws: _Draws, last: Last | None) -> _Options:
    # Three wishes in one number, each outweighing all later ones together: keep an unchanged cell's number, change
    # little, and only then the seeded tie-break (whose sum stays below 1 in the first attempt).
    cells = len(table.cells) + 1
    moved = 2 * base * cells
    options = _Options()
    for index, key in enumerate(in_fixed_order(table.cells)):
        count = table.cells[key]
        values = _multiples(count, base, reach)
        kept = last.steady(key, count) if last else None
        for value in values:
            change = abs(value - count)
            cost = change + draws.of(key, value) * (1 / cells + base * draws.attempt)
            cost += moved * (kept in values and value != kept)
            options.cell.append(index)
            options.value.append(value)
            options.cost.append(cost)
    return options


def _multiples(count: int, base: int, reach: int) -> range:
    lowest = max(0, -((reach - count) // base))
    return range(lowest * base, count + reach + 1, base)


def _solve(table: CountTable, options: _Options, base: int) -> dict[CellKey, int] | None:
    order = in_fixed_order(table.cells)
    width = len(options.cell)
    one_each = csr_array((np.ones(width), (options.cell, range(width))), shape=(len(order), width))
    # Steps above each cell's lowest option, not the values themselves, keep the coefficients tiny in a large table.
    lowest = np.full(len(order), np.iinfo(np.int64).max)
    np.minimum.at(lowest, options.cell, options.value)
    steps = (np.array(options.value) - lowest[options.cell]) // base
    sums = sums_matrix(order, table.constraints)
    rows = vstack([one_each, sums @ (one_each @ _diagonal(steps))])
    right = np.concatenate([np.ones(len(order)), -(sums @ (lowest // base))])
    answer = milp(
        options.cost,
        integrality=np.ones(width, dtype=np.int64),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(rows, right, right),
        options={"mip_rel_gap": 0.0, "time_limit": SECONDS_ALLOWED},
    )
    if answer.status == _INFEASIBLE:
        return None
    if answer.status != _SOLVED or answer.x is None:
        raise CannotProtect(f"the solver gave up on {table.name}: {answer.message}")
    return _chosen(table, order, options, answer.x)


def _diagonal(values: np.ndarray[tuple[int], np.dtype[np.int64]]) -> csr_array[np.float64]:
    width = range(len(values))
    return csr_array((values.astype(np.float64), (width, width)), shape=(len(values), len(values)))


def _chosen(
    table: CountTable, order: list[CellKey], options: _Options, taken: np.ndarray[tuple[int], np.dtype[np.float64]]
) -> dict[CellKey, int]:
    found = {
        order[cell]: value
        for cell, value, share in zip(options.cell, options.value, taken, strict=True)
        if share > 1 / 2
    }
    if found.keys() != table.cells.keys() or broken_sums(found, table.constraints):
        raise CannotProtect(f"the solver's rounding of {table.name} does not add up")
    return {key: found[key] for key in table.cells}
