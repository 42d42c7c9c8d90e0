"""Runs every check of the project, in one order, and lets none hide another's failure."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from cse_tracker.setup.environment import Environment
from cse_tracker.setup.steps import SetupStopped, run, say

CHECKS: tuple[tuple[str, ...], ...] = (
    ("ruff", "check"),
    ("ruff", "format", "--check"),
    ("mypy",),
    ("lint-imports",),
    # In the order of their names: a journey is one long test in a file of its own, and would otherwise come last.
    ("pytest", "-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"),
)
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSER_MISSING = "Chromium was not found. On Debian or Ubuntu: apt-get install chromium"
TOKENS = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
)
SOFTHSM_MISSING = "SoftHSM was not found. On Debian or Ubuntu: apt-get install softhsm2"


def browser(environment: Mapping[str, str]) -> str | None:
    """The Chromium that journeys drive: CHROMIUM when set, else the first on PATH, else None."""
    named = environment.get("CHROMIUM")
    names = (named,) if named else BROWSERS
    return next((found for found in map(shutil.which, names) if found), None)


def softhsm(environment: Mapping[str, str]) -> str | None:
    """The library of the software token that tests use: SOFTHSM2 when set, else the one of the system, else None."""
    named = environment.get("SOFTHSM2")
    places = (named,) if named else TOKENS
    if shutil.which("softhsm2-util") is None:
        return None
    return next((place for place in places if Path(place).is_file()), None)


def environment_for_tests(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment for the tests, which skips journeys where no browser is, and tokens where there is none.

    Raises SetupStopped in continuous integration (CI=true), where a skipped test would pass for a test.
    """
    prepared = dict(environment)
    found = browser(environment)
    if found:
        prepared["CHROMIUM"] = found
    else:
        prepared["CSE_TRACKER_SKIP_JOURNEYS"] = "1"
        _missing(environment, BROWSER_MISSING, "the browser journeys are")
    if softhsm(environment) is None:
        prepared["CSE_TRACKER_SKIP_SOFTHSM"] = "1"
        _missing(environment, SOFTHSM_MISSING, "the tests of a PKCS#11 token are")
    return prepared


def _missing(environment: Mapping[str, str], sentence: str, skipped: str) -> None:
    if environment.get("CI") == "true":
        raise SetupStopped(sentence)
    say(f"{sentence}\nUntil then {skipped} skipped.")


def run_checks(venv: Environment, checks: Sequence[Sequence[str]] = CHECKS) -> int:
    """Run all checks and return 1 if any failed. The last check's closing line stays the last line of all.

    A verdict after pytest's own would hide its count from whoever reads only the end of a log, so earlier
    failures are named just before the last check starts.
    """
    environment = environment_for_tests(os.environ)
    failed: list[str] = []
    for position, check in enumerate(checks, start=1):
        name = " ".join(check)
        if failed and position == len(checks):
            say(f"Failed so far: {', '.join(failed)}")
        say(f"--- {name}")
        if run([venv.program(check[0]), *check[1:]], folder=venv.root, environment=environment):
            failed.append(name)
    return 1 if failed else 0
