"""What tests do with referrals to services."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

from cse_tracker.app import Service as Running
from cse_tracker.cases import queries as case_queries
from cse_tracker.cases.model import Case
from cse_tracker.directory import commands as directory
from cse_tracker.directory.model import Service
from cse_tracker.directory.rules import Entry
from cse_tracker.identity import commands as identity
from cse_tracker.identity import queries as identity_queries
from cse_tracker.outbound import queries
from cse_tracker.outbound.commands import sending
from cse_tracker.outbound.model import OutboundReferral, Plan
from cse_tracker.outbound.rules import Agreement, Section
from cse_tracker.rulebook.terms import AgencyKind
from cse_tracker.sharing.model import Footing
from tests import people
from tests.people import HACKNEY, ISLINGTON, LEAD

SPECIALIST = "specialist@demo.example"
WITH_ACCOUNT = "Safe Steps specialist service"
WITHOUT_ACCOUNT = "Open Door counselling"


def entry(**changes: Any) -> Entry:
    """A filled-in entry of the directory."""
    values: dict[str, Any] = {
        "name": "One-to-one support",
        "description": "Long-term support by one worker.",
        "min_age": 11,
        "max_age": 18,
        "wait_weeks": 3,
        "who_may_refer": "Any professional",
        "how_to_refer": "Through this service",
        "email": "referrals@open-door.example",
        "covers": frozenset({HACKNEY, ISLINGTON}),
        "commissioned_by": frozenset({HACKNEY}),
    }
    return Entry(**{**values, **changes})


def service_of(running: Running, agency: str = WITH_ACCOUNT, **changes: Any) -> UUID:
    """Enter a service, with its agency where that is not there yet."""
    with people.working(running) as work:
        known = {each.name: each for each in identity_queries.agencies(work).values()}
        if agency not in known:
            identity.add_agency(work, name=agency, kind=AgencyKind.VOLUNTARY, borough_gss=None)
    with people.working(running, LEAD) as work:
        return directory.enter(work, identity_queries.agency_named(work, agency), entry(**changes)).id


def plan(**changes: Any) -> Plan:
    """A filled-in plan."""
    values: dict[str, Any] = {
        "asked_for": "Somebody who sees her every week.",
        "needs": ("Somewhere safe to stay", "Back at school"),
        "sections": frozenset({Section.IDENTITY, Section.VIEW}),
        "footing": Footing.SAFEGUARDING,
        "agreement": Agreement.AGREED,
    }
    return Plan(**{**values, **changes})


def prepared(running: Running, case: Case, service_id: UUID, **changes: Any) -> UUID:
    """Draft a referral as the lead officer."""
    with people.working(running, LEAD) as work:
        row = case_queries.open_case(work, case.id, for_change=True)
        service = work.session.get_one(Service, service_id)
        return sending.prepare(work, row.case, service, plan(**changes)).id


def send(running: Running, outbound_id: UUID) -> None:
    """Send a draft."""
    with people.working(running, LEAD) as work:
        outbound = queries.open_outbound(work, outbound_id, for_change=True)
        row = case_queries.open_case(work, outbound.case_id, for_change=True)
        sending.send(work, outbound, row.case, queries.leaving(work, row, outbound.body.plan.sections))


def sent(running: Running, agency: str = WITH_ACCOUNT, **changes: Any) -> UUID:
    """Open a case and refer its young person to a service."""
    case = people.open_case(running)
    outbound_id = prepared(running, case, service_of(running, agency), **changes)
    send(running, outbound_id)
    return outbound_id


def act(running: Running, email: str, outbound_id: UUID, what: Callable[[Any, OutboundReferral], Any]) -> Any:
    """Do something with a referral as somebody."""
    with people.working(running, email) as work:
        return what(work, queries.open_outbound(work, outbound_id, for_change=True))


def look(running: Running, outbound_id: UUID, what: Callable[[OutboundReferral], Any]) -> Any:
    """Read something of a referral as the lead officer."""
    with people.working(running, LEAD) as work:
        return what(queries.open_outbound(work, outbound_id))


SOON = date(2026, 12, 14)
