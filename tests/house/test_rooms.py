"""The rooms keep their shape: one sentence at each door, five names in a domain room, no room for odds and ends."""

import ast
from pathlib import Path

import pytest

from tests.house.sources import PACKAGE, domain_rooms, modules, named

FIVE_NAMES = {"__init__", "rules", "model", "events", "commands", "queries"}
NO_SUBJECT = {
    "base_service",
    "common",
    "core",
    "helper",
    "helpers",
    "lib",
    "manager",
    "managers",
    "misc",
    "repository",
    "service",
    "services",
    "shared",
    "util",
    "utilities",
    "utils",
}
DOORS = [path for path in modules() if path.name == "__init__.py"]


@pytest.mark.parametrize("path", DOORS, ids=named)
def test_a_room_s_door_says_one_sentence_and_nothing_else(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    sentence = ast.get_docstring(tree)
    assert len(tree.body) == 1
    assert sentence is not None
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert ". " not in sentence


def test_every_folder_of_modules_is_a_room_with_a_door() -> None:
    folders = {path.parent for path in modules()}
    assert folders == {path.parent for path in DOORS}


@pytest.mark.parametrize("room", domain_rooms(), ids=named)
def test_a_domain_room_holds_only_the_five_names(room: Path) -> None:
    inside = {path.stem for path in room.iterdir() if path.name != "__pycache__"}
    assert inside <= FIVE_NAMES
    assert {"__init__", "model", "commands", "queries", "events"} <= inside


def test_no_module_is_named_for_having_no_subject() -> None:
    names = {part for path in modules() for part in path.relative_to(PACKAGE).with_suffix("").parts}
    assert {"cases", "commands"} <= names
    assert not names & NO_SUBJECT


def test_every_module_with_a_table_is_known_to_the_schema() -> None:
    having = {
        f"cse_tracker.{'.'.join(path.relative_to(PACKAGE).with_suffix('').parts)}"
        for path in modules()
        if "__tablename__ = " in path.read_text("utf-8")
    }
    schema = ast.parse((PACKAGE / "tables.py").read_text("utf-8"))
    imports = [node for node in schema.body if isinstance(node, ast.ImportFrom)]
    known = {f"{node.module}.{alias.name}" for node in imports for alias in node.names}
    assert len(having) > 10
    assert having <= known


def test_only_the_roof_reads_the_clock() -> None:
    asking = [named(path) for path in modules() if _asks_the_time(path)]
    assert asking == ["cse_tracker/app.py"]


def _asks_the_time(path: Path) -> bool:
    calls = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
    asked = [call.func.attr for call in calls if isinstance(call.func, ast.Attribute)]
    return bool({"now", "utcnow", "today"}.intersection(asked))


def test_only_the_unit_of_work_and_the_clock_s_own_rows_commit() -> None:
    committing = [named(path) for path in modules() if ".commit()" in path.read_text("utf-8")]
    assert committing == ["cse_tracker/work/lease.py", "cse_tracker/work/timetable.py", "cse_tracker/work/unit.py"]
