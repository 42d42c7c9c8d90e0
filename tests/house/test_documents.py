"""The hand-written documents agree with the code where they can be held against it."""

import re
import tomllib
from pathlib import Path

import pytest
from sqlalchemy import Table

from cse_tracker import tables
from tests.house.sources import PACKAGE, ROOT, named

DOCS = ROOT / "docs"
PAGES = [*sorted(DOCS.rglob("*.md")), ROOT / "CONTRIBUTING.md"]
DECISIONS = sorted((DOCS / "decisions").glob("*.md"))
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")
CODE_PATH = re.compile(r"`((?:cse_tracker|tests|migrations|templates|docs)/[\w./-]*\w)/?`")
VARIABLE = re.compile(r"env\.get\(\s*\"(\w+)\"|_(?:number|path)\(env, \"(\w+)\"")


def _rows(page: Path) -> list[list[str]]:
    lines = [line for line in page.read_text("utf-8").splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def _plain(table: Table) -> set[str]:
    return {column.name for column in table.columns if not column.name.endswith("_sealed")}


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    assert [link for link in LINK.findall(page.read_text("utf-8")) if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    assert [path for path in CODE_PATH.findall(page.read_text("utf-8")) if not (ROOT / path).exists()] == []


def test_the_settings_page_lists_exactly_the_settings() -> None:
    found = VARIABLE.findall((PACKAGE / "config.py").read_text("utf-8"))
    wanted = {one or other for one, other in found}
    assert len(wanted) > 10
    assert {row[0].strip("`") for row in _rows(DOCS / "runbooks/production.md")} == wanted


def test_the_threat_model_lists_exactly_the_plain_columns() -> None:
    listed = {row[0].strip("` "): set(re.findall(r"`(\w+)`", row[1])) for row in _rows(DOCS / "threat-model.md")}
    assert listed == {table.name: _plain(table) for table in tables.METADATA.sorted_tables}


def test_the_architecture_page_says_what_every_room_is_for() -> None:
    rooms = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    table = (DOCS / "architecture.md").read_text("utf-8")
    rows = "\n".join(line for line in table.splitlines() if line.startswith("| `"))
    assert [room for room in sorted(rooms - {"setup"}) if f"`{room}`" not in rows] == []


def test_decisions_are_numbered_without_a_gap_and_shaped_alike() -> None:
    assert [path.name[:4] for path in DECISIONS] == [f"{number:04}" for number in range(1, len(DECISIONS) + 1)]
    for number, path in enumerate(DECISIONS, 1):
        text = path.read_text("utf-8")
        assert text.startswith(f"# {number}. "), path.name
        assert all(f"**{part}.**" in text for part in ("Context", "Decision", "Consequence")), path.name


def test_the_licence_is_the_one_that_the_package_claims() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    licence = (ROOT / "LICENSE").read_text("utf-8")
    assert project["license"] == "MIT"
    assert licence.startswith("MIT License\n\nCopyright (c) 2026 The cse_tracker contributors\n")
