"""Collects what the soak measured into build/soak.json, in the form of build/bench.json."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

Report = Callable[..., None]


@pytest.fixture(scope="session")
def _figures() -> Iterator[list[dict[str, Any]]]:
    figures: list[dict[str, Any]] = []
    yield figures
    target = Path(__file__).resolve().parents[2] / "build"
    target.mkdir(exist_ok=True)
    (target / "soak.json").write_text(json.dumps(figures, indent=2) + "\n")


@pytest.fixture
def report(_figures: list[dict[str, Any]]) -> Report:
    """Note a figure: its name, value, unit, limit, and whether the limit holds."""

    def note(name: str, value: float, unit: str, *, limit: float | None = None, holds: bool | None = None) -> None:
        _figures.append({"name": name, "value": value, "unit": unit, "limit": limit, "holds": holds})

    return note
