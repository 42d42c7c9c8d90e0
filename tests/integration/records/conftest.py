"""A store on PostgreSQL alone, for what only two transactions at once can show."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cse_tracker.app import Service, build
from tests.store import CHEAP, Clock, StoreTemplates, reusing


@pytest.fixture
def postgresql_service(templates: StoreTemplates, tmp_path: Path, clock: Clock) -> Iterator[Service]:
    """A service on PostgreSQL only: SQLite lets no second writer begin."""
    with templates.copy("postgresql", tmp_path) as made:
        built = reusing(build(made, now=clock, passwords=CHEAP))
        yield built
        built.store.engine.dispose()
