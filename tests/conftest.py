"""What every test may ask for: a fresh store with the demo accounts on both databases, and a clock that can be set."""

import smtplib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from cse_tracker.app import Service, build
from tests.store import CHEAP, Clock, MailBag, StoreTemplates, reusing

settings.register_profile("ci", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ci")


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreTemplates]:
    """One migrated store with the demo accounts for each database, to be copied for each test."""
    made = StoreTemplates(tmp_path_factory.mktemp("stores"))
    yield made
    made.close()


@pytest.fixture
def clock() -> Clock:
    """A clock that stands at 10am on Monday 16 November 2026 until it is set."""
    return Clock(datetime(2026, 11, 16, 10, 0, tzinfo=UTC))


@pytest.fixture
def mail() -> MailBag:
    """A mailer that keeps what it is given."""
    return MailBag()


@pytest.fixture(params=["sqlite", "postgresql"])
def service(
    request: pytest.FixtureRequest, templates: StoreTemplates, tmp_path: Path, clock: Clock, mail: MailBag
) -> Iterator[Service]:
    """A service on a fresh copy of the store, once for each database."""
    with templates.copy(request.param, tmp_path) as made:
        built = reusing(build(made, now=clock, passwords=CHEAP, mailer=mail))
        yield built
        built.store.engine.dispose()


@pytest.fixture
def sqlite_service(templates: StoreTemplates, tmp_path: Path, clock: Clock, mail: MailBag) -> Iterator[Service]:
    """A service on SQLite only, for what does not depend on the database."""
    with templates.copy("sqlite", tmp_path) as made:
        built = reusing(build(made, now=clock, passwords=CHEAP, mailer=mail))
        yield built
        built.store.engine.dispose()


@pytest.fixture(autouse=True)
def no_mail_leaves(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail a test that opens an SMTP connection without asking for the real server."""
    if "smtp" in request.fixturenames:
        return

    def refuse(*_: object, **__: object) -> None:
        message = "a test tried to send mail"
        raise AssertionError(message)

    monkeypatch.setattr(smtplib, "SMTP", refuse)
