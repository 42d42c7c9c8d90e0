"""The calculations of the method, step by step, on arrays (report, appendix I, steps 4 to 6)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cse_tracker.estimation import components, rates, regression
from cse_tracker.estimation.components import Components
from cse_tracker.estimation.inputs import EstimationInputs
from cse_tracker.estimation.problems import CannotEstimate
from cse_tracker.estimation.rates import Numbers
from cse_tracker.estimation.regression import Line

Positions = npt.NDArray[np.intp]
_THOUSAND = 1000.0


@dataclass(frozen=True)
class Fitted:
    """What every figure of a run follows from.

    `standard` is areas by indicators, standardised; `thousands` residents aged 10-19 by area; `at` the positions of
    the anchors among the areas; `anchor_rates` identified young people per 1,000 in them.
    """

    standard: Numbers
    found: Components
    thousands: Numbers
    at: Positions
    anchor_rates: Numbers
    line: Line

    @property
    def scores(self) -> Numbers:
        """The factor scores, one an area."""
        return self.found.scores

    @property
    def estimates(self) -> Numbers:
        """Young people estimated, one an area."""
        return self.thousands * self.line.at(self.scores)


def fit(inputs: EstimationInputs) -> Fitted:
    """Components, scores and the line through the anchors; raises CannotEstimate where the method has no answer."""
    components.refuse_too_few(len(inputs.areas), len(inputs.indicators))
    standard = rates.standardised(rates.indicator_rates(inputs))
    found = components.principal_components(standard)
    position = {area: place for place, area in enumerate(inputs.areas)}
    at = np.array([position[anchor] for anchor in inputs.anchors], dtype=np.intp)
    identified = np.array([_number_of(inputs, place) for place in at.tolist()], dtype=np.float64)
    anchor_rates = rates.per_thousand(identified, np.array(inputs.population)[at])
    with np.errstate(over="ignore", invalid="ignore"):  # what overflows here is refused with the estimates
        line = regression.fit(found.scores[at], anchor_rates)
    return Fitted(standard, found, np.array(inputs.population) / _THOUSAND, at, anchor_rates, line)


def _number_of(inputs: EstimationInputs, position: int) -> float:
    identified = inputs.identified[position]
    if identified is None:
        raise CannotEstimate(f"{inputs.areas[position]} is an anchor but has no identified number")
    return identified


def floats(numbers: Numbers | Sequence[float]) -> tuple[float, ...]:
    """Plain numbers for a result."""
    return tuple(float(number) for number in numbers)
