"""Which browser the journeys drive, and what happens where there is none."""

from collections.abc import Callable, Mapping
from enum import Enum

from cse_tracker.setup.checks import BROWSER_MISSING, browser

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class Without(Enum):
    """What to do where journeys cannot run."""

    SKIP = "skip"
    FAIL = "fail"


def choose(
    environment: Mapping[str, str], find: Callable[[Mapping[str, str]], str | None] = browser
) -> tuple[str, Without | None]:
    """Give the browser's path and None, or a sentence and what to do without one: continuous integration must fail."""
    found = find(environment)
    if found is None and environment.get("CI") == "true":
        return BROWSER_MISSING, Without.FAIL
    if environment.get("CSE_TRACKER_SKIP_JOURNEYS") == "1":
        return f"CSE_TRACKER_SKIP_JOURNEYS is set. If no browser is there: {BROWSER_MISSING}", Without.SKIP
    if found is None:
        return BROWSER_MISSING, Without.SKIP
    return found, None
