"""Every check runs, none hides another, and the last one has the last word."""

from __future__ import annotations

import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cse_tracker.setup import checks, verbs
from cse_tracker.setup.environment import Environment
from cse_tracker.setup.steps import ROOT, SetupStopped


@pytest.fixture
def venv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Environment:
    """An environment with the programs good, bad and last, and a browser."""
    made = Environment(tmp_path)
    made.program("x").parent.mkdir(parents=True)
    bodies = {
        "good": "echo fine",
        "bad": "echo broken; exit 3",
        "last": 'echo "closing line $CSE_TRACKER_SKIP_JOURNEYS"',
    }
    for name, body in bodies.items():
        program = made.program(name)
        program.write_text(f"#!/bin/sh\n{body}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("CHROMIUM", sys.executable)
    monkeypatch.delenv("CSE_TRACKER_SKIP_JOURNEYS", raising=False)
    return made


def test_all_checks_run_and_one_failure_fails_them_all(venv: Environment, capfd: pytest.CaptureFixture[str]) -> None:
    assert checks.run_checks(venv, [("bad", "--now"), ("good",), ("last",)]) == 1
    assert capfd.readouterr().out.splitlines() == [
        "--- bad --now",
        "broken",
        "--- good",
        "fine",
        "Failed so far: bad --now",
        "--- last",
        "closing line ",
    ]


def test_checks_that_pass_say_nothing_after_the_last(venv: Environment, capfd: pytest.CaptureFixture[str]) -> None:
    assert checks.run_checks(venv, [("good",), ("last",)]) == 0
    assert capfd.readouterr().out.splitlines()[-1] == "closing line "


def test_a_failing_last_check_fails_them_all(venv: Environment) -> None:
    assert checks.run_checks(venv, [("good",), ("bad",)]) == 1


def test_pytest_comes_last() -> None:
    assert checks.CHECKS[-1][0] == "pytest"


def test_journeys_are_skipped_where_there_is_no_browser(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    prepared = checks.environment_for_tests({"A": "b"})
    assert prepared == {"A": "b", "CSE_TRACKER_SKIP_JOURNEYS": "1", "CSE_TRACKER_SKIP_SOFTHSM": "1"}
    said = capsys.readouterr().out
    assert "apt-get install chromium" in said
    assert "apt-get install softhsm2" in said


def test_continuous_integration_without_a_browser_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    with pytest.raises(SetupStopped, match="apt-get install chromium"):
        checks.environment_for_tests({"CI": "true"})


def test_a_browser_is_found_by_any_of_its_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: f"/opt/{name}" if name == "google-chrome" else None)
    assert checks.environment_for_tests({})["CHROMIUM"] == "/opt/google-chrome"


def only(*programs: str) -> Callable[[str], str | None]:
    return lambda name: f"/usr/bin/{name}" if name in programs else None


def test_continuous_integration_without_a_token_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", only("chromium"))
    with pytest.raises(SetupStopped, match="apt-get install softhsm2"):
        checks.environment_for_tests({"CI": "true"})


def test_a_token_is_its_program_and_its_library(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    library = tmp_path / "libsofthsm2.so"
    library.touch()
    monkeypatch.setattr(shutil, "which", only("chromium", "softhsm2-util"))
    there = {"SOFTHSM2": str(library)}
    assert checks.environment_for_tests(there) == {**there, "CHROMIUM": "/usr/bin/chromium"}
    assert checks.softhsm({"SOFTHSM2": str(tmp_path / "none")}) is None
    monkeypatch.setattr(shutil, "which", only("chromium"))
    assert checks.softhsm(there) is None


def test_a_named_browser_that_is_not_there_is_not_replaced_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: f"/opt/{name}" if name == "chromium" else None)
    assert checks.browser({"CHROMIUM": "/nowhere/chrome"}) is None


@pytest.mark.parametrize("arguments", [[], ["paint"]])
def test_an_unknown_verb_gets_the_list_of_verbs(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert verbs.main(arguments) == 2
    assert "setup|run|test|soak|bench" in capsys.readouterr().out


def test_a_stop_is_a_sentence_and_a_status(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def stop(_more: object) -> int:
        raise SetupStopped("Install something.")

    monkeypatch.setitem(verbs.VERBS, "setup", stop)
    assert verbs.main(["setup"]) == 1
    assert capsys.readouterr().out == "Install something.\n"


def test_make_knows_every_verb() -> None:
    for verb in verbs.VERBS:
        shown = subprocess.run(["make", "-n", verb], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        assert f"-m cse_tracker.setup {verb}" in shown
