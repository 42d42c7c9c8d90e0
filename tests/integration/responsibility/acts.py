"""What two boroughs do until it is settled who is responsible."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

from cse_tracker.app import Service
from cse_tracker.cases import queries as case_queries
from cse_tracker.cases.model import Case
from cse_tracker.responsibility import commands, queries
from cse_tracker.responsibility.rules import Footing
from tests import people
from tests.people import HACKNEY, ISLINGTON

LEAD_OF = {HACKNEY: people.LEAD, ISLINGTON: people.OTHER_LEAD}
OTHER = {HACKNEY: ISLINGTON, ISLINGTON: HACKNEY}


def paper(to_gss: str = ISLINGTON, *, is_there_now: bool = True) -> commands.ClaimForm:
    return commands.ClaimForm(
        to_gss=to_gss,
        footing=Footing.LIVES_THERE,
        since=date(2026, 11, 1),
        evidence="Her mother has moved there.",
        summary="Level two. Planning meeting held.",
        is_there_now=is_there_now,
    )


def claim_on(service: Service, case: Case, *, is_there_now: bool = True) -> UUID:
    """Say for the borough that has the case that the other is responsible."""
    with people.working(service, LEAD_OF[case.borough_gss]) as work:
        found = case_queries.open_case(work, case.id, for_change=True).case
        return commands.assert_other(work, found, paper(OTHER[case.borough_gss], is_there_now=is_there_now)).id


def act(service: Service, email: str, claim_id: UUID, what: Callable[..., object], **words: Any) -> None:
    """Do something with a claim as somebody."""
    with people.working(service, email) as work:
        what(work, queries.open_claim(work, claim_id, for_change=True), **words)


def accept(service: Service, claim_id: UUID) -> None:
    act(service, people.OTHER_LEAD, claim_id, commands.accept, note="Yes.")


def take_over(service: Service, claim_id: UUID, person_id: UUID | None = None) -> UUID:
    """Take a case over for Islington; gives the new case's id."""
    with people.working(service, people.OTHER_LEAD) as work:
        claim = queries.open_claim(work, claim_id, for_change=True)
        return commands.take_over(work, claim, person_id=person_id, note="Meeting held on Monday.").id
