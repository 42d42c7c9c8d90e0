"""Assets are laid out from the lock file, without the typeface and marks that are not ours to use."""

from __future__ import annotations

import json
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cse_tracker.setup import assets, node
from cse_tracker.setup.environment import Environment
from cse_tracker.setup.steps import SetupStopped

PUBLISHED = (
    '@font-face{font-family:"GDS Transport";src:url(/assets/fonts/light.woff2)}'
    'body{font-family:GDS Transport,arial,sans-serif}p{font-family:"GDS Transport", arial}'
    "i{background:url(/assets/images/icon.svg)}/*# sourceMappingURL=x.css.map */"
)


def published(modules: Path) -> None:
    for name, folder in assets.SOURCES.items():
        (modules / folder).mkdir(parents=True)
        (modules / folder / f"{name}.css").write_text(PUBLISHED)
        (modules / folder / f"{name}.js").write_text("export{a};\n//# sourceMappingURL=x.js.map\n")
    (modules / assets.IMAGES).mkdir(parents=True)
    for image in ("icon-search.svg", "moj-logotype-crest.svg"):
        (modules / assets.IMAGES / image).write_text("<svg/>")


@pytest.fixture
def static(tmp_path: Path) -> Path:
    folder = tmp_path / "static"
    folder.mkdir()
    for name in ("package.json", "package-lock.json"):
        shutil.copy(assets.STATIC / name, folder)
    return folder


@pytest.fixture
def npm_runs(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Commands given to a stand-in for npm that puts the published files where npm would."""
    runs: list[list[str]] = []

    @contextmanager
    def npm(_venv: Environment) -> Iterator[list[str]]:
        yield ["npm"]

    def install(command: list[str], *, folder: Path, **_more: object) -> int:
        runs.append(command)
        published(folder / "node_modules")
        return 0

    monkeypatch.setattr(assets, "working_npm", npm)
    monkeypatch.setattr(assets, "run", install)
    monkeypatch.delenv("CSE_TRACKER_SKIP_ASSETS", raising=False)
    return runs


def test_the_typeface_goes_and_addresses_become_relative() -> None:
    assert assets.plain_font(PUBLISHED) == (
        "body{font-family:arial,sans-serif}p{font-family:arial}i{background:url(images/icon.svg)}"
    )


def test_a_release_that_names_the_typeface_in_a_new_way_is_not_laid_out() -> None:
    with pytest.raises(SetupStopped, match="GDS Transport"):
        assets.plain_font("body{font:1rem GDS Transport,sans-serif}")


def test_assets_are_laid_out_once(static: Path, npm_runs: list[list[str]]) -> None:
    assets.ensure_assets(Environment(), static)
    assets.ensure_assets(Environment(), static)
    laid_out = {str(path.relative_to(static / "vendor")) for path in (static / "vendor").rglob("*") if path.is_file()}
    assert len(npm_runs) == 1
    assert laid_out == {
        ".stamp",
        "govuk-frontend.min.css",
        "govuk-frontend.min.js",
        "images/icon-search.svg",
        "moj-frontend.min.css",
        "moj-frontend.min.js",
    }
    assert "sourceMappingURL" not in (static / "vendor" / "moj-frontend.min.js").read_text()


def test_nothing_inside_a_package_is_run(static: Path, npm_runs: list[list[str]]) -> None:
    assets.ensure_assets(Environment(), static)
    assert npm_runs[0][1] == "ci"
    assert "--ignore-scripts" in npm_runs[0]


def test_a_new_lock_file_replaces_what_was_laid_out(static: Path, npm_runs: list[list[str]]) -> None:
    assets.ensure_assets(Environment(), static)
    (static / "vendor" / "left-over.js").touch()
    with (static / "package-lock.json").open("a") as lock:
        lock.write("\n")
    assets.ensure_assets(Environment(), static)
    assert len(npm_runs) == 2
    assert not (static / "vendor" / "left-over.js").exists()


@pytest.mark.usefixtures("npm_runs")
def test_a_failed_fetch_leaves_the_old_assets(static: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assets.ensure_assets(Environment(), static)
    (static / "package-lock.json").write_text("{}")
    monkeypatch.setattr(assets, "run", lambda *_arguments, **_more: 1)
    with pytest.raises(SetupStopped, match="npm could not fetch"):
        assets.ensure_assets(Environment(), static)
    assert (static / "vendor" / "govuk-frontend.min.css").is_file()
    assert not assets.is_current(static)


def test_assets_can_be_left_out(static: Path, npm_runs: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CSE_TRACKER_SKIP_ASSETS", "1")
    assets.ensure_assets(Environment(), static)
    assert npm_runs == []
    assert not (static / "vendor").exists()


def test_the_lock_file_names_versions_and_hashes_but_no_registry() -> None:
    text = (assets.STATIC / "package-lock.json").read_text("utf-8")
    packages = {name: package for name, package in json.loads(text)["packages"].items() if name}
    assert {name.removeprefix("node_modules/"): package["version"] for name, package in packages.items()} == {
        "govuk-frontend": "6.3.0",
        "@ministryofjustice/frontend": "11.1.0",
    }
    assert all(package["integrity"].startswith("sha512-") for package in packages.values())
    assert "resolved" not in text
    assert "://" not in text


def fake_npm(folder: Path, body: str) -> str:
    script = folder / "npm"
    script.write_text(f"#!/bin/sh\n{body}\n")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return str(script)


@pytest.mark.parametrize(
    ("body", "major"), [("echo 11.19.1", 11), ("echo 6.14.0", 6), ("exit 3", 0), ("echo 9.0.0; exit 1", 0), ("echo", 0)]
)
def test_an_npm_that_does_not_answer_counts_as_none(tmp_path: Path, body: str, major: int) -> None:
    assert node.npm_major(fake_npm(tmp_path, body)) == major


def test_an_npm_that_is_too_old_is_passed_over_and_the_borrowed_one_is_thrown_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = fake_npm(tmp_path, "echo 6.14.0")
    monkeypatch.setattr(shutil, "which", lambda _name: found)
    asked: list[tuple[object, ...]] = []
    monkeypatch.setattr(Environment, "pip", lambda _self, *arguments: asked.append(arguments))
    with node.working_npm(Environment(tmp_path)) as command:
        target = Path(str(asked[0][asked[0].index("--target") + 1]))
        assert target.is_dir()
        assert command == node.npm_in_wheel(target)
    assert not target.exists()
    assert "--require-hashes" in asked[0]


def test_an_npm_that_works_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = fake_npm(tmp_path, "echo 8.0.0")
    monkeypatch.setattr(shutil, "which", lambda _name: found)
    with node.working_npm(Environment(tmp_path)) as command:
        assert command == [found]
