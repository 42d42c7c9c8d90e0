"""Laws that the method keeps whatever the data, and the data that it refuses."""

import math
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cse_tracker.estimation import estimate
from cse_tracker.estimation.inputs import EstimationInputs, Unit
from cse_tracker.estimation.problems import CannotEstimate
from cse_tracker.estimation.results import Estimate

POSITIONS = st.integers(min_value=0, max_value=6)


def with_column(inputs: EstimationInputs, position: int, column: Sequence[float]) -> EstimationInputs:
    rows = zip(inputs.values, column, strict=True)
    return replace(inputs, values=tuple((*row[:position], value, *row[position + 1 :]) for row, value in rows))


def column_of(inputs: EstimationInputs, position: int) -> list[float]:
    return [row[position] for row in inputs.values]


def added(inputs: EstimationInputs, column: Sequence[float], unit: Unit) -> EstimationInputs:
    return replace(
        inputs,
        indicators=(*inputs.indicators, "added"),
        units=(*inputs.units, unit),
        values=tuple((*row, value) for row, value in zip(inputs.values, column, strict=True)),
    )


def chosen(inputs: EstimationInputs, order: Sequence[int]) -> EstimationInputs:
    return replace(
        inputs,
        areas=tuple(inputs.areas[k] for k in order),
        values=tuple(inputs.values[k] for k in order),
        population=tuple(inputs.population[k] for k in order),
        identified=tuple(inputs.identified[k] for k in order),
        anchors=tuple(area for area in inputs.anchors if area in {inputs.areas[k] for k in order}),
    )


def figures(result: Estimate) -> dict[str, list[float]]:
    return {
        area.gss_code: [area.score, area.estimate, area.ci_low, area.ci_high, area.pi_low, area.pi_high]
        for area in result.estimates
    }


def assert_same_estimates(one: Estimate, other: Estimate) -> None:
    mine, theirs = figures(one), figures(other)
    assert mine.keys() == theirs.keys()
    for area, numbers in mine.items():
        assert numbers == pytest.approx(theirs[area], rel=1e-9, abs=1e-9)
    assert one.total.estimate == pytest.approx(other.total.estimate, rel=1e-11)
    assert one.total.ci_low == pytest.approx(other.total.ci_low, rel=1e-11)


@given(position=POSITIONS, factor=st.floats(min_value=1e-6, max_value=1e6))
@settings(max_examples=40)
def test_multiplying_an_indicator_changes_nothing(
    demo_inputs: EstimationInputs, demo: Estimate, position: int, factor: float
) -> None:
    scaled = with_column(demo_inputs, position, [factor * value for value in column_of(demo_inputs, position)])
    result = estimate.run(scaled)
    assert_same_estimates(result, demo)
    assert result.loadings == pytest.approx(demo.loadings, rel=1e-9)
    assert result.kmo.overall == pytest.approx(demo.kmo.overall, rel=1e-9)


@pytest.mark.parametrize("factor", [1e-300, 1e290])
def test_even_an_extreme_unit_changes_nothing(demo_inputs: EstimationInputs, demo: Estimate, factor: float) -> None:
    scaled = with_column(demo_inputs, 2, [factor * value for value in column_of(demo_inputs, 2)])
    assert_same_estimates(estimate.run(scaled), demo)


@pytest.mark.parametrize("position", range(7))
def test_reversing_an_indicator_flips_its_loading_only(
    demo_inputs: EstimationInputs, demo: Estimate, position: int
) -> None:
    result = estimate.run(with_column(demo_inputs, position, [-value for value in column_of(demo_inputs, position)]))
    expected = [-loading if k == position else loading for k, loading in enumerate(demo.loadings)]
    assert result.loadings == pytest.approx(expected, rel=1e-9)
    assert_same_estimates(result, demo)
    assert result.eigenvalues == pytest.approx(demo.eigenvalues, rel=1e-9)


@given(order=st.permutations(range(32)))
@settings(max_examples=30)
def test_the_order_of_areas_changes_nothing(demo_inputs: EstimationInputs, demo: Estimate, order: list[int]) -> None:
    result = estimate.run(chosen(demo_inputs, order))
    assert result.areas == tuple(area.gss_code for area in result.estimates)
    assert_same_estimates(result, demo)


@given(order=st.permutations(range(7)))
@settings(max_examples=30)
def test_the_order_of_indicators_changes_nothing(
    demo_inputs: EstimationInputs, demo: Estimate, order: list[int]
) -> None:
    shuffled = replace(
        demo_inputs,
        indicators=tuple(demo_inputs.indicators[k] for k in order),
        values=tuple(tuple(row[k] for k in order) for row in demo_inputs.values),
    )
    result = estimate.run(shuffled)
    assert_same_estimates(result, demo)
    by_name = dict(zip(demo.indicators, demo.loadings, strict=True))
    assert result.loadings == pytest.approx([by_name[name] for name in result.indicators], rel=1e-9)


def test_an_indicator_given_as_a_rate_is_the_same_as_its_count(demo_inputs: EstimationInputs, demo: Estimate) -> None:
    pairs = zip(column_of(demo_inputs, 3), demo_inputs.population, strict=True)
    as_rate = with_column(demo_inputs, 3, [1000 * count / residents for count, residents in pairs])
    assert_same_estimates(
        estimate.run(replace(as_rate, units=(*demo_inputs.units[:3], Unit.RATE, *demo_inputs.units[4:]))), demo
    )


def test_ten_times_the_numbers_everywhere_is_ten_times_the_estimate(
    demo_inputs: EstimationInputs, demo: Estimate
) -> None:
    tenfold = tuple(None if number is None else 10 * number for number in demo_inputs.identified)
    result = estimate.run(replace(demo_inputs, identified=tenfold))
    assert result.total.estimate == pytest.approx(10 * demo.total.estimate)
    assert result.total.ci_high == pytest.approx(10 * demo.total.ci_high)


def test_numbers_of_areas_that_are_no_anchors_do_not_move_an_estimate(
    demo_inputs: EstimationInputs, demo: Estimate
) -> None:
    pairs = zip(demo_inputs.areas, demo_inputs.identified, strict=True)
    anchors_only = tuple(number if area in demo_inputs.anchors else None for area, number in pairs)
    assert figures(estimate.run(replace(demo_inputs, identified=anchors_only))) == figures(demo)


def test_an_area_that_stands_twice_gets_the_same_estimate_twice(demo_inputs: EstimationInputs) -> None:
    doubled = chosen(demo_inputs, [*range(32), 0])
    result = estimate.run(
        replace(doubled, areas=(*demo_inputs.areas, "again"), names={**demo_inputs.names, "again": "A"})
    )
    assert figures(result)["again"] == pytest.approx(figures(result)[demo_inputs.areas[0]])


def test_a_very_small_area_stays_finite(demo_inputs: EstimationInputs) -> None:
    result = estimate.run(replace(demo_inputs, population=(284.0, *demo_inputs.population[1:])))
    assert all(math.isfinite(number) for numbers in figures(result).values() for number in numbers)
    assert result.estimates[0].extrapolated


@pytest.mark.parametrize("value", [0.0, 5.0, 0.1])
@pytest.mark.parametrize("unit", list(Unit))
def test_a_constant_indicator_is_refused(demo_inputs: EstimationInputs, value: float, unit: Unit) -> None:
    with pytest.raises(CannotEstimate, match=r"The indicator added is the same in every area"):
        estimate.run(added(demo_inputs, [value] * 32, unit))


def test_a_count_that_only_follows_the_population_is_refused(demo_inputs: EstimationInputs) -> None:
    with pytest.raises(CannotEstimate, match=r"The indicator added is the same in every area"):
        estimate.run(added(demo_inputs, [0.007 * residents for residents in demo_inputs.population], Unit.COUNT))


def test_an_indicator_given_twice_is_refused(demo_inputs: EstimationInputs) -> None:
    with pytest.raises(CannotEstimate, match="singular"):
        estimate.run(added(demo_inputs, column_of(demo_inputs, 1), Unit.COUNT))


def test_one_indicator_is_refused(demo_inputs: EstimationInputs) -> None:
    single = replace(
        demo_inputs, indicators=("a",), units=(Unit.COUNT,), values=tuple(r[:1] for r in demo_inputs.values)
    )
    with pytest.raises(CannotEstimate, match=r"^There is 1 indicator"):
        estimate.run(single)


@pytest.mark.parametrize("areas", [0, 1, 7])
def test_no_more_areas_than_indicators_are_refused(demo_inputs: EstimationInputs, areas: int) -> None:
    with pytest.raises(CannotEstimate, match=f"^{areas} areas have every indicator; 7 indicators need 8"):
        estimate.run(chosen(demo_inputs, range(areas)))


@pytest.mark.parametrize("anchors", [0, 2])
def test_fewer_than_three_anchors_are_refused(demo_inputs: EstimationInputs, anchors: int) -> None:
    with pytest.raises(CannotEstimate, match=f"^There are {anchors} anchors"):
        estimate.run(replace(demo_inputs, anchors=demo_inputs.anchors[:anchors]))


def test_anchors_all_at_one_score_are_refused(demo_inputs: EstimationInputs) -> None:
    first = demo_inputs.areas.index(demo_inputs.anchors[0])
    same = {demo_inputs.areas.index(anchor) for anchor in demo_inputs.anchors}
    source = [first if k in same else k for k in range(32)]
    with pytest.raises(CannotEstimate, match="same factor score"):
        estimate.run(
            replace(
                demo_inputs,
                values=tuple(demo_inputs.values[k] for k in source),
                population=tuple(demo_inputs.population[k] for k in source),
            )
        )


def test_an_anchor_without_a_number_is_refused_and_not_taken_as_zero(demo_inputs: EstimationInputs) -> None:
    with pytest.raises(CannotEstimate, match="is an anchor but has no identified number"):
        estimate.run(replace(demo_inputs, anchors=(*demo_inputs.anchors, "E09000018")))


def test_rates_beyond_calculation_are_refused(demo_inputs: EstimationInputs) -> None:
    with pytest.raises(CannotEstimate, match=r"A rate per 1,000 is too large"):
        estimate.run(with_column(demo_inputs, 0, [1e306, *column_of(demo_inputs, 0)[1:]]))


def test_estimates_beyond_calculation_are_refused(demo_inputs: EstimationInputs) -> None:
    huge = tuple(None if number is None else number * 1e300 for number in demo_inputs.identified)
    with pytest.raises(CannotEstimate, match="An estimate is too large"):
        estimate.run(replace(demo_inputs, identified=huge))
