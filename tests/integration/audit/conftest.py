"""The audit with its triggers taken away, as somebody who owns the database could take them."""

import pytest
from sqlalchemy import text

from cse_tracker.app import Service

TRIGGERS = {
    "sqlite": ("DROP TRIGGER audit_entry_no_UPDATE", "DROP TRIGGER audit_entry_no_DELETE"),
    "postgresql": ("DROP TRIGGER audit_entry_no_change ON audit_entry",),
}


@pytest.fixture
def unguarded(service: Service) -> Service:
    """A store whose audit entries can be changed past the service."""
    with service.store.engine.begin() as connection:
        for statement in TRIGGERS[service.store.engine.dialect.name]:
            connection.execute(text(statement))
    return service
