"""The store as the application reaches it: one engine, and sessions that seal and witness what they write."""

from typing import Any

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from sqlalchemy import Connection, Engine

from cse_tracker import tables
from cse_tracker.records import database, sealed
from cse_tracker.work import unit


class StoreSession(Session):
    """A session of the one store: which engine to ask need not be worked out anew for each statement."""

    def __init__(self, db: SQLAlchemy, **options: Any) -> None:
        super().__init__(db, **options)
        self._engine = db.engine

    def get_bind(
        self,
        mapper: Any = None,  # noqa: ARG002 - named by whoever asks
        clause: Any = None,  # noqa: ARG002
        bind: Engine | Connection | None = None,
        **_more: Any,
    ) -> Engine | Connection:
        """Give the store's engine, or the connection that the session was opened for."""
        return self._engine if bind is None else bind


def open_sessions(app: Flask, url: str) -> tuple[SQLAlchemy, Engine]:
    """Prepare the database at a URL for the application; its folder is made, its tables are not."""
    database.make_folder(url)
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = database.engine_options(url)
    db = SQLAlchemy(metadata=tables.METADATA, session_options={"class_": StoreSession, "expire_on_commit": False})
    db.init_app(app)
    with app.app_context():
        engine = database.prepare(db.engine)
    sealed.watch(db.session)
    unit.watch(db.session)
    return db, engine
