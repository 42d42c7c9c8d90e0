"""The environment is made once, kept equal to its locks, and made again when it is broken."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cse_tracker.setup import environment, steps
from cse_tracker.setup.environment import LOCKS, RUN_LOCK, TEST_LOCK, Environment
from cse_tracker.setup.steps import SetupStopped


class Recorder:
    """Stands in for running a child: keeps each command and answers with a status."""

    def __init__(self, status: int = 0) -> None:
        self.status = status
        self.commands: list[list[str]] = []

    def __call__(self, command: list[Any], **_more: Any) -> int:
        self.commands.append([str(part) for part in command])
        return self.status


@pytest.fixture
def child(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    recorder = Recorder()
    monkeypatch.setattr(environment, "run", recorder)
    return recorder


def whole(root: Path) -> Environment:
    made = Environment(root)
    for name in ("python", "pip"):
        program = made.program(name)
        program.parent.mkdir(parents=True, exist_ok=True)
        program.touch()
    return made


def test_an_environment_is_made_once(tmp_path: Path, child: Recorder) -> None:
    venv = Environment(tmp_path)
    venv.folder.mkdir()
    venv.ensure_made()
    assert child.commands == [[sys.executable, "-m", "venv", "--clear", str(venv.folder)]]
    whole(tmp_path).ensure_made()
    assert len(child.commands) == 1


def test_a_half_made_environment_is_cleared_and_made_again(tmp_path: Path, child: Recorder) -> None:
    venv = whole(tmp_path)
    venv.program("pip").unlink()
    venv.ensure_made()
    assert "--clear" in child.commands[0]


def test_an_environment_that_was_moved_is_made_again(tmp_path: Path, child: Recorder) -> None:
    before = tmp_path / "before"
    before.mkdir()
    Environment(before).folder.mkdir()
    Environment(before).ensure_made()
    assert whole(before).is_whole()
    before.rename(tmp_path / "after")
    assert not Environment(tmp_path / "after").is_whole()
    assert len(child.commands) == 1


def test_a_machine_that_cannot_make_one_is_told_what_to_install(
    tmp_path: Path, child: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(SetupStopped, match="apt-get install python3-venv"):
        Environment(tmp_path).ensure_made()
    assert child.commands == []


def test_a_lock_is_installed_once_with_every_hash_required(tmp_path: Path, child: Recorder) -> None:
    venv = whole(tmp_path)
    venv.ensure_installed(RUN_LOCK)
    venv.ensure_installed(RUN_LOCK)
    assert len(child.commands) == 1
    assert {"--require-hashes", str(RUN_LOCK)} <= set(child.commands[0])


def test_the_run_lock_does_not_stand_for_the_test_lock(tmp_path: Path, child: Recorder) -> None:
    venv = whole(tmp_path)
    venv.ensure_installed(RUN_LOCK)
    venv.ensure_installed(TEST_LOCK)
    assert [command[-1] for command in child.commands] == [str(RUN_LOCK), str(TEST_LOCK)]


def test_a_run_after_a_test_installs_nothing(tmp_path: Path, child: Recorder) -> None:
    venv = whole(tmp_path)
    venv.ensure_installed(TEST_LOCK)
    venv.ensure_installed(RUN_LOCK)
    assert len(child.commands) == 1


def test_a_changed_lock_is_installed_again(tmp_path: Path, child: Recorder) -> None:
    lock = tmp_path / "requirements-run.txt"
    venv = whole(tmp_path)
    for version in ("1", "2"):
        lock.write_text(f"flask=={version}\n")
        venv.ensure_installed(lock)
    assert len(child.commands) == 2


def test_a_failed_installation_leaves_no_stamp(tmp_path: Path, child: Recorder) -> None:
    venv = whole(tmp_path)
    child.status = 1
    with pytest.raises(SetupStopped, match="pip could not"):
        venv.ensure_installed(RUN_LOCK)
    child.status = 0
    venv.ensure_installed(RUN_LOCK)
    assert len(child.commands) == 2


def test_the_product_is_installed_again_when_its_command_is_gone(tmp_path: Path, child: Recorder) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    venv = whole(tmp_path)
    venv.ensure_product()
    assert child.commands[0][-3:] == ["--no-build-isolation", "-e", str(tmp_path)]
    venv.ensure_product()
    assert len(child.commands) == 2
    venv.program("cse-tracker").touch()
    venv.ensure_product()
    assert len(child.commands) == 2


def pins(lock: Path) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9._-]+)==([^ ]+)", lock.read_text("utf-8"), flags=re.MULTILINE))


def test_the_test_lock_holds_all_of_the_run_lock_at_the_same_versions() -> None:
    assert pins(RUN_LOCK).items() <= pins(TEST_LOCK).items()
    assert {"hatchling", "editables", "flask"} <= set(pins(RUN_LOCK))


@pytest.mark.parametrize("lock", sorted(LOCKS.glob("requirements-*.txt")), ids=lambda lock: lock.name)
def test_every_pin_has_a_hash_and_no_lock_names_an_address(lock: Path) -> None:
    text = lock.read_text("utf-8")
    pinned = [block for block in re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE) if "==" in block]
    assert pinned
    assert all("--hash=sha256:" in block for block in pinned)
    assert "://" not in text


def test_set_up_needs_nothing_but_the_standard_library() -> None:
    code = "import sys; sys.path.insert(0, sys.argv[1]); import cse_tracker.setup.verbs"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code, str(steps.ROOT)], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


def test_a_program_that_is_not_there_is_said_so() -> None:
    with pytest.raises(SetupStopped, match="no-such-program was not found"):
        steps.run(["no-such-program"])


def test_lines_never_overtake_a_child(tmp_path: Path) -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from cse_tracker.setup.steps import run, say, step\n"
        "with step('first'):\n    run(['echo', 'second'])\nsay('last')"
    )
    command = [sys.executable, "-I", "-c", code, str(steps.ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    lines = done.stdout.splitlines()
    assert [lines[0], lines[1], lines[3]] == ["first ...", "second", "last"]
    assert re.fullmatch(r"  done in \d+\.\d s", lines[2])
