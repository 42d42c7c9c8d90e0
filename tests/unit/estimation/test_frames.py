"""The notebook's interface: the same figures as the command, the same refusals, and an example that runs."""

import csv
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from cse_tracker.estimation import frames
from cse_tracker.estimation.inputs import EstimationInputs
from cse_tracker.estimation.problems import CannotEstimate, InputProblem
from cse_tracker.estimation.results import Estimate
from cse_tracker.estimation.systems.opinion import Asked

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def demo_frames(demo_directory: Path) -> dict[str, pd.DataFrame]:
    names = ("indicators", "population", "identified", "proactivity", "steps")
    return {name: pd.read_csv(demo_directory / f"{name}.csv") for name in names}


def test_frames_give_what_the_files_give(demo_frames: dict[str, pd.DataFrame], demo: Estimate) -> None:
    given = demo_frames
    found = frames.estimate(
        given["indicators"], given["population"], given["identified"],
        proactivity=given["proactivity"], steps=given["steps"], draws=50,
    )  # fmt: skip
    assert found.study.estimate == demo
    assert found.areas.loc["E09000002", "estimate"] == demo.estimates[0].estimate
    assert found.areas.filter(like="chance_of_line_").sum(axis=1).to_list() == pytest.approx([1.0] * 32)
    assert found.correlation.shape == found.anti_image_covariance.shape == found.anti_image_correlation.shape == (7, 7)
    assert len(found.influence) == 8
    assert len(found.sensitivity) == 8 + 28 + 7
    assert found.count_models.shape == (32, 6)
    assert found.components["eigenvalue"].sum() == pytest.approx(7)
    assert found.indicators["loading"].gt(0).all()
    assert found.regression["kmo"] == demo.kmo.overall
    assert found.left_out.empty
    assert "extrapolated" in set(found.cautions["code"])
    assert found.total["estimate"] == demo.total.estimate
    assert found.to_json()["areas"] == list(demo.areas)


def test_a_wide_frame_is_the_same_as_a_long_one(demo_frames: dict[str, pd.DataFrame], demo: Estimate) -> None:
    given = demo_frames
    wide = given["indicators"].pivot_table(index="gss_code", columns="indicator", values="value")[list(demo.indicators)]
    found = frames.estimate(
        wide,
        given["population"].set_index("gss_code")["population"],
        given["identified"].set_index("gss_code")["identified"],
        anchors=demo.anchors,
        draws=0,
    )
    estimates = {area.gss_code: area.estimate for area in found.study.estimate.estimates}
    assert estimates == pytest.approx({area.gss_code: area.estimate for area in demo.estimates}, rel=1e-12)


def test_a_missing_value_leaves_the_area_out(demo_frames: dict[str, pd.DataFrame], demo: Estimate) -> None:
    spoilt = demo_frames["indicators"].copy()
    spoilt["value"] = spoilt["value"].astype("float64")
    spoilt.loc[0, "value"] = None
    found = frames.estimate(spoilt, demo_frames["population"], demo_frames["identified"], anchors=demo.anchors, draws=0)
    assert found.left_out["gss_code"].to_list() == ["E09000002"]


def test_refusals_name_frame_and_row(demo_frames: dict[str, pd.DataFrame], demo: Estimate) -> None:
    given = demo_frames
    spoilt = given["population"].copy()
    spoilt.loc[3, "population"] = -1
    with pytest.raises(InputProblem, match="population, row 5, column population"):
        frames.estimate(given["indicators"], spoilt, given["identified"], anchors=demo.anchors)
    with pytest.raises(InputProblem, match="either anchors or proactivity"):
        frames.estimate(given["indicators"], given["population"], given["identified"])
    with pytest.raises(CannotEstimate):
        frames.estimate(given["indicators"], given["population"], given["identified"], anchors=demo.anchors[:2])
    with pytest.raises(InputProblem, match="no such column"):
        frames.estimate(given["indicators"], given["population"], given["population"], anchors=demo.anchors)


def test_lists_go_in_and_come_out_as_frames() -> None:
    table = pd.read_csv(Path(__file__).parent / "published" / "UKdat.csv")
    found = frames.second_opinion_of(table, Asked(draws=0))
    assert round(found.answer["estimate"]) == 11418
    assert found.cells["count"].sum() == 2744
    assert found.cells["fitted"].sum() == pytest.approx(2744)
    assert len(found.shared) == 15
    assert len(found.models) > 1
    assert found.cautions
    with pytest.raises(InputProblem, match="overlaps, row 2, column LA"):
        frames.second_opinion_of(table.assign(LA=2))


def test_the_documented_example_runs_without_web_and_database(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "estimation.md").read_text(encoding="utf-8")
    example = re.search(r"```python\n(.*?)```", text, re.DOTALL)
    assert example is not None
    code = example.group(1) + "\nimport sys\nassert not {'flask', 'sqlalchemy'} & set(sys.modules)\n"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr


def test_the_demo_is_complete(demo_inputs: EstimationInputs, demo_directory: Path) -> None:
    with (demo_directory / "indicators.csv").open(encoding="utf-8") as lines:
        assert len(list(csv.DictReader(lines))) == len(demo_inputs.areas) * len(demo_inputs.indicators)
