"""Browsers for page tests."""

from collections.abc import Callable
from pathlib import Path

import pytest
from jinja2 import FileSystemBytecodeCache

from cse_tracker.app import Service
from tests.web.client import Browser

BrowserFor = Callable[[str], Browser]


@pytest.fixture(scope="session")
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """What the templates compile to, kept from one test's application to the next: compiling takes most of a test."""
    folder: Path = tmp_path_factory.mktemp("compiled-templates")
    return FileSystemBytecodeCache(str(folder))


@pytest.fixture
def sqlite_service(sqlite_service: Service, compiled_templates: FileSystemBytecodeCache) -> Service:
    """Give the service with the templates that earlier tests have compiled."""
    sqlite_service.app.jinja_env.bytecode_cache = compiled_templates
    return sqlite_service


@pytest.fixture
def browser(sqlite_service: Service) -> BrowserFor:
    """Give a signed-in browser for a demo account."""
    return lambda email: Browser(sqlite_service).sign_in(email)
