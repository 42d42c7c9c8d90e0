"""Made-up cases of 33 boroughs over twelve months, and the two designs that protection is measured on.

Sizes follow the trial behind decision 32: about 3,300 spells and 1,540 open cases a month, a City of three or four.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cse_tracker.disclosure.model import GRAND_TOTAL, CellKey, Constraint, CountTable, cell_key

BOROUGHS = 33
MONTHS = 12
OPEN = 1_540
CATEGORIES: Mapping[str, tuple[tuple[str, float], ...]] = {
    "level": (("1", 0.54), ("2", 0.34), ("3", 0.12)),
    "certainty": (("indicated", 0.76), ("known", 0.24)),
    "sex": (("female", 0.91), ("male", 0.09)),
    "age": (("under 13", 0.06), ("13 to 15", 0.54), ("16 and over", 0.40)),
}


@dataclass(frozen=True)
class London:
    """One row for each spell: its borough, its categories, and the months in which it was open, first and last."""

    rows: pd.DataFrame

    def open_in(self, month: int) -> pd.DataFrame:
        """The spells open at the end of a month."""
        return self.rows[(self.rows["first"] <= month) & (self.rows["last"] >= month)]


def made_up(seed: int = 1, *, open_cases: int = OPEN) -> London:
    """Make London up: boroughs of very unequal size, spells of nine months on average."""
    draw = np.random.default_rng(seed)
    weights = np.exp(draw.normal(0, 0.5, BOROUGHS))
    weights[0] = weights.mean() * 0.07
    spells = int(open_cases * 2.16)
    first = np.where(draw.random(spells) < 0.9 * open_cases / spells, 0, draw.integers(0, MONTHS, spells))
    rows = {
        "borough": draw.choice(BOROUGHS, spells, p=weights / weights.sum()),
        "first": first,
        "last": first + draw.geometric(1 / 9, spells) - 1,
    }
    for dimension, shares in CATEGORIES.items():
        rows[dimension] = draw.choice([name for name, _ in shares], spells, p=[share for _, share in shares])
    frame = pd.DataFrame(rows)
    frame["borough"] = frame["borough"].map("B{:02}".format)
    return London(frame)


def one_way(spells: pd.DataFrame, name: str = "one-way") -> CountTable:
    """Borough by level, by certainty, by sex and by age, each apart, with totals and London: 374 cells."""
    return _linked(name, spells, [(each,) for each in CATEGORIES])


def two_way(spells: pd.DataFrame, name: str = "two-way") -> CountTable:
    """Borough by level and certainty, by sex and by age: 578 cells."""
    return _linked(name, spells, [("level", "certainty"), ("sex",), ("age",)])


def _linked(name: str, spells: pd.DataFrame, breakdowns: list[tuple[str, ...]]) -> CountTable:
    boroughs = [f"B{number:02}" for number in range(BOROUGHS)]
    within = [key for each in breakdowns for key in _keys(each)]
    counted = {key: _counts(spells, key) for key in dict.fromkeys([GRAND_TOTAL, *within])}
    cells: dict[CellKey, int] = {}
    for key, by_borough in counted.items():
        for borough in boroughs:
            cells[cell_key(("borough", borough), *key)] = int(by_borough.get(borough, 0))
        cells[cell_key(*key)] = sum(cells[cell_key(("borough", borough), *key)] for borough in boroughs)
    sums = [
        Constraint(cell_key(*key), tuple(cell_key(("borough", each), *key) for each in boroughs)) for key in counted
    ]
    for place in [(), *((("borough", each),) for each in boroughs)]:
        for dimensions in breakdowns:
            sums += _sums(place, dimensions)
    return CountTable(name, cells, tuple(sums))


def _keys(dimensions: tuple[str, ...]) -> Iterable[CellKey]:
    names = {each: [name for name, _ in CATEGORIES[each]] for each in dimensions}
    for each in dimensions:
        yield from (cell_key((each, name)) for name in names[each])
    if len(dimensions) == 2:
        one, other = dimensions
        yield from (cell_key((one, first), (other, second)) for first in names[one] for second in names[other])


def _sums(place: CellKey, dimensions: tuple[str, ...]) -> Iterable[Constraint]:
    names = {each: [name for name, _ in CATEGORIES[each]] for each in dimensions}
    for each in dimensions:
        yield Constraint(cell_key(*place), tuple(cell_key(*place, (each, name)) for name in names[each]))
    if len(dimensions) == 2:
        one, other = dimensions
        for own, across in ((one, other), (other, one)):
            for name in names[own]:
                margin = cell_key(*place, (own, name))
                yield Constraint(margin, tuple(cell_key(*place, (own, name), (across, each)) for each in names[across]))


def _counts(spells: pd.DataFrame, key: CellKey) -> dict[str, int]:
    dimensions = [dimension for dimension, _ in key]
    if not dimensions:
        return dict(spells["borough"].value_counts())
    sizes = spells.groupby([*dimensions, "borough"]).size()
    wanted = tuple(category for _, category in key)
    found: list[tuple[Any, Any]] = list(sizes.items())
    return {str(at[-1]): int(size) for at, size in found if at[:-1] == wanted}
