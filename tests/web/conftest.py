"""Browsers for page tests."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from jinja2 import BytecodeCache, FileSystemBytecodeCache

from cse_tracker.app import Service, build
from tests.store import CHEAP, Clock, MailBag, StoreTemplates, reusing
from tests.web.client import Browser

BrowserFor = Callable[[str], Browser]


@pytest.fixture(scope="session")
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> BytecodeCache:
    """What the templates compile to, kept from one test's application to the next: compiling takes most of a test."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("compiled-templates")))


@pytest.fixture
def sqlite_service(sqlite_service: Service, compiled_templates: BytecodeCache) -> Service:
    """Give the service with the templates that earlier tests have compiled."""
    sqlite_service.web.jinja_env.bytecode_cache = compiled_templates
    return sqlite_service


@contextmanager
def lasting_service(
    templates: StoreTemplates, folder: Path, compiled: BytecodeCache, clock: Clock
) -> Iterator[Service]:
    """Give a service on a store of its own that a whole file of tests reads."""
    with templates.copy("sqlite", folder) as made:
        service = reusing(build(made, now=clock, passwords=CHEAP, mailer=MailBag()))
        service.web.jinja_env.bytecode_cache = compiled
        yield service
        service.store.engine.dispose()


@pytest.fixture
def browser(sqlite_service: Service) -> BrowserFor:
    """Give a signed-in browser for a demo account."""
    return lambda email: Browser(sqlite_service).sign_in(email)
