"""The joint attacker: somebody who lays every figure ever published side by side and knows how figures must add up.

What is known is a list of `Figure`s (a count, or a sum of counts, lies between two numbers) and `Sum`s that hold
without being published. Linear programmes then bound every count; the prices of the answer name the very figures from
which it follows. Method: statistics.md D.2, over the whole register instead of one table.
"""

import hashlib
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from cse_tracker.disclosure.errors import CannotProtect
from cse_tracker.disclosure.linear import Answer, Programme, Vector

Name = Hashable
THRESHOLD: Final = 5
"""The least count that may be known: 1 to 4 may not."""
_OPENINGS: Final = 6
_TOLERANCE: Final = 1e-6
_PRICED: Final = 1e-7
_UNBOUNDED: Final = 1e7
_MOST_CLEARED: Final = 100_000
_CLEARED: Final[set[bytes]] = set()
"""Hashes of groups of figures that were attacked and gave nothing away: what was published long ago is not attacked
again with every release and with every other rounding of one. A group that leaks is never among them."""


@dataclass(frozen=True)
class Figure:
    """One figure in public: `low <= count <= high`, and in which words it was published."""

    name: Name
    low: float
    high: float
    words: str


@dataclass(frozen=True)
class Sum:
    """What must hold: `low <= sum of factor x count <= high`; `words` where that itself was published."""

    terms: tuple[tuple[Name, float], ...]
    low: float = 0.0
    high: float = 0.0
    words: str = ""


def adds_up(total: Name, parts: Iterable[Name]) -> Sum:
    """The parts add up to the total."""
    return Sum(((total, -1.0), *((part, 1.0) for part in parts)))


def moved(now: Name, before: Name, joined: Name, left: Name) -> Sum:
    """Stock now is stock before, and who joined, less who left."""
    return Sum(((now, -1.0), (before, 1.0), (joined, 1.0), (left, -1.0)))


def at_most(parts: Iterable[Name], whole: Iterable[Name]) -> Sum:
    """The parts together are no more than the whole: those of one are among those of the other."""
    return Sum((*((part, 1.0) for part in parts), *((each, -1.0) for each in whole)), -np.inf, 0.0)


def percentage(part: Name, whole: Name, percent: float, words: str, *, places: int = 0) -> tuple[Sum, Sum]:
    """A published percentage: the part lies within half a unit of its last place of the whole."""
    half = 0.5 * 10**-places
    return (
        Sum(((part, 1.0), (whole, -(percent + half) / 100)), -np.inf, 0.0, words),
        Sum(((part, 1.0), (whole, -(percent - half) / 100)), 0.0, np.inf, words),
    )


@dataclass(frozen=True)
class Leak:
    """A count that follows from public figures: between `low` and `high`, by these figures together."""

    name: Name
    low: int
    high: int
    because: tuple[str, ...]

    @property
    def exact(self) -> bool:
        """Whether one number is left."""
        return self.low == self.high


@dataclass
class Knowledge:
    """Everything in public, and everything that must add up. `differences` may be negative: what a correction moved."""

    figures: list[Figure] = field(default_factory=list)
    sums: list[Sum] = field(default_factory=list)
    differences: set[Name] = field(default_factory=set)

    def corrected(self, after: Name, before: Name, change: Name) -> None:
        """One count was published twice for one moment: what it changed by is about those corrected, and few."""
        self.differences.add(change)
        self.sums.append(Sum(((after, 1.0), (before, -1.0), (change, -1.0))))


@dataclass(frozen=True)
class Findings:
    """What the attacker can prove. `examined` counts were bounded."""

    leaks: tuple[Leak, ...]
    examined: int

    @property
    def exact(self) -> tuple[Leak, ...]:
        """Counts with one number left."""
        return tuple(leak for leak in self.leaks if leak.exact)

    @property
    def weak(self) -> tuple[Leak, ...]:
        """Counts proven small without being proven exactly."""
        return tuple(leak for leak in self.leaks if not leak.exact)


Progress = Callable[[int, int], None]


def attack(
    knowledge: Knowledge,
    *,
    threshold: int = THRESHOLD,
    openly: frozenset[Name] = frozenset(),
    progress: Progress | None = None,
) -> Findings:
    """Bound every count that public figures are about, and give those that follow from them.

    `openly` names counts that were published exactly and by right (the open cells of a suppressed table). Everything
    else leaks when one number above 0 is left, or when it is proven to lie from 1 to `threshold` - 1.
    Raises CannotProtect when public figures contradict each other or the solver fails.
    """
    net = _Net(knowledge)
    net.refuse_contradictions()
    leaks: list[Leak] = []
    done = 0
    for part in net.parts():
        leaks += _Part(net, part, threshold, openly).leaks_unless_cleared()
        done += len(part)
        if progress is not None:
            progress(done, net.free)
    order = {name: place for place, name in enumerate(net.order)}
    return Findings(tuple(sorted(leaks, key=lambda leak: order[leak.name])), len(net.order))


class _Net:
    """Columns for counts, rows for sums."""

    def __init__(self, knowledge: Knowledge) -> None:
        named: dict[Name, None] = dict.fromkeys(figure.name for figure in knowledge.figures)
        for each in knowledge.sums:
            named.update(dict.fromkeys(name for name, _ in each.terms))
        self.order = list(named)
        self.place = {name: place for place, name in enumerate(self.order)}
        self.knowledge = knowledge
        self.signed = np.array([name in knowledge.differences for name in self.order], dtype=bool)
        self.low = np.where(self.signed, -np.inf, 0.0)
        self.high = np.full(len(self.order), np.inf)
        self.words: dict[int, list[str]] = {}
        for figure in knowledge.figures:
            at = self.place[figure.name]
            self.low[at] = max(self.low[at], figure.low)
            self.high[at] = min(self.high[at], figure.high)
            if figure.words:
                self.words.setdefault(at, []).append(figure.words)
        self.rows = self._matrix(knowledge.sums)
        self.row_low = np.array([each.low for each in knowledge.sums])
        self.row_high = np.array([each.high for each in knowledge.sums])
        self.loose = self.high - self.low > _TOLERANCE
        self.free = int(self.loose.sum())

    def _matrix(self, sums: Sequence[Sum]) -> csr_array[np.float64]:
        triples = [(row, self.place[name], factor) for row, each in enumerate(sums) for name, factor in each.terms]
        shape = (len(sums), len(self.order))
        if not triples:
            return csr_array(shape, dtype=np.float64)
        row, column, value = zip(*triples, strict=True)
        return csr_array((np.array(value, dtype=np.float64), (row, column)), shape=shape)

    def refuse_contradictions(self) -> None:
        """Raise CannotProtect for a sum that fails over counts which are all exact: no programme would ever see it.

        Such figures tell everybody that somebody was corrected, and by how many.
        """
        settled = abs(self.rows) @ self.loose.astype(np.float64) == 0
        value = self.rows @ np.where(self.loose, 0.0, self.low)
        wrong = settled & ((value < self.row_low - _TOLERANCE) | (value > self.row_high + _TOLERANCE))
        if wrong.any():
            message = "Published figures contradict one another"
            raise CannotProtect(message)

    def parts(self) -> list[np.ndarray[tuple[int], np.dtype[np.int64]]]:
        """Loose counts in groups that no sum links to one another: each group is a small programme of its own."""
        loose = np.flatnonzero(self.loose)
        pattern = abs(self.rows[:, loose])
        _, label = connected_components(pattern.T @ pattern, directed=False)
        by_label = np.argsort(label, kind="stable")
        cuts = np.flatnonzero(np.diff(label[by_label])) + 1
        return [loose[group] for group in np.split(by_label, cuts)] if len(loose) else []


class _Part:
    def __init__(
        self,
        net: _Net,
        loose: np.ndarray[tuple[int], np.dtype[np.int64]],
        threshold: int,
        openly: frozenset[Name],
    ) -> None:
        self.net, self.threshold = net, threshold
        touched = net.rows[:, loose]
        self.row_places = np.flatnonzero(np.diff(csr_array(touched).indptr))
        rows = net.rows[self.row_places]
        self.columns = np.unique(np.concatenate([loose, rows.indices])).astype(np.int64)
        self.rows = csr_array(rows[:, self.columns])
        self.asked = [place for place, at in enumerate(self.columns) if net.loose[at] and net.order[at] not in openly]
        self.low: Vector = np.maximum(net.low[self.columns], -_UNBOUNDED)
        self.high: Vector = np.minimum(net.high[self.columns], _UNBOUNDED)
        # Building the programme costs more than knowing that it need not be asked.
        self.programme: Programme

    def leaks_unless_cleared(self) -> list[Leak]:
        """Attack, unless exactly these figures with these sums were attacked before and gave nothing away."""
        sign = self._sign()
        if sign in _CLEARED:
            return []
        found = self.leaks()
        if not found:
            if len(_CLEARED) >= _MOST_CLEARED:
                _CLEARED.clear()
            _CLEARED.add(sign)
        return found

    def _sign(self) -> bytes:
        bounds = (self.low, self.high, self.net.row_low[self.row_places], self.net.row_high[self.row_places])
        sums = (self.rows.data, self.rows.indices.astype(np.int64), self.rows.indptr.astype(np.int64))
        asked = (np.array(self.asked, dtype=np.int64), self.net.signed[self.columns])
        told = hashlib.sha256(f"{self.threshold} {self.rows.shape}".encode())
        for each in (*bounds, *sums, *asked):
            told.update(b"%d:" % each.nbytes + each.tobytes())
        return told.digest()

    def leaks(self) -> list[Leak]:
        """Solve only for counts that no point found so far has cleared."""
        sums = self.net.row_low[self.row_places], self.net.row_high[self.row_places]
        self.programme = Programme(self.rows, self.low, self.high, *sums)
        found = []
        least, most = self._spread()
        for place in self.asked:
            if not self._proven(place, least[place], most[place]):
                continue
            down, up = self._extremes(place)
            least = np.minimum(least, np.minimum(down.point, up.point))
            most = np.maximum(most, np.maximum(down.point, up.point))
            low, high = _whole(down.point[place], up.point[place])
            if self._proven(place, low, high) and not (low == high == 0):
                because = self._because(down, up)
                found.append(Leak(self.net.order[self.columns[place]], low, high, because))
        return found

    def _spread(self) -> tuple[Vector, Vector]:
        # Which directions are tried first decides only how many counts are cleared early, never the verdict.
        directions = np.random.default_rng(0).normal(size=(_OPENINGS, len(self.columns)))
        points = np.vstack([self.programme.least(direction).point for direction in directions])
        return points.min(axis=0), points.max(axis=0)

    def _extremes(self, place: int) -> tuple[Answer, Answer]:
        cost = np.zeros(len(self.columns))
        cost[place] = 1.0
        return self.programme.least(cost), self.programme.least(-cost)

    def _proven(self, place: int, low: float, high: float) -> bool:
        low, high = _whole(low, high)
        if high <= low:
            return True
        small = low >= 1 and high < self.threshold
        return small or (bool(self.net.signed[self.columns[place]]) and high <= -1 and low > -self.threshold)

    def _because(self, *answers: Answer) -> tuple[str, ...]:
        words: dict[str, None] = {}
        for answer in answers:
            for place in np.flatnonzero(abs(answer.column_prices) > _PRICED):
                words.update(dict.fromkeys(self._words(int(self.columns[place]))))
            for row in np.flatnonzero(abs(answer.row_prices) > _PRICED):
                at = self.net.knowledge.sums[self.row_places[row]]
                if at.words:
                    words[at.words] = None
                # A count that the published figures fix has no price of its own, only through its sums.
                for name, _ in at.terms:
                    fixed = self.net.place[name]
                    if not self.net.loose[fixed]:
                        words.update(dict.fromkeys(self._words(fixed)))
        return tuple(words)

    def _words(self, at: int) -> list[str]:
        return self.net.words.get(at, [])


def _whole(low: float, high: float) -> tuple[int, int]:
    return int(np.ceil(low - _TOLERANCE)), int(np.floor(high + _TOLERANCE))
