"""Backing up, verifying a backup by restoring it, and restoring."""

import sys
from pathlib import Path

import click

from cse_tracker.cli.opening import Opening
from cse_tracker.jobs import backups as nightly
from cse_tracker.oversight import commands
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
    with nightly.scratch(service.store, opening.beside, scratch) as copy:
        nightly.load(file, copy.store)
        verdict = nightly.verdict_on(copy, service.tools.checkpoints)
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
    nightly.load(file, service.store)
    service = opening.service
    with opening.work() as work:
        done = commands.note_restored(work, service.tools.checkpoints)
    click.echo(f"restored: {done.ended} sessions ended, {done.destroyed} destroyed records destroyed again")
    if done.aside is not None:
        click.echo(f"the checkpoints made after this backup are in {done.aside}: what happened since then is lost")
    click.echo("verify it: cse-tracker audit verify")


__all__ = ["BackupProblem", "backup", "restore"]
