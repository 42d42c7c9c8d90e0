"""The nightly backup: made, tried by restoring it, and kept by rule; operators hear when it failed."""

import json
import logging
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Final, Protocol

from cse_tracker.audit.verdict import Verdict
from cse_tracker.notifications.mailers import Mailer, MailFailed
from cse_tracker.oversight import commands, queries
from cse_tracker.records import backup as archives
from cse_tracker.records.backup import BackupProblem
from cse_tracker.records.store import Store
from cse_tracker.work.running import Running

log = logging.getLogger("cse_tracker.jobs")

NAME: Final = re.compile(r"cse-tracker-(\d{8}T\d{6})Z\.backup")
DAILY: Final = timedelta(days=7)
"""Every night's backup is kept this long, and then one a week."""


class Service(Protocol):
    """As much of a built service as a backup needs."""

    @property
    def app(self) -> Any:
        """Its application."""
        ...

    @property
    def store(self) -> Store:
        """Its store."""
        ...

    @property
    def running(self) -> Running:
        """What opens its units of work."""
        ...


@dataclass(frozen=True, repr=False)
class Plan:
    """Where nightly backups go, how many days the oldest is kept, who is told, and how a copy is tried."""

    folder: Path
    days: int
    store: Store
    checkpoints: Path
    beside: Callable[[str], Service]
    operators: str | None = None
    mail_from: str = ""


def back_up(plan: Plan, running: Running, mailer: Mailer) -> int:
    """Make tonight's backup, try it, and drop what is past its time; gives how many were made: one, or none."""
    with running.work(reading=True) as work:
        now = work.now
    file = plan.folder / f"cse-tracker-{now:%Y%m%dT%H%M%S}Z.backup"
    try:
        _make(plan, running, file, now)
        verdict = _tried(plan, file)
    except Exception as error:  # noqa: BLE001 - whatever it was, somebody must hear that there is no backup of tonight
        # An error of ours says what to do; of any other the kind only, for its text may quote a row.
        why = str(error) if isinstance(error, BackupProblem) else f"Something went wrong ({type(error).__name__})"
        _set_aside(file)
        _failed(plan, running, mailer, why)
        return 0
    if not verdict.intact:
        _set_aside(file)
        _failed(plan, running, mailer, f"The backup restores, but is broken ({verdict.kind}): see audit verify")
        return 0
    with running.work(reading=True) as work:
        commands.note_backup_tried(work, entries=verdict.entries, rows=verdict.rows or 0)
    for old in to_drop((each.name for each in plan.folder.iterdir()), now.date(), plan.days):
        (plan.folder / old).unlink(missing_ok=True)
    return 1


def _make(plan: Plan, running: Running, file: Path, now: datetime) -> None:
    try:
        plan.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        message = f"The folder for backups cannot be made: {error.strerror}"
        raise BackupProblem(message) from None
    store = plan.store
    size = archives.back_up(store.engine, store.root, file, schema=store.revision(), made_at=now.isoformat())
    with running.work(reading=True) as work:
        commands.note_backup(work, size=size)


def _tried(plan: Plan, file: Path) -> Verdict:
    with scratch(plan.store, plan.beside, None) as copy:
        load(file, copy.store)
        return verdict_on(copy, plan.checkpoints)


def _set_aside(file: Path) -> None:
    """Let nobody who restores in a hurry take it for a good one."""
    with suppress(OSError):
        file.rename(file.with_suffix(".broken"))


def _failed(plan: Plan, running: Running, mailer: Mailer, why: str) -> None:
    log.error("%s", json.dumps({"event": "backup.failed", "why": why}))
    with running.work(reading=True) as work:
        commands.note_backup_failed(work)
    if plan.operators is None:
        return
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = plan.mail_from, plan.operators, "There is no backup of last night"
    letter.set_content(
        f"{why}.\n\nMake one now: cse-tracker backup FILE, then cse-tracker backup verify FILE. "
        "Until then, what has happened since the last backup would be lost with the machine.\n"
    )
    try:
        mailer.send(letter)
    except MailFailed:
        log.exception("%s", json.dumps({"event": "backup.failure_not_told"}))


def made_on(name: str) -> date | None:
    """Give the day of a backup of ours by its name; None for any other file, which is never touched."""
    found = NAME.fullmatch(name)
    return datetime.strptime(found[1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC).date() if found else None


def to_drop(names: Iterable[str], today: date, days: int) -> list[str]:
    """Give the backups past their time: each is kept for a week, then a week's first, none beyond `days`.

    The newest is kept however old it is.
    """
    ours = sorted((day, name) for name in names if (day := made_on(name)) is not None)
    weeks: set[tuple[int, int]] = set()
    dropped = []
    for day, name in ours[:-1]:
        week = day.isocalendar()[:2]
        first = week not in weeks
        weeks.add(week)
        if today - day > timedelta(days=days) or (today - day >= DAILY and not first):
            dropped.append(name)
    return dropped


def load(file: Path, store: Store) -> None:
    """Load an archive into an empty database; raises BackupProblem or RootKeyProblem and leaves it empty."""
    store.root_status()
    with archives.opened(file, store.root) as archive:
        archives.load(archive, store.engine, store.migrate_to)


def verdict_on(service: Service, checkpoints: Path) -> Verdict:
    """Bring a loaded copy to this version, open everything in it and verify its audit."""
    with service.app.app_context():
        service.store.migrate(commands.accounting(service.running))
    with service.app.app_context(), service.running.work(reading=True) as work:
        verdict = queries.verification_of_copy(work, checkpoints)
        # The scratch database is thrown away, and so is what would be recorded in it.
        work.events.clear()
    return verdict


@contextmanager
def scratch(store: Store, beside: Callable[[str], Service], url: str | None) -> Iterator[Service]:
    """Give a service on an empty database of the same kind, which is thrown away after."""
    folder = Path(tempfile.mkdtemp(prefix="cse-verify-"))
    made = None
    try:
        if url is None and store.engine.dialect.name == "sqlite":
            url = f"sqlite:///{folder / 'scratch.sqlite'}"
        if url is None:
            url = made = archives.make_scratch(store.engine)
        copy = beside(url)
        try:
            yield copy
        finally:
            copy.store.engine.dispose()
    finally:
        if made is not None:
            archives.drop_scratch(store.engine, made)
        shutil.rmtree(folder, ignore_errors=True)
