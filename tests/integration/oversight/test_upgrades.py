"""A store that was in use is upgraded: what the migration changed is accounted for, and nothing else is."""

import pytest
from alembic import command
from sqlalchemy import text

from cse_tracker import paths
from cse_tracker.app import Service
from cse_tracker.audit.facts import facts_of
from cse_tracker.audit.model import AuditEntry
from cse_tracker.audit.verdict import Kind, Verdict
from cse_tracker.audit.verify import verify
from cse_tracker.cli.opening import open_store
from cse_tracker.jobs.deadlines import breach_duties
from cse_tracker.records import database
from cse_tracker.records.store import migrating
from tests import people
from tests.store import Clock

# The way up again writes plain columns of referrals and duties.
OLDER = "0010"


def used(service: Service, clock: Clock) -> None:
    """A case whose duties are late: the way up again writes down another moment of that."""
    people.open_case(service)
    clock.advance(days=90)
    with service.app.app_context():
        assert breach_duties(service.tools) > 0


def put_back(service: Service) -> None:
    """Make the store one of an older version, with its rows."""
    config = migrating(paths.folder("migrations"))
    with database.rebuilding(service.store.engine) as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, OLDER)


def verdict(service: Service) -> Verdict:
    with people.working(service, reading=True) as work:
        return verify(work.session, rows=True)


def test_an_upgraded_store_verifies_and_says_that_it_was_upgraded(service: Service, clock: Clock) -> None:
    used(service, clock)
    put_back(service)
    open_store(service)
    found = verdict(service)
    assert found.intact, found
    with people.working(service, reading=True) as work:
        entry = work.session.query(AuditEntry).filter_by(action="store.upgraded").one()
        facts = facts_of(work.session, entry)
    assert facts["before"] == int(OLDER)
    assert int(facts["rows"] or 0) > 1
    people.open_case(service, last_name="Later")
    assert verdict(service).intact


def test_without_the_account_the_migration_would_be_taken_for_an_edit(service: Service, clock: Clock) -> None:
    used(service, clock)
    put_back(service)
    service.store.migrate()
    assert verdict(service).kind is Kind.EDIT


def test_a_row_changed_past_the_service_before_an_upgrade_is_still_found(service: Service, clock: Clock) -> None:
    used(service, clock)
    with service.store.engine.begin() as connection:
        connection.execute(text("UPDATE membership SET borough_gss = 'E09000001'"))
    put_back(service)
    open_store(service)
    found = verdict(service)
    assert (found.kind, found.table) == (Kind.EDIT, "membership")


def test_a_crash_between_the_migration_and_its_account_leaves_neither(
    service: Service, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    used(service, clock)
    put_back(service)

    def crash(*_arguments: object) -> None:
        message = "gone"
        raise OSError(message)

    monkeypatch.setattr("cse_tracker.oversight.commands.account_for_upgrade", crash)
    with pytest.raises(OSError, match="gone"):
        open_store(service)
    assert service.store.revision() == OLDER
    monkeypatch.undo()
    open_store(service)
    assert verdict(service).intact
