"""How the service talks to SQLite and PostgreSQL: options and pragmas that safety depends on."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event, make_url
from sqlalchemy.exc import OperationalError

# What the doors may name: the database is not there, is locked, is read-only, or its disk is full.
DatabaseGone = OperationalError


class DanglingRow(Exception):
    """A change of the tables would leave a row that points to nothing."""


PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA secure_delete=ON",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA foreign_keys=ON",
    "PRAGMA trusted_schema=OFF",
    "PRAGMA busy_timeout=20000",
)


def engine_options(url: str) -> dict[str, Any]:
    """Engine options: parameters stay out of every error and log line."""
    options: dict[str, Any] = {"hide_parameters": True, "pool_pre_ping": True}
    if make_url(url).get_backend_name() == "sqlite":
        options["connect_args"] = {"timeout": 20}
    return options


def make_folder(url: str) -> None:
    """Make the folder of an SQLite file, readable by the service alone."""
    database = make_url(url).database
    if make_url(url).get_backend_name() == "sqlite" and database:
        Path(database).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        Path(database).touch(mode=0o600, exist_ok=True)


def prepare(engine: Engine) -> Engine:
    """Attach what each database needs; on SQLite every transaction begins IMMEDIATE.

    A deferred begin failed 96 of 120 concurrent works with "database is locked", an immediate one none.
    """
    if engine.dialect.name != "sqlite":
        # Rows of one table that are written together go in one statement: the entries of each work above all.
        engine.dialect.use_insertmanyvalues_wo_returning = True
        return engine

    @event.listens_for(engine, "connect")
    def _connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        for pragma in PRAGMAS:
            connection.execute(pragma)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


@contextmanager
def rebuilding(engine: Engine) -> Iterator[Connection]:
    """Give a transaction in which tables may be made anew under rows that point to them.

    SQLite alters a table by copying it, dropping it and renaming the copy. With foreign keys enforced it refuses to
    drop one that rows point to, so a store in use could not be upgraded. They are checked as a whole before the end
    instead, as SQLite's own documentation has it (Making Other Kinds Of Table Schema Changes).
    """
    if engine.dialect.name != "sqlite":
        with engine.begin() as connection:
            yield connection
        return
    with engine.connect() as connection:
        raw = connection.connection.driver_connection
        if raw is None:
            message = "The database closed the connection"
            raise ConnectionError(message)
        raw.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                yield connection
                if connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
                    message = "After this upgrade a row would point to one that is not there: nothing was changed"
                    raise DanglingRow(message)
        finally:
            raw.execute("PRAGMA foreign_keys=ON")
