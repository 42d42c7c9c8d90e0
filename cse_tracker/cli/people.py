"""Agencies and users from the command line: how a production installation is filled."""

import sys

import click

from cse_tracker.cli.opening import Opening
from cse_tracker.departures import commands as departures
from cse_tracker.identity import commands as identity
from cse_tracker.identity import queries
from cse_tracker.identity.model import PostKind
from cse_tracker.rulebook.terms import AgencyKind
from cse_tracker.work.actor import Role
from cse_tracker.work.errors import RuleBroken
from cse_tracker.work.unit import Work


@click.group()
def agencies() -> None:
    """The organisations that refer, are asked, or are invited."""


@agencies.command("add")
@click.option("--name", required=True, help="As people know it; two agencies cannot bear the same name.")
@click.option("--kind", required=True, type=click.Choice([kind.value for kind in AgencyKind]))
@click.option("--borough", "gss", metavar="GSS", help="Its borough's code; leave it out where it serves several.")
@click.pass_obj
def agencies_add(opening: Opening, name: str, kind: str, gss: str | None) -> None:
    """Add an agency."""
    with opening.work() as work:
        borough_gss = queries.borough(work, gss).gss if gss is not None else None
        identity.add_agency(work, name=_filled("name", name), kind=AgencyKind(kind), borough_gss=borough_gss)
    click.echo(f"added: {name.strip()}")


CONSEQUENCES = (
    ("people", "people can no longer sign in"),
    ("systems", "systems are closed with their tokens and webhooks"),
    ("services", "services are closed"),
    ("outbound", "referrals to its services come back to their lead officers with an alarm"),
    ("undecided", "referrals of its own are still to be decided by their boroughs"),
    ("asked", "of these waited for its answer: their lead officers are alarmed"),
    ("drafts", "drafts were never sent: ask their authors to send them first"),
    ("duties", "open duties stay with it, in their boroughs’ lists: their lead officers must see to them"),
)


@agencies.command("close")
@click.option("--name", required=True, help="The agency's name, as it was added.")
@click.option("--yes", is_flag=True, help="Do it. Without this it is only told what would happen.")
@click.pass_obj
def agencies_close(opening: Opening, *, name: str, yes: bool) -> None:
    """Close an agency: tells what hangs on it, and with --yes closes it. Nothing that waits for it is lost."""
    with opening.work() as work:
        agency = queries.agency_named(work, name.strip())
        if agency.closed_at is not None:
            raise RuleBroken("agency.closed", "This agency is closed")
        foreseen = departures.foresee(work, agency)
        if yes:
            departures.close_agency(work, agency)
    for part, words in CONSEQUENCES:
        number = getattr(foreseen, part)
        if number:
            click.echo(f"{number} {words}")
    click.echo("closed" if yes else "nothing was changed: add --yes to close it")


@click.group()
def users() -> None:
    """The people who may sign in."""


@users.command("add")
@click.option("--email", required=True)
@click.option("--name", required=True)
@click.option("--job-title", required=True)
@click.option("--agency", required=True, metavar="NAME", help="The agency's name, as it was added.")
@click.option("--role", "roles", multiple=True, type=click.Choice([role.value for role in Role]))
@click.option(
    "--borough",
    "boroughs",
    multiple=True,
    metavar="GSS",
    help="Where: once for everything, or once for each --role, in the same order.",
)
@click.option(
    "--post",
    "posts",
    multiple=True,
    type=click.Choice([kind.value for kind in PostKind]),
    help="A post that the user holds for the agency in each borough named.",
)
@click.option("--password-stdin", is_flag=True, help="Read the password from the first line of standard input.")
@click.pass_obj
def users_add(
    opening: Opening,
    *,
    email: str,
    name: str,
    job_title: str,
    agency: str,
    roles: tuple[str, ...],
    boroughs: tuple[str, ...],
    posts: tuple[str, ...],
    password_stdin: bool,
) -> None:
    """Add a user with a first password, roles and posts."""
    pairs = _paired(roles, boroughs, posts)
    name, job_title = _filled("name", name), _filled("job title", job_title)
    service = opening.service
    form = identity.NewUser(name, email, job_title, _password(from_stdin=password_stdin))
    with opening.work() as work:
        user = identity.add_user(work, queries.agency_named(work, agency), form, passwords=service.app.passwords)
        for role, gss in pairs:
            identity.grant(work, user, role=role, borough_gss=queries.borough(work, gss).gss)
        for gss, kind in _posts(work, boroughs, posts):
            identity.fill_post(work, user, kind=kind, borough_gss=gss)
    click.echo(f"added: {email.strip()}")


def _filled(what: str, text: str) -> str:
    if not text.strip():
        code = "command.empty"
        raise RuleBroken(code, f"The {what} must not be empty")
    return text.strip()


def _paired(roles: tuple[str, ...], boroughs: tuple[str, ...], posts: tuple[str, ...]) -> list[tuple[Role, str]]:
    if (roles or posts) and not boroughs:
        code = "command.no_borough"
        raise RuleBroken(code, "Say with --borough where the role or post is held")
    if len(boroughs) > 1 and roles and len(boroughs) != len(roles):
        code = "command.boroughs"
        raise RuleBroken(code, "Give --borough once, or once for each --role")
    if boroughs and not roles and not posts:
        code = "command.nothing_held"
        raise RuleBroken(code, "Say with --role or --post what is held in the borough")
    where = boroughs * len(roles) if len(boroughs) == 1 else boroughs
    # A pair that was typed twice is held once.
    return list(dict.fromkeys((Role(role), gss) for role, gss in zip(roles, where, strict=False)))


def _posts(work: Work, boroughs: tuple[str, ...], posts: tuple[str, ...]) -> list[tuple[str, PostKind]]:
    return [
        (queries.borough(work, gss).gss, PostKind(kind))
        for gss in dict.fromkeys(boroughs)
        for kind in dict.fromkeys(posts)
    ]


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    answer: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return answer
