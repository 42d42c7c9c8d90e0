"""How a command gets at the service: built only when a command needs it, so that `estimate` needs no store."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any, NoReturn, Protocol

import click

from cse_tracker import london
from cse_tracker.config import KeySource, Settings
from cse_tracker.identity import commands as identity
from cse_tracker.jobs.job import Tools
from cse_tracker.oversight import commands as oversight
from cse_tracker.records.store import Store
from cse_tracker.vault.local import FileRootKey
from cse_tracker.vault.root import RootKeyProvider
from cse_tracker.web.server import Tracker
from cse_tracker.work.running import Running
from cse_tracker.work.unit import Work


def stop(sentence: str, status: int = 2) -> NoReturn:
    """End a command with a sentence that says what to do."""
    click.echo(f"cse-tracker: {sentence}", err=True)
    sys.exit(status)


class Service(Protocol):
    """A built service."""

    @property
    def settings(self) -> Settings:
        """Its settings."""
        ...

    @property
    def app(self) -> Tracker:
        """Its application, without pages."""
        ...

    @property
    def web(self) -> Tracker:
        """Its application with its pages."""
        ...

    @property
    def store(self) -> Store:
        """Its store."""
        ...

    @property
    def running(self) -> Running:
        """What opens its units of work."""
        ...

    @property
    def tools(self) -> Tools:
        """What its jobs work with."""
        ...

    def root_key_in(self, source: KeySource) -> RootKeyProvider:
        """Give the provider of another source of root keys."""
        ...


class Opening:
    """Builds the service when first asked for."""

    def __init__(
        self,
        build: Callable[[], Service],
        start_clock: Callable[[Any], Any],
        beside: Callable[[str], Service] | None = None,
    ) -> None:
        self._build = build
        self.start_clock = start_clock
        self._beside = beside

    def beside(self, url: str) -> Service:
        """The same service on another database, not opened: for a backup that is tried out."""
        if self._beside is None:
            message = "this command line was built for one database"
            raise LookupError(message)
        return self._beside(url)

    @cached_property
    def unopened(self) -> Service:
        """The service with its store as it is: for root keys, when nothing can be opened yet, and for a restore."""
        return self._build()

    @property
    def opened(self) -> bool:
        """Whether a command has opened the store, so that something can be recorded in it."""
        return "service" in self.__dict__

    @cached_property
    def service(self) -> Service:
        """The service with its store opened: tables migrated, keys made where missing, boroughs known."""
        first = self._build()
        open_store(first)
        # Built again because the cookie's signing key comes out of the store that has just been opened.
        return self._build()

    @contextmanager
    def work(self, *, reading: bool = False) -> Iterator[Work]:
        """Run one unit of work of the service itself on the opened store."""
        service = self.service
        with service.app.app_context(), service.tools.running.work(reading=reading) as work:
            yield work


def open_store(service: Service) -> None:
    """Bring a store to this version; makes a development root key for a new demo, never one for production."""
    settings = service.settings
    root = settings.root
    if settings.demo and root.source is KeySource.FILE and not root.file.exists():
        FileRootKey(root.file).create(development=True)
    with service.app.app_context():
        service.store.migrate(oversight.accounting(service.tools.running))
    service.store.mint(gss for gss, _, _ in london.BOROUGHS)
    with service.app.app_context(), service.tools.running.work() as work:
        identity.add_boroughs(work, list(london.BOROUGHS))
    with service.app.app_context(), service.tools.running.work() as work:
        oversight.account_for_rows(work)
