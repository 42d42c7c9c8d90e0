"""What was shared of a case that has been opened."""

from sqlalchemy import select

from cse_tracker.cases.model import Case
from cse_tracker.sharing.model import SharingRecord
from cse_tracker.work.unit import Work


def of_case(work: Work, case: Case) -> list[SharingRecord]:
    """Give everything that was shared of a case, the latest first."""
    rows = list(work.session.scalars(select(SharingRecord).where(SharingRecord.case_id == case.id)))
    return sorted(rows, key=lambda row: row.body.shared_at, reverse=True)
