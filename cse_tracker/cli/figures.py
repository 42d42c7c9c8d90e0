"""Statistics from the command line: taken, audited and listed under the same protection as on the pages."""

import sys
from datetime import MAXYEAR, date

import click

from cse_tracker.cli.opening import Opening
from cse_tracker.disclosure.register import in_words
from cse_tracker.disclosure.release import Rule
from cse_tracker.statistics import commands, register
from cse_tracker.statistics.designs import Design
from cse_tracker.statistics.periods import Period
from cse_tracker.statistics.wordings.numbered import today


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
@click.option("--rule", type=click.Choice([rule.value for rule in Rule]), default=Rule.ROUND_5.value, show_default=True)
@click.option("--reason", default="", help="Why a month that is approved already is revised.")
@click.option("--without-flows", is_flag=True, help="Leave out who came, left and changed in the quarter.")
@click.pass_obj
def prepare(opening: Opening, borough: str, month: date, rule: str, reason: str, *, without_flows: bool) -> None:
    """Count and protect a finished month, and lay it before the lead officer."""
    with opening.work() as work:
        taken = commands.take_release(
            work, borough_gss=borough, month=month, rule=Rule(rule), reason=reason, without_flows=without_flows
        )
        tables = [today().meanings[Design(name)].title for name in taken.body.tables]
        edition = taken.number
    click.echo(f"{Period(month).name}: prepared, edition {edition}; it waits for the lead officer's review")
    for title in tables:
        click.echo(f"  {title}")


@statistics.command()
@click.pass_obj
def audit(opening: Opening) -> None:
    """Attack everything ever published at once; exit status 1 where something can be worked out."""

    def progress(done: int, of: int) -> None:
        if sys.stderr.isatty():
            click.echo(f"\r{done} of {of} numbers", nl=done == of, err=True)

    with opening.work() as work:
        rows = len(register.published(work))
        findings = register.audit_all(work, progress=progress)
    click.echo(
        f"{rows} releases, {findings.examined} numbers: "
        f"{len(findings.exact)} exact, {len(findings.weak)} provably small"
    )
    for leak in findings.leaks:
        click.echo(f"{in_words(leak.name)} follows from:")
        for words in leak.because:
            click.echo(f"  {words}")
    if findings.leaks:
        sys.exit(1)


@statistics.command()
def definitions() -> None:
    """Say what every published number counts."""
    for design in Design:
        click.echo(f"{today().meanings[design].title}\n  {today().meanings[design].counts}")
    click.echo(today().not_held)
