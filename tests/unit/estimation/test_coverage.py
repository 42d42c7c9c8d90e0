"""Prediction intervals cover what was simulated."""

import numpy as np
import pytest

from cse_tracker.estimation import estimate
from cse_tracker.estimation.inputs import EstimationInputs, Unit


def simulated(dice: np.random.Generator, areas: int, anchors: int) -> tuple[EstimationInputs, list[float]]:
    """Areas with a hidden risk, seven indicators of it, and numbers that would be identified."""
    risk = dice.standard_normal(areas)
    residents = dice.integers(12_000, 45_000, areas).astype(float)
    values = risk[:, np.newaxis] * 0.95 + dice.standard_normal((areas, 7)) * 0.312 + 9
    names = tuple(f"A{k}" for k in range(areas))
    first = estimate.run(_inputs(names, values, residents, dice.uniform(0, 9, areas).tolist(), names[:anchors]))
    scores = np.array([area.score for area in first.estimates])
    rates = 1.2 + 0.5 * scores + 0.5 * dice.standard_normal(areas)
    truth = (rates * residents / 1000).tolist()
    return _inputs(names, values, residents, truth, names[:anchors]), truth


def _inputs(
    names: tuple[str, ...],
    values: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    residents: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    identified: list[float],
    anchors: tuple[str, ...],
) -> EstimationInputs:
    return EstimationInputs(
        indicators=tuple(f"i{k}" for k in range(values.shape[1])),
        units=(Unit.RATE,) * values.shape[1],
        areas=names,
        names={name: name for name in names},
        values=tuple(map(tuple, values.tolist())),
        population=tuple(residents.tolist()),
        identified=tuple(identified),
        anchors=anchors,
    )


def coverage(rounds: int, seed: int) -> tuple[float, float]:
    """Shares of boroughs that are no anchors inside the prediction limits, and of totals inside theirs."""
    dice = np.random.default_rng(seed)
    inside, of_total, seen = 0, 0, 0
    for _ in range(rounds):
        inputs, truth = simulated(dice, 32, 8)
        result = estimate.run(inputs)
        for area, number in zip(result.estimates, truth, strict=True):
            if not area.anchor:
                inside += area.pi_low <= number <= area.pi_high
                seen += 1
        of_total += result.total.pi_low <= sum(truth) <= result.total.pi_high
    return inside / seen, of_total / rounds


@pytest.mark.parametrize("seed", [1, 2])
def test_of_a_hundred_boroughs_93_to_98_lie_within(seed: int) -> None:
    boroughs, totals = coverage(200, seed)
    assert 0.93 <= boroughs <= 0.98
    assert totals >= 0.93
