"""Serves the pages."""

import click
from waitress import serve as run_waitress

from cse_tracker.cli.opening import Opening
from cse_tracker.demo import accounts, loading


@click.command()
@click.pass_obj
def serve(opening: Opening) -> None:
    """Serve on 127.0.0.1; in demo mode with demo data, mails as files, and the clock inside."""
    service = opening.service
    settings = service.settings
    if settings.demo:
        with service.app.app_context():
            if loading.load(service.tools.running, service.app.passwords):
                click.echo("demo data loaded: everybody in it is made up")
        click.echo(accounts.as_text())
    if settings.clock_in_process:
        opening.start_clock(service)
    click.echo(f"serving on http://127.0.0.1:{settings.port} (stop with Ctrl-C)")
    run_waitress(service.app, host="127.0.0.1", port=settings.port, threads=8, ident=None, _quiet=True)
