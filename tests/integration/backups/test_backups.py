"""Backups: consistent while the service works, sealed, verified by restoring, restored whole or not at all."""

import os
import resource
import shutil
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import create_engine, text

from cse_tracker.app import Service, build, start_clock
from cse_tracker.cases import queries as cases
from cse_tracker.cli.main import cli
from cse_tracker.cli.opening import Opening
from cse_tracker.identity.model import SignIn
from cse_tracker.records import backup
from cse_tracker.records.backup import BackupProblem
from cse_tracker.vault.local import FileRootKey
from tests import people
from tests.store import CHEAP, Clock, MailBag


def run(service: Service, *command: str) -> Result:
    return CliRunner().invoke(cli, command, obj=Opening(lambda: service, start_clock, lambda url: beside(service, url)))


def beside(service: Service, url: str) -> Service:
    settings = replace(service.settings, database_url=url.replace("postgresql://", "postgresql+psycopg://"))
    return build(settings, now=Clock(service.tools.running.clock()), passwords=CHEAP, mailer=MailBag())


def make(service: Service, folder: Path) -> Path:
    file = folder / "store.backup"
    done = run(service, "backup", str(file))
    assert done.exit_code == 0, done.output
    return file


@contextmanager
def emptied(service: Service, folder: Path) -> Iterator[Service]:
    """A service on a database of the same kind with nothing in it, on another machine as it were."""
    if service.store.engine.dialect.name == "sqlite":
        url, drop = f"sqlite:///{folder / 'restored.sqlite'}", None
    else:
        url = drop = backup.make_scratch(service.store.engine)
    made = beside(service, url)
    try:
        yield made
    finally:
        made.store.engine.dispose()
        if drop is not None:
            backup.drop_scratch(service.store.engine, drop)


def shutting(path: Path) -> set[str]:
    return {each.name for each in path.iterdir()}


def test_a_backup_restores_on_an_empty_machine(service: Service, tmp_path: Path) -> None:
    case = people.open_case(service)
    assert run(service, "audit", "checkpoint").exit_code == 0
    file = make(service, tmp_path)
    assert file.stat().st_mode & 0o077 == 0
    lost = people.open_case(service, last_name="Later")
    assert run(service, "audit", "checkpoint").exit_code == 0
    with emptied(service, tmp_path) as other:
        done = run(other, "restore", str(file))
        assert done.exit_code == 0, done.output
        assert "the checkpoints made after this backup are in" in done.output
        with people.working(other, people.LEAD, reading=True) as work:
            assert cases.open_case(work, case.id).person.head.last_name == "Marsh"
            assert work.session.get(type(lost), lost.id) is None
        done = run(other, "audit", "verify")
        assert done.exit_code == 0, done.output


def test_no_session_of_that_time_goes_on_after_a_restore(service: Service, tmp_path: Path) -> None:
    with people.working(service, people.LEAD, reading=True) as work:
        assert work.session.query(SignIn).filter(SignIn.ended_at.is_(None)).count() > 0
    file = make(service, tmp_path)
    with emptied(service, tmp_path) as other:
        assert run(other, "restore", str(file)).exit_code == 0
        with people.working(other, reading=True) as work:
            assert work.session.query(SignIn).filter(SignIn.ended_at.is_(None)).count() == 0


def test_a_backup_is_verified_by_restoring_it_and_leaves_nothing_behind(service: Service, tmp_path: Path) -> None:
    people.open_case(service)
    run(service, "audit", "checkpoint")
    file = make(service, tmp_path)
    run(service, "audit", "checkpoint")
    before = shutting(tmp_path)
    done = run(service, "backup", "verify", str(file))
    assert done.exit_code == 0, done.output
    assert "every one as it was written" in done.output
    assert shutting(tmp_path) == before
    if service.store.engine.dialect.name == "postgresql":
        with service.store.engine.connect() as connection:
            names = connection.execute(text("SELECT datname FROM pg_database")).scalars()
            assert not [name for name in names if name.startswith("cse_verify_")]


def test_a_backup_of_a_store_that_was_tampered_with_is_called_broken(service: Service, tmp_path: Path) -> None:
    people.open_case(service)
    with service.store.engine.begin() as connection:
        connection.execute(text("UPDATE duty SET state = 'void'"))
    done = run(service, "backup", "verify", str(make(service, tmp_path)))
    assert done.exit_code == 1
    assert "broken: edit" in done.output


def test_a_backup_taken_while_others_write_is_consistent(service: Service, tmp_path: Path) -> None:
    stop, made = threading.Event(), []

    def write(number: int) -> None:
        step = 0
        while not stop.is_set() and step < 40:
            made.append(people.refer(service, last_name=f"Name{number}x{step}").id)
            step += 1

    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for writer in writers:
        writer.start()
    try:
        while len(made) < 4:
            stop.wait(0.02)
        file = make(service, tmp_path)
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    done = run(service, "backup", "verify", str(file))
    assert done.exit_code == 0, done.output


def test_nothing_readable_is_in_a_backup_and_nothing_beside_it(service: Service, tmp_path: Path) -> None:
    people.open_case(service, last_name="Zyxwvut")
    file = make(service, tmp_path)
    content = file.read_bytes()
    for word in (b"Zyxwvut", b"case_", b"audit_entry", b"SQLite format", b"Homerton", b"CREATE TABLE"):
        assert word not in content
    assert not [name for name in shutting(tmp_path) if name.startswith("store.backup.")]


def test_a_backup_is_never_written_over(service: Service, tmp_path: Path) -> None:
    file = make(service, tmp_path)
    before = file.read_bytes()
    done = run(service, "backup", str(file))
    assert (done.exit_code, "never written over" in done.output) == (2, True)
    assert file.read_bytes() == before


def test_a_restore_never_runs_over_what_is_there(service: Service, tmp_path: Path) -> None:
    file = make(service, tmp_path)
    people.open_case(service)
    done = run(service, "restore", str(file))
    assert done.exit_code == 2
    assert "not empty" in done.output
    with people.working(service, people.LEAD, reading=True) as work:
        assert len(cases.cases_in_sight(work)) == 1


def test_another_root_key_is_a_sentence(service: Service, tmp_path: Path) -> None:
    file = make(service, tmp_path)
    FileRootKey(tmp_path / "other.key").create(development=True)
    with emptied(service, tmp_path) as other:
        other.store.root = FileRootKey(tmp_path / "other.key")
        done = run(other, "restore", str(file))
        assert done.exit_code == 2
        assert "The root key does not open this backup" in done.output
        assert backup.is_empty(other.store.engine)


def test_a_backup_that_was_cut_short_or_changed_restores_nothing(service: Service, tmp_path: Path) -> None:
    whole = make(service, tmp_path).read_bytes()
    cuts = [0, 4, 12, 100, 300, len(whole) // 2, len(whole) - 17, len(whole) - 1]
    changed = [whole[:cut] for cut in cuts]
    for place in (3, 20, 60, 400, len(whole) // 2, len(whole) - 1):
        other = bytearray(whole)
        other[place] ^= 1
        changed.append(bytes(other))
    changed.append(whole + b"x")
    with emptied(service, tmp_path) as target:
        for number, content in enumerate(changed):
            file = tmp_path / f"changed{number}"
            file.write_bytes(content)
            done = run(target, "restore", str(file))
            assert done.exit_code == 2, (number, done.output)
            assert backup.is_empty(target.store.engine), number
            target.store.engine.dispose()
            if target.store.engine.dialect.name == "sqlite":
                Path(str(target.store.engine.url.database)).unlink(missing_ok=True)


@contextmanager
def full_disk(at: int) -> Iterator[None]:
    """No file may grow beyond so many bytes: what a full disk looks like to a program."""
    before, old = signal.signal(signal.SIGXFSZ, signal.SIG_IGN), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (at, old[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
        signal.signal(signal.SIGXFSZ, before)


@pytest.mark.parametrize("at", [0, 50_000])
def test_a_full_disk_leaves_no_half_of_a_backup(service: Service, tmp_path: Path, at: int) -> None:
    people.open_case(service)
    before = shutting(tmp_path)
    with full_disk(at), pytest.raises(BackupProblem, match="cannot be written"):
        backup.back_up(service.store.engine, service.store.root, tmp_path / "b", schema="1", made_at="now")
    assert shutting(tmp_path) == before


def test_a_full_disk_leaves_no_half_of_a_restored_sqlite_store(sqlite_service: Service, tmp_path: Path) -> None:
    file = make(sqlite_service, tmp_path)
    with emptied(sqlite_service, tmp_path) as other:
        target = Path(str(other.store.engine.url.database))
        with full_disk(100_000), backup.opened(file, other.store.root) as archive, pytest.raises(BackupProblem):
            backup.load(archive, other.store.engine, other.store.migrate_to)
        assert not target.exists() or target.stat().st_size == 0
        assert not target.with_name(f"{target.name}.part").exists()


def test_a_backup_of_the_other_kind_of_database_is_a_sentence(sqlite_service: Service, tmp_path: Path) -> None:
    file = make(sqlite_service, tmp_path)
    engine = create_engine("postgresql+psycopg://nobody@localhost:1/none")
    with (
        backup.opened(file, sqlite_service.store.root) as archive,
        pytest.raises(BackupProblem, match="is of a sqlite"),
    ):
        backup.load(archive, engine, sqlite_service.store.migrate_to)


def test_a_file_that_is_none_and_one_that_is_missing_are_sentences(service: Service, tmp_path: Path) -> None:
    (tmp_path / "none").write_bytes(os.urandom(1000))
    (tmp_path / "zero").write_bytes(b"")
    with emptied(service, tmp_path) as other:
        for name, words in (("none", "no backup"), ("zero", "no backup"), ("missing", "cannot be read")):
            done = run(other, "restore", str(tmp_path / name))
            assert (done.exit_code, words in done.output) == (2, True), done.output
    shutil.rmtree(tmp_path / "keys", ignore_errors=True)
