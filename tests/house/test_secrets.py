"""Nothing in the project tells where it was made, where its packages came from, or what a key is."""

import json
import re
from pathlib import Path

import pytest

from tests.house.sources import PACKAGE, ROOT, named, project_files

PYTHON_LOCKS = sorted((PACKAGE / "setup").glob("requirements-*.txt"))
NODE_LOCK = ROOT / "static" / "package-lock.json"
# Written in two halves so that this file does not find itself.
HOMES = re.compile(r"(?<![\w.])/(?:" + "home|root|Users|work|mnt" + r")/[\w.-]")
WINDOWS_HOMES = re.compile(r"\b[A-Z]:\\" + "Users")
PRIVATE_KEY = re.compile("-----BEGIN [A-Z ]*" + "PRIVATE KEY-----")
# A root key file is one line of 44 base64 characters.
ROOT_KEY = re.compile(r"^[A-Za-z0-9+/]{43}=$", re.MULTILINE)
ONE_PACKAGE = re.compile(r"[a-z0-9][a-z0-9._-]*==[^\s@:/]+( ; [^@:/]+)? \\")
ONE_HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", errors="replace")


@pytest.mark.parametrize("path", PYTHON_LOCKS, ids=named)
def test_a_python_lock_pins_names_and_hashes_and_gives_no_address(path: Path) -> None:
    lines = [line for line in _text(path).splitlines() if line.strip() and not line.lstrip().startswith("#")]
    assert lines
    assert [line for line in lines if not ONE_PACKAGE.fullmatch(line) and not ONE_HASH.fullmatch(line)] == []
    assert "://" not in _text(path)


def test_the_node_lock_pins_hashes_and_gives_no_address() -> None:
    packages = json.loads(_text(NODE_LOCK))["packages"]
    fetched = {name: package for name, package in packages.items() if name}
    assert fetched
    assert all(package["integrity"].startswith("sha512-") for package in fetched.values())
    assert not [name for name, package in packages.items() if "resolved" in package]
    assert "://" not in _text(NODE_LOCK)


def test_no_other_lock_file_has_come_in() -> None:
    known = {*PYTHON_LOCKS, NODE_LOCK}
    locks = {path for path in project_files() if path.suffix == ".lock" or path.name.endswith("-lock.json")}
    assert locks <= known


def test_no_file_holds_a_path_of_somebody_s_machine() -> None:
    found = [named(path) for path in project_files() if HOMES.search(_text(path)) or WINDOWS_HOMES.search(_text(path))]
    assert found == []


def test_no_file_holds_a_key() -> None:
    found = [named(path) for path in project_files() if PRIVATE_KEY.search(_text(path)) or ROOT_KEY.search(_text(path))]
    assert found == []


def test_the_patterns_see_what_they_are_meant_for() -> None:
    assert HOMES.search("in /" + "home/ruth/tracker")
    assert not HOMES.search("https://council.example/" + "home/page")
    assert ROOT_KEY.search("# root key\n" + "A" * 43 + "=\n")
    assert not ONE_PACKAGE.fullmatch("flask @ https://files.example/flask.whl")
