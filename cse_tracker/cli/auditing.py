"""The tamper-evident record from the command line: verified, and noted outside the database."""

import sys
from pathlib import Path
from uuid import UUID

import click

from cse_tracker.cli.files import write_new
from cse_tracker.cli.opening import Opening
from cse_tracker.oversight import commands, queries


@click.group()
def audit() -> None:
    """The tamper-evident record of every reading and change."""


@audit.command("verify")
@click.option(
    "--checkpoints",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="A copy of the checkpoints from another place; the file of CSE_TRACKER_CHECKPOINTS where none is named.",
)
@click.pass_obj
def audit_verify(opening: Opening, checkpoints: Path | None) -> None:
    """Verify every entry and row; exit status 1 and the first bad one with its kind where something was changed."""
    service = opening.service
    outside = checkpoints or service.tools.checkpoints
    with opening.work(reading=True) as work:
        total = queries.entries_to_verify(work)
        # Hidden by itself where nobody watches: output that goes to a file stays one line.
        with click.progressbar(length=total, label="Verifying", file=sys.stderr) as bar:
            verdict = queries.verification(work, outside, progress=bar.update)
    if not verdict.intact:
        click.echo(f"broken: {verdict.kind}: {verdict.problem} ({verdict.where})")
        sys.exit(1)
    click.echo(f"intact: {verdict.entries} entries in {verdict.writers} chain(s), {verdict.rows} rows")
    if verdict.checkpoint is None:
        click.echo("there is no checkpoint outside yet, so entries cut off the end would not be seen")
    else:
        click.echo(f"nothing that checkpoint {verdict.checkpoint} has seen is missing")


@audit.command("checkpoint")
@click.option("--to", type=click.Path(path_type=Path, dir_okay=False), help="Another file than the configured one.")
@click.option("--print", "printed", is_flag=True, help="Print the line as well, to be kept on paper or elsewhere.")
@click.pass_obj
def audit_checkpoint(opening: Opening, to: Path | None, *, printed: bool) -> None:
    """Sign the ends of all chains and note them outside the database."""
    service = opening.service
    outside = to or service.tools.checkpoints
    with opening.work(reading=True) as work:
        line = commands.make_checkpoint(work, outside)
    click.echo(line if printed else f"noted in {outside}")


@audit.command("public-key")
@click.pass_obj
def audit_public_key(opening: Opening) -> None:
    """Print the public key that verifies checkpoints (Ed25519, base64)."""
    with opening.work(reading=True) as work:
        click.echo(queries.checkpoint_public_key(work))


@audit.command("export")
@click.option("--case", "typed", required=True, metavar="ID", help="The case's id.", type=click.UUID)
@click.option("--organisation", required=True, help="Who receives it: the organisation.")
@click.option("--person", required=True, help="Who receives it: the person.")
@click.option("--purpose", required=True, help="What it is for.")
@click.option("--legal-basis", required=True, help="By what right.")
@click.option(
    "--to", required=True, type=click.Path(path_type=Path, dir_okay=False), help="A file that is not there yet."
)
@click.pass_obj
def audit_export(
    opening: Opening, *, typed: UUID, organisation: str, person: str, purpose: str, legal_basis: str, to: Path
) -> None:
    """Hand out every entry about a case and its young person, as a zip for a regulator or a court."""
    recipient = commands.Recipient(organisation=organisation, person=person, purpose=purpose, legal_basis=legal_basis)
    with opening.work() as work:
        case = queries.case_for_export(work, typed)
        handout, file = commands.hand_out_trail(work, case, recipient, queries.every_look(work, typed))
        write_new(to, file)
    click.echo(f"handed out: {to}, SHA-256 {handout.body.sha256}")
