"""What is known of a case so far: its dated facts, newest first."""

from dataclasses import dataclass

from sqlalchemy import select

from cse_tracker.assessments.model import Assessment, CertaintyFact, LevelDecision
from cse_tracker.cases.model import Case
from cse_tracker.work.unit import Work


@dataclass(frozen=True)
class History:
    """The dated facts of a case, newest first."""

    certainty: tuple[CertaintyFact, ...]
    assessments: tuple[Assessment, ...]
    levels: tuple[LevelDecision, ...]


def history(work: Work, case: Case) -> History:
    """Give the dated facts of a case that has been opened."""
    certainty = work.session.scalars(select(CertaintyFact).where(CertaintyFact.case_id == case.id))
    assessments = work.session.scalars(select(Assessment).where(Assessment.case_id == case.id))
    levels = work.session.scalars(select(LevelDecision).where(LevelDecision.case_id == case.id))
    return History(
        tuple(sorted(certainty, key=lambda row: -row.ordinal)),
        tuple(sorted(assessments, key=lambda row: -row.ordinal)),
        tuple(sorted(levels, key=lambda row: -row.ordinal)),
    )
