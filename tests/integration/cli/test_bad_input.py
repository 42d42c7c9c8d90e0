"""What goes wrong around the store: a sentence that says what to do, and nothing lost or half-written."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import event, func, select, text

from cse_tracker.app import Service, build, start_clock
from cse_tracker.audit.facts import facts_of
from cse_tracker.audit.model import AuditEntry
from cse_tracker.audit.verify import verify
from cse_tracker.cli.main import cli
from cse_tracker.cli.opening import Opening, open_store
from cse_tracker.people import commands as person_commands
from cse_tracker.people.model import Person, PersonDetails
from cse_tracker.people.rules import Identity
from cse_tracker.records.database import DatabaseGone
from cse_tracker.work.errors import NotPermitted
from tests import people
from tests.store import CHEAP, settings_for
from tests.web.client import Browser
from tests.web.steps import dated

TO = ("--organisation", "Court", "--person", "Clerk", "--purpose", "Order", "--legal-basis", "Order of 1 November")


def run(service: Service, *command: str) -> Result:
    return CliRunner().invoke(cli, command, obj=Opening(lambda: service, start_clock))


def persons(service: Service) -> int:
    with people.working(service, reading=True) as work:
        assert verify(work.session, rows=True).intact
        return work.session.scalar(select(func.count()).select_from(Person)) or 0


def add(work: Any, last_name: str = "Sorren") -> None:
    person_commands.add(work, Identity("Tia", last_name), PersonDetails(), borough_gss=people.HACKNEY)


@contextmanager
def full_disk(service: Service) -> Iterator[None]:
    """No page more: what SQLite sees when the disk is full."""
    full = True

    def limit(connection: Any, _record: object, _proxy: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0] if full else 1_000_000
        connection.execute(f"PRAGMA max_page_count={pages}")

    event.listen(service.store.engine, "checkout", limit)
    try:
        yield
    finally:
        full = False


def test_a_refusal_on_the_command_line_is_recorded_like_one_of_a_page(service: Service, tmp_path: Path) -> None:
    done = run(service, "audit", "export", "--case", str(uuid4()), *TO, "--to", str(tmp_path / "x.zip"))
    assert (done.exit_code, done.output) == (2, "cse-tracker: There is no such record, or you may not see it\n")
    assert list(tmp_path.glob("x.zip*")) == []
    with people.working(service, reading=True) as work:
        entry = work.session.query(AuditEntry).filter_by(action="access.refused").one()
        assert facts_of(work.session, entry) == {"status": 404}
        assert entry.actor_id is None


def test_what_the_matrix_refuses_an_operator_is_recorded(
    sqlite_service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object) -> None:
        raise NotPermitted("audit:verify")

    monkeypatch.setattr("cse_tracker.cli.auditing.queries.checkpoint_public_key", refuse)
    assert run(sqlite_service, "audit", "public-key").exit_code == 2
    with people.working(sqlite_service, reading=True) as work:
        entry = work.session.query(AuditEntry).filter_by(action="access.refused").one()
        assert facts_of(work.session, entry) == {"status": 403}


def test_a_full_disk_gives_a_page_that_says_so_and_writes_nothing(sqlite_service: Service) -> None:
    service = sqlite_service
    police = Browser(service).sign_in(people.POLICE)
    police.get("/referrals/start")
    police.submit(borough=people.HACKNEY)
    before = persons(service)
    with full_disk(service):
        police.submit(
            action="continue", first_name="Tia", last_name="Sorren", sex="F", looked_after="no",
            school="x" * 5_000, address="y" * 9_000, **dated("born", "3", "3", "2012"),
        )  # fmt: skip
        assert police.response is not None
        if police.response.status_code == 422:
            pytest.fail(str(police.errors()))
        assert police.response.status_code == 503
        assert "no room" in police.text()
        assert "Sorren" not in police.text()
    assert persons(service) == before
    people.refer(service)


def test_a_full_disk_stops_a_command_with_a_sentence(sqlite_service: Service) -> None:
    name = "A" * 60_000
    with full_disk(sqlite_service):
        done = run(sqlite_service, "agencies", "add", "--name", name, "--kind", "health")
    assert done.exit_code == 2
    assert "has no room: nothing of it was kept" in done.output
    assert name[:100] not in done.output
    persons(sqlite_service)


def test_a_database_that_vanishes_in_the_middle_of_a_write_loses_nothing_but_that(service: Service) -> None:
    with people.working(service, people.LEAD) as work:
        add(work, "Kept")
    before = persons(service)
    with pytest.raises(DatabaseGone):
        interrupted(service)
    assert persons(service) == before
    with people.working(service, people.LEAD) as work:
        add(work, "Later")
    assert persons(service) == before + 1


def interrupted(service: Service) -> None:
    with people.working(service, people.LEAD) as work:
        add(work)
        work.session.flush()
        vanish(service, work.session)
        add(work, "Second")


def vanish(service: Service, session: Any) -> None:
    if service.store.engine.dialect.name == "postgresql":
        backend = session.scalar(text("SELECT pg_backend_pid()"))
        with service.store.engine.connect() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": backend})
        return

    # The file is taken away under the service: what comes next cannot be read or written.
    def gone(*_arguments: object) -> None:
        event.remove(service.store.engine, "before_cursor_execute", gone)
        message = "disk I/O error"
        raise DatabaseGone(message, {}, OSError(message))

    event.listen(service.store.engine, "before_cursor_execute", gone)


def test_a_database_from_another_installation_is_named_and_left_alone(sqlite_service: Service, tmp_path: Path) -> None:
    mine = Path(sqlite_service.settings.database_url.removeprefix("sqlite:///"))
    other = tmp_path / "other"
    other.mkdir()
    settings = settings_for(f"sqlite:///{other / 'store.sqlite'}", other, other / "root.key")
    theirs = build(settings, passwords=CHEAP)
    open_store(theirs)
    theirs.store.engine.dispose()
    sqlite_service.store.engine.dispose()
    shutil.copy(mine, other / "store.sqlite")
    taken = (other / "store.sqlite").read_bytes()
    foreign = build(settings, passwords=CHEAP)
    done = run(foreign, "keys", "status")
    assert done.exit_code == 2
    assert "root key" in done.output
    assert "Traceback" not in done.output
    foreign.store.engine.dispose()
    assert len(taken) == (other / "store.sqlite").stat().st_size


@pytest.mark.parametrize(
    ("content", "mode"), [(None, 0o600), (b"", 0o600), (b"short", 0o600), (b"\x00" * 64, 0o644)],
    ids=["missing", "empty", "too short", "readable by others"],
)  # fmt: skip
def test_a_root_key_that_is_not_one_stops_everything_with_a_sentence(
    sqlite_service: Service, tmp_path: Path, content: bytes | None, mode: int
) -> None:
    key = tmp_path / "other.key"
    if content is not None:
        key.write_bytes(content)
        key.chmod(mode)
    foreign = build(settings_for(sqlite_service.settings.database_url, tmp_path, key), passwords=CHEAP)
    done = run(foreign, "keys", "status")
    foreign.store.engine.dispose()
    assert done.exit_code == 2, done.output
    assert done.output.startswith("cse-tracker: ")
    assert len(done.output.splitlines()) == 1
    assert len(done.output) > 60
    assert persons(sqlite_service) == 0
