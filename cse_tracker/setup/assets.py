"""Fetches the design systems named in static/package-lock.json and lays out what pages need in static/vendor."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path

from cse_tracker.setup.environment import Environment, fingerprint
from cse_tracker.setup.node import working_npm
from cse_tracker.setup.steps import ROOT, SetupStopped, run, say, step

STATIC = ROOT / "static"
# Raise when the layout of static/vendor changes, so that every checkout lays it out again.
LAYOUT = 1
SOURCES = {
    "govuk-frontend.min": Path("govuk-frontend/dist/govuk"),
    "moj-frontend.min": Path("@ministryofjustice/frontend/moj"),
}
IMAGES = Path("@ministryofjustice/frontend/moj/assets/images")
NPM_FAILED = (
    "npm could not fetch the front-end packages: its own message is above.\n"
    "Behind a proxy set HTTPS_PROXY and NODE_EXTRA_CA_CERTS. To go on without styling set CSE_TRACKER_SKIP_ASSETS=1."
)


def plain_font(css: str) -> str:
    """Published CSS without the typeface that only GOV.UK services may use, and with addresses relative to it.

    Relative addresses keep images working when the application is mounted under a prefix. Raises SetupStopped
    when the typeface is still named afterwards: a new release has changed shape.
    """
    css = re.sub(r"@font-face\{[^}]*GDS Transport[^}]*\}", "", css)
    css = re.sub(r'"?GDS Transport"?,\s*arial', "arial", css)
    css = re.sub(r"/\*# sourceMappingURL=.*?\*/", "", css)
    if "GDS Transport" in css:
        raise SetupStopped("The typeface GDS Transport is still named in the published CSS.")
    return css.replace("url(/assets/", "url(")


def without_source_map(script: str) -> str:
    """A published script without the pointer to a source map that is not laid out."""
    return re.sub(r"^//# sourceMappingURL=.*$", "", script, flags=re.MULTILINE)


def lay_out(modules: Path, target: Path) -> None:
    """Copy style sheets, scripts and icons from ``modules`` (a node_modules folder) to a new folder ``target``.

    No crest, crown or logotype is copied: none may be used by a service that is not on GOV.UK.
    """
    (target / "images").mkdir(parents=True)
    for name, folder in SOURCES.items():
        css = (modules / folder / f"{name}.css").read_text("utf-8")
        (target / f"{name}.css").write_text(plain_font(css), "utf-8")
        script = (modules / folder / f"{name}.js").read_text("utf-8")
        (target / f"{name}.js").write_text(without_source_map(script), "utf-8")
    for image in sorted((modules / IMAGES).glob("icon-*.svg")):
        shutil.copy(image, target / "images")


def wanted(static: Path) -> str:
    """What the stamp says when static/vendor is up to date."""
    return f"{LAYOUT} {fingerprint(static / 'package-lock.json')}"


def is_current(static: Path) -> bool:
    """Whether static/vendor is what the lock file and this layout ask for."""
    stamp = static / "vendor" / ".stamp"
    return stamp.is_file() and stamp.read_text("utf-8") == wanted(static)


def fetch(static: Path, work: Path, npm: list[str]) -> Path:
    """Let npm install the lock file into ``work`` and return its node_modules. Runs nothing that a package contains."""
    for name in ("package.json", "package-lock.json"):
        shutil.copy(static / name, work)
    # npm carries its own list of certificate authorities; many councils' networks add theirs to the system's list.
    environment = {"NODE_USE_SYSTEM_CA": "1", **os.environ, "npm_config_update_notifier": "false"}
    flags = ["--omit=peer", "--legacy-peer-deps", "--ignore-scripts", "--no-audit", "--no-fund"]
    command = [*npm, "ci", *flags, "--fetch-retries=2", "--loglevel=error"]
    if run(command, folder=work, environment=environment, quiet=True):
        raise SetupStopped(NPM_FAILED)
    return work / "node_modules"


def replace_vendor(static: Path, fresh: Path) -> None:
    """Put ``fresh`` in the place of static/vendor; the stamp goes in last, so that a broken copy is made again."""
    vendor = static / "vendor"
    if vendor.exists():
        shutil.rmtree(vendor)
    shutil.copytree(fresh, vendor)
    (vendor / ".stamp").write_text(wanted(static), "utf-8")


def ensure_assets(venv: Environment, static: Path = STATIC) -> None:
    """Lay out static/vendor unless it is current or CSE_TRACKER_SKIP_ASSETS=1. Raises SetupStopped."""
    if is_current(static):
        return
    if os.environ.get("CSE_TRACKER_SKIP_ASSETS") == "1":
        say("Front-end assets left out (CSE_TRACKER_SKIP_ASSETS=1): pages work without styling.")
        return
    with step("Fetching the front-end assets"), tempfile.TemporaryDirectory(prefix="cse-tracker-assets-") as folder:
        work = Path(folder)
        with working_npm(venv) as npm:
            modules = fetch(static, work, npm)
        lay_out(modules, work / "vendor")
        replace_vendor(static, work / "vendor")
