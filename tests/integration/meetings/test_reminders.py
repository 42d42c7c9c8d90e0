"""Reminders as rows: each once, following the meeting, and caught up with after nothing ran."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from cse_tracker.app import Service
from cse_tracker.cases import commands as case_commands
from cse_tracker.cases import queries as cases
from cse_tracker.cases.model import CaseStatus
from cse_tracker.jobs import clock as clocks
from cse_tracker.jobs.job import Daily, Job
from cse_tracker.jobs.meetings import let_reminders_fall
from cse_tracker.meetings import queries
from cse_tracker.meetings.commands import calling, ending, moving
from cse_tracker.notifications.model import MessageKind, OutgoingMessage
from cse_tracker.reminders import commands as reminders
from cse_tracker.reminders.model import Reminder, ReminderJob, ReminderState
from cse_tracker.rulebook.terms import MeetingFormat
from cse_tracker.work import timetable
from cse_tracker.work.errors import Conflict, RuleBroken
from tests import people
from tests.integration.closings import acts as closings
from tests.integration.meetings.acts import hold_now, invited_to, schedule_now
from tests.store import Clock


def called(service: Service) -> UUID:
    """A meeting on Monday 23 November at ten."""
    case = people.open_case(service)
    with people.working(service, people.LEAD) as work:
        return schedule_now(work, cases.open_case(work, case.id, for_change=True).case).id


def move(service: Service, meeting_id: UUID, **by: float) -> None:
    with people.working(service, people.LEAD) as work:
        meeting = queries.open_meeting(work, meeting_id, for_change=True)
        new = moving.NewTime(
            starts_at=meeting.starts_at + timedelta(**by), minutes=60, place="Room 4", link="",
            format=MeetingFormat.IN_PERSON, reason="The room is taken",
        )  # fmt: skip
        moving.move(work, meeting, new)


def rows(service: Service, about: UUID) -> dict[str, tuple[ReminderState, datetime]]:
    with people.working(service, reading=True) as work:
        wanted = select(Reminder).where(Reminder.about_id == about, Reminder.job == ReminderJob.MEETING)
        return {row.period: (row.state, row.due_at) for row in work.session.scalars(wanted)}


def fall(service: Service) -> int:
    with service.app.app_context():
        return let_reminders_fall(service.tools)


def told(service: Service, about: UUID) -> int:
    with people.working(service, reading=True) as work:
        wanted = select(OutgoingMessage).where(
            OutgoingMessage.kind == MessageKind.MEETING_REMINDER, OutgoingMessage.about_id == about
        )
        return len({row.recipient_id for row in work.session.scalars(wanted)})


def test_the_database_refuses_a_second_row_for_one_job_record_and_period(service: Service) -> None:
    meeting_id = called(service)
    period = next(iter(rows(service, meeting_id)))
    with pytest.raises(Conflict), people.working(service) as work:
        work.session.add(
            Reminder(
                job=ReminderJob.MEETING, about_id=meeting_id, period=period, borough_gss=people.HACKNEY, due_at=work.now
            )
        )


def test_reminders_follow_their_meeting_there_and_back(service: Service, clock: Clock) -> None:
    meeting_id = called(service)
    first = rows(service, meeting_id)
    assert sorted(first) == ["two-days@20261123T1000Z", "two-hours@20261123T1000Z"]
    # At nine on the second working day before, and two hours before.
    assert [f"{at:%d %H:%M}" for _, at in sorted(first.values(), key=lambda each: each[1])] == ["19 09:00", "23 08:00"]
    move(service, meeting_id, days=2)
    now = rows(service, meeting_id)
    assert {period for period, (state, _) in now.items() if state is ReminderState.WAITING} == {
        "two-days@20261125T1000Z",
        "two-hours@20261125T1000Z",
    }
    move(service, meeting_id, days=-2)
    back = rows(service, meeting_id)
    assert {period: row for period, row in back.items() if row[0] is ReminderState.WAITING} == first
    clock.set(2026, 11, 19, 9, 1)
    # One of the meeting, and one of each of the four invitations that nobody has answered in two working days.
    assert fall(service) == 5
    assert told(service, meeting_id) >= 4
    assert fall(service) == 0
    # Saved once more without a change: nothing is given again.
    move(service, meeting_id)
    assert fall(service) == 0


def test_after_nothing_ran_the_latest_is_given_and_what_is_over_is_not(sqlite_service: Service, clock: Clock) -> None:
    service = sqlite_service
    soon = called(service)
    clock.set(2026, 11, 23, 9)
    # Both were missed: who is to come in an hour is told once.
    fall(service)
    states = sorted(state.value for state, _ in rows(service, soon).values())
    assert states == ["fired", "lapsed"]
    later = called_again(service, clock)
    clock.set(2026, 12, 20)
    fall(service)
    assert {state for state, _ in rows(service, later).values()} == {ReminderState.LAPSED}
    assert told(service, later) == 0


def called_again(service: Service, clock: Clock) -> UUID:
    clock.set(2026, 11, 24)
    case = people.open_case(service, first_name="Maya", last_name="Osei")
    with people.working(service, people.LEAD) as work:
        return schedule_now(work, cases.open_case(work, case.id, for_change=True).case).id


def test_a_reminder_falls_for_one_of_two_clocks(service: Service, clock: Clock) -> None:
    meeting_id = called(service)
    clock.set(2026, 11, 19, 9, 1)
    with people.working(service, reading=True) as work:
        wanted = select(Reminder.id).where(Reminder.about_id == meeting_id).order_by(Reminder.due_at)
        reminder_id = work.session.scalars(wanted).first()
        assert reminder_id is not None
    given = []
    for _ in range(2):
        with people.working(service) as work:
            given.append(reminders.fall(work, reminder_id))
    assert given == [True, False]
    assert told(service, meeting_id) >= 4


def test_a_day_that_was_missed_is_caught_up_with_once(service: Service, clock: Clock) -> None:
    ran: list[datetime] = []

    def run(_tools: object) -> int:
        ran.append(clock.now)
        return 1

    job = Job("a-daily-job", Daily(hour=4), run)

    def tick(owner: str) -> None:
        vars(clocks)["_tick"](job, service.tools, service.app.app_context, owner)

    tick("one")
    assert len(ran) == 1
    tick("one")
    clock.advance(hours=2)
    tick("one")
    assert len(ran) == 1
    # Nothing runs for three days: once, for the day that it is, by whichever clock is first.
    clock.advance(days=3)
    tick("two")
    tick("two")
    clock.advance(minutes=2)
    tick("one")
    assert len(ran) == 2
    with people.working(service, reading=True) as work:
        last = timetable.last_runs(work.session)["a-daily-job"]
    assert (last.items, last.error) == (1, "")


def test_a_job_that_fails_is_seen_by_its_kind_and_tried_again(service: Service, clock: Clock) -> None:
    fails = [True]

    def run(_tools: object) -> int:
        if fails:
            fails.pop()
            message = "Keira Marsden"
            raise ValueError(message)
        return 3

    job = Job("a-failing-job", Daily(hour=4), run)
    for _ in range(2):
        vars(clocks)["_tick"](job, service.tools, service.app.app_context, "one")
    with people.working(service, reading=True) as work:
        last = timetable.last_runs(work.session)["a-failing-job"]
    assert (last.ended_at, last.error) == (None, "ValueError")
    clock.advance(minutes=11)
    vars(clocks)["_tick"](job, service.tools, service.app.app_context, "one")
    with people.working(service, reading=True) as work:
        assert timetable.last_runs(work.session)["a-failing-job"].items == 3


def put_forward(service: Service) -> tuple[UUID, UUID]:
    """A case, and the review that is put forward after its planning meeting; nobody is invited yet."""
    case = closings.levelled_case(service)
    with people.working(service, people.LEAD) as work:
        row = cases.open_case(work, case.id, for_change=True).case
        call = schedule_now(work, row, today=True)
        held = hold_now(work, call, row, owner=call.invitations[0].agency_id)
        following = ending.propose_next(work, held, [row])
        assert following is not None
        return case.id, following.id


def confirm(service: Service, meeting_id: UUID) -> None:
    with people.working(service, people.LEAD) as work:
        meeting = queries.open_meeting(work, meeting_id, for_change=True)
        call = calling.Call(
            id=meeting.id, type_key=meeting.head.type_key, starts_at=meeting.starts_at, minutes=60, place="Room 4",
            purpose="Review", agency_ids=invited_to(work, meeting.borough_gss),
        )  # fmt: skip
        calling.confirm(work, meeting, call)


def test_a_meeting_that_is_only_put_forward_reminds_nobody_until_it_is_called(
    sqlite_service: Service, clock: Clock
) -> None:
    _, meeting_id = put_forward(sqlite_service)
    clock.advance(hours=2)
    move(sqlite_service, meeting_id, days=1)
    assert rows(sqlite_service, meeting_id) == {}
    confirm(sqlite_service, meeting_id)
    assert {state for state, _ in rows(sqlite_service, meeting_id).values()} == {ReminderState.WAITING}


def test_a_meeting_that_was_put_forward_is_not_called_once_its_case_is_closed(
    sqlite_service: Service, clock: Clock
) -> None:
    case_id, meeting_id = put_forward(sqlite_service)
    clock.advance(hours=2)
    with people.working(sqlite_service, people.LEAD) as work:
        case = cases.open_case(work, case_id, for_change=True).case
        case_commands.move(work, case, CaseStatus.CLOSED, reason="Moved abroad.")
    with pytest.raises(RuleBroken, match="This case is not open any more"):
        confirm(sqlite_service, meeting_id)
    assert rows(sqlite_service, meeting_id) == {}
