"""Makes ``.venv`` and keeps it equal to the hash-pinned locks."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path

from cse_tracker.setup.steps import ROOT, SetupStopped, run, step

LOCKS = Path(__file__).resolve().parent
RUN_LOCK = LOCKS / "requirements-run.txt"
TEST_LOCK = LOCKS / "requirements-test.txt"
VENV_MISSING = (
    "This Python cannot make virtual environments. On Debian or Ubuntu: apt-get install python3-venv\n"
    "Then run the same command again."
)


def fingerprint(path: Path) -> str:
    """The sha256 of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


@dataclass(frozen=True)
class Environment:
    """The virtual environment of one checkout, with a stamp for each thing already installed in it."""

    root: Path = ROOT

    @property
    def folder(self) -> Path:
        """Where the environment is."""
        return self.root / ".venv"

    def program(self, name: str) -> Path:
        """The path of one of its programs, whether or not it is installed yet."""
        return self.folder / "bin" / name

    def is_whole(self) -> bool:
        """Whether a Python with pip is there and was made for this place.

        Debian without python3-venv leaves a Python with no pip; and the programs of a checkout that was moved
        still point at the old place.
        """
        made = self._stamp("made-at")
        moved = made.is_file() and made.read_text("utf-8") != str(self.folder)
        return self.program("python").is_file() and self.program("pip").is_file() and not moved

    def ensure_made(self) -> None:
        """Make the environment unless it is whole. Raises SetupStopped, saying what to install."""
        if self.is_whole():
            return
        if importlib.util.find_spec("ensurepip") is None:
            raise SetupStopped(VENV_MISSING)
        with step("Making the virtual environment .venv"):
            if run([sys.executable, "-m", "venv", "--clear", self.folder]):
                raise SetupStopped(VENV_MISSING)
            self._mark("made-at", str(self.folder))

    def ensure_installed(self, lock: Path) -> None:
        """Install a lock unless its stamp is current. The test lock holds all of the run lock, so it stamps both.

        Raises SetupStopped when pip fails.
        """
        if self._is_current(lock):
            return
        count = sum(1 for line in lock.read_text("utf-8").splitlines() if "==" in line)
        with step(f"Installing the {count} packages of {lock.name}"):
            self.pip("install", "--require-hashes", "-r", lock)
        for covered in {lock, RUN_LOCK} if lock == TEST_LOCK else {lock}:
            self._mark(covered.name, fingerprint(covered))

    def ensure_product(self) -> None:
        """Install this checkout itself, editable, so that ``.venv/bin/cse-tracker`` exists."""
        project = self.root / "pyproject.toml"
        if self.program("cse-tracker").is_file() and self._is_current(project):
            return
        with step("Installing cse-tracker from this folder"):
            self.pip("install", "--no-deps", "--no-build-isolation", "-e", self.root)
        self._mark(project.name, fingerprint(project))

    def pip(self, *arguments: str | Path) -> None:
        """Run the environment's pip quietly. Raises SetupStopped when it fails."""
        quiet = ("-q", "--disable-pip-version-check", "--no-input")
        if run([self.program("python"), "-m", "pip", arguments[0], *quiet, *arguments[1:]], folder=self.root):
            raise SetupStopped("pip could not install the packages: its own message is above.")

    def _stamp(self, name: str) -> Path:
        return self.folder / ".cse-tracker" / name

    def _is_current(self, source: Path) -> bool:
        stamp = self._stamp(source.name)
        return stamp.is_file() and stamp.read_text("utf-8") == fingerprint(source)

    def _mark(self, name: str, text: str) -> None:
        stamp = self._stamp(name)
        stamp.parent.mkdir(exist_ok=True)
        stamp.write_text(text, "utf-8")
