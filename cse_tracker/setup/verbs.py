"""The five things one can ask of a checkout: setup, run, test, soak and bench."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence

from cse_tracker.setup.assets import ensure_assets
from cse_tracker.setup.checks import run_checks
from cse_tracker.setup.environment import RUN_LOCK, TEST_LOCK, Environment
from cse_tracker.setup.steps import ROOT, SetupStopped, run, say


def prepare(*, testing: bool) -> Environment:
    """Make the checkout ready to run or, with ``testing``, ready for its tests. Raises SetupStopped."""
    venv = Environment()
    venv.ensure_made()
    venv.ensure_installed(TEST_LOCK if testing else RUN_LOCK)
    venv.ensure_product()
    ensure_assets(venv)
    return venv


def set_up(_more: Sequence[str]) -> int:
    """Make ready to run, and say how to."""
    prepare(testing=False)
    say("Ready. Start it with: make run")
    return 0


def serve(more: Sequence[str]) -> int:
    """Make ready, then become the server, so that signals reach it; PORT and DATABASE_URL pass through."""
    program = prepare(testing=False).program("cse-tracker")
    command = [str(program), "serve", *more]
    sys.stdout.flush()
    os.chdir(ROOT)
    os.execv(command[0], command)


def check(_more: Sequence[str]) -> int:
    """Make ready for tests and run every check."""
    return run_checks(prepare(testing=True))


def soak(more: Sequence[str]) -> int:
    """Run the soak tests, which leave their figures in build/soak.json."""
    venv = prepare(testing=True)
    (ROOT / "build").mkdir(exist_ok=True)
    return run([venv.program("pytest"), "-m", "soak", "tests", *more])


def bench(more: Sequence[str]) -> int:
    """Run the benchmarks."""
    return run([prepare(testing=True).program("python"), "-m", "tests.bench", *more])


VERBS: dict[str, Callable[[Sequence[str]], int]] = {
    "setup": set_up,
    "run": serve,
    "test": check,
    "soak": soak,
    "bench": bench,
}


def main(arguments: Sequence[str]) -> int:
    """Do one verb and return an exit status: 2 for an unknown verb, 1 when set-up had to stop."""
    if not arguments or arguments[0] not in VERBS:
        say(f"Usage: python3 -m cse_tracker.setup {'|'.join(VERBS)}")
        return 2
    try:
        return VERBS[arguments[0]](arguments[1:])
    except SetupStopped as stopped:
        say(str(stopped))
        return 1
    except KeyboardInterrupt:
        say("Stopped.")
        return 130
