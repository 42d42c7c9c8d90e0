"""Opens the store: its tables migrated, its keys in memory."""

import threading
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import TypeAlias

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from cse_tracker.records import database, guards, upgrade
from cse_tracker.records.keys import KEYRING, load_keyring, mint_keys, stored_keys
from cse_tracker.records.roots import lock_epochs, put_under
from cse_tracker.records.upgrade import Upgrade
from cse_tracker.vault.errors import CryptoError, RootKeyProblem
from cse_tracker.vault.keyring import KeyName, Keyring
from cse_tracker.vault.root import RootKeyProvider, RootStatus

SHARED_KEYS = (("staff", ""), ("audit", ""), ("statistics", ""), ("match", ""))


# Told of an upgrade in a session inside its transaction, with the keys that the store has.
Account: TypeAlias = Callable[[Session, Upgrade], None]


@cache
def newest_revision(migrations: Path) -> str | None:
    """Give the version that a folder of migrations leads to.

    Kept, since every start and every question after the service's health asks for it and reading the folder takes
    longer than all else in the answer; the folder does not change under a running service.
    """
    return ScriptDirectory.from_config(migrating(migrations)).get_current_head()


def migrating(migrations: Path) -> Config:
    """Give the settings with which alembic works on a folder of migrations."""
    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    return config


class Store:
    """One database with the root key over it."""

    def __init__(self, engine: Engine, root: RootKeyProvider, migrations: Path, *, development_keys: bool) -> None:
        self.engine = engine
        self.root = root
        self._migrations = migrations
        self._development_keys = development_keys
        self._keyring: Keyring | None = None
        self._lock = threading.Lock()

    def migrate(self, account: Account | None = None) -> None:
        """Bring the tables to this version.

        Where a store that was in use is upgraded, `account` is told in the same transaction which rows that changed.
        """
        config = migrating(self._migrations)
        with database.rebuilding(self.engine) as connection:
            before = MigrationContext.configure(connection).get_current_revision()
            used = before is not None and before != newest_revision(self._migrations)
            rows = upgrade.look(connection) if used and account is not None else {}
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            guards.put_up(connection)
            if account is not None and before is not None and used:
                after = MigrationContext.configure(connection).get_current_revision() or ""
                changed = upgrade.changed(rows, upgrade.look(connection))
                with Session(connection, join_transaction_mode="rollback_only") as session:
                    session.info[KEYRING] = load_keyring(session, self.root)
                    account(session, Upgrade(before, after, changed))

    def migrate_to(self, connection: Connection, revision: str) -> None:
        """Make the tables of one version inside a transaction that somebody else ends."""
        config = migrating(self._migrations)
        config.attributes["connection"] = connection
        command.upgrade(config, revision)

    def revision(self) -> str:
        """Give the version of the tables as they are; empty where there are none."""
        with self.engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision() or ""

    def is_migrated(self) -> bool:
        """Whether the tables are exactly those of this version."""
        with self.engine.connect() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
        return current is not None and current == newest_revision(self._migrations)

    def root_status(self) -> RootStatus:
        """Ask for the root key; raises RootKeyProblem for a development key where that is not allowed."""
        status = self.root.status()
        if status.development and not self._development_keys:
            message = (
                "The root key is a development key, which is refused in production: make one with keys create, and "
                "set CSE_TRACKER_ROOT_KEY_FILE to it"
            )
            raise RootKeyProblem(message)
        return status

    def mint(self, borough_gss: Iterable[str]) -> None:
        """Make the keys that are still missing: one for each borough and the shared ones.

        Raises RootKeyProblem, and makes none, under a root key that does not open those there.
        """
        wanted = [*SHARED_KEYS, *(("borough", gss) for gss in borough_gss)]
        with Session(self.engine) as session, session.begin():
            self.root_status()
            # Keys under two root keys in one store could never be opened together.
            _opened(session, self.root)
            mint_keys(session, self.root, wanted)
        self._keyring = None

    def recover(self, keys: Mapping[KeyName, bytes]) -> int:
        """Put the keys of a kit under the root key in use, where the one over them was lost; gives how many."""
        with Session(self.engine) as session, session.begin():
            self.root_status()
            lock_epochs(session)
            stored = stored_keys(session)
            missing = [name for name in stored if name not in keys]
            if missing:
                message = f"The kit is older than the store: it lacks {missing[0]}, whose records stay closed"
                raise RootKeyProblem(message)
            return put_under(session, {name: keys[name] for name in stored}, self.root)

    def keyring(self) -> Keyring:
        """Give the keys, unwrapped once and then kept in memory."""
        with self._lock:
            if self._keyring is None:
                self.root_status()
                with Session(self.engine) as session, session.begin():
                    self._keyring = _opened(session, self.root)
            return self._keyring

    def ready(self) -> bool:
        """Whether the store is migrated and its keys open."""
        try:
            return self.is_migrated() and self.keyring().newest("audit") is not None
        except (SQLAlchemyError, CryptoError, RootKeyProblem):
            return False


def _opened(session: Session, root: RootKeyProvider) -> Keyring:
    try:
        return load_keyring(session, root)
    except CryptoError:
        message = (
            "A key of this database was changed and does not open: restore the table key_encryption_key from the "
            "newest backup, and find out who changed it"
        )
        raise RootKeyProblem(message) from None
