"""Statistics from the command line: taken and shown under the same protection as on the pages."""

from datetime import MAXYEAR, date

import click

from cse_tracker.cli.opening import Opening
from cse_tracker.statistics import commands
from cse_tracker.statistics.rules import MEANINGS, Period


def read_month(_context: click.Context, _parameter: click.Parameter, value: str) -> date:
    """Read a month such as 2026-10."""
    try:
        found = date.fromisoformat(f"{value}-01")
    except ValueError:
        found = None
    # The calendar ends with the year 9999, so its last month has no month after it.
    if found is None or found.year == MAXYEAR:
        message = "a month is written like 2026-10"
        raise click.BadParameter(message)
    return found


@click.group()
def statistics() -> None:
    """Monthly anonymised statistics."""


@statistics.command()
@click.option("--borough", required=True, help="GSS code, such as E09000012.")
@click.option("--month", required=True, callback=read_month, help="Such as 2026-10.")
@click.pass_obj
def prepare(opening: Opening, borough: str, month: date) -> None:
    """Take a month's statistics, protect them and freeze them."""
    service = opening.service
    with service.app.app_context(), service.tools.running.work() as work:
        taken = commands.take_release(work, borough_gss=borough, month=month)
        final = "final" if taken.final else "provisional"
    click.echo(f"{Period(month).name}: prepared, {final}")
    for meaning in MEANINGS.values():
        click.echo(f"  {meaning.title}")
