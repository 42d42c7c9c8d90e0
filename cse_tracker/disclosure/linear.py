"""One linear programme asked many questions: the rows and bounds stay, only the objective changes between answers.

SciPy ships the HiGHS solver but its public doors build a new model for every question, which costs far more than the
answers. Where SciPy's inner door is not as expected, the public one gives the same answers, more slowly.
"""

from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csc_array, csr_array

from cse_tracker.disclosure.errors import CannotProtect

try:
    highs: Any = import_module("scipy.optimize._highspy._core")
except ImportError:  # another SciPy than the locked one
    highs = None

Vector = np.ndarray[tuple[int], np.dtype[np.float64]]


@dataclass(frozen=True)
class Answer:
    """Where the objective is least: the point, what each row and each column's bounds cost there."""

    value: float
    point: Vector
    row_prices: Vector
    column_prices: Vector


class Programme:
    """Columns within bounds, and rows with `row_low <= rows @ x <= row_high`."""

    def __init__(
        self, rows: csr_array[np.float64], low: Vector, high: Vector, row_low: Vector, row_high: Vector
    ) -> None:
        self._rows, self._low, self._high = rows, low.astype(np.float64), high.astype(np.float64)
        self._row_low, self._row_high = row_low, row_high
        self._model: Any = self._persistent() if highs is not None else None

    def least(self, cost: Vector) -> Answer:
        """Solve for the least `cost @ x`. Raises CannotProtect where there is no answer or none was found."""
        return self._ask_persistent(cost) if self._model is not None else self._ask_anew(cost)

    def bound(self, column: int, low: float, high: float) -> None:
        """Let a column move between other bounds from the next question on."""
        self._low[column], self._high[column] = low, high
        if self._model is not None:
            self._model.changeColBounds(column, low, high)

    def _persistent(self) -> Any:
        model = highs._Highs()  # noqa: SLF001 - the only door that keeps a model between questions
        model.setOptionValue("output_flag", False)  # noqa: FBT003 - the library's own form
        model.setOptionValue("threads", 1)
        columns = csc_array(self._rows)
        lp = highs.HighsLp()
        lp.num_col_, lp.num_row_ = len(self._low), len(self._row_low)
        lp.col_cost_ = np.zeros(len(self._low))
        lp.col_lower_, lp.col_upper_ = _infinite(self._low), _infinite(self._high)
        lp.row_lower_, lp.row_upper_ = _infinite(self._row_low), _infinite(self._row_high)
        lp.a_matrix_.format_ = highs.MatrixFormat.kColwise
        lp.a_matrix_.num_col_, lp.a_matrix_.num_row_ = lp.num_col_, lp.num_row_
        lp.a_matrix_.start_ = columns.indptr.astype(np.int32)
        lp.a_matrix_.index_ = columns.indices.astype(np.int32)
        lp.a_matrix_.value_ = columns.data
        model.passModel(lp)
        return model

    def _ask_persistent(self, cost: Vector) -> Answer:
        model = self._model
        model.changeColsCost(len(cost), np.arange(len(cost), dtype=np.int32), cost)
        model.run()
        if model.getModelStatus() != highs.HighsModelStatus.kOptimal:
            # A start from the answer before can lose its footing; a fresh start rarely does.
            model.clearSolver()
            model.run()
        if model.getModelStatus() != highs.HighsModelStatus.kOptimal:
            raise CannotProtect(f"the solver gave up: {model.modelStatusToString(model.getModelStatus())}")
        found = model.getSolution()
        point = np.array(found.col_value)
        return Answer(float(cost @ point), point, np.array(found.row_dual), np.array(found.col_dual))

    def _ask_anew(self, cost: Vector) -> Answer:
        both = csr_array(np.vstack([self._rows.toarray(), -self._rows.toarray()]))
        right = np.concatenate([self._row_high, -self._row_low])
        kept = np.isfinite(right)
        bounds: Any = np.column_stack([self._low, self._high])
        matrix: Any = both[kept]
        found: Any = linprog(cost, A_ub=matrix, b_ub=right[kept], bounds=bounds, method="highs")
        if found.status != 0:
            raise CannotProtect(f"the solver gave up: {found.message}")
        prices = np.zeros(len(right))
        prices[kept] = found.ineqlin.marginals
        count = len(self._row_low)
        return Answer(
            float(found.fun), found.x, prices[:count] - prices[count:], found.lower.marginals + found.upper.marginals
        )


def _infinite(values: Vector) -> Vector:
    return np.asarray(values, dtype=np.float64)
