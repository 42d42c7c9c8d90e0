"""What journeys ask for: the service on a real port, people at a browser, a mail server, and a witness."""

import os
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from cse_tracker.app import Service
from tests.journeys.chromium import ARGUMENTS, Without, choose
from tests.journeys.live import Postbox, mail_server, serving
from tests.journeys.pages import Person
from tests.journeys.witness import HEIGHT, Witness

Somebody = Callable[..., Person]
PATIENCE = 15_000


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Chromium, started once for a file of journeys: its event loop must not stand in other tests' way."""
    found, without = choose(os.environ)
    if without is Without.FAIL:
        pytest.fail(found)
    if without is Without.SKIP:
        pytest.skip(found)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def site(chromium: Browser, sqlite_service: Service) -> Iterator[str]:
    """The address of a service on SQLite."""
    with serving(sqlite_service.web) as address:
        yield address


@pytest.fixture
def smtp() -> Iterator[tuple[Postbox, int]]:
    """A real mail server: its postbox and its port."""
    with mail_server() as running:
        yield running


@pytest.fixture
def witness(site: str) -> Witness:
    """Looks at every page of the journey, without asking axe: the main path and the widths ask it about every page."""
    return Witness(site)


@pytest.fixture
def contexts() -> Iterator[list[BrowserContext]]:
    """The browsers opened by a test, closed before its server is."""
    opened: list[BrowserContext] = []
    yield opened
    for context in opened:
        context.close()


@pytest.fixture
def somebody(chromium: Browser, site: str, witness: Witness, contexts: list[BrowserContext]) -> Somebody:
    """Give somebody a browser of their own and, with an address, sign them in."""

    def arrive(email: str = "", *, width: int = 1200, scripts: bool = True) -> Person:
        context = chromium.new_context(
            viewport={"width": width, "height": HEIGHT}, java_script_enabled=scripts, locale="en-GB"
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        witness.watch(page)
        person = Person(page, site, witness.look)
        return person.sign_in(email) if email else person

    return arrive
