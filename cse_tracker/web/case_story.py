"""What happened on a case, newest first, as its page tells it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cse_tracker.assessments.model import Assessment, CertaintyFact, LevelDecision
from cse_tracker.assessments.queries import History
from cse_tracker.cases.model import Case
from cse_tracker.identity import queries as identity
from cse_tracker.meetings.model import Meeting
from cse_tracker.web import words
from cse_tracker.work.unit import Work


@dataclass(frozen=True)
class Chapter:
    """One thing that happened."""

    title: str
    by: str
    when: datetime
    text: str

    @property
    def at_iso(self) -> str:
        """The time for machines."""
        return self.when.isoformat(timespec="seconds")

    @property
    def at(self) -> str:
        """The time in words."""
        return words.moment(self.when)

    link: dict[str, str] | None = None


def tell(work: Work, case: Case, history: History, meetings: Iterable[Meeting]) -> list[Chapter]:
    """Tell the story of a case that has been opened."""
    authors = {fact.body.recorded_by for fact in history.certainty}
    authors |= {assessment.body.recorded_by for assessment in history.assessments}
    authors |= {decision.body.decided_by for decision in history.levels} | {case.body.opened_by}
    names: dict[UUID | None, str] = {user_id: name for user_id, name in identity.names(work, authors).items()}  # noqa: C416 - widens the key's type
    chapters = [Chapter("Case opened", names.get(case.body.opened_by, ""), case.head.opened_at, "From a referral.")]
    chapters += [_certainty(fact, names.get(fact.body.recorded_by, "")) for fact in history.certainty]
    chapters += [_assessment(each, names.get(each.body.recorded_by, "")) for each in history.assessments]
    chapters += [_level(decision, names.get(decision.body.decided_by, "")) for decision in history.levels]
    chapters += [_meeting(meeting) for meeting in meetings if meeting.is_held]
    return sorted(chapters, key=lambda chapter: chapter.when, reverse=True)


def _certainty(fact: CertaintyFact, by: str) -> Chapter:
    return Chapter(f"Exploitation {fact.body.certainty.value}", by, fact.body.recorded_at, fact.body.explanation)


def _assessment(assessment: Assessment, by: str) -> Chapter:
    number = len(assessment.body.observations)
    title = f"Assessment {assessment.ordinal}: {number} indicator{'' if number == 1 else 's'}"
    return Chapter(title, by, assessment.body.recorded_at, assessment.body.narrative)


def _level(decision: LevelDecision, by: str) -> Chapter:
    body = decision.body
    override = f"\nNot as suggested, because: {body.override_reason}" if body.override_reason else ""
    return Chapter(f"{body.level_label} decided", by, body.decided_at, body.reason + override)


def _meeting(meeting: Meeting) -> Chapter:
    quorate = "" if meeting.quorate else " (without a quorum)"
    return Chapter(f"{meeting.head.type_label} held{quorate}", "", meeting.starts_at, meeting.body.decisions)
