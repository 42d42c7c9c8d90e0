"""The group of commands."""

import json
import sys
import threading

import click

from cse_tracker.audit.checkpoint import CheckpointProblem
from cse_tracker.cli.auditing import audit
from cse_tracker.cli.backups import BackupProblem, backup, restore
from cse_tracker.cli.estimating import estimate
from cse_tracker.cli.figures import statistics
from cse_tracker.cli.keys import keys
from cse_tracker.cli.opening import Opening
from cse_tracker.cli.overlapping import mse
from cse_tracker.cli.people import agencies, users
from cse_tracker.cli.protocols import protocols
from cse_tracker.cli.retention import retention
from cse_tracker.cli.serving import serve, stop_on_signals
from cse_tracker.cli.systems import systems, tokens, webhooks
from cse_tracker.config import BadSettings
from cse_tracker.demo import loading
from cse_tracker.jobs.clock import run_once
from cse_tracker.jobs.schedule import TIMETABLE
from cse_tracker.oversight.queries import last_backup
from cse_tracker.records.database import DatabaseGone
from cse_tracker.vault.errors import CryptoError, RootKeyProblem
from cse_tracker.work.errors import NotFound, NotPermitted, Refused
from cse_tracker.work.events import AccessRefused


class Commands(click.Group):
    """A group whose refusals are one line and exit status 2, never a traceback."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command, turning every refusal into a sentence."""
        try:
            return super().invoke(ctx)
        except (Refused, BackupProblem, BadSettings, CheckpointProblem, CryptoError, RootKeyProblem) as error:
            if isinstance(error, NotFound | NotPermitted):
                _record_refusal(ctx.obj, error)
            click.echo(f"cse-tracker: {error}", err=True)
            sys.exit(2)
        except OSError as error:
            # Its text may name a file; a full disk, a missing folder and a lost right are told by their kind.
            click.echo(
                f"cse-tracker: {error.strerror or 'a file cannot be read or written'}: nothing was kept", err=True
            )
            sys.exit(2)
        except DatabaseGone:
            click.echo(f"cse-tracker: {GONE}", err=True)
            sys.exit(2)


GONE = (
    "the database does not answer, refuses the work or has no room: nothing of it was kept. "
    "See whether it runs and its disk has room, then run the command again"
)


def _record_refusal(opening: Opening | None, error: Refused) -> None:
    """Record, as a page does, that somebody asked for what they may not have; the work itself was rolled back."""
    if opening is None or not opening.opened:
        return
    status = 404 if isinstance(error, NotFound) else 403
    with opening.work() as work:
        work.record(AccessRefused(subject_id=None, status=status))


@click.group(cls=Commands)
def cli() -> None:
    """Case referral and risk tracker: commands for operators and analysts."""


@cli.group()
def demo() -> None:
    """Demo data: made-up people only."""


@demo.command("load")
@click.pass_obj
def demo_load(opening: Opening) -> None:
    """Load the demo accounts, referrals, cases and months, unless they are there."""
    service = opening.service
    if not service.settings.demo:
        click.echo("cse-tracker: demo data are never loaded in production", err=True)
        sys.exit(2)
    with service.app.app_context():
        loaded = loading.load(service.tools.running, service.app.passwords)
    click.echo("loaded" if loaded else "already there")


@cli.group()
def jobs() -> None:
    """What runs by the clock."""


@jobs.command("list")
@click.pass_obj
def jobs_list(opening: Opening) -> None:
    """Show the timetable, and when a backup was last made and found whole."""
    service = opening.service
    for job in TIMETABLE:
        click.echo(f"{job.name}: {job.when.words}")
    with opening.work(reading=True) as work:
        last = last_backup(work)
    if service.tools.backups is None:
        click.echo("back-up makes none: set CSE_TRACKER_BACKUPS to a folder, or run cse-tracker backup from a timer")
    click.echo(f"last backup of the night: {last:%d %B %Y, %H:%M} UTC" if last else "last backup of the night: NONE")


@jobs.command("once")
@click.argument("name", type=click.Choice([job.name for job in TIMETABLE]))
@click.pass_obj
def jobs_once(opening: Opening, name: str) -> None:
    """Run one job now."""
    service = opening.service
    job = next(job for job in TIMETABLE if job.name == name)
    with service.app.app_context():
        done = run_once(job, service.tools)
    click.echo(json.dumps({"job": name, "items": done}))


@jobs.command("run")
@click.pass_obj
def jobs_run(opening: Opening) -> None:
    """Run the clock until stopped; safe beside any number of others, because one lease lets only one act."""
    service = opening.service
    stop_on_signals()
    scheduler = opening.start_clock(service)
    click.echo("the clock is running; stop it with Ctrl-C or SIGTERM")
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        click.echo("stopping when what is running is done")
    finally:
        scheduler.shutdown()


cli.add_command(audit)
cli.add_command(keys)
cli.add_command(backup)
cli.add_command(restore)
cli.add_command(retention)
cli.add_command(agencies)
cli.add_command(users)
cli.add_command(systems)
cli.add_command(tokens)
cli.add_command(webhooks)
cli.add_command(protocols)
cli.add_command(serve)
cli.add_command(estimate)
cli.add_command(mse)
cli.add_command(statistics)
