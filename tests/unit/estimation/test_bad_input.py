"""Every kind of bad figures, through the documented Python interface and the command: refused in words, or flagged."""

import io
import json
import re
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from cse_tracker.cli.main import cli
from cse_tracker.estimation import frames
from cse_tracker.estimation.problems import CannotEstimate, InputProblem
from tests.integration.estimates.bad_input import CASES, Bad


def given(bad: Bad) -> dict[str, pd.DataFrame]:
    return {
        name.removesuffix(".csv"): pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)
        for name, text in bad.texts().items()
    }


def proposed(tables: dict[str, pd.DataFrame], number: int | None) -> list[str] | None:
    survey = tables["proactivity"]
    return None if number is None else survey.loc[survey["anchor"] == "yes", "gss_code"].to_list()[:number]


@pytest.mark.parametrize("bad", CASES.values(), ids=CASES.keys())
def test_frames_are_refused_or_flagged(bad: Bad) -> None:
    tables = given(bad)
    anchors = proposed(tables, bad.anchors)

    def run() -> frames.EstimateFrames:
        return frames.estimate(
            tables["indicators"], tables["population"], tables["identified"], proactivity=tables["proactivity"],
            steps=tables.get("steps"), anchors=anchors, draws=0,
        )  # fmt: skip

    if bad.refused:
        with pytest.raises((InputProblem, CannotEstimate), match=re.escape(bad.refused)):
            run()
        return
    found = run()
    assert not bad.flagged or bad.flagged in set(found.cautions["code"])
    assert found.areas["estimate"].notna().all()


@pytest.mark.parametrize("bad", CASES.values(), ids=CASES.keys())
def test_the_command_refuses_or_flags(bad: Bad, tmp_path: Path) -> None:
    for name, text in bad.texts().items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    anchors = proposed(given(bad), bad.anchors)
    wanted = ["estimate", str(tmp_path), "--draws", "0", "--json", str(tmp_path / "out.json")]
    done = CliRunner().invoke(cli, [*wanted, "--anchors", ",".join(anchors)] if anchors else wanted)
    if bad.refused:
        assert done.exit_code == 2
        assert isinstance(done.exception, SystemExit)
        assert bad.refused in done.stderr
        assert not (tmp_path / "out.json").exists()
        return
    assert done.exit_code == 0, done.output
    told = {each["code"]: each["sentence"] for each in json.loads((tmp_path / "out.json").read_text())["cautions"]}
    assert not bad.flagged or f"note: {told[bad.flagged]}" in done.output
