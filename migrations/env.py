"""Runs the migrations on the connection that the store hands over, or on DATABASE_URL from the command line."""

import os
from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection, Enum, TypeDecorator, create_engine

from cse_tracker import tables
from cse_tracker.config import database_url
from cse_tracker.records import database


def render_item(kind: str, item: Any, autogen_context: AutogenContext) -> str | Literal[False]:
    """Write plain database types, so that history does not depend on today's classes."""
    del autogen_context
    if kind == "type" and isinstance(item, TypeDecorator):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Enum):
        return f"sa.String(length={item.length})"
    return False


def same_type(_context: object, _column: object, _metadata: object, found: Any, wanted: Any) -> bool | None:
    """Take enums for the text that they are stored as."""
    if isinstance(wanted, Enum):
        return bool(getattr(found, "length", None) != wanted.length)
    return None


def migrate(connection: Connection) -> None:
    """Run on an open connection."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL lock_timeout = '4s'")
    context.configure(
        connection=connection,
        target_metadata=tables.METADATA,
        render_as_batch=True,
        compare_type=same_type,
        render_item=render_item,
    )
    with context.begin_transaction():
        context.run_migrations()


given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    from pathlib import Path

    url = database_url(os.environ.get("DATABASE_URL"), Path("data"))
    with database.prepare(create_engine(url)).begin() as opened:
        migrate(opened)
