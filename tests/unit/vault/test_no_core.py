"""A process that crashes leaves nothing of its memory in a file."""

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cse_tracker import paths

WORD = "".join(reversed("gnussiliewreknak"))
CRASH = """
import faulthandler, os, resource, sys
resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)
faulthandler.enable()
held = "".join(reversed("gnussiliewreknak"))
if sys.argv[1] == "guarded":
    from cse_tracker.app import leave_no_core
    leave_no_core()
os.abort()
"""


def crash(folder: Path, how: str) -> tuple[bytes, bytes]:
    """Give what a crash left in files, and what it said."""
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", CRASH, how],
        cwd=folder,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(paths.PACKAGE.parent)},
        check=False,
    )
    assert done.returncode == -signal.SIGABRT
    return b"".join(each.read_bytes() for each in folder.iterdir()), done.stderr


def test_a_crash_writes_no_core_and_the_dump_of_its_threads_holds_no_values(tmp_path: Path) -> None:
    left, said = crash(tmp_path / "guarded", "guarded")
    assert left == b""
    assert b"Fatal Python error: Aborted" in said
    assert WORD.encode() not in said


@pytest.mark.skipif(
    resource.getrlimit(resource.RLIMIT_CORE)[1] == 0
    or not Path("/proc/sys/kernel/core_pattern").exists()
    or Path("/proc/sys/kernel/core_pattern").read_text().strip() != "core",
    reason="this machine writes no core files into the folder of the process, so there is nothing to compare with",
)
def test_without_that_the_word_is_in_the_core(tmp_path: Path) -> None:
    left, _ = crash(tmp_path / "open", "open")
    assert WORD.encode() in left
