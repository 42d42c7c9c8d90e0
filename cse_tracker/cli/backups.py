"""Backing up, verifying a backup by restoring it, and restoring."""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from cse_tracker.audit.verdict import Verdict
from cse_tracker.cli.opening import Opening, Service
from cse_tracker.oversight import commands, queries
from cse_tracker.records import backup as archives
from cse_tracker.records.backup import BackupProblem


class ByFile(click.Group):
    """A group in which a file's name alone means to make a backup there."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Take what is no command for the file of `make`."""
        known = args[0] in self.commands or args[0].startswith("-")
        return super().resolve_command(ctx, args if known else ["make", *args])


@click.group(cls=ByFile)
def backup() -> None:
    """Sealed copies of the whole store, taken while it is served: backup FILE."""


@backup.command("make")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.pass_obj
def backup_make(opening: Opening, file: Path) -> None:
    """Write a backup to a new FILE, sealed under the root key; the service goes on meanwhile."""
    service = opening.service
    with opening.work(reading=True) as work:
        made_at = work.now
    size = archives.back_up(
        service.store.engine, service.store.root, file, schema=service.store.revision(), made_at=made_at.isoformat()
    )
    with opening.work(reading=True) as work:
        commands.note_backup(work, size=size)
    click.echo(f"backed up: {file}, {size} bytes. Try it: cse-tracker backup verify {file}")


@backup.command("verify")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--scratch", metavar="URL", help="An empty database to restore into; one is made where none is named.")
@click.pass_obj
def backup_verify(opening: Opening, file: Path, scratch: str | None) -> None:
    """Restore a backup into a scratch database, open everything in it and verify its audit; then throw it away."""
    service = opening.unopened
    with _scratch(opening, service, scratch) as copy:
        _load(file, copy)
        verdict = _verdict(copy, service.tools.checkpoints)
    if not verdict.intact:
        click.echo(f"the backup restores, but is broken: {verdict.kind}: {verdict.problem} ({verdict.where})")
        sys.exit(1)
    click.echo(f"the backup restores: {verdict.entries} entries and {verdict.rows} rows, every one as it was written")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.pass_obj
def restore(opening: Opening, file: Path) -> None:
    """Restore a backup into the empty database of DATABASE_URL, whole or not at all."""
    service = opening.unopened
    _load(file, service)
    service = opening.service
    with opening.work() as work:
        done = commands.note_restored(work, service.tools.checkpoints)
    click.echo(f"restored: {done.ended} sessions ended, {done.destroyed} destroyed records destroyed again")
    if done.aside is not None:
        click.echo(f"the checkpoints made after this backup are in {done.aside}: what happened since then is lost")
    click.echo("verify it: cse-tracker audit verify")


def _load(file: Path, service: Service) -> None:
    service.store.root_status()
    with archives.opened(file, service.store.root) as archive:
        archives.load(archive, service.store.engine, service.store.migrate_to)


def _verdict(service: Service, checkpoints: Path) -> Verdict:
    with service.app.app_context():
        service.store.migrate(commands.accounting(service.tools.running))
    with service.app.app_context(), service.tools.running.work(reading=True) as work:
        verdict = queries.verification_of_copy(work, checkpoints)
        # The scratch database is thrown away, and so is what would be recorded in it.
        work.events.clear()
    return verdict


@contextmanager
def _scratch(opening: Opening, service: Service, url: str | None) -> Iterator[Service]:
    folder = Path(tempfile.mkdtemp(prefix="cse-verify-"))
    made = None
    try:
        if url is None and service.store.engine.dialect.name == "sqlite":
            url = f"sqlite:///{folder / 'scratch.sqlite'}"
        if url is None:
            url = made = archives.make_scratch(service.store.engine)
        copy = opening.beside(url)
        try:
            yield copy
        finally:
            copy.store.engine.dispose()
    finally:
        if made is not None:
            archives.drop_scratch(service.store.engine, made)
        shutil.rmtree(folder, ignore_errors=True)


__all__ = ["BackupProblem", "backup", "restore"]
