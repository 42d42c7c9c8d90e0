"""The project's own files, as the house's tests look at them."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
PACKAGE: Final = ROOT / "cse_tracker"
FOLDERS: Final = (".ci", "cse_tracker", "docs", "migrations", "static", "templates", "tests")
NOT_OURS: Final = frozenset({".git", "__pycache__", "vendor", "node_modules"})


def modules() -> list[Path]:
    """Give every Python file of the product."""
    return [path for path in sorted(PACKAGE.rglob("*.py")) if NOT_OURS.isdisjoint(path.parts)]


def domain_rooms() -> list[Path]:
    """Give the rooms that the contract on a domain room's anatomy names."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    anatomy = next(contract for contract in contracts if contract["id"] == "anatomy")
    return [PACKAGE / name.removeprefix("cse_tracker.") for name in anatomy["containers"]]


def project_files() -> Iterator[Path]:
    """Give every file that belongs to the project: nothing fetched, built or cached."""
    yield from (path for path in sorted(ROOT.iterdir()) if path.is_file() and path.name not in NOT_OURS)
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and NOT_OURS.isdisjoint(path.parts) and path.suffix != ".pyc":
                yield path


def named(path: Path) -> str:
    """Give a file's name from the top of the project, for the names of tests."""
    return path.relative_to(ROOT).as_posix()
