"""Protocols from the command line."""

from pathlib import Path

import click

from cse_tracker.cli.opening import Opening
from cse_tracker.identity import queries as identity
from cse_tracker.protocols import commands
from cse_tracker.rulebook.document import InvalidProtocol, ProtocolDocument, parse, template, template_names
from cse_tracker.work.errors import RuleBroken


@click.group()
def protocols() -> None:
    """The rulebooks that boroughs have adopted."""


@protocols.command("adopt")
@click.option("--borough", "gss", required=True, metavar="GSS", help="The borough's code.")
@click.option(
    "--template", "template_name", type=click.Choice(template_names()), help="One that comes with the product."
)
@click.option("--file", type=click.Path(path_type=Path, dir_okay=False), help="One of the borough's own, as YAML.")
@click.pass_obj
def protocols_adopt(opening: Opening, gss: str, template_name: str | None, file: Path | None) -> None:
    """Make a protocol the borough's next version, in force from today; without a choice, the report's template."""
    if template_name is not None and file is not None:
        code = "command.protocol"
        raise RuleBroken(code, "Give --template or --file, not both")
    document = _read(file) if file is not None else template(template_name or "report-2005")
    with opening.work() as work:
        borough, today = identity.borough(work, gss), work.today
        version = commands.adopt(work, document, borough_gss=borough.gss, in_force_from=today)
    click.echo(f"adopted: {document.title}, version {version.number} of {borough.name}, in force from {today}")


def _read(file: Path) -> ProtocolDocument:
    try:
        return parse(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError):
        code = "protocol.unreadable"
        raise RuleBroken(code, f"{file.name} cannot be read") from None
    except InvalidProtocol as problem:
        code = "protocol.invalid"
        raise RuleBroken(code, f"{file.name} is not a protocol: {problem}") from None
