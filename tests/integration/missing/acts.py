"""What lead officers do about missing episodes in tests."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from cse_tracker.app import Service
from cse_tracker.cases import queries as cases
from cse_tracker.duties import queries as duties
from cse_tracker.duties.model import Duty
from cse_tracker.missing import commands, queries
from cse_tracker.missing.model import Account, Asked, Care, Episode, Manner, Offer
from cse_tracker.missing.rules import Kind
from tests import people

BEGAN = datetime(2026, 11, 14, 22, 0, tzinfo=UTC)
BACK = datetime(2026, 11, 15, 14, 5, tzinfo=UTC)


def a_report(**changes: Any) -> commands.Report:
    values: dict[str, Any] = {
        "kind": Kind.MISSING,
        "starts_at": BEGAN,
        "residence": commands.Residence(care=Care.CHILDRENS_HOME, new_home="Elm House"),
        "reported_by": "Night worker, Elm House",
        "circumstances": "Left by the back door after a telephone call.",
    }
    return commands.Report(**{**values, **changes})


def report(service: Service, case_id: UUID, email: str = people.LEAD, **changes: Any) -> Episode:
    with people.working(service, email) as work:
        row = cases.open_case(work, case_id, for_change=True)
        return commands.report(work, row.case, a_report(**changes))


def back(service: Service, episode_id: UUID, at: datetime = BACK) -> None:
    with people.working(service, people.LEAD) as work:
        opened = queries.open_episode(work, episode_id, for_change=True)
        given = commands.Return(ended_at=at, found="Found by the police at a flat.", harm="")
        commands.record_return(work, opened.row.case, opened.episode, given)


def an_offer(at: datetime, **changes: Any) -> Offer:
    values: dict[str, Any] = {
        "offered_at": at,
        "offered_by": "Asha Khan, return interview service",
        "asked": Asked.YOUNG_PERSON,
        "manner": Manner.PHONE,
        "interviewer": "Asha Khan",
        "independent": True,
    }
    return Offer(**{**values, **changes})


def an_account(at: datetime, **changes: Any) -> Account:
    values: dict[str, Any] = {
        "held_at": at,
        "interviewer": "Asha Khan",
        "independent": True,
        "not_independent_reason": "",
        "present": "",
        "told": "Was collected in a silver car.",
        "young_person_view": "Wants to move nearer to her sister.",
        "safety": "",
    }
    return Account(**{**values, **changes})


def owed(service: Service, case_id: UUID) -> list[Duty]:
    with people.working(service, people.LEAD, reading=True) as work:
        return [duty for duty in duties.about(work, case_id) if duty.body.label]


def duties_like(service: Service, case_id: UUID, act: str) -> list[Duty]:
    return [duty for duty in owed(service, case_id) if duty.body.satisfied_by.startswith(act)]


SOON = timedelta(hours=1)
