"""Stores for tests: migrated once for each database, then copied."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Final

from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

from cse_tracker import config
from cse_tracker.app import Service, build
from cse_tracker.cli.opening import open_store
from cse_tracker.demo import loading
from cse_tracker.identity.rules import Passwords
from tests.postgresql import Cluster

# The cost of hashing is a parameter, so that tests need no weaker code than production has.
CHEAP = Passwords(memory_kib=64, rounds=1)
DATABASES = ("sqlite", "postgresql")


# Each test builds an engine of its own; what SQLAlchemy made of a statement for one serves all of the same kind.
_COMPILED: Final[LRUCache[Any, Any]] = LRUCache(4000)


def _alike(self: object, other: object) -> bool:
    return type(self) is type(other)


def _kind(self: object) -> int:
    return hash(type(self))


for _dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg):
    _dialect.__eq__, _dialect.__hash__ = _alike, _kind  # type: ignore[method-assign]


def reusing(service: Service) -> Service:
    """Let a service use the statements that other tests' services had compiled."""
    service.store.engine.update_execution_options(compiled_cache=_COMPILED)
    return service


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def set(self, year: int, month: int, day: int, hour: int = 10, minute: int = 0) -> None:
        self.now = datetime(year, month, day, hour, minute, tzinfo=UTC)

    def advance(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass
class MailBag:
    """A mailer that keeps what it is given."""

    sent: list[EmailMessage] = field(default_factory=list)

    def send(self, message: EmailMessage) -> None:
        self.sent.append(message)


def settings_for(url: str, folder: Path, root_key_file: Path, **more: Any) -> config.Settings:
    environment = {
        "CSE_TRACKER_MODE": "test",
        "CSE_TRACKER_DATA": str(folder),
        "CSE_TRACKER_ROOT_KEY_FILE": str(root_key_file),
        "DATABASE_URL": url,
        "CSE_TRACKER_CLOCK": "no",
        **more,
    }
    return config.from_environment(environment)


class StoreTemplates:
    """One migrated store for each database, made when first asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root_key_file = folder / "root.key"
        self._cluster: Cluster | None = None

    @property
    def cluster(self) -> Cluster:
        if self._cluster is None:
            self._cluster = Cluster(self.fill)
        return self._cluster

    @property
    def postgresql_folder(self) -> Path:
        """The cluster's files: tables, write-ahead log and server log."""
        return self.cluster.folder

    def fill(self, url: str) -> None:
        """Make a store with the demo's accounts on an empty database."""
        service = build(settings_for(url, self.folder, self.root_key_file), now=_made_at, passwords=CHEAP)
        open_store(service)
        with service.app.app_context():
            loading.load_accounts(service.tools.running, CHEAP)
        service.store.engine.dispose()

    @contextmanager
    def copy(self, database: str, folder: Path) -> Iterator[config.Settings]:
        """Give the settings of a store as if it were new."""
        if database == "postgresql":
            with self.cluster.lend() as url:
                yield settings_for(url, folder, self.root_key_file)
            return
        template = self.folder / "template.sqlite"
        if not template.exists():
            self.fill(f"sqlite:///{template}")
        path = folder / "store.sqlite"
        shutil.copy(template, path)
        yield settings_for(f"sqlite:///{path}", folder, self.root_key_file)

    def close(self) -> None:
        if self._cluster is not None:
            self._cluster.close()


def _made_at() -> datetime:
    return datetime(2025, 9, 1, 9, 0, tzinfo=UTC)
