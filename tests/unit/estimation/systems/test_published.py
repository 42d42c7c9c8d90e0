"""Published tables of list overlaps give the published answers, and models agree with their definition."""

import math
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from statsmodels.genmod import families
from statsmodels.genmod.generalized_linear_model import GLM

from cse_tracker.estimation.systems.loglinear import fit
from cse_tracker.estimation.systems.opinion import Asked, SecondOpinion, second_opinion
from cse_tracker.estimation.systems.overlaps import Overlaps
from cse_tracker.estimation.systems.reading import read_overlaps

PUBLISHED = Path(__file__).parents[1] / "published"
# SparseMSE 2.0.1, estimatepopulation.0(stepwise) and (main), in R 4.2.2.
STEPWISE = {
    "UKdat": (9977.28263976, 11417.99109150, 13145.65650958),
    "Western": (1657.09366605, 2483.38392023, 3830.03000099),
    "NewOrl_5": (658.258392061, 1034.151065231, 1708.602209024),
    "Ned": (92439.8581114, 111139.3712304, 133991.4670643),
}
MAIN = {
    "UKdat": (10988.8001335, 12213.9951246, 13621.2567203, 305.02),
    "Western": (1420.41796167, 2007.14175719, 2913.96882835, 104.2184),
    "Ned": (48523.9032534, 52823.4639331, 57581.8547550, 584.4088),
}
AIC = {"UKdat": 162.6591, "Western": 91.8395, "NewOrl_5": 77.52939, "Ned": 207.1849}


def table(name: str) -> Overlaps:
    return read_overlaps(PUBLISHED / f"{name}.csv")[0]


def asked(name: str, **also: object) -> SecondOpinion:
    return second_opinion(table(name), Asked(draws=0, despite_few=True, **also))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", STEPWISE)
def test_the_stepwise_rule_gives_the_published_answer(name: str) -> None:
    found = asked(name)
    assert (found.low, found.total, found.high) == pytest.approx(
        STEPWISE[name], rel=2e-6
    )  # R stops at 1e-8 of the deviance
    assert found.model is not None
    assert found.model.aic == pytest.approx(AIC[name], abs=1e-3)


def test_the_united_kingdom_2013_as_printed() -> None:
    found = asked("UKdat")
    assert found.data.observed == 2744
    assert [round(value or 0) for value in (found.total, found.low, found.high)] == [11418, 9977, 13146]
    assert not found.refusal
    assert any("Whitehead" in caution for caution in found.cautions)


@pytest.mark.parametrize("name", MAIN)
def test_independent_lists_give_the_published_answer(name: str) -> None:
    found = asked(name, interactions=())
    low, total, high, aic = MAIN[name]
    assert (found.low, found.total, found.high) == pytest.approx(
        (low, total, high), rel=2e-6
    )  # R stops at 1e-8 of the deviance
    assert found.model is not None
    assert found.model.aic == pytest.approx(aic, abs=1e-2)


def test_sparse_tables_are_refused_with_the_lower_bound_alone() -> None:
    for name in ("Western", "NewOrl_5"):
        found = second_opinion(table(name))
        assert (found.total, found.model, found.bootstrap, found.choice) == (None, None, None, None)
        assert "pairs of lists share 5 young people" in found.refusal
        assert found.bound.total > found.data.observed


def test_the_fit_solves_its_likelihood_equations() -> None:
    data = table("UKdat")
    model = fit(data, ((0, 1), (2, 5)))
    assert model is not None
    for term in [*((k,) for k in range(6)), (0, 1), (2, 5)]:
        assert model.fitted[data.on_all(term)].sum() == pytest.approx(data.shared(term), rel=1e-9)
    assert model.fitted.sum() == pytest.approx(data.observed, rel=1e-9)
    assert model.unseen == pytest.approx(math.exp(model.coefficients[0]))


def test_three_independent_lists_are_what_statsmodels_gives() -> None:
    data = table("UKdat")
    design = np.column_stack([np.ones(len(data.counts)), data.patterns])
    judged = GLM(data.counts, design, family=families.Poisson()).fit(tol=1e-12)
    model = fit(data, ())
    assert model is not None
    assert model.coefficients == pytest.approx(judged.params, rel=1e-8)
    assert model.intercept_se == pytest.approx(judged.bse[0], rel=1e-8)
    assert model.deviance == pytest.approx(judged.deviance, rel=1e-9)
    assert model.aic == pytest.approx(judged.aic, rel=1e-9)


def test_the_bootstrap_repeats_and_has_the_size_of_the_published_program() -> None:
    # SparseMSE's own bootstrap of this table: 589 to 1,906 with 300 draws (BCa).
    data = table("NewOrl_5")
    found = second_opinion(data, Asked(draws=300, despite_few=True)).bootstrap
    assert found is not None
    assert found == second_opinion(data, Asked(draws=300, despite_few=True)).bootstrap
    assert found.low == pytest.approx(590, rel=0.2)
    assert found.high == pytest.approx(1800, rel=0.25)
    assert found.acceleration == pytest.approx(-0.05516147, abs=1e-6)


def test_a_step_tells_its_probability() -> None:
    first = asked("UKdat").steps[0]
    assert first.pair == "PF:NCA"
    below = stats.poisson.cdf(first.observed, first.expected)
    above = stats.poisson.sf(first.observed - 1, first.expected)
    assert first.p == pytest.approx(min(below, above), rel=1e-9)
    assert all(step.p < 0.02 for step in asked("UKdat").steps)


def test_every_model_of_few_lists_is_compared() -> None:
    choice = asked("NewOrl_5").choice
    assert choice is not None
    assert choice.complete
    assert choice.best[0].aic <= choice.best[1].aic
    assert choice.least <= choice.averaged_by_aic <= choice.most * 2
