"""The demo data give every figure that the report prints in its appendix I."""

import pytest

from cse_tracker.estimation import parallel
from cse_tracker.estimation.inputs import EstimationInputs
from cse_tracker.estimation.results import Estimate

# In the report's order: missing, looked after, in residential homes, absence, pregnancy, homeless, drugs.
PRINTED_LOADINGS = (0.787, 0.936, 0.909, 0.470, 0.863, 0.883, 0.715)
PRINTED_EIGENVALUES = (4.579, 1.000, 0.580, 0.300, 0.282, 0.146, 0.113)
PRINTED_PERCENT = (65.414, 14.290, 8.280, 4.289, 4.028, 2.088, 1.610)
PRINTED_CORRELATIONS = (
    (1, 0.645, 0.717, 0.057, 0.612, 0.642, 0.614),
    (0.645, 1, 0.834, 0.448, 0.817, 0.819, 0.620),
    (0.717, 0.834, 1, 0.436, 0.804, 0.747, 0.491),
    (0.057, 0.448, 0.436, 1, 0.385, 0.388, 0.208),
    (0.612, 0.817, 0.804, 0.385, 1, 0.676, 0.468),
    (0.642, 0.819, 0.747, 0.388, 0.676, 1, 0.619),
    (0.614, 0.620, 0.491, 0.208, 0.468, 0.619, 1),
)
PRINTED_BANDS = {
    "High": "Croydon, Greenwich, Hackney, Haringey, Islington, Lambeth, Lewisham, Newham, Southwark",
    "Medium": (
        "Barking and Dagenham, Brent, Camden, Enfield, Hammersmith and Fulham, Tower Hamlets, "
        "Waltham Forest, Wandsworth"
    ),
    "Moderate": "Barnet, Bromley, Ealing, Hillingdon, Hounslow, Westminster",
    "Low": (
        "Bexley, Harrow, Havering, Kensington and Chelsea, Kingston upon Thames, Merton, Redbridge, "
        "Richmond upon Thames, Sutton"
    ),
}
BAND_OF = {borough: band for band, boroughs in PRINTED_BANDS.items() for borough in boroughs.split(", ")}


def half_unit(places: int) -> float:
    return 0.5 * 10.0**-places


def test_eigenvalues_are_the_printed_ones(demo: Estimate) -> None:
    assert demo.eigenvalues == pytest.approx(PRINTED_EIGENVALUES, abs=half_unit(3), rel=0)


def test_percentages_of_variance_are_the_printed_ones(demo: Estimate) -> None:
    assert demo.percent_variance == pytest.approx(PRINTED_PERCENT, abs=half_unit(3), rel=0)
    assert [round(share, 1) for share in demo.percent_variance[:2]] == [65.4, 14.3]


def test_one_component_is_kept_although_two_eigenvalues_exceed_one(demo: Estimate) -> None:
    assert demo.retained == 1
    assert sum(value > 1 for value in demo.eigenvalues) == 2


def test_parallel_analysis_keeps_one_component_too(demo: Estimate) -> None:
    by_chance = parallel.chance_eigenvalues(32, 7)
    assert [mine > chance for mine, chance in zip(demo.eigenvalues, by_chance, strict=True)] == [True] + [False] * 6


def test_correlations_are_the_printed_ones(demo: Estimate) -> None:
    for row, printed in zip(demo.correlation, PRINTED_CORRELATIONS, strict=True):
        assert row == pytest.approx(printed, abs=half_unit(3), rel=0)


def test_loadings_are_the_printed_ones(demo: Estimate) -> None:
    assert demo.loadings == pytest.approx(PRINTED_LOADINGS, abs=half_unit(3), rel=0)


def test_sampling_adequacy_is_the_printed_one(demo: Estimate) -> None:
    assert demo.kmo.overall == pytest.approx(0.842, abs=half_unit(3), rel=0)


def test_sphericity_is_significant_as_printed(demo: Estimate) -> None:
    assert demo.bartlett.df == 21
    assert demo.bartlett.p < 0.05


def test_eight_anchors_carry_the_line(demo: Estimate) -> None:
    assert len(demo.anchors) == demo.regression.anchors == 8
    assert sum(area.anchor for area in demo.estimates) == 8


def test_adjusted_r_squared_is_the_printed_one(demo: Estimate) -> None:
    assert demo.regression.adjusted_r_squared == pytest.approx(0.619, abs=half_unit(3), rel=0)
    assert demo.regression.p is not None
    assert demo.regression.p < 0.05


def test_standard_deviations_are_the_printed_ones(demo: Estimate) -> None:
    assert round(demo.regression.residual_sd, 2) == 0.54
    assert round(demo.regression.anchor_sd, 2) == 0.88


def test_total_is_the_printed_one(demo: Estimate) -> None:
    assert round(demo.total.estimate) == 1002


def test_total_limits_are_those_of_an_independent_run(demo: Estimate) -> None:
    assert (round(demo.total.ci_low), round(demo.total.ci_high)) == (580, 1423)


def test_bands_printed_cover_the_boroughs_once(demo: Estimate) -> None:
    assert sorted(BAND_OF) == sorted(area.name for area in demo.estimates)
    assert len(demo.estimates) == 32


@pytest.mark.parametrize("borough", BAND_OF)
def test_band_of_each_borough_is_the_printed_one(demo: Estimate, borough: str) -> None:
    assert next(area.band for area in demo.estimates if area.name == borough) == BAND_OF[borough]


def test_two_boroughs_lie_beyond_the_anchors(demo: Estimate) -> None:
    outside = {area.name for area in demo.estimates if area.extrapolated}
    assert outside == {"Hammersmith and Fulham", "Richmond upon Thames"}


def test_identified_numbers_are_the_printed_ones(demo_inputs: EstimationInputs) -> None:
    given = [number for number in demo_inputs.identified if number is not None]
    assert (len(given), sum(given), min(given), max(given)) == (31, 507, 1, 53)
