"""Says what set-up is doing and how long it took, in plain lines that never overtake a child's output."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class SetupStopped(Exception):
    """Set-up cannot go on; the message is a sentence for the person who ran it."""


def say(text: str) -> None:
    """Write one line and flush it, so that it comes before whatever a child process writes next."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


@contextmanager
def step(what: str) -> Iterator[None]:
    """Announce a step, then how many seconds it took; a step that raises leaves only its announcement."""
    say(f"{what} ...")
    began = time.monotonic()
    yield
    say(f"  done in {time.monotonic() - began:.1f} s")


def run(
    command: Sequence[str | Path],
    *,
    folder: Path = ROOT,
    environment: Mapping[str, str] | None = None,
    quiet: bool = False,
) -> int:
    """Run a child that writes to the same terminal and return its exit status.

    ``environment`` replaces the whole environment when given; ``quiet`` drops the child's standard output
    but never its errors. Raises SetupStopped when the program does not exist.
    """
    try:
        done = subprocess.run(
            [str(part) for part in command],
            cwd=folder,
            env=environment,
            stdout=subprocess.DEVNULL if quiet else None,
            check=False,
        )
    except FileNotFoundError as missing:
        raise SetupStopped(f"{command[0]} was not found") from missing
    return done.returncode
