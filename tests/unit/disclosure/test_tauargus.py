"""A second opinion on single tables from tau-Argus, the reference of the trade. For tests only, never at run time."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cse_tracker.disclosure.attacker import Figure, Knowledge, adds_up, attack
from cse_tracker.disclosure.model import CellKey, CountTable, cell_key, two_way_table
from cse_tracker.disclosure.suppression import suppress

if sys.platform != "linux":
    pytest.skip("pytauargus has no wheel for this platform in the locks", allow_module_level=True)
tauargus = pytest.importorskip("pytauargus", reason="pytauargus is not installed here")

ROWS, COLUMNS = [f"B{number}" for number in range(8)], ["L1", "L2", "L3"]
Pattern = dict[CellKey, bool]


@pytest.fixture(autouse=True)
def _elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # It writes its logs into whatever folder it is called from.
    monkeypatch.chdir(tmp_path)


def counts(seed: int) -> dict[tuple[str, str], int]:
    drawn = np.random.default_rng(seed).poisson(np.outer([1.5, 3, 4, 6, 8, 9, 12, 15], [1.6, 1.0, 0.5]))
    return {(row, column): int(drawn[i, j]) for i, row in enumerate(ROWS) for j, column in enumerate(COLUMNS)}


def table_of(cells: dict[tuple[str, str], int]) -> CountTable:
    return two_way_table("t", "borough", "level", cells, rows=ROWS, columns=COLUMNS)


def judged(cells: dict[tuple[str, str], int], folder: Path) -> tuple[Pattern, dict[CellKey, tuple[float, float]]]:
    """Which cells tau-Argus hides at its optimum, and what its own audit finds for each of those."""
    people = [pair for pair, number in cells.items() for _ in range(number)]
    rows = {"borough": [row for row, _ in people], "level": [level for _, level in people], "one": [1.0] * len(people)}
    result = tauargus.protect(
        rows, ["borough", "level"], response="one", safety_rules="FREQ(5,100)", suppress="OPT(1)", workdir=str(folder)
    )
    found = result.tables[0].rows
    keys = [_key(row) for row in found]
    hidden = {key: row["status"] in {"U", "M"} for key, row in zip(keys, found, strict=True)}
    audited = {keys[row["cell"]]: (row["min"], row["max"]) for row in _in_file_order(result.engine.audit(0), found)}
    return hidden, audited


def _key(row: dict[str, Any]) -> CellKey:
    return cell_key(*((name, row[name]) for name in ("borough", "level") if row[name] not in {"Total", ""}))


def _in_file_order(audited: list[dict[str, Any]], found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    assert all(each["value"] == found[each["cell"]]["one"] for each in audited)
    return audited


def attacked(table: CountTable, hidden: Pattern) -> tuple[set[CellKey], set[CellKey]]:
    figures = [
        Figure(key, 0 if hidden.get(key) else count, np.inf if hidden.get(key) else count, "")
        for key, count in table.cells.items()
    ]
    findings = attack(Knowledge(figures, [adds_up(each.total, each.parts) for each in table.constraints]))
    exact: set[Any] = {leak.name for leak in findings.exact}
    weak: set[Any] = {leak.name for leak in findings.weak}
    return exact, weak


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_tau_argus_and_the_attacker_agree_on_what_can_be_worked_out(seed: int, tmp_path: Path) -> None:
    cells = counts(seed)
    table = table_of(cells)
    hidden, audited = judged(cells, tmp_path)
    assert {key for key, is_hidden in hidden.items() if is_hidden} >= {
        key for key, count in table.cells.items() if 0 < count < 5
    }
    exact, weak = attacked(table, hidden)
    theirs = {key for key, (low, high) in audited.items() if high - low < 1}
    small = {key for key, (low, high) in audited.items() if low >= 1 and high < 5 and high - low >= 1}
    assert exact == {key for key in theirs if table.cells[key]}
    assert weak == small


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_about_as_few_cells_are_hidden_as_tau_argus_hides(seed: int, tmp_path: Path) -> None:
    cells = counts(seed)
    table = table_of(cells)
    hidden, _ = judged(cells, tmp_path)
    ours = suppress(table)
    # Our attacker knows besides that a hidden cell is not 0, because zeros are shown: that costs a few cells.
    assert ours.hidden <= sum(hidden.values()) * 1.1
    exact, weak = attacked(table, {key: value is None for key, value in ours.shown.items()})
    assert not exact
    assert not weak
