"""The systems of agencies from the command line: added, given tokens and webhooks, closed."""

from datetime import timedelta
from uuid import UUID

import click

from cse_tracker.cli.opening import Opening
from cse_tracker.identity import queries as identity
from cse_tracker.systems import commands, queries
from cse_tracker.systems.rules import USUAL_LIFE, Scope


@click.group()
def systems() -> None:
    """The systems of partner agencies that use the API."""


@systems.command("add")
@click.option("--agency", required=True, metavar="NAME", help="The agency's name, as it was added.")
@click.option("--name", required=True, help="What the agency calls the system.")
@click.option("--mailbox", required=True, help="A team's address, to which mail about its referrals goes.")
@click.option("--borough", "boroughs", multiple=True, required=True, metavar="GSS", help="Where it refers; repeat it.")
@click.pass_obj
def add(opening: Opening, *, agency: str, name: str, mailbox: str, boroughs: tuple[str, ...]) -> None:
    """Add a system; prints its id."""
    service = opening.service
    with opening.work() as work:
        codes = [identity.borough(work, gss).gss for gss in boroughs]
        found = identity.agency_named(work, agency)
        made = commands.add(
            work, found, name=name.strip(), mailbox=mailbox, boroughs=codes, passwords=service.app.passwords
        )
    click.echo(made.id)


@systems.command("list")
@click.pass_obj
def listing(opening: Opening) -> None:
    """List systems with their tokens and webhooks; no token and no secret is shown."""
    with opening.work(reading=True) as work:
        for system, agency in queries.systems(work):
            closed = " closed" if system.closed_at else ""
            click.echo(f"{system.id} {agency.name}: {system.name}{closed}")
            for token in queries.tokens_of(work, system.id):
                state = "live" if token.is_live(work.now) else "ended"
                click.echo(f"  token {token.id} {state} until {token.expires_at:%Y-%m-%d} {token.scopes_held}")
            for hook in queries.webhooks_of(work, system.id):
                click.echo(f"  webhook {hook.id} {'ended' if hook.ended_at else 'live'} {hook.body.url}")


@systems.command("close")
@click.argument("system", type=click.UUID)
@click.pass_obj
def close(opening: Opening, system: UUID) -> None:
    """Close a system: its tokens and webhooks end at once."""
    with opening.work() as work:
        commands.close(work, queries.system(work, system))
    click.echo("closed")


@click.group()
def tokens() -> None:
    """Tokens of systems: each is shown once, here and nowhere else."""


LIFE = click.option("--days", type=click.IntRange(1, 366), default=USUAL_LIFE.days, show_default=True)


@tokens.command("give")
@click.argument("system", type=click.UUID)
@click.option("--scope", "scopes", multiple=True, required=True, type=click.Choice([scope.value for scope in Scope]))
@LIFE
@click.pass_obj
def give(opening: Opening, system: UUID, *, scopes: tuple[str, ...], days: int) -> None:
    """Give a system a token and print it."""
    with opening.work() as work:
        found = queries.system(work, system)
        token = commands.give_token(work, found, scopes=[Scope(each) for each in scopes], life=timedelta(days=days))
    click.echo(token)


@tokens.command("rotate")
@click.argument("token", type=click.UUID)
@LIFE
@click.pass_obj
def rotate(opening: Opening, token: UUID, *, days: int) -> None:
    """Print a new token of the same scopes; the old one goes on for a week."""
    with opening.work() as work:
        fresh = commands.rotate_token(work, queries.token(work, token), life=timedelta(days=days))
    click.echo(fresh)


@tokens.command("end")
@click.argument("token", type=click.UUID)
@click.pass_obj
def end(opening: Opening, token: UUID) -> None:
    """End a token at once."""
    with opening.work() as work:
        commands.end_token(work, queries.token(work, token))
    click.echo("ended")


@click.group()
def webhooks() -> None:
    """Addresses of systems that are called when something changes."""


@webhooks.command("add")
@click.argument("system", type=click.UUID)
@click.argument("url")
@click.pass_obj
def webhooks_add(opening: Opening, system: UUID, url: str) -> None:
    """Register an address; prints its id and the secret that signs the calls, which is shown once."""
    service = opening.service
    with opening.work() as work:
        found = queries.system(work, system)
        hook, secret = commands.add_webhook(work, found, url=url, plain_allowed=service.settings.demo)
    click.echo(f"{hook.id} {secret}")


@webhooks.command("rotate")
@click.argument("webhook", type=click.UUID)
@click.pass_obj
def webhooks_rotate(opening: Opening, webhook: UUID) -> None:
    """Print a new secret; for a week calls are signed with the old one as well."""
    with opening.work() as work:
        secret = commands.rotate_secret(work, queries.webhook(work, webhook))
    click.echo(secret)


@webhooks.command("end")
@click.argument("webhook", type=click.UUID)
@click.pass_obj
def webhooks_end(opening: Opening, webhook: UUID) -> None:
    """End a webhook: nothing is sent there any more."""
    with opening.work() as work:
        commands.end_webhook(work, queries.webhook(work, webhook))
    click.echo("ended")
