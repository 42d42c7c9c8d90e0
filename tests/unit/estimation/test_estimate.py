"""What the method reports of each area and of all areas together."""

from dataclasses import replace

import pytest

from cse_tracker.estimation import estimate
from cse_tracker.estimation.bands import BANDS, band
from cse_tracker.estimation.inputs import EstimationInputs, LeftOut
from cse_tracker.estimation.results import AreaEstimate, Estimate, Total


def test_every_area_reports_its_own_figures(demo_inputs: EstimationInputs, demo: Estimate) -> None:
    thousands = [residents / 1000 for residents in demo_inputs.population]
    for area, residents, identified in zip(demo.estimates, thousands, demo_inputs.identified, strict=True):
        on_line = residents * (demo.regression.intercept + demo.regression.slope * area.score)
        assert area.estimate == pytest.approx(on_line, rel=1e-12)
        assert area.pi_low < area.ci_low < area.estimate < area.ci_high < area.pi_high
        assert area.identified == identified
        assert area.name == demo_inputs.names[area.gss_code]
        assert area.anchor == (area.gss_code in demo_inputs.anchors)


def test_total_adds_every_area(demo: Estimate) -> None:
    assert demo.total.estimate == pytest.approx(sum(area.estimate for area in demo.estimates), rel=1e-12)
    assert demo.total.sum_of_rounded == sum(round(area.estimate) for area in demo.estimates)


def test_limits_below_zero_are_kept_in_the_result_and_floored_only_to_be_shown(demo: Estimate) -> None:
    assert sum(area.ci_low < 0 for area in demo.estimates) > 0
    for area in demo.estimates:
        shown = area.floored()
        assert shown.ci_low == max(0.0, area.ci_low)
        assert shown.pi_low == max(0.0, area.pi_low)
        assert (shown.estimate, shown.pi_high) == (area.estimate, area.pi_high)


def test_flooring_reaches_every_number_of_young_people(demo: Estimate) -> None:
    area = replace(demo.estimates[0], estimate=-3.0, ci_low=-5.0, ci_high=-1.0, pi_low=-9.0, pi_high=-0.5).floored()
    assert (area.estimate, area.ci_low, area.ci_high, area.pi_low, area.pi_high) == (0, 0, 0, 0, 0)
    assert Total(-2.0, -4.0, -1.0, -2, -9.0, 3.0).floored() == Total(0.0, 0.0, 0.0, -2, 0.0, 3.0)
    assert Total(2.0, -4.0, 8.0, 2, -5.0, 9.0).floored() == Total(2.0, 0.0, 8.0, 2, 0.0, 9.0)


@pytest.mark.parametrize(
    ("identified", "estimated", "share"), [(10.0, 40.0, 0.75), (50.0, 40.0, -0.25), (0.0, 4.0, 1.0), (4.0, 4.0, 0.0)]
)
def test_under_identification_is_the_share_not_identified(identified: float, estimated: float, share: float) -> None:
    assert estimate.under_identification(identified, estimated) == pytest.approx(share)


@pytest.mark.parametrize(("identified", "estimated"), [(None, 40.0), (3.0, 0.0), (3.0, -2.0)])
def test_under_identification_is_absent_without_a_number_or_an_estimate(
    identified: float | None, estimated: float
) -> None:
    assert estimate.under_identification(identified, estimated) is None


def test_under_identification_in_the_demo_is_at_most_four_fifths(demo: Estimate) -> None:
    shares = {area.name: area.under_identification for area in demo.estimates}
    assert shares["Hounslow"] is None
    assert max(share for share in shares.values() if share is not None) == pytest.approx(0.798, abs=5e-4)


@pytest.mark.parametrize(
    ("number", "name"),
    [
        (-3.0, "Low"),
        (20.0, "Low"),
        (20.4, "Low"),
        (20.6, "Moderate"),
        (21.0, "Moderate"),
        (30.4, "Moderate"),
        (30.6, "Medium"),
        (40.4, "Medium"),
        (40.6, "High"),
        (400.0, "High"),
    ],
)
def test_band_follows_the_rounded_estimate(number: float, name: str) -> None:
    assert band(number) == name
    assert name in BANDS


def test_left_out_areas_and_synthetic_mark_go_through(demo_inputs: EstimationInputs) -> None:
    out = (LeftOut("E9", "Nowhere", "no value"),)
    result = estimate.run(replace(demo_inputs, left_out=out, synthetic=False))
    assert result.left_out == out
    assert result.synthetic is False
    assert estimate.run(demo_inputs).synthetic is True


def test_extrapolated_are_exactly_the_scores_outside_those_of_the_anchors(demo: Estimate) -> None:
    scores = [area.score for area in demo.estimates if area.anchor]

    def outside(area: AreaEstimate) -> bool:
        return area.score < min(scores) or area.score > max(scores)

    assert [area.extrapolated for area in demo.estimates] == [outside(area) for area in demo.estimates]
