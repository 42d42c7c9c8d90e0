"""The sums of a table as linear equations, for the solvers."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from scipy.sparse import csr_array

from cse_tracker.disclosure.model import CellKey, Constraint


def in_fixed_order(keys: Iterable[CellKey]) -> list[CellKey]:
    """The cells in an order that does not depend on how the table was put together, so neither does any solution."""
    return sorted(keys)


def sums_matrix(order: Sequence[CellKey], constraints: Sequence[Constraint]) -> csr_array[np.float64]:
    """One row per constraint, one column per cell: +1 for a part, -1 for the total; rows times counts are zero."""
    column: Mapping[CellKey, int] = {key: index for index, key in enumerate(order)}
    rows, columns, values = [], [], []
    for row, constraint in enumerate(constraints):
        for key, value in ((constraint.total, -1.0), *((part, 1.0) for part in constraint.parts)):
            rows.append(row)
            columns.append(column[key])
            values.append(value)
    return csr_array((np.array(values), (rows, columns)), shape=(len(constraints), len(order)))
