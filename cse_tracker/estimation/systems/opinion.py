"""The second opinion: everything that list overlaps can say, or why they can say nothing but a lower bound."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cse_tracker.estimation.problems import CannotEstimate
from cse_tracker.estimation.systems import resampled
from cse_tracker.estimation.systems.bounds import Chapman, LowerBound, chapman, lower_bound
from cse_tracker.estimation.systems.choosing import THRESHOLD, Added, Choice, compared, stepwise
from cse_tracker.estimation.systems.loglinear import LogLinear, fit, hierarchical
from cse_tracker.estimation.systems.overlaps import Overlaps, Term
from cse_tracker.estimation.systems.resampled import Bootstrap

ENOUGH_SHARED: Final = 5
CAUTION: Final = (
    "Choosing interactions step by step overstates how reliable such an estimate is (Whitehead, Jackson, Balch and "
    "Francis, Journal of Human Trafficking 2021). Lists that refer to one another, and young people whom no list could "
    "ever hold, break its assumptions."
)
_Z: Final = 1.959963984540054


@dataclass(frozen=True)
class Asked:
    """What is asked of the lists.

    `interactions` chosen by a person, None for the stepwise rule; `despite_few` fits a model although overlaps are too
    few, which is said beside the answer.
    """

    interactions: tuple[tuple[str, ...], ...] | None = None
    threshold: float = THRESHOLD
    draws: int = resampled.DRAWS
    seed: int = resampled.SEED
    despite_few: bool = False


@dataclass(frozen=True)
class SecondOpinion:
    """What the lists say.

    `refusal` says why there is no estimate; then only `bound` stands, and `chapman`, `model`, `choice` and `bootstrap`
    are None. `total`, `low` and `high` are observed and unseen young people together. With two lists they are
    Chapman's; with more they come from `model`, the limits from the logarithm of the unseen taken as normal.
    """

    data: Overlaps
    asked: Asked
    refusal: str
    total: float | None
    low: float | None
    high: float | None
    bound: LowerBound
    chapman: Chapman | None
    model: LogLinear | None
    steps: tuple[Added, ...]
    choice: Choice | None
    bootstrap: Bootstrap | None
    cautions: tuple[str, ...]


def second_opinion(data: Overlaps, asked: Asked | None = None, cautions: tuple[str, ...] = ()) -> SecondOpinion:
    """Everything the lists allow; raises CannotEstimate where they hold nobody, or an interaction names no list."""
    asked = asked or Asked()
    if data.observed <= 0:
        raise CannotEstimate("Nobody stands on any of the lists")
    terms = None if asked.interactions is None else hierarchical(_terms(data, asked.interactions))
    bound = lower_bound(data)
    notes = (*cautions, *_cautions(data))
    refusal = too_few(data)
    if refusal and not asked.despite_few:
        return _refused(data, asked, refusal, bound, notes)
    if refusal:
        notes = (f"Estimated although this would be refused: {refusal}", *notes)
    if len(data.lists) == 2:
        found = chapman(data)
        notes = (
            *notes,
            "Two lists cannot show whether they depend on one another; the answer takes it that they do not.",
        )
        return SecondOpinion(
            data, asked, "", found.total, found.low, found.high, bound, found, None, (), None, None, notes
        )
    return _modelled(data, asked, terms, bound, notes)


def too_few(data: Overlaps) -> str:
    """Why the overlaps are too few for an estimate; an empty text if they are enough.

    Most pairs of lists must share 5 young people or more, and two lists must share 5.
    """
    shared = [data.shared(pair) for pair in data.pairs]
    enough = sum(number >= ENOUGH_SHARED for number in shared)
    if len(shared) == 1 and not enough:
        return f"The two lists share {shared[0]:.0f} young people; at least {ENOUGH_SHARED} are needed."
    if enough * 2 <= len(shared):
        return (
            f"Only {enough} of {len(shared)} pairs of lists share {ENOUGH_SHARED} young people or more; "
            "more than half must."
        )
    return ""


def _modelled(
    data: Overlaps, asked: Asked, terms: tuple[Term, ...] | None, bound: LowerBound, notes: tuple[str, ...]
) -> SecondOpinion:
    steps: tuple[Added, ...] = ()
    if terms is None:
        model, steps = stepwise(data, asked.threshold)
    else:
        model = fit(data, terms)
    if model is None:
        what = "independent lists" if terms is None else "these interactions"
        return _refused(data, asked, f"A model of {what} has no finite answer on these overlaps.", bound, notes)
    if model.total < bound.total:
        notes = (*notes, "The estimate lies below Chao’s lower bound: lists seem to avoid one another’s young people.")
    margin = _Z * model.intercept_se
    low, high = (data.observed + model.unseen * math.exp(sign * margin) for sign in (-1, 1))
    limits = (
        resampled.bootstrap(
            data, model.total, threshold=asked.threshold, terms=terms, draws=asked.draws, seed=asked.seed
        )
        if asked.draws
        else None
    )
    return SecondOpinion(
        data, asked, "", model.total, low, high, bound, None, model, steps, compared(data, model), limits,
        (*notes, CAUTION),
    )  # fmt: skip


def _refused(data: Overlaps, asked: Asked, refusal: str, bound: LowerBound, notes: tuple[str, ...]) -> SecondOpinion:
    return SecondOpinion(data, asked, refusal, None, None, None, bound, None, None, (), None, None, notes)


def _terms(data: Overlaps, interactions: Sequence[Sequence[str]]) -> list[Term]:
    places = {name: place for place, name in enumerate(data.lists)}
    terms = []
    for names in interactions:
        for name in names:
            if name not in places:
                raise CannotEstimate(f"{name} is none of the lists ({', '.join(data.lists)})")
        if not 1 < len(set(names)) < len(data.lists):
            raise CannotEstimate(f"{':'.join(names)} is not an interaction of some of the lists")
        terms.append(tuple(places[name] for name in names))
    return terms


def _cautions(data: Overlaps) -> tuple[str, ...]:
    notes = []
    nobody = [name for place, name in enumerate(data.lists) if data.shared((place,)) == 0]
    if nobody:
        notes.append(f"Nobody stands on {', '.join(nobody)}, which adds nothing.")
    everybody = [name for place, name in enumerate(data.lists) if data.shared((place,)) == data.observed]
    if everybody:
        notes.append(f"Everybody stands on {', '.join(everybody)}, so it cannot tell how many are on none.")
    for first, second in data.pairs:
        apart = (data.patterns[:, first] != data.patterns[:, second]) & (data.counts > 0)
        if not apart.any():
            notes.append(f"{data.lists[first]} and {data.lists[second]} hold the same young people: one list, twice?")
    empty = [data.name(pair) for pair in data.pairs if data.shared(pair) == 0]
    if empty:
        notes.append(f"No young person stands on both of {', '.join(empty)}.")
    return tuple(notes)
