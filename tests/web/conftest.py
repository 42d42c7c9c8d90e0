"""Browsers for page tests."""

from collections.abc import Callable

import pytest

from cse_tracker.app import Service
from tests.web.client import Browser

BrowserFor = Callable[[str], Browser]


@pytest.fixture
def browser(sqlite_service: Service) -> BrowserFor:
    """Give a signed-in browser for a demo account."""
    return lambda email: Browser(sqlite_service).sign_in(email)
