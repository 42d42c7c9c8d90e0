"""How many young people stand on which lists: one count for every pattern, and nothing about anybody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations, product
from typing import Final

import numpy as np
import numpy.typing as npt

from cse_tracker.estimation.problems import CannotEstimate
from cse_tracker.estimation.rates import Numbers

MOST_LISTS: Final = 10
_FEWEST_LISTS: Final = 2

Pattern = tuple[int, ...]
Term = tuple[int, ...]


@dataclass(frozen=True)
class Overlaps:
    """Names of the lists and, for every pattern but "on none", the number of young people with it.

    `patterns` is cells by lists, of 0 and 1, ordered by the number of lists and then as read; `counts` goes with it and
    holds 0 where nobody was found.
    """

    lists: tuple[str, ...]
    patterns: npt.NDArray[np.int64]
    counts: Numbers
    _masks: dict[Term, npt.NDArray[np.bool_]] = field(default_factory=dict, repr=False, compare=False)

    @property
    def observed(self) -> float:
        """How many young people stand on at least one list."""
        return float(self.counts.sum())

    @cached_property
    def pairs(self) -> tuple[Term, ...]:
        """Every pair of lists, in order."""
        return tuple(combinations(range(len(self.lists)), 2))

    def on_all(self, term: Term) -> npt.NDArray[np.bool_]:
        """Which cells lie on every list of the term."""
        mask = self._masks.get(term)
        if mask is None:
            mask = self._masks[term] = np.asarray(self.patterns[:, list(term)].all(axis=1), dtype=np.bool_)
        return mask

    def shared(self, term: Term) -> float:
        """How many young people stand on every list of the term, on whatever others besides."""
        return float(self.counts[self.on_all(term)].sum())

    def name(self, term: Term) -> str:
        """The term in words, such as `police:health`."""
        return ":".join(self.lists[place] for place in term)

    def caught(self, times: int) -> float:
        """How many young people stand on exactly so many lists."""
        return float(self.counts[self.patterns.sum(axis=1) == times].sum())

    def recounted(self, counts: Numbers) -> "Overlaps":
        """The same lists with other counts."""
        return Overlaps(self.lists, self.patterns, counts, self._masks)


def overlaps(lists: Sequence[str], counts: Mapping[Pattern, float]) -> Overlaps:
    """Every cell from the counts that are known; a pattern that is not named counts 0.

    Raises CannotEstimate for fewer than 2 or more than 10 lists.
    """
    if not _FEWEST_LISTS <= len(lists) <= MOST_LISTS:
        raise CannotEstimate(
            f"There are {len(lists)} lists; the method needs {_FEWEST_LISTS} and manages {MOST_LISTS}. "
            "Small lists of a kind can be put together."
        )
    every = [pattern for pattern in product((1, 0), repeat=len(lists)) if any(pattern)]
    every.sort(key=sum)
    values = np.array([float(counts.get(pattern, 0.0)) for pattern in every])
    return Overlaps(tuple(lists), np.array(every, dtype=np.int64), values)
