"""What lead officers do in tests about two cases of one young person."""

from typing import Any
from uuid import UUID

from cse_tracker.app import Service
from cse_tracker.cases.model import Case
from cse_tracker.joining import commands, queries
from tests import people


def propose(service: Service, ending: Case, going_on: Case, email: str = people.LEAD) -> UUID:
    with people.working(service, email) as work:
        one, other = queries.side_by_side(work, ending.id, going_on.id, for_change=True)
        return commands.propose(work, one.case, other.case, reason="The school knows her by both names.").id


def agree(service: Service, joining_id: UUID, email: str = people.DEPUTY) -> None:
    with people.working(service, email) as work:
        commands.agree(work, *_opened(work, joining_id))


def refuse(service: Service, joining_id: UUID, email: str = people.DEPUTY) -> None:
    with people.working(service, email) as work:
        joining, ending, _ = _opened(work, joining_id)
        commands.refuse(work, joining, ending, note="They are cousins.")


def undo(service: Service, joining_id: UUID, email: str = people.LEAD) -> None:
    with people.working(service, email) as work:
        commands.undo(work, *_opened(work, joining_id), reason="They are cousins.")


def _opened(work: Any, joining_id: UUID) -> tuple[Any, Case, Case]:
    joining, ending, going_on = queries.open_joining(work, joining_id, for_change=True)
    return joining, ending.case, going_on.case


def join(service: Service, ending: Case, going_on: Case) -> UUID:
    joining_id = propose(service, ending, going_on)
    agree(service, joining_id)
    return joining_id
