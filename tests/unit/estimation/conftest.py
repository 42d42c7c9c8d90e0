"""The demo data, read once, and a small set of files that each test may spoil in one place."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from cse_tracker.estimation import estimate, reading
from cse_tracker.estimation.inputs import EstimationInputs
from cse_tracker.estimation.results import Estimate

SMALL = {
    "indicators.csv": (
        "gss_code,name,indicator,value,unit\n"
        "E1,Ashby,missing,30,count\nE2,Brook,missing,44,count\nE3,Crane,missing,21,count\n"
        "E4,Dale,missing,80,count\nE5,Elm,missing,52,count\n"
        "E1,Ashby,absence,8.5,rate\nE2,Brook,absence,9.1,rate\nE3,Crane,absence,7.7,rate\n"
        "E4,Dale,absence,11.2,rate\nE5,Elm,absence,10.9,rate\n"
    ),
    "population.csv": "gss_code,population\nE1,20000\nE2,21000\nE3,19000\nE4,25000\nE5,23000\n",
    "identified.csv": ("gss_code,identified,data_reliable\nE1,10,yes\nE2,14,yes\nE3,6,yes\nE4,31,yes\nE5,some,no\n"),
    "proactivity.csv": "gss_code,group,anchor\nE1,proactive,yes\nE2,developing,no\nE3,proactive,yes\n"
    "E4,proactive,yes\nE5,proactive,no\n",
}

Spoil = Callable[..., Path]


@pytest.fixture(scope="session")
def demo_directory() -> Path:
    return Path(reading.__file__).parents[1] / "demo" / "london_2003"


@pytest.fixture(scope="session")
def demo_inputs(demo_directory: Path) -> EstimationInputs:
    return reading.read_directory(demo_directory)


@pytest.fixture(scope="session")
def demo(demo_inputs: EstimationInputs) -> Estimate:
    return estimate.run(demo_inputs)


@pytest.fixture(scope="session")
def small_texts() -> Mapping[str, str]:
    return SMALL


@pytest.fixture
def files(tmp_path: Path) -> Spoil:
    """Write the small set with one text in one file replaced, and give its directory."""

    def write(file: str = "", old: str = "", new: str = "") -> Path:
        for name, text in SMALL.items():
            assert name != file or old in text
            (tmp_path / name).write_text(text.replace(old, new, 1) if name == file else text, encoding="utf-8")
        return tmp_path

    return write
