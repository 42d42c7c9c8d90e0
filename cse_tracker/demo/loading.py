"""Loads the demo: accounts and protocols, then a year of made-up work, through the same commands as everybody."""

from cse_tracker.demo import story
from cse_tracker.demo.accounts import ACCOUNTS, PASSWORD
from cse_tracker.identity import commands as identity
from cse_tracker.identity import queries as identity_queries
from cse_tracker.identity.commands import NewUser
from cse_tracker.identity.model import Agency
from cse_tracker.identity.rules import Passwords
from cse_tracker.protocols import commands as protocols
from cse_tracker.rulebook.document import template
from cse_tracker.work.actor import Actor
from cse_tracker.work.running import Running


def load(running: Running, passwords: Passwords) -> bool:
    """Load everything unless there are agencies already; gives whether it loaded."""
    with running.work(reading=True) as work:
        if identity_queries.agencies(work):
            return False
    actors = load_accounts(running, passwords)
    story.tell(running, actors)
    return True


def load_accounts(running: Running, passwords: Passwords) -> dict[str, Actor]:
    """Load the demo accounts with their agencies, roles and posts, and the protocols; gives the actors by e-mail."""
    actors: dict[str, Actor] = {}
    with running.work() as work:
        agencies: dict[str, Agency] = {}
        for account in ACCOUNTS:
            local = account.kind is not account.kind.SPECIALIST_CSE
            agency = agencies.get(account.agency) or identity.add_agency(
                work, name=account.agency, kind=account.kind, borough_gss=account.borough_gss if local else None
            )
            agencies[account.agency] = agency
            form = NewUser(account.name, account.email, account.job_title, PASSWORD)
            user = identity.add_user(work, agency, form, passwords=passwords)
            for role in account.roles:
                identity.grant(work, user, role=role, borough_gss=account.borough_gss)
            for post in account.posts:
                identity.fill_post(work, user, kind=post, borough_gss=account.borough_gss)
            held = frozenset((role, account.borough_gss) for role in account.roles)
            actors[account.email] = Actor(user.id, agency.id, held)
        start = work.now.date().replace(year=work.now.year - 2)
        for gss in sorted({account.borough_gss for account in ACCOUNTS}):
            protocols.adopt(work, template(), borough_gss=gss, in_force_from=start)
    return actors
