"""Loads the demo: accounts and protocols, then a year of made-up work, through the same commands as everybody."""

from typing import Final

from cse_tracker.demo import keeping, long_ago, referred, story, unseen, whereabouts
from cse_tracker.demo.accounts import ACCOUNTS, BOROUGH, PASSWORD
from cse_tracker.identity import commands as identity
from cse_tracker.identity import queries as identity_queries
from cse_tracker.identity.commands import NewUser
from cse_tracker.identity.model import Agency
from cse_tracker.identity.rules import Passwords
from cse_tracker.protocols import commands as protocols
from cse_tracker.rulebook.document import template
from cse_tracker.statistics import agreements
from cse_tracker.statistics import commands as statistics
from cse_tracker.statistics import queries as figures
from cse_tracker.statistics.periods import month_of
from cse_tracker.systems import commands as systems
from cse_tracker.work.actor import Actor, Role
from cse_tracker.work.running import Running

PROTOCOL_YEARS: Final = 8
"""How long the demo's protocol has been in force: longer than its oldest case is ago."""


def load(running: Running, passwords: Passwords) -> bool:
    """Load everything unless there are agencies already; gives whether it loaded."""
    with running.work(reading=True) as work:
        if identity_queries.agencies(work):
            return False
    actors = load_accounts(running, passwords, protocol_years=PROTOCOL_YEARS)
    story.tell(running, actors)
    long_ago.play(running, story.cast_of(actors), actors["deputy@demo.example"])
    whereabouts.play(running, actors["lead@demo.example"], actors["lead.islington@demo.example"])
    keeping.play(running, actors["lead@demo.example"], actors["records@demo.example"])
    referred.play(running, actors["lead@demo.example"], actors["specialist@demo.example"])
    _release_past_months(running, actors)
    unseen.play(running, actors)
    _add_a_system(running, passwords)
    return True


def _add_a_system(running: Running, passwords: Passwords) -> None:
    """Add the system of an agency, without a token: whoever tries the API out gives it one, which is shown once."""
    with running.work() as work:
        school = identity_queries.agency_named(work, "Clapton Park School")
        mailbox = "school.records@demo.example"
        systems.add(work, school, name="School records", mailbox=mailbox, boroughs=[BOROUGH], passwords=passwords)


def _release_past_months(running: Running, actors: dict[str, Actor]) -> None:
    """Take the last three finished months, the earliest first; the lead officer and the manager let all but the last.

    The last one waits for its review, so that a new user meets the cycle.
    """
    lead = next(actor for actor in actors.values() if (Role.LEAD_OFFICER, BOROUGH) in actor.roles)
    manager = next(actor for actor in actors.values() if (Role.MANAGER, BOROUGH) in actor.roles)
    with running.work(manager) as work:
        agreements.sign(work, borough_gss=BOROUGH, paper="Made-up agreement for the demonstration")
    months = [month_of(running.clock())]
    for _ in range(3):
        months.append(months[-1].before)
    for month in reversed(months[1:]):
        with running.work() as work:
            taken = statistics.take_release(work, borough_gss=BOROUGH, month=month.first).id
        if month == months[1]:
            return
        with running.work(lead) as work:
            statistics.review(work, figures.waiting(work, taken))
        with running.work(manager) as work:
            statistics.approve(work, figures.waiting(work, taken))


def load_accounts(running: Running, passwords: Passwords, *, protocol_years: int = 2) -> dict[str, Actor]:
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
        start = work.now.date().replace(year=work.now.year - protocol_years)
        for gss in sorted({account.borough_gss for account in ACCOUNTS}):
            protocols.adopt(work, template(), borough_gss=gss, in_force_from=start)
    return actors
