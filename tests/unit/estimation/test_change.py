"""Why a total changed: the parts add up, and each is moved by its own change alone."""

from dataclasses import replace

import pytest

from cse_tracker.estimation.change import change
from cse_tracker.estimation.inputs import EstimationInputs
from cse_tracker.estimation.problems import CannotEstimate
from cse_tracker.estimation.results import Estimate


def test_nothing_changed_is_nothing(demo_inputs: EstimationInputs, demo: Estimate) -> None:
    found = change(demo_inputs, demo_inputs)
    assert found.before == found.after == demo.total.estimate
    assert [part.by for part in found.parts] == [0, 0, 0, 0]


def test_one_change_is_one_part(demo_inputs: EstimationInputs) -> None:
    double = tuple(None if each is None else 2 * each for each in demo_inputs.identified)
    found = change(demo_inputs, replace(demo_inputs, identified=double))
    assert found.after == pytest.approx(2 * found.before)
    parts = {part.words: part.by for part in found.parts}
    assert parts["Other numbers identified in the anchors"] == pytest.approx(found.before)
    assert sum(abs(value) for value in parts.values()) == pytest.approx(found.before)


def test_parts_add_up_when_all_change(demo_inputs: EstimationInputs) -> None:
    after = replace(
        demo_inputs,
        values=tuple((row[0] * (1.3 if k % 3 else 0.8), *row[1:]) for k, row in enumerate(demo_inputs.values)),
        population=tuple(people * (1.1 if k % 2 else 0.9) for k, people in enumerate(demo_inputs.population)),
        identified=tuple(None if each is None else each + 5 for each in demo_inputs.identified),
        anchors=demo_inputs.anchors[1:],
    )
    found = change(demo_inputs, after)
    assert found.before + sum(part.by for part in found.parts) == pytest.approx(found.after)
    assert all(part.by for part in found.parts)
    back = change(after, demo_inputs)
    assert [part.by for part in back.parts] == pytest.approx([-part.by for part in found.parts])


def test_areas_of_one_run_alone_are_a_part_of_their_own(demo_inputs: EstimationInputs) -> None:
    keep = [k for k, area in enumerate(demo_inputs.areas) if area not in {"E09000002", "E09000003"}]
    fewer = replace(
        demo_inputs,
        areas=tuple(demo_inputs.areas[k] for k in keep),
        values=tuple(demo_inputs.values[k] for k in keep),
        population=tuple(demo_inputs.population[k] for k in keep),
        identified=tuple(demo_inputs.identified[k] for k in keep),
    )
    found = change(demo_inputs, fewer)
    assert found.parts[-1].words == "Areas that only one of the runs has"
    assert found.parts[-1].by == pytest.approx(found.after - found.before)


def test_runs_that_share_too_few_anchors_are_refused(demo_inputs: EstimationInputs) -> None:
    old = replace(
        demo_inputs,
        identified=tuple(
            each if area in demo_inputs.anchors[:3] else None
            for area, each in zip(demo_inputs.areas, demo_inputs.identified, strict=True)
        ),
        anchors=demo_inputs.anchors[:3],
    )
    new = replace(demo_inputs, anchors=demo_inputs.anchors[2:])
    with pytest.raises(CannotEstimate, match="fewer than three anchors"):
        change(old, new)
