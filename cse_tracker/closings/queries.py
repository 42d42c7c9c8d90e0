"""What was proposed about closing a case."""

from uuid import UUID

from sqlalchemy import select

from cse_tracker.access.decisions import require_sight
from cse_tracker.access.matrix import Permission
from cse_tracker.cases.model import Case
from cse_tracker.closings.model import Closing, ClosingState
from cse_tracker.work.errors import NotFound
from cse_tracker.work.unit import Work


def of_case(work: Work, case: Case) -> list[Closing]:
    """Give every proposal on a case that has been opened, the one that waits first, then the latest."""
    rows = list(work.session.scalars(select(Closing).where(Closing.case_id == case.id)))
    return sorted(rows, key=lambda row: (row.state is ClosingState.PROPOSED, row.body.proposed_at), reverse=True)


def open_closing(work: Work, case: Case, closing_id: UUID) -> Closing:
    """Give a proposal of a case that has been opened; NotFound where it is another case's."""
    require_sight(work.actor, Permission.CASE_CLOSE, case)
    closing = work.session.get(Closing, closing_id, with_for_update=True)
    if closing is None or closing.case_id != case.id:
        raise NotFound
    return closing
