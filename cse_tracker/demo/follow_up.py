"""What follows in the story of the demo: what is owed is done, minutes are sent, and the level is looked at again."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from cse_tracker.actions import queries as actions
from cse_tracker.agenda import queries as agenda
from cse_tracker.assessments import commands as assessments
from cse_tracker.cases import commands as cases
from cse_tracker.cases import queries as case_queries
from cse_tracker.demo.stage import Stage, working_time
from cse_tracker.duties import commands as duty_commands
from cse_tracker.duties import queries as duties
from cse_tracker.meetings import queries as meeting_queries
from cse_tracker.meetings.commands import ending
from cse_tracker.minutes import commands as minutes
from cse_tracker.minutes import queries as minute_queries
from cse_tracker.work.unit import Work

WRITTEN_AFTER: Final = timedelta(days=3)
BEFORE_IT_IS_DUE: Final = timedelta(days=4)
REVIEWED: Final = "Looked at again with those who work with the young person. Support goes on, so the level stays."


def do_tasks(stage: Stage, case_id: UUID, at: datetime) -> None:
    """Do everything that is owed on a case."""
    with stage.at(at, stage.cast.lead) as work:
        for duty in duties.about(work, case_id):
            if duty.is_open:
                duty_commands.complete(work, duty.id, note="Discussed with the referrer; plan written.")


def send_minutes(stage: Stage, meeting_id: UUID, case_id: UUID, *, held_at: datetime, now: datetime) -> None:
    """Let minutes be drafted, agreed by the chair and sent, where the meeting is long enough ago."""
    at = working_time(held_at + WRITTEN_AFTER, earlier_than=held_at + WRITTEN_AFTER + timedelta(days=1))
    if at >= now:
        return
    with stage.at(at, stage.cast.lead) as work:
        meeting = meeting_queries.open_meeting(work, meeting_id)
        case = case_queries.open_case(work, case_id).case
        told = agenda.told(work, meeting)
        minutes.draft(work, meeting, told, actions.of_meetings(work, [meeting_id]), [case])
        chair_id = meeting.chair_id
    chair = next((each for each in stage.cast.partners if each.user_id == chair_id), stage.cast.lead)
    with stage.at(at + timedelta(hours=2), chair) as work:
        meeting = meeting_queries.open_meeting(work, meeting_id)
        minutes.agree(work, meeting, minute_queries.versions(work, meeting)[0])
    with stage.at(at + timedelta(hours=3), stage.cast.lead) as work:
        ending.close(work, meeting_queries.open_meeting(work, meeting_id))


def review(stage: Stage, case_id: UUID, *, left_out: bool, now: datetime) -> None:
    """Look at a level again each time that is due, up to today; where `left_out`, the last time was forgotten."""
    with stage.at(now, stage.cast.lead) as work:
        due = _review_due(work, case_id)
    while due is not None and due < now and not (left_out and due > now - timedelta(days=60)):
        at = working_time(due - BEFORE_IT_IS_DUE, earlier_than=now)
        with stage.at(at, stage.cast.lead) as work:
            case = case_queries.open_case(work, case_id, for_change=True).case
            again = assessments.LevelForm(level=case.head.level or 1, reason=REVIEWED)
            assessments.decide_level(work, case, again)
            due = _review_due(work, case_id)


def _review_due(work: Work, case_id: UUID) -> datetime | None:
    found = (duty for duty in duties.about(work, case_id) if duty.is_open)
    return min((duty.due_at for duty in found if duty.body.satisfied_by == cases.LEVEL_REVIEW), default=None)
