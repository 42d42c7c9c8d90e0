"""Makes the bank holidays ready, so that no timed test pays for loading them."""

from datetime import date

import pytest

from cse_tracker.rulebook.workdays import is_working_day


@pytest.fixture(scope="session", autouse=True)
def _holidays_loaded() -> None:
    is_working_day(date(2026, 1, 5))
