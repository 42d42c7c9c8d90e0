"""Serves the pages."""

import signal
from typing import Any, Final

import click
from waitress import serve as run_waitress

from cse_tracker.cli.opening import Opening
from cse_tracker.demo import accounts, loading
from cse_tracker.web.server import LARGEST_WITH_FILE

# Beyond its limits Waitress writes what it receives and sends to temporary files, unsealed: these are never reached.
IN_MEMORY: Final = LARGEST_WITH_FILE + 1024 * 1024
WAITRESS: Final[dict[str, Any]] = {
    "threads": 8,
    "ident": None,
    "inbuf_overflow": IN_MEMORY,
    "outbuf_overflow": IN_MEMORY,
    "max_request_body_size": LARGEST_WITH_FILE,
}


def stop_on_signals() -> None:
    """Make SIGTERM and SIGINT raise KeyboardInterrupt, so that a service manager stops the program as Ctrl-C does."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.default_int_handler)


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
    stop_on_signals()
    scheduler = opening.start_clock(service) if settings.clock_in_process else None
    click.echo(f"serving on http://127.0.0.1:{settings.port} (stop with Ctrl-C)")
    try:
        run_waitress(service.web, host="127.0.0.1", port=settings.port, _quiet=True, **WAITRESS)
    finally:
        if scheduler is not None:
            scheduler.shutdown()
