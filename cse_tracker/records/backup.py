"""Takes a consistent copy of the whole store while it is served, sealed as it is written, and loads one again.

SQLite is copied by its own backup interface, page by page in one read transaction; PostgreSQL by COPY in one
repeatable-read snapshot, so that no other program need be installed. An archive is loaded whole or not at all.
"""

import base64
import binascii
import json
import os
import sqlite3
import struct
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from sqlalchemy import Connection, Engine, MetaData, inspect, make_url, text
from sqlalchemy.exc import DBAPIError

from cse_tracker.vault.chunks import CHUNK_BYTES
from cse_tracker.vault.errors import CryptoError, RootKeyProblem
from cse_tracker.vault.keyring import KeyName, new_key
from cse_tracker.vault.root import RootKeyProvider, Wrapped
from cse_tracker.vault.stream import StreamSealer, open_stream

MAGIC: Final = b"CSEBACK1"
LENGTH: Final = struct.Struct(">Q")
LONGEST_HEADER: Final = 64 * 1024
PURPOSE: Final = "backup"
CHANGED: Final = (
    "This backup was cut short or changed, so nothing of it was restored. Take another copy of it, or an older backup"
)


class BackupProblem(Exception):
    """A backup cannot be made, read or restored; the message says what to do. Nothing is left half-written."""


@dataclass(frozen=True)
class Manifest:
    """What an archive says of itself, sealed with the rest."""

    database: str
    schema: str
    made_at: str
    tables: tuple[tuple[str, tuple[str, ...]], ...]

    def as_json(self) -> bytes:
        """Write it down."""
        return json.dumps(self.__dict__).encode()


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Write a new file that is there whole or not at all. Raises BackupProblem."""
    part = path.with_name(f"{path.name}.part")
    if path.exists():
        message = f"{path} is there already, and a backup is never written over"
        raise BackupProblem(message)
    try:
        handle = os.open(part, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)
    except OSError as error:
        message = f"{path} cannot be written: {error.strerror}. Nothing was left behind"
        raise BackupProblem(message) from None
    except sqlite3.Error as error:
        message = f"{path} cannot be written: {error}. Nothing was left behind"
        raise BackupProblem(message) from None
    finally:
        part.unlink(missing_ok=True)


# --- writing -------------------------------------------------------------------------------------------------------


def back_up(engine: Engine, root: RootKeyProvider, path: Path, *, schema: str, made_at: str) -> int:
    """Write an archive of the store as it is at this moment; gives its size in bytes. Raises BackupProblem."""
    key = new_key()
    (wrapped,) = root.wrap_many([(KeyName(PURPOSE, "", 1), key)])
    header = json.dumps({"root": wrapped.root_id, "key": base64.b64encode(wrapped.blob).decode()}).encode()
    with whole_file(path) as file:
        file.write(MAGIC + LENGTH.pack(len(header)) + header)
        sealer = StreamSealer(file, key, PURPOSE, MAGIC, header)
        if engine.dialect.name == "sqlite":
            _write_sqlite(engine, sealer, path, schema, made_at)
        else:
            _write_postgresql(engine, sealer, schema, made_at)
        sealer.finish()
    return path.stat().st_size


def _part(sealer: StreamSealer, data: bytes | memoryview) -> None:
    sealer.write(LENGTH.pack(len(data)))
    sealer.write(data)


def _write_sqlite(engine: Engine, sealer: StreamSealer, path: Path, schema: str, made_at: str) -> None:
    _part(sealer, Manifest("sqlite", schema, made_at, ()).as_json())
    # The copy holds what the database itself holds, sealed content, and lies beside the archive until it is in it.
    copy = path.with_name(f"{path.name}.copy")
    try:
        os.close(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        source = f"file:{make_url(str(engine.url)).database}?mode=ro"
        with closing(sqlite3.connect(source, uri=True, timeout=20)) as live, closing(sqlite3.connect(copy)) as target:
            live.backup(target)
            # One file, without a write-ahead log beside it.
            target.execute("PRAGMA journal_mode=DELETE")
        with copy.open("rb") as pages:
            while data := pages.read(CHUNK_BYTES):
                _part(sealer, data)
    finally:
        # A full disk may end the copy with a journal or a log of its own beside it.
        for name in (copy, *(copy.with_name(f"{copy.name}{end}") for end in ("-wal", "-shm", "-journal"))):
            name.unlink(missing_ok=True)
    _part(sealer, b"")


def _write_postgresql(engine: Engine, sealer: StreamSealer, schema: str, made_at: str) -> None:
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection, connection.begin():
        connection.execute(text("SET TRANSACTION READ ONLY"))
        tables = _tables(connection)
        _part(sealer, Manifest("postgresql", schema, made_at, tables).as_json())
        with _cursor(connection) as cursor:
            for table, columns in tables:
                with cursor.copy(f"COPY {_named(table, columns)} TO STDOUT (FORMAT BINARY)") as rows:
                    for data in rows:
                        _part(sealer, data)
                _part(sealer, b"")


def _tables(connection: Connection) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Give every table with its columns, each after those that it points to."""
    found = MetaData()
    found.reflect(connection)
    return tuple(
        (table.name, tuple(column.name for column in table.columns))
        for table in found.sorted_tables
        if table.name != "alembic_version"
    )


def _named(table: str, columns: tuple[str, ...]) -> str:
    names = ", ".join(_quoted(column) for column in columns)
    return f"{_quoted(table)} ({names})"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _cursor(connection: Connection) -> Any:
    return connection.connection.driver_connection.cursor()  # type: ignore[union-attr]


# --- reading -------------------------------------------------------------------------------------------------------


class Archive:
    """An archive that is being read: its manifest, then its parts in order."""

    def __init__(self, file: BinaryIO, root: RootKeyProvider) -> None:
        header = self._header(file)
        self._chunks = open_stream(file, self._key(header, root), PURPOSE, MAGIC, header)
        self._rest = b""
        raw = json.loads(self.part())
        tables = tuple((table, tuple(columns)) for table, columns in raw.pop("tables"))
        self.manifest = Manifest(tables=tables, **raw)

    @staticmethod
    def _header(file: BinaryIO) -> bytes:
        start = file.read(len(MAGIC) + LENGTH.size)
        if len(start) != len(MAGIC) + LENGTH.size or not start.startswith(MAGIC):
            message = "This is no backup of this service"
            raise BackupProblem(message)
        (length,) = LENGTH.unpack(start[len(MAGIC) :])
        header = file.read(min(length, LONGEST_HEADER))
        if len(header) != length:
            raise BackupProblem(CHANGED)
        return header

    @staticmethod
    def _key(header: bytes, root: RootKeyProvider) -> bytes:
        try:
            document = json.loads(header)
            wrapped = Wrapped(document["root"], base64.b64decode(document["key"], validate=True))
        except (ValueError, KeyError, TypeError, binascii.Error):
            raise BackupProblem(CHANGED) from None
        try:
            (key,) = root.unwrap_many([(KeyName(PURPOSE, "", 1), wrapped)])
        except (CryptoError, RootKeyProblem) as error:
            message = (
                "The root key does not open this backup: put in place the root key of the time when it was made "
                f"({error})"
            )
            raise BackupProblem(message) from None
        return key

    def _take(self, length: int) -> bytes:
        taken = bytearray(self._rest)
        try:
            while len(taken) < length:
                taken += next(self._chunks)
        except (StopIteration, CryptoError):
            raise BackupProblem(CHANGED) from None
        self._rest = bytes(taken[length:])
        return bytes(taken[:length])

    def part(self) -> bytes:
        """Give the next part; an empty one ends a table."""
        (length,) = LENGTH.unpack(self._take(LENGTH.size))
        return self._take(length)

    def parts(self) -> Iterator[bytes]:
        """Give the parts of one table, or of the SQLite file."""
        while data := self.part():
            yield data

    def end(self) -> None:
        """Make sure that the archive ends here, as it was written."""
        try:
            extra = self._rest or next(self._chunks, b"")
        except CryptoError:
            extra = b"changed"
        if extra:
            raise BackupProblem(CHANGED)


@contextmanager
def opened(path: Path, root: RootKeyProvider) -> Iterator[Archive]:
    """Open an archive. Raises BackupProblem where it is none of ours, was changed, or the root key is another."""
    try:
        with path.open("rb") as file:
            yield Archive(file, root)
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror}"
        raise BackupProblem(message) from None


def is_empty(engine: Engine) -> bool:
    """Whether there is nothing in a database that a restore could run over."""
    with engine.connect() as connection:
        return not inspect(connection).get_table_names()


def load(archive: Archive, engine: Engine, migrate_to: Callable[[Connection, str], None]) -> None:
    """Load an archive into an empty database, whole or not at all. Raises BackupProblem.

    `migrate_to` makes the tables of the archive's version inside the transaction it is given.
    """
    kind = archive.manifest.database
    if kind != engine.dialect.name:
        message = f"This backup is of a {kind} database, and the one to restore into is {engine.dialect.name}"
        raise BackupProblem(message)
    if not is_empty(engine):
        message = "The database is not empty: restore into an empty one, and keep the old one until you are sure"
        raise BackupProblem(message)
    if kind == "sqlite":
        engine.dispose()
        _load_sqlite(archive, Path(str(engine.url.database)))
        return
    try:
        with engine.begin() as connection:
            migrate_to(connection, archive.manifest.schema)
            with _cursor(connection) as cursor:
                for table, columns in archive.manifest.tables:
                    with cursor.copy(f"COPY {_named(table, columns)} FROM STDIN (FORMAT BINARY)") as rows:
                        for data in archive.parts():
                            rows.write(data)
            archive.end()
    except DBAPIError as error:
        message = f"The database refused the backup ({type(error.orig).__name__}); nothing of it was kept"
        raise BackupProblem(message) from None


def _load_sqlite(archive: Archive, path: Path) -> None:
    # A database without a table, made by the service as it looked for one; its log would spoil the restored one.
    for name in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        name.unlink(missing_ok=True)
    with whole_file(path) as file:
        for data in archive.parts():
            file.write(data)
        archive.end()
        file.flush()
        _check_pages(Path(f"{path}.part"))


def _check_pages(path: Path) -> None:
    with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as connection:
        found = connection.execute("PRAGMA integrity_check").fetchone()
    if found != ("ok",):
        raise BackupProblem(CHANGED)


# --- scratch databases ---------------------------------------------------------------------------------------------


def make_scratch(engine: Engine) -> str:
    """Make an empty PostgreSQL database beside the store's; gives its URL. Raises BackupProblem where it may not."""
    name = f"cse_verify_{os.urandom(6).hex()}"
    try:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0"))
    except DBAPIError:
        message = (
            "The service's database account may not make a database to try the backup in: make an empty one and "
            "name it with --scratch"
        )
        raise BackupProblem(message) from None
    return engine.url.set(database=name).render_as_string(hide_password=False)


def drop_scratch(engine: Engine, url: str) -> None:
    """Throw a scratch database away."""
    name = make_url(url).database or ""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {_quoted(name)} WITH (FORCE)"))
