"""Why a total is another one than that of an earlier run: taken apart into what was changed."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from itertools import combinations
from math import factorial
from typing import Final

from cse_tracker.estimation.estimate import run
from cse_tracker.estimation.inputs import EstimationInputs
from cse_tracker.estimation.problems import CannotEstimate

PARTS: Final = ("indicators", "population", "identified", "anchors")


@dataclass(frozen=True)
class Part:
    """What one change did to the total, in young people; `words` name it."""

    words: str
    by: float


@dataclass(frozen=True)
class Change:
    """The totals of both runs and the parts between them, which add up to the difference."""

    before: float
    after: float
    parts: tuple[Part, ...]


def change(before: EstimationInputs, after: EstimationInputs) -> Change:
    """Take the difference apart. Each part is what its change does on average over every order of the changes.

    (Shapley's value: no order is better than another, and the parts add up.) Areas that only one run has are a part of
    their own. Raises CannotEstimate where the method has no answer half-way, such as fewer than three anchors in both.
    """
    first, last = run(before).total.estimate, run(after).total.estimate
    common = [area for area in before.areas if area in set(after.areas)]
    old, new = _only(before, common), _only(after, common)
    totals = {
        frozenset(taken): run(_mixed(old, new, taken)).total.estimate
        for size in range(len(PARTS) + 1)
        for taken in combinations(PARTS, size)
    }
    words = {
        "indicators": "Other figures of the indicators",
        "population": "Other numbers of residents",
        "identified": "Other numbers identified in the anchors",
        "anchors": "Other anchors",
    }
    parts = [Part(words[each], _share(each, totals)) for each in PARTS]
    areas = (last - totals[frozenset(PARTS)]) - (first - totals[frozenset()])
    if set(before.areas) != set(after.areas):
        parts.append(Part("Areas that only one of the runs has", areas))
    return Change(first, last, tuple(parts))


def _share(part: str, totals: dict[frozenset[str], float]) -> float:
    others = [each for each in PARTS if each != part]
    found = 0.0
    for size in range(len(others) + 1):
        weight = factorial(size) * factorial(len(others) - size) / factorial(len(PARTS))
        for taken in combinations(others, size):
            found += weight * (totals[frozenset((*taken, part))] - totals[frozenset(taken)])
    return found


def _only(inputs: EstimationInputs, areas: list[str]) -> EstimationInputs:
    place = {area: k for k, area in enumerate(inputs.areas)}
    at = [place[area] for area in areas]
    return replace(
        inputs,
        areas=tuple(areas),
        values=tuple(inputs.values[k] for k in at),
        population=tuple(inputs.population[k] for k in at),
        identified=tuple(inputs.identified[k] for k in at),
        anchors=tuple(area for area in inputs.anchors if area in set(areas)),
    )


def _mixed(old: EstimationInputs, new: EstimationInputs, taken: Collection[str]) -> EstimationInputs:
    """The old inputs with the named parts of the new; an anchor without a number in the mixture is left out."""
    figures = new if "indicators" in taken else old
    identified = (new if "identified" in taken else old).identified
    has = {area for area, number in zip(old.areas, identified, strict=True) if number is not None}
    anchors = tuple(area for area in (new if "anchors" in taken else old).anchors if area in has)
    if len(anchors) < 3:
        raise CannotEstimate("The change cannot be taken apart: the runs share fewer than three anchors with a number")
    return replace(
        old,
        indicators=figures.indicators,
        units=figures.units,
        values=figures.values,
        population=(new if "population" in taken else old).population,
        identified=identified,
        anchors=anchors,
    )
