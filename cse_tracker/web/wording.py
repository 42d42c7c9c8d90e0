"""Which words that somebody has just written may be read as blame; worked out anew, so that no cookie carries it."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from cse_tracker.assessments.queries import History
from cse_tracker.cases import commands as cases
from cse_tracker.cases.model import Case
from cse_tracker.rulebook.wording import blaming
from cse_tracker.work.unit import Work

JUST_NOW: Final = timedelta(minutes=5)


Text = tuple[UUID | None, datetime, str]


def just_written(work: Work, case: Case, history: History, more: Iterable[Text] = ()) -> list[str]:
    """Say which words of what the actor wrote on this case in the last minutes may be read as blame.

    It stands as it was written: nobody is kept from writing.
    """
    mine = [
        text for by, at, text in (*_written(history), *more) if by == work.actor.user_id and work.now - at <= JUST_NOW
    ]
    if not mine:
        return []
    found = blaming(cases.protocol_of(work, case).document, mine)
    return [f"“{each.phrase}” may be read as blaming the young person. Write instead: {each.instead}" for each in found]


def _written(history: History) -> Iterator[Text]:
    for fact in history.certainty[:1]:
        yield fact.body.recorded_by, fact.body.recorded_at, fact.body.explanation
    for each in history.assessments[:1]:
        body = each.body
        for text in (body.narrative, body.young_person_view, *(seen.evidence for seen in body.observations)):
            yield body.recorded_by, body.recorded_at, text
    for level in history.levels[:1]:
        yield level.body.decided_by, level.body.decided_at, level.body.reason
        yield level.body.decided_by, level.body.decided_at, level.body.override_reason
