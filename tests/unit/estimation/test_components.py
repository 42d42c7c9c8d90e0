"""Components, adequacy and sphericity against other formulas for the same figures."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cse_tracker.estimation import components, parallel, rates, suitability
from cse_tracker.estimation.problems import CannotEstimate
from cse_tracker.estimation.rates import Numbers

SEEDS = st.integers(min_value=0, max_value=2**32 - 1)


def sample(seed: int, areas: int = 14, indicators: int = 4) -> Numbers:
    random = np.random.default_rng(seed)
    shared = random.normal(size=(areas, 1))
    return 20.0 + shared * random.uniform(0.5, 2.0, indicators) + random.normal(size=(areas, indicators))


@given(SEEDS)
def test_standardised_columns_have_mean_zero_and_deviation_one(seed: int) -> None:
    standard = rates.standardised(sample(seed))
    assert standard.mean(axis=0) == pytest.approx(np.zeros(4), abs=1e-12)
    assert standard.std(axis=0, ddof=1) == pytest.approx(np.ones(4), rel=1e-12)


@given(SEEDS)
def test_components_agree_with_the_singular_values_of_the_data(seed: int) -> None:
    given_rates = sample(seed)
    found = components.principal_components(rates.standardised(given_rates))
    z = stats.zscore(given_rates, ddof=1)
    left, singular, right = np.linalg.svd(z, full_matrices=False)
    assert found.eigenvalues == pytest.approx(singular**2 / 13, rel=1e-9)
    assert found.percent_variance == pytest.approx(100 * singular**2 / (singular**2).sum(), rel=1e-9)
    sign = np.sign(right[0].sum())
    assert found.loadings == pytest.approx(sign * right[0] * singular[0] / np.sqrt(13), rel=1e-7, abs=1e-9)
    assert found.scores == pytest.approx(sign * left[:, 0] * np.sqrt(13), rel=1e-7, abs=1e-9)
    assert found.correlation == pytest.approx(np.corrcoef(given_rates, rowvar=False), abs=1e-12)


@given(SEEDS)
def test_scores_are_those_of_the_regression_method(seed: int) -> None:
    standard = rates.standardised(sample(seed))
    found = components.principal_components(standard)
    assert found.scores == pytest.approx(standard @ np.linalg.solve(found.correlation, found.loadings), abs=1e-9)
    assert found.scores.std(ddof=1) == pytest.approx(1.0, rel=1e-12)
    assert found.loadings.sum() > 0


@given(SEEDS)
def test_loadings_are_correlations_of_indicator_and_score(seed: int) -> None:
    standard = rates.standardised(sample(seed))
    found = components.principal_components(standard)
    expected = [np.corrcoef(column, found.scores)[0, 1] for column in standard.T]
    assert found.loadings == pytest.approx(expected, abs=1e-9)


@given(SEEDS)
def test_of_two_opposite_indicators_the_first_loads_positively(seed: int) -> None:
    first, noise = np.random.default_rng(seed).normal(size=(2, 9))
    found = components.principal_components(rates.standardised(np.column_stack([first, 0.2 * noise - first])))
    assert found.loadings[0] > 0 > found.loadings[1]


def partial_correlation(data: Numbers, one: int, other: int) -> float:
    rest = [k for k in range(data.shape[1]) if k not in (one, other)]
    design = np.column_stack([np.ones(len(data)), data[:, rest]])
    left = [data[:, k] - design @ np.linalg.lstsq(design, data[:, k])[0] for k in (one, other)]
    return float(np.corrcoef(*left)[0, 1])


@given(SEEDS)
def test_sampling_adequacy_agrees_with_partial_correlations_of_residuals(seed: int) -> None:
    data = sample(seed)
    correlation = np.atleast_2d(np.corrcoef(data, rowvar=False))
    found = suitability.sampling_adequacy(correlation)
    simple = correlation - np.eye(4)
    partial = np.array([[0.0 if j == k else partial_correlation(data, j, k) for k in range(4)] for j in range(4)])
    shared, unshared = simple**2, partial**2
    assert found.overall == pytest.approx(shared.sum() / (shared.sum() + unshared.sum()), rel=1e-8)
    each = shared.sum(axis=0) / (shared.sum(axis=0) + unshared.sum(axis=0))
    assert found.by_indicator == pytest.approx(each, rel=1e-8)


def test_sampling_adequacy_of_two_indicators_is_always_a_half() -> None:
    found = suitability.sampling_adequacy(np.array([[1.0, 0.3], [0.3, 1.0]]))
    assert found.overall == pytest.approx(0.5)


def test_sampling_adequacy_of_an_indicator_related_to_none_is_absent() -> None:
    matrix = np.array([[1.0, 0.5, 0.0], [0.5, 1.0, 0.0], [0.0, 0.0, 1.0]])
    found = suitability.sampling_adequacy(matrix)
    assert found.by_indicator[2] is None
    assert found.overall == pytest.approx(0.5)
    assert suitability.sampling_adequacy(np.eye(3)).overall is None


def test_sphericity_agrees_with_the_formula_worked_by_hand() -> None:
    found = suitability.sphericity(np.array([[1.0, 0.6], [0.6, 1.0]]), areas=20)
    assert found.chi_square == pytest.approx(-(19 - 9 / 6) * np.log(0.64))
    assert found.df == 1
    assert found.p == pytest.approx(1 - stats.chi2.cdf(found.chi_square, 1))


def test_two_components_equally_large_are_refused() -> None:
    square = np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
    with pytest.raises(CannotEstimate, match="equally large"):
        components.principal_components(rates.standardised(square))


@pytest.mark.parametrize("combination", [[1.0, 0.0], [-3.0, 0.0], [1.0, 1.0], [0.2, -0.7]])
def test_an_indicator_made_of_the_others_is_refused(combination: list[float]) -> None:
    data = sample(3, indicators=2)
    with pytest.raises(CannotEstimate, match="singular"):
        components.principal_components(rates.standardised(np.column_stack([data, data @ combination])))


@pytest.mark.parametrize(("areas", "indicators"), [(4, 4), (3, 4), (0, 2)])
def test_no_more_areas_than_indicators_are_refused(areas: int, indicators: int) -> None:
    with pytest.raises(CannotEstimate, match=f"^{areas} areas"):
        components.refuse_too_few(areas, indicators)


def test_one_more_area_than_indicators_is_enough() -> None:
    found = components.principal_components(rates.standardised(sample(5, areas=5)))
    assert np.isfinite(found.scores).all()


def test_chance_eigenvalues_agree_with_single_random_tables() -> None:
    random = np.random.default_rng(7)
    tables = [np.corrcoef(random.normal(size=(20, 4)), rowvar=False) for _ in range(2000)]
    expected = np.percentile([np.linalg.eigvalsh(table)[::-1] for table in tables], 95, axis=0)
    assert parallel.chance_eigenvalues(20, 4) == pytest.approx(expected, rel=0.03)


def test_chance_eigenvalues_are_the_same_each_time_and_follow_the_seed() -> None:
    once = parallel.chance_eigenvalues(12, 3, draws=200)
    assert parallel.chance_eigenvalues(12, 3, draws=200) == once
    assert parallel.chance_eigenvalues(12, 3, draws=200, seed=1) != once
    assert parallel.chance_eigenvalues(12, 3, draws=200, percentile=50) < once
