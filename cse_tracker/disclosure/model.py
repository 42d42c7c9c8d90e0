"""The one table of counts that every protection method and every audit works on: cells, and the sums that link them."""

import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, SupportsIndex

from cse_tracker.disclosure.errors import InvalidTable

CellKey = tuple[tuple[str, str], ...]
"""What a cell counts: (dimension, category) pairs in dimension order. A dimension left out is summed over."""

GRAND_TOTAL: CellKey = ()
COUNT_COLUMN = "count"


def cell_key(*pairs: tuple[str, str]) -> CellKey:
    """The key of the cell counting those in all the given (dimension, category) pairs, in whatever order they come.

    Raises InvalidTable for a repeated dimension, an empty word, or a dimension called like the column of counts.
    """
    dimensions = [dimension for dimension, _ in pairs]
    if len(set(dimensions)) != len(dimensions):
        raise InvalidTable(f"a cell names one dimension twice: {sorted(dimensions)}")
    if COUNT_COLUMN in dimensions or not all(dimension and category for dimension, category in pairs):
        raise InvalidTable(f"a dimension is empty or called {COUNT_COLUMN!r}, or a category is empty: {sorted(pairs)}")
    return tuple(sorted(pairs))


def spoken(key: CellKey) -> str:
    """The key in words, for messages."""
    return ", ".join(f"{dimension} {category}" for dimension, category in key) or "the grand total"


@dataclass(frozen=True)
class Constraint:
    """One sum of a table: the count in `total` equals the counts in `parts` added together.

    Sub-regions, flows and earlier months are further constraints of the same kind, not another kind of table.
    """

    total: CellKey
    parts: tuple[CellKey, ...]

    def __post_init__(self) -> None:
        if not self.parts or len({self.total, *self.parts}) != len(self.parts) + 1:
            raise InvalidTable(f"the parts of {spoken(self.total)} are missing, repeated, or contain the total itself")


@dataclass(frozen=True)
class CountTable:
    """True counts, margins included, and the sums they obey. Its repr shows no count.

    `name` must be the same each month for what is the same table: rounding is steady and seeded by it.
    `totals_label` is the word a row shows for a dimension summed over.
    Raises InvalidTable unless counts are whole and not negative, keys come from `cell_key`, and all sums hold.
    """

    name: str
    cells: Mapping[CellKey, int] = field(repr=False)
    constraints: tuple[Constraint, ...] = field(default=(), repr=False)
    totals_label: str = "Total"

    def __post_init__(self) -> None:
        if not self.name or not self.totals_label or not self.cells:
            raise InvalidTable("a table needs a name, a word for its totals, and at least one cell")
        whole = {key: _whole(key, count) for key, count in self.cells.items()}
        object.__setattr__(self, "cells", MappingProxyType(whole))
        object.__setattr__(self, "constraints", tuple(self.constraints))
        if broken := broken_sums(self.cells, self.constraints):
            raise InvalidTable(f"{spoken(broken[0].total)} is not the sum of its parts in {self.name}")


def broken_sums(values: Mapping[CellKey, int], constraints: Sequence[Constraint]) -> list[Constraint]:
    """The constraints that the values do not obey. Raises InvalidTable when one names a cell without a value."""
    for constraint in constraints:
        if missing := {constraint.total, *constraint.parts} - values.keys():
            raise InvalidTable(f"a sum names a cell that the table lacks: {spoken(min(missing))}")
    return [c for c in constraints if values[c.total] != sum(values[part] for part in c.parts)]


def table_to_stored(table: CountTable) -> dict[str, Any]:
    """The true counts as plain JSON values, for a sealed snapshot and nowhere else."""
    place = {key: index for index, key in enumerate(table.cells)}
    return {
        "name": table.name,
        "totals_label": table.totals_label,
        "cells": [[[list(pair) for pair in key], count] for key, count in table.cells.items()],
        "constraints": [[place[c.total], [place[part] for part in c.parts]] for c in table.constraints],
    }


def table_from_stored(stored: Mapping[str, Any]) -> CountTable:
    """The table that `table_to_stored` wrote. Raises InvalidTable or KeyError for anything else."""
    keys = [cell_key(*((dimension, category) for dimension, category in key)) for key, _ in stored["cells"]]
    cells = dict(zip(keys, (count for _, count in stored["cells"]), strict=True))
    sums = tuple(Constraint(keys[total], tuple(keys[part] for part in parts)) for total, parts in stored["constraints"])
    return CountTable(stored["name"], cells, sums, stored["totals_label"])


def single(name: str, count: int, *, totals_label: str = "Total") -> CountTable:
    """A table of one number."""
    return CountTable(name, {GRAND_TOTAL: count}, totals_label=totals_label)


def apart(name: str, dimension: str, counts: Mapping[str, int], *, totals_label: str = "Total") -> CountTable:
    """Counts that overlap and so have no total: somebody may be in two of them."""
    return CountTable(name, {cell_key((dimension, each)): count for each, count in counts.items()}, (), totals_label)


def one_way_tables(name: str, totals_label: str, breakdowns: Mapping[str, Mapping[str, int]]) -> CountTable:
    """Several breakdowns {dimension: {category: count}} of the same people, linked by their one total.

    Raises InvalidTable when the breakdowns do not all add up to the same total, or one is empty.
    """
    sums = {sum(categories.values()) for categories in breakdowns.values()}
    if len(sums) != 1:
        raise InvalidTable(f"the breakdowns of {name} do not share one total")
    cells: dict[CellKey, int] = {GRAND_TOTAL: sums.pop()}
    constraints = []
    for dimension, categories in breakdowns.items():
        parts = {cell_key((dimension, category)): count for category, count in categories.items()}
        cells |= parts
        constraints.append(Constraint(GRAND_TOTAL, tuple(parts)))
    return CountTable(name, cells, tuple(constraints), totals_label)


def overlapping(table: CountTable, dimension: str, counts: Mapping[str, int]) -> CountTable:
    """The table with groups of its people that overlap: for each, who is in it and who is not, so that both add up.

    Without the second one a group could be shown larger than everybody together, and that would say something.
    """
    cells, constraints = dict(table.cells), list(table.constraints)
    for group, count in counts.items():
        within, without = cell_key((dimension, group)), cell_key((dimension, outside(group)))
        cells |= {within: count, without: cells[GRAND_TOTAL] - count}
        constraints.append(Constraint(GRAND_TOTAL, (within, without)))
    return CountTable(table.name, cells, tuple(constraints), table.totals_label)


def outside(group: str) -> str:
    """The category of everybody who is not in a group."""
    return f"Not: {group}"


def two_way_table(
    name: str,
    row_dimension: str,
    column_dimension: str,
    counts: Mapping[tuple[str, str], int],
    *,
    rows: Sequence[str],
    columns: Sequence[str],
    totals_label: str = "Total",
) -> CountTable:
    """Counts {(row, column): count} with row, column and grand totals; a pair left out counts 0.

    Raises InvalidTable for a row or column listed twice or not at all, or a count outside those listed.
    """
    _refuse_unlisted(name, counts, rows, columns)
    pairs = [(row, column) for row in rows for column in columns]
    cells = {cell_key((row_dimension, pair[0]), (column_dimension, pair[1])): counts.get(pair, 0) for pair in pairs}
    constraints = []
    for dimension, names, other, others in (
        (row_dimension, rows, column_dimension, columns),
        (column_dimension, columns, row_dimension, rows),
    ):
        for category in names:
            margin = cell_key((dimension, category))
            parts = tuple(cell_key((dimension, category), (other, each)) for each in others)
            cells[margin] = sum(cells[part] for part in parts)
            constraints.append(Constraint(margin, parts))
        constraints.append(Constraint(GRAND_TOTAL, tuple(cell_key((dimension, category)) for category in names)))
    cells[GRAND_TOTAL] = sum(counts.values())
    return CountTable(name, cells, tuple(constraints), totals_label)


def _refuse_unlisted(
    name: str, counts: Mapping[tuple[str, str], int], rows: Sequence[str], columns: Sequence[str]
) -> None:
    if not rows or not columns or len(set(rows)) != len(rows) or len(set(columns)) != len(columns):
        raise InvalidTable(f"{name} needs rows and columns, each listed once")
    if any(row not in rows or column not in columns for row, column in counts):
        raise InvalidTable(f"{name} has a count outside its listed rows and columns")


def _whole(key: CellKey, count: SupportsIndex) -> int:
    if cell_key(*key) != key:
        raise InvalidTable(f"the dimensions of a key are out of order: {spoken(key)}")
    if isinstance(count, bool):
        raise InvalidTable(f"the count of {spoken(key)} is not a number")
    try:
        whole = operator.index(count)
    except TypeError:
        raise InvalidTable(f"the count of {spoken(key)} is not a whole number") from None
    if whole < 0:
        raise InvalidTable(f"the count of {spoken(key)} is negative")
    return whole
