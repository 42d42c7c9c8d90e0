"""The line and its limits against other formulas for the same figures."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cse_tracker.estimation import regression
from cse_tracker.estimation.problems import CannotEstimate
from cse_tracker.estimation.rates import Numbers

SEEDS = st.integers(min_value=0, max_value=2**32 - 1)
ANCHORS = st.integers(min_value=3, max_value=12)
ELSEWHERE = np.array([-2.0, -0.4, 0.0, 0.9, 3.1])
THOUSANDS = np.array([16.0, 31.0, 22.5, 40.0, 0.3])


def sample(seed: int, anchors: int) -> tuple[Numbers, Numbers]:
    random = np.random.default_rng(seed)
    scores = random.normal(size=anchors)
    return scores, 1.2 + 0.6 * scores + random.normal(size=anchors) * 0.5


def covariance(scores: Numbers, rates: Numbers) -> tuple[Numbers, Numbers, float]:
    """Coefficients, their covariance and t by the matrix formula for least squares."""
    design = np.column_stack([np.ones(len(scores)), scores])
    coefficients = np.asarray(np.linalg.lstsq(design, rates)[0], dtype=np.float64)
    residuals = rates - design @ coefficients
    df = len(scores) - 2
    matrix: Numbers = np.linalg.inv(design.T @ design) * (residuals @ residuals) / df
    return coefficients, matrix, float(stats.t.isf(0.025, df))


@given(SEEDS, ANCHORS)
def test_line_agrees_with_linregress(seed: int, anchors: int) -> None:
    scores, rates = sample(seed, anchors)
    line, other = regression.fit(scores, rates), stats.linregress(scores, rates)
    assert line.slope == pytest.approx(other.slope, rel=1e-8, abs=1e-12)
    assert line.intercept == pytest.approx(other.intercept, rel=1e-8, abs=1e-12)
    assert line.r_squared == pytest.approx(other.rvalue**2, rel=1e-6, abs=1e-10)
    assert line.p == pytest.approx(other.pvalue, rel=1e-5, abs=1e-10)
    assert line.f == pytest.approx((other.slope / other.stderr) ** 2, rel=1e-5, abs=1e-10)
    assert line.residual_sd == pytest.approx(other.stderr * np.sqrt(((scores - scores.mean()) ** 2).sum()), rel=1e-6)


@given(SEEDS, ANCHORS)
def test_deviations_and_adjusted_r_squared_keep_their_identity(seed: int, anchors: int) -> None:
    scores, rates = sample(seed, anchors)
    line = regression.fit(scores, rates)
    assert line.r_squared is not None
    assert line.adjusted_r_squared == pytest.approx(1 - (1 - line.r_squared) * (anchors - 1) / (anchors - 2), abs=1e-9)
    assert line.anchor_sd == pytest.approx(np.std(rates, ddof=1))
    assert line.adjusted_r_squared is not None
    assert line.residual_sd**2 == pytest.approx(line.anchor_sd**2 * (1 - line.adjusted_r_squared), rel=1e-9)


@given(SEEDS, ANCHORS)
def test_limits_agree_with_the_matrix_formula(seed: int, anchors: int) -> None:
    scores, rates = sample(seed, anchors)
    line = regression.fit(scores, rates)
    coefficients, matrix, t = covariance(scores, rates)
    at = np.column_stack([np.ones(5), ELSEWHERE])
    variance = np.einsum("ij,jk,ik->i", at, matrix, at)
    assert line.at(ELSEWHERE) == pytest.approx(at @ coefficients, rel=1e-7, abs=1e-9)
    assert line.mean_margin(ELSEWHERE) == pytest.approx(t * np.sqrt(variance), rel=1e-6)
    whole = t * np.sqrt(variance + line.residual_sd**2)
    assert line.prediction_margin(ELSEWHERE) == pytest.approx(whole, rel=1e-6)


@given(SEEDS, ANCHORS)
def test_margin_of_a_total_agrees_with_the_matrix_formula(seed: int, anchors: int) -> None:
    scores, rates = sample(seed, anchors)
    _, matrix, t = covariance(scores, rates)
    gradient = np.array([THOUSANDS.sum(), THOUSANDS @ ELSEWHERE])
    expected = t * np.sqrt(gradient @ matrix @ gradient)
    assert regression.fit(scores, rates).total_margin(ELSEWHERE, THOUSANDS) == pytest.approx(expected, rel=1e-6)


def test_margin_of_one_area_alone_is_that_of_its_mean() -> None:
    line = regression.fit(*sample(4, 8))
    alone = line.total_margin(ELSEWHERE[:1], np.array([1.0]))
    assert alone == pytest.approx(float(line.mean_margin(ELSEWHERE[:1])[0]))


def test_anchors_exactly_on_a_line_have_no_finite_f() -> None:
    line = regression.fit(np.array([0.0, 1.0, 2.0]), np.array([1.0, 2.0, 3.0]))
    assert (line.intercept, line.slope, line.residual_sd) == (1.0, 1.0, 0.0)
    assert (line.r_squared, line.adjusted_r_squared, line.f, line.p) == (1.0, 1.0, None, 0.0)


def test_anchors_all_at_one_rate_leave_nothing_to_explain() -> None:
    rounding = np.array([0.0, 2e-16, -2e-16, 4e-16])
    line = regression.fit(np.array([0.0, 1.0, 2.0, 5.0]), 1.1 + rounding)
    assert (line.slope, line.intercept) == pytest.approx((0.0, 1.1), abs=1e-12)
    assert (line.r_squared, line.adjusted_r_squared, line.f, line.p) == (None, None, None, None)


def test_rates_too_small_to_square_leave_nothing_to_explain() -> None:
    line = regression.fit(np.array([0.0, 1.0, 2.0, 5.0]), np.array([1e-200, 3e-200, 2e-200, 4e-200]))
    assert (line.r_squared, line.f, line.p) == (None, None, None)


@pytest.mark.parametrize("anchors", [0, 1, 2])
def test_fewer_than_three_anchors_are_refused(anchors: int) -> None:
    with pytest.raises(CannotEstimate, match=f"^There are {anchors} anchors"):
        regression.fit(np.arange(float(anchors)), np.arange(float(anchors)))


def test_anchors_all_at_one_score_are_refused() -> None:
    with pytest.raises(CannotEstimate, match="same factor score"):
        regression.fit(np.full(4, 0.1) + np.array([0.0, 1e-16, -1e-16, 0.0]), np.array([1.0, 2.0, 3.0, 4.0]))
