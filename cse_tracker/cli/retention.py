"""What operators do at the end of records: close the epochs of destroyed keys, and rid the pages of what is left."""

import click

from cse_tracker.cli.opening import Opening
from cse_tracker.records import residue, rotation
from cse_tracker.retention import commands


@click.group()
def retention() -> None:
    """How long records are kept. Nothing is held, released or destroyed from here: that takes people, on the pages."""


@retention.command("close-epochs")
@click.pass_obj
def close_epochs(opening: Opening) -> None:
    """Close the keys above what was destroyed, so that no older copy of a data key opens, and wipe what is left."""
    service = opening.service
    running = service.tools.running
    with service.app.app_context():
        with running.work(reading=True) as work:
            waiting = [(each.id, each.borough_gss) for each in commands.waiting_for_an_epoch(work)]
        if not waiting:
            click.echo("no epoch to close: nothing waits for it")
            return
        boroughs = sorted({gss for _, gss in waiting})
        for gss in boroughs:
            with running.work() as work:
                target = rotation.begin(work.session, service.store.root, "borough", gss, work.now)
            progress = rotation.Progress()
            while not progress.finished:
                with running.work() as work:
                    rotation.rewrap(work.session, target, progress)
            with running.work() as work:
                closed = rotation.close(work.session, target)
            click.echo(f"{gss}: {progress.done} keys under epoch {target.version}, {len(closed)} epoch(s) closed")
        with running.work() as work:
            commands.note_epochs_closed(work, [each for each, _ in waiting], boroughs=len(boroughs))
    residue.wipe(service.store.engine)
    click.echo("the pages and the log of the database were written anew")
