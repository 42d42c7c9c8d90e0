"""A real PKCS#11 token by SoftHSM, in files of its own."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from cse_tracker.setup.checks import SOFTHSM_MISSING, softhsm

LABEL = "cse-tracker-tests"
PIN = "48151623"


@dataclass(frozen=True)
class Token:
    """A token: the library that opens it, its label, and the file of its PIN."""

    module: Path
    label: str
    pin_file: Path


def make(folder: Path) -> Token:
    """Initialise a token; the tests fail without SoftHSM, unless `make test` has said that they are left out."""
    module = softhsm(os.environ)
    if module is None:
        if os.environ.get("CSE_TRACKER_SKIP_SOFTHSM"):
            pytest.skip(SOFTHSM_MISSING)
        pytest.fail(SOFTHSM_MISSING)
    (folder / "tokens").mkdir(parents=True)
    configuration = folder / "softhsm2.conf"
    configuration.write_text(f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\n")
    # The library reads this once for a whole process, so a process has one token.
    os.environ["SOFTHSM2_CONF"] = str(configuration)
    subprocess.run(
        ["softhsm2-util", "--init-token", "--free", "--label", LABEL, "--pin", PIN, "--so-pin", PIN],
        check=True,
        capture_output=True,
    )
    pin_file = folder / "pin"
    pin_file.write_text(PIN + "\n")
    pin_file.chmod(0o600)
    return Token(Path(module), LABEL, pin_file)
