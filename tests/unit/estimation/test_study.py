"""How sure: what the design measured on the demo, and laws that the diagnostics keep."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cse_tracker.estimation import estimate, fitting, parallel, resampling
from cse_tracker.estimation.bands import REPORT, Bands, bands_read
from cse_tracker.estimation.inputs import EstimationInputs, Unit
from cse_tracker.estimation.problems import InputProblem
from cse_tracker.estimation.results import Estimate
from cse_tracker.estimation.study import Settings, Study, study
from cse_tracker.estimation.study_as_json import study_to_json


@pytest.fixture(scope="module")
def found(demo_inputs: EstimationInputs) -> Study:
    return study(demo_inputs)


def codes(found: Study) -> set[str]:
    return {caution.code for caution in found.cautions}


def test_leaving_an_anchor_out_is_a_run_without_it(found: Study, demo_inputs: EstimationInputs) -> None:
    for without in found.sensitivity.anchors:
        fewer = tuple(code for code in demo_inputs.anchors if code not in without.left_out)
        again = estimate.run(replace(demo_inputs, anchors=fewer))
        assert without.total == pytest.approx(again.total.estimate, rel=1e-9)
        assert without.adjusted_r_squared == pytest.approx(again.regression.adjusted_r_squared, rel=1e-9)
    totals = [each.total for each in found.sensitivity.anchors if each.total]
    assert (round(min(totals)), round(max(totals))) == (938, 1131)


def test_an_anchor_predicted_from_the_others_is_on_their_line(found: Study, demo_inputs: EstimationInputs) -> None:
    for anchor in found.influence:
        fewer = tuple(code for code in demo_inputs.anchors if code != anchor.gss_code)
        others = estimate.run(replace(demo_inputs, anchors=fewer)).regression
        assert anchor.predicted_without == pytest.approx(others.intercept + others.slope * anchor.score, rel=1e-9)
    assert found.cross_validation.line == pytest.approx(0.599, abs=5e-4)
    assert found.cross_validation.mean == pytest.approx(0.941, abs=5e-4)


def test_leaving_an_indicator_out_is_a_run_without_it(found: Study, demo_inputs: EstimationInputs) -> None:
    for place, without in enumerate(found.sensitivity.indicators):
        fewer = replace(
            demo_inputs,
            indicators=tuple(name for k, name in enumerate(demo_inputs.indicators) if k != place),
            units=demo_inputs.units[:-1],
            values=tuple(tuple(v for k, v in enumerate(row) if k != place) for row in demo_inputs.values),
        )
        again = estimate.run(fewer)
        assert without.total == pytest.approx(again.total.estimate, rel=1e-9)
        assert without.kmo == pytest.approx(again.kmo.overall, rel=1e-9)


def test_a_draw_of_everything_once_is_the_run_itself(demo_inputs: EstimationInputs, demo: Estimate) -> None:
    fitted = fitting.fit(demo_inputs)
    scores = resampling._Products(fitted).scores(np.ones((1, 32)))
    assert scores[:, 0] == pytest.approx([area.score for area in demo.estimates], rel=1e-9)


def test_a_weighted_draw_is_the_method_on_the_areas_drawn(demo_inputs: EstimationInputs) -> None:
    fitted = fitting.fit(demo_inputs)
    drawn = np.random.default_rng(3).integers(32, size=32)
    weights = np.bincount(drawn, minlength=32).astype(np.float64)[np.newaxis, :]
    sample = fitted.standard[drawn]
    even = (sample - sample.mean(axis=0)) / sample.std(axis=0, ddof=1)
    values, vectors = np.linalg.eigh(even.T @ even / 31)
    first = vectors[:, -1] * np.sign(vectors[:, -1].sum())
    direct = (fitted.standard - sample.mean(axis=0)) / sample.std(axis=0, ddof=1) @ first / np.sqrt(values[-1])
    assert resampling._Products(fitted).scores(weights)[:, 0] == pytest.approx(direct, rel=1e-9, abs=1e-12)


def test_the_bootstrap_repeats_to_the_last_digit_and_has_the_size_measured(
    found: Study, demo_inputs: EstimationInputs
) -> None:
    assert found.bootstrap is not None
    assert study(demo_inputs).bootstrap == found.bootstrap
    low, median, high = found.bootstrap.total
    assert low == pytest.approx(728, abs=25)
    assert median == pytest.approx(1024, abs=20)
    assert high == pytest.approx(1269, abs=25)
    other = study(demo_inputs, Settings(seed=7)).bootstrap
    assert other != found.bootstrap


def test_a_study_repeats_to_the_last_digit(found: Study, demo_inputs: EstimationInputs) -> None:
    once, again = json.dumps(study_to_json(found)), json.dumps(study_to_json(study(demo_inputs)))
    assert once == again
    assert len(found.record.inputs_sha256) == 64


def test_the_hash_tells_any_change(found: Study, demo_inputs: EstimationInputs) -> None:
    nudged = replace(demo_inputs, population=(demo_inputs.population[0] + 1, *demo_inputs.population[1:]))
    assert study(nudged, Settings(draws=0)).record.inputs_sha256 != found.record.inputs_sha256


def test_chances_of_bands_add_to_one_and_favour_the_band_of_the_estimate(found: Study) -> None:
    for row, mean, area in zip(found.band_chances, found.mean_band_chances, found.estimate.estimates, strict=True):
        assert sum(row) == pytest.approx(1)
        assert sum(mean) == pytest.approx(1)
        own = found.bands.names.index(area.band)
        assert mean[own] == pytest.approx(max(mean), abs=0.25)
        assert max(mean) >= max(row) - 0.12


def test_a_chance_is_what_simulation_gives(found: Study) -> None:
    area, line = found.estimate.estimates[0], found.estimate.regression
    spread = (area.pi_high - area.pi_low) / 2 / line.t()
    draws = area.estimate + spread * np.random.default_rng(1).standard_t(line.freedom, 200_000)
    shares = found.bands.shares(draws[np.newaxis, :])[0]
    assert found.band_chances[0] == pytest.approx(shares, abs=0.006)


def test_edges_of_bands_are_data() -> None:
    two = bands_read("Many=11, Few")
    assert two.names == ("Many", "Few")
    assert [two.of(number) for number in (10.4, 10.6, -3)] == ["Few", "Many", "Few"]
    with pytest.raises(InputProblem):
        bands_read("High=11,Higher=20,Low")
    with pytest.raises(InputProblem):
        bands_read("High=eleven,Low")
    with pytest.raises(InputProblem):
        Bands(((5, "Low"),), "Low")


def test_chance_eigenvalues_are_those_measured_on_full_normal_data() -> None:
    fast = parallel.chance_eigenvalues(32, 7)
    draws = np.random.default_rng(9).standard_normal((4000, 32, 7))
    draws -= draws.mean(axis=1, keepdims=True)
    draws /= draws.std(axis=1, ddof=1, keepdims=True)
    slow = np.percentile(np.linalg.eigvalsh(draws.transpose(0, 2, 1) @ draws / 31)[:, ::-1], 95, axis=0)
    assert fast == pytest.approx(slow, abs=0.03)
    assert fast[:2] == pytest.approx((2.01, 1.57), abs=0.04)


def test_rules_of_retention_keep_one_and_kaiser_two(found: Study) -> None:
    kept = found.retention
    assert (kept.kaiser, kept.scree, kept.parallel, kept.velicer, kept.kept) == (2, 1, 1, 1, 1)
    assert "Kaiser’s rule 2" in kept.reason
    assert not kept.second_component


def test_anti_image_has_partial_correlations_off_its_diagonal(found: Study) -> None:
    inverse = np.linalg.inv(np.array(found.estimate.correlation))
    image = found.anti_image
    assert image.correlation[0][0] == found.estimate.kmo.by_indicator[0]
    assert image.correlation[0][1] == pytest.approx(inverse[0, 1] / math.sqrt(inverse[0, 0] * inverse[1, 1]))
    assert image.covariance[2][2] == pytest.approx(1 / inverse[2, 2])
    assert image.covariance[2][1] == pytest.approx(inverse[2, 1] / inverse[2, 2] / inverse[1, 1])


def test_count_models_never_fall_below_nought_and_have_the_size_measured(found: Study) -> None:
    assert found.counts.poisson is not None
    assert found.counts.negative_binomial is not None
    assert found.counts.poisson.dispersion > 6
    assert found.counts.negative_binomial.total[0] == pytest.approx(935, abs=1)
    assert all(low > 0 for low in (*found.counts.poisson.low, *found.counts.negative_binomial.low))


def with_identified(inputs: EstimationInputs, numbers: list[float]) -> EstimationInputs:
    by_area = dict(zip(inputs.anchors, numbers, strict=True))
    return replace(
        inputs,
        identified=tuple(by_area.get(area, old) for area, old in zip(inputs.areas, inputs.identified, strict=True)),
    )


def test_no_one_identified_anywhere_is_flagged_and_has_no_count_model(demo_inputs: EstimationInputs) -> None:
    found = study(with_identified(demo_inputs, [0.0] * 8), Settings(draws=50))
    assert "anchors-alike" in codes(found)
    assert found.counts.poisson is None
    assert "No young person" in found.counts.notes[0]
    json.dumps(study_to_json(found), allow_nan=False)


def test_counts_in_one_anchor_at_the_end_have_no_finite_slope(demo_inputs: EstimationInputs) -> None:
    top = max(range(8), key=lambda k: demo_scores(demo_inputs)[k])
    found = study(with_identified(demo_inputs, [9.0 if k == top else 0.0 for k in range(8)]), Settings(draws=20))
    assert found.counts.poisson is None
    json.dumps(study_to_json(found), allow_nan=False)


def demo_scores(inputs: EstimationInputs) -> list[float]:
    fitted = fitting.fit(inputs)
    return [float(score) for score in fitted.scores[fitted.at]]


def test_counts_without_extra_scatter_have_no_negative_binomial(demo_inputs: EstimationInputs) -> None:
    fitted = fitting.fit(demo_inputs)
    even = [round(30 * float(p)) * 1.0 for p in fitted.thousands[fitted.at]]
    found = study(with_identified(demo_inputs, even), Settings(draws=20))
    assert found.counts.poisson is not None
    assert found.counts.negative_binomial is None
    assert found.counts.notes


def test_three_anchors_are_flagged_and_strict_json(demo_inputs: EstimationInputs) -> None:
    found = study(replace(demo_inputs, anchors=demo_inputs.anchors[:3]), Settings(draws=200))
    assert "few-anchors" in codes(found)
    json.dumps(study_to_json(found), allow_nan=False)
    assert all(each.adjusted_r_squared is None for each in found.sensitivity.anchors)
    assert all(each.total is None and each.reason for each in found.sensitivity.anchor_pairs)


def test_greenwich_carries_the_line_and_two_boroughs_lie_outside(found: Study) -> None:
    by_code = {caution.code: caution for caution in found.cautions}
    assert by_code["influential-anchor"].about == ("E09000011",)
    assert by_code["extrapolated"].about == ("E09000013", "E09000027")


def test_a_rate_among_counts_is_flagged(demo_inputs: EstimationInputs) -> None:
    first = demo_inputs.values[3]
    rate = first[0] * 1000 / demo_inputs.population[3]
    mixed = replace(demo_inputs, values=(*demo_inputs.values[:3], (rate, *first[1:]), *demo_inputs.values[4:]))
    flagged = [each for each in study(mixed, Settings(draws=0)).cautions if each.code == "counts-not-whole"]
    assert [each.about for each in flagged] == [("E09000005",)]


def test_a_digit_too_many_is_flagged(demo_inputs: EstimationInputs) -> None:
    row = demo_inputs.values[3]
    slip = replace(demo_inputs, values=(*demo_inputs.values[:3], (row[0] * 100, *row[1:]), *demo_inputs.values[4:]))
    assert ("E09000005",) in [each.about for each in study(slip, Settings(draws=0)).cautions]


def test_random_indicators_are_flagged_as_sharing_too_little(demo_inputs: EstimationInputs) -> None:
    noise = np.random.default_rng(5).uniform(1, 9, (32, 7))
    random = replace(demo_inputs, values=tuple(map(tuple, noise.tolist())), units=(Unit.RATE,) * 7)
    assert {"low-kmo", "not-factorable"} <= codes(study(random, Settings(draws=0)))


def test_bands_of_the_run_follow_the_settings(demo_inputs: EstimationInputs) -> None:
    found = study(demo_inputs, Settings(draws=20, bands=bands_read("Many=30,Few")))
    assert {area.band for area in found.estimate.estimates} == {"Many", "Few"}
    assert len(found.band_chances[0]) == 2
    assert REPORT.names == ("High", "Medium", "Moderate", "Low")


def test_steps_recorded_with_the_demo_are_told(found: Study, demo_directory: Path) -> None:
    assert (demo_directory / "steps.csv").exists()
    told = " ".join(caution.sentence for caution in found.cautions)
    assert "homeless in Kingston upon Thames is the figure of Richmond upon Thames" in told
    assert "homeless in Bexley: a missing period" in told
    assert "missing is worked out for a year" in told
