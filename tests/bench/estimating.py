"""The whole method on 2,000 areas and 20 indicators against the same linear algebra written directly in NumPy."""

import time
import tracemalloc
from statistics import median

import numpy as np

from cse_tracker.estimation.inputs import EstimationInputs, Unit
from cse_tracker.estimation.study import Settings, study

AREAS, INDICATORS, DRAWS, ANCHORS = 2_000, 20, 2_000, 200


def invented(areas: int) -> EstimationInputs:
    """Areas with one hidden risk behind all indicators."""
    dice = np.random.default_rng(5)
    risk = dice.standard_normal(areas)
    people = dice.integers(3_000, 60_000, areas).astype(float)
    values = 20 + 3 * (0.8 * risk[:, np.newaxis] + 0.6 * dice.standard_normal((areas, INDICATORS)))
    identified = np.maximum(0, np.round(people / 1000 * (1.2 + 0.4 * risk + 0.3 * dice.standard_normal(areas))))
    names = tuple(f"A{k:05d}" for k in range(areas))
    return EstimationInputs(
        indicators=tuple(f"i{k}" for k in range(INDICATORS)),
        units=(Unit.RATE,) * INDICATORS,
        areas=names,
        names={name: name for name in names},
        values=tuple(map(tuple, values.tolist())),
        population=tuple(people.tolist()),
        identified=tuple(identified.tolist()),
        anchors=names[:: max(1, areas // ANCHORS)][:ANCHORS],
    )


def directly(inputs: EstimationInputs, draws: int) -> float:
    """The bootstrap of the method as anybody would write it in NumPy: a draw at a time, on the rows drawn."""
    dice = np.random.default_rng(1)
    values = np.array(inputs.values)
    thousands = np.array(inputs.population) / 1000
    place = {name: k for k, name in enumerate(inputs.areas)}
    at = np.array([place[name] for name in inputs.anchors])
    rates = np.array([inputs.identified[k] for k in at], dtype=float) / thousands[at]
    found = np.empty((len(values), draws))
    for draw in range(draws):
        rows = dice.integers(len(values), size=len(values))
        sample = values[rows]
        mean, deviation = sample.mean(axis=0), sample.std(axis=0, ddof=1)
        even = (sample - mean) / deviation
        size, vectors = np.linalg.eigh(even.T @ even / (len(values) - 1))
        first = vectors[:, -1] * np.sign(vectors[:, -1].sum())
        scores = (values - mean) / deviation @ first / np.sqrt(size[-1])
        chosen = dice.integers(len(at), size=len(at))
        slope, intercept = np.polyfit(scores[at[chosen]], rates[chosen], 1)
        found[:, draw] = thousands * (intercept + slope * scores)
    return float(np.percentile(found, [2.5, 50, 97.5], axis=1).sum())


def ratio(rounds: int = 3) -> float:
    """Our whole study against the direct linear algebra, taken in turn."""
    inputs = invented(AREAS)
    return median(
        _timed(lambda: study(inputs, Settings(DRAWS))) / _timed(lambda: directly(inputs, DRAWS)) for _ in range(rounds)
    )


def memory_growth() -> float:
    """How much the greatest memory grows when there are twice as many areas; 2 is linear."""
    return _most(2 * AREAS) / _most(AREAS)


def _most(areas: int) -> float:
    inputs = invented(areas)
    tracemalloc.start()
    study(inputs, Settings(DRAWS))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return float(most)


def _timed(act: object) -> float:
    start = time.perf_counter()
    act()  # type: ignore[operator]
    return time.perf_counter() - start
