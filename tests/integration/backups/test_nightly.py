"""The nightly backup: made, tried by restoring, kept by rule, and heard of when it fails."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from cse_tracker.app import Service, build
from cse_tracker.audit.model import AuditEntry
from cse_tracker.jobs.schedule import TIMETABLE
from cse_tracker.jobs.upkeep import back_up
from cse_tracker.oversight import queries
from cse_tracker.records import backup
from tests import people
from tests.integration.cli.installation import Installation
from tests.store import CHEAP, Clock, MailBag

OPERATORS = "operators@council.example"


def nightly(service: Service, folder: Path, mail: MailBag) -> Service:
    settings = replace(service.settings, backup_folder=folder, operators_mail=OPERATORS)
    return build(settings, now=service.tools.running.clock, passwords=CHEAP, mailer=mail)


def run(service: Service) -> int:
    with service.app.app_context():
        return back_up(service.tools)


def actions(service: Service) -> list[str]:
    with people.working(service, reading=True) as work:
        found = work.session.scalars(select(AuditEntry.action).order_by(AuditEntry.at_us, AuditEntry.sequence))
        return [action for action in found if action.startswith("store.back")]


def test_a_backup_is_made_tried_and_noted_every_night(
    service: Service, tmp_path: Path, clock: Clock, mail: MailBag
) -> None:
    folder = tmp_path / "nightly"
    made = nightly(service, folder, mail)
    with people.working(made, reading=True) as work:
        assert queries.last_backup(work) is None
    assert run(made) == 1
    assert [each.name for each in folder.iterdir()] == ["cse-tracker-20261116T100000Z.backup"]
    assert (folder.stat().st_mode & 0o077, next(folder.iterdir()).stat().st_mode & 0o077) == (0, 0)
    assert sorted(actions(made)) == ["store.backed_up", "store.backup_tried"]
    with people.working(made, reading=True) as work:
        assert queries.last_backup(work) == clock()
    clock.advance(days=40)
    assert run(made) == 1
    assert [each.name for each in folder.iterdir()] == ["cse-tracker-20261226T100000Z.backup"]
    assert mail.sent == []
    made.store.engine.dispose()


def test_a_backup_that_cannot_be_made_is_told_to_operators(
    sqlite_service: Service, tmp_path: Path, mail: MailBag, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "nightly").write_text("a file where the folder should be")
    made = nightly(sqlite_service, tmp_path / "nightly", mail)
    assert run(made) == 0
    (letter,) = mail.sent
    assert letter["To"] == OPERATORS
    assert "cannot be made: File exists" in letter.get_content()
    assert "cse-tracker backup FILE" in letter.get_content()
    assert '"event": "backup.failed"' in caplog.text
    assert actions(made) == ["store.backup_failed"]
    made.store.engine.dispose()


def test_a_backup_that_does_not_restore_is_told_and_is_none(
    sqlite_service: Service, tmp_path: Path, mail: MailBag, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = nightly(sqlite_service, tmp_path / "nightly", mail)
    whole = backup.back_up

    def spoilt(*args: object, **more: object) -> int:
        size = whole(*args, **more)  # type: ignore[arg-type]
        file = args[2]
        assert isinstance(file, Path)
        raw = bytearray(file.read_bytes())
        raw[len(raw) // 2] ^= 1
        file.write_bytes(raw)
        return size

    monkeypatch.setattr(backup, "back_up", spoilt)
    assert run(made) == 0
    assert "cut short or changed" in mail.sent[0].get_content()
    assert "store.backup_failed" in actions(made)
    assert "store.backup_tried" not in actions(made)
    # Nothing of it looks like a good one to who restores in a hurry.
    assert [each.suffix for each in (tmp_path / "nightly").iterdir()] == [".broken"]
    made.store.engine.dispose()


def test_the_timetable_is_shown_with_the_last_backup(sqlite_service: Service, tmp_path: Path, clock: Clock) -> None:
    here = Installation(sqlite_service, tmp_path, clock)
    said = here.ok("jobs", "list")
    assert all(job.name in said for job in TIMETABLE)
    assert "back-up: daily at 2:00 in London" in said
    assert "set CSE_TRACKER_BACKUPS" in said
    assert "last backup of the night: NONE" in said
    here.environment["CSE_TRACKER_BACKUPS"] = str(tmp_path / "nightly")
    here.ok("jobs", "once", "back-up")
    assert "last backup of the night: 16 November 2026, 10:00 UTC" in here.ok("jobs", "list")
    here.close()
