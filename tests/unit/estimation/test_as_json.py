"""The JSON form: its keys, its full precision and its strictness."""

import json
from dataclasses import replace
from typing import Any

import pytest

from cse_tracker.estimation import estimate
from cse_tracker.estimation.inputs import EstimationInputs, LeftOut
from cse_tracker.estimation.results import Estimate

AREA_KEYS = [
    "gss_code",
    "score",
    "estimate",
    "ci_low",
    "ci_high",
    "pi_low",
    "pi_high",
    "band",
    "identified",
    "anchor",
    "extrapolated",
]
LINE_KEYS = ["intercept", "slope", "r_squared", "adjusted_r_squared", "f", "p", "residual_sd", "anchor_sd"]
KEYS = [
    "indicators",
    "areas",
    "anchors",
    "correlation",
    "kmo",
    "bartlett",
    "components",
    "loadings",
    "regression",
    "estimates",
    "total",
    "left_out",
]


def strictly(result: Estimate) -> Any:
    return json.loads(json.dumps(estimate.to_json(result), allow_nan=False))


def test_keys_are_exactly_those_agreed(demo: Estimate) -> None:
    found = strictly(demo)
    assert sorted(found) == sorted(KEYS)
    assert sorted(found["kmo"]) == ["by_indicator", "overall"]
    assert sorted(found["bartlett"]) == ["chi_square", "df", "p"]
    assert sorted(found["components"]) == ["eigenvalues", "percent_variance", "retained"]
    assert sorted(found["regression"]) == sorted(LINE_KEYS)
    assert sorted(found["total"]) == ["ci_high", "ci_low", "estimate", "pi_high", "pi_low", "sum_of_rounded"]
    assert [sorted(area) for area in found["estimates"]] == [sorted(AREA_KEYS)] * 32


def test_numbers_keep_their_full_precision(demo: Estimate) -> None:
    found = strictly(demo)
    assert found["loadings"] == dict(zip(demo.indicators, demo.loadings, strict=True))
    assert found["kmo"]["by_indicator"] == dict(zip(demo.indicators, demo.kmo.by_indicator, strict=True))
    assert found["kmo"]["overall"] == demo.kmo.overall
    assert found["components"] == {
        "eigenvalues": list(demo.eigenvalues),
        "percent_variance": list(demo.percent_variance),
        "retained": 1,
    }
    assert found["correlation"] == [list(row) for row in demo.correlation]
    assert found["regression"] == {key: getattr(demo.regression, key) for key in LINE_KEYS}
    assert found["bartlett"]["chi_square"] == demo.bartlett.chi_square
    assert found["total"]["ci_high"] == demo.total.ci_high


def test_areas_carry_their_own_figures(demo: Estimate) -> None:
    found = strictly(demo)
    assert found["areas"] == [area["gss_code"] for area in found["estimates"]] == list(demo.areas)
    assert found["anchors"] == [area["gss_code"] for area in found["estimates"] if area["anchor"]]
    assert found["estimates"] == [{key: getattr(area, key) for key in AREA_KEYS} for area in demo.estimates]


def test_whole_numbers_of_young_people_are_written_whole_and_missing_ones_null(demo: Estimate) -> None:
    identified = {area["gss_code"]: area["identified"] for area in strictly(demo)["estimates"]}
    assert identified["E09000018"] is None
    assert repr(identified["E09000012"]) == "53"


def test_a_fraction_of_a_count_is_kept(demo_inputs: EstimationInputs) -> None:
    result = estimate.run(replace(demo_inputs, identified=(10.5, *demo_inputs.identified[1:])))
    assert strictly(result)["estimates"][0]["identified"] == 10.5


def test_figures_that_do_not_exist_are_null(demo_inputs: EstimationInputs) -> None:
    level = tuple(0.001 * residents for residents in demo_inputs.population)
    found = strictly(estimate.run(replace(demo_inputs, identified=level)))
    assert [found["regression"][key] for key in ("r_squared", "adjusted_r_squared", "f", "p")] == [None] * 4
    assert found["total"]["estimate"] == pytest.approx(sum(level))


def test_areas_left_out_are_named_with_their_reason(demo_inputs: EstimationInputs) -> None:
    result = estimate.run(replace(demo_inputs, left_out=(LeftOut("E9", "Nowhere", "no value for lac"),)))
    assert strictly(result)["left_out"] == [{"gss_code": "E9", "reason": "no value for lac"}]
