"""Rids the database's files of what deletions have left in them."""

from sqlalchemy import Engine, text


def wipe(engine: Engine) -> None:
    """Write every page anew and empty the write-ahead log. Needs as much room again as the database takes.

    On PostgreSQL the tables are locked for as long as it takes, and the log is overwritten by the server itself as it
    goes on: what was in it is gone when it has switched segments, which is asked for here where the account may.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if engine.dialect.name == "sqlite":
            driver = connection.connection.driver_connection
            for statement in ("PRAGMA wal_checkpoint(TRUNCATE)", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
                driver.execute(statement).fetchall()  # type: ignore[union-attr]
            return
        connection.execute(text("VACUUM FULL"))
        may = text("SELECT has_function_privilege(current_user, 'pg_switch_wal()', 'execute')")
        if connection.scalar(may):
            connection.execute(text("SELECT pg_switch_wal()"))
            connection.execute(text("CHECKPOINT"))
