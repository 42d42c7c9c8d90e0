"""The figures of R (psych, stats, MASS) for the demo and for an invented set of 60 areas, 6 indicators, 12 anchors."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from cse_tracker.estimation import reading
from cse_tracker.estimation.study import Settings, Study, study

JUDGED = Path(__file__).parent / "judged"
COUNT_MODELS = {"po", "pose", "podev", "poaic", "nb", "nbse", "theta", "nbaic", "nbdev"}


@pytest.fixture(scope="module", params=["demo", "invented"])
def case(request: pytest.FixtureRequest, demo_directory: Path) -> tuple[Study, dict[str, list[float]]]:
    named = str(request.param)
    figures = json.loads((JUDGED / f"{named}.json").read_text())
    figures.pop("source")
    if named == "demo":
        return study(reading.read_directory(demo_directory), Settings(draws=0)), figures
    anchors = (JUDGED / "invented" / "anchors.txt").read_text().split(",")
    return study(reading.read_directory(JUDGED / "invented", anchors=anchors), Settings(draws=0)), figures


def ours(found: Study) -> dict[str, Sequence[float | None]]:
    areas, line, anchors = found.estimate.estimates, found.estimate.regression, found.influence
    poisson, binomial = found.counts.poisson, found.counts.negative_binomial
    assert poisson is not None
    assert binomial is not None
    return {
        "R": [value for row in found.estimate.correlation for value in row],
        "eig": found.estimate.eigenvalues,
        "load": found.estimate.loadings,
        "score": [area.score for area in areas],
        "kmo": [found.estimate.kmo.overall],
        "msai": found.estimate.kmo.by_indicator,
        "chi": [found.estimate.bartlett.chi_square],
        "chip": [found.estimate.bartlett.p],
        "coef": [line.intercept, line.slope],
        "r2": [line.r_squared],
        "ar2": [line.adjusted_r_squared],
        "F": [line.f],
        "p": [line.p],
        "sig": [line.residual_sd],
        "sdy": [line.anchor_sd],
        "est": [area.estimate for area in areas],
        "cl": [area.ci_low for area in areas],
        "ch": [area.ci_high for area in areas],
        "pl": [area.pi_low for area in areas],
        "ph": [area.pi_high for area in areas],
        "hat": [each.leverage for each in anchors],
        "rst": [each.standardised for each in anchors],
        "rstu": [each.studentised for each in anchors],
        "cook": [each.cook for each in anchors],
        "dff": [each.dffits for each in anchors],
        "tot": [found.estimate.total.ci_low, found.estimate.total.ci_high],
        "po": [poisson.intercept, poisson.slope],
        "pose": [poisson.intercept_se, poisson.slope_se],
        "podev": [poisson.deviance],
        "poaic": [poisson.aic],
        "nb": [binomial.intercept, binomial.slope],
        "nbse": [binomial.intercept_se, binomial.slope_se],
        "theta": [binomial.theta],
        "nbaic": [binomial.aic],
        "nbdev": [binomial.deviance],
    }


def test_every_figure_agrees_with_r(case: tuple[Study, dict[str, list[float]]]) -> None:
    found, judged = case
    mine = ours(found)
    assert set(judged) - set(mine) == {"map"}
    for name, figures in mine.items():
        near = 1e-4 if name in COUNT_MODELS else 1e-9
        assert figures == pytest.approx(judged[name], rel=near, abs=0), name


def test_velicer_agrees_with_r(case: tuple[Study, dict[str, list[float]]]) -> None:
    found, judged = case
    theirs = judged["map"][: len(found.retention.average_partial) - 1]
    assert found.retention.average_partial[1 : len(theirs) + 1] == pytest.approx(theirs, rel=1e-9)
