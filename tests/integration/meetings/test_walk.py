"""Lead officers, agencies, chair and clock do everything with a meeting and its action in any order."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import func, select

from cse_tracker.actions import commands as actions
from cse_tracker.actions.model import TRANSITIONS as ACTION_TRANSITIONS
from cse_tracker.actions.model import Action, ActionState
from cse_tracker.agenda import queries as told
from cse_tracker.app import Service
from cse_tracker.cases import queries as cases
from cse_tracker.duties.model import OPEN as OWED
from cse_tracker.duties.model import Duty
from cse_tracker.jobs.schedule import let_reminders_fall
from cse_tracker.meetings import commands, queries
from cse_tracker.meetings.model import HELD, TRANSITIONS, Attendance, Meeting, MeetingState
from cse_tracker.minutes import commands as minutes
from cse_tracker.minutes import queries as minute_queries
from cse_tracker.protocols import queries as protocols
from cse_tracker.reminders.model import Reminder, ReminderJob, ReminderState
from cse_tracker.rulebook.terms import MeetingFormat
from cse_tracker.work.errors import Refused
from cse_tracker.work.unit import Work
from tests import people
from tests.integration.meetings.acts import schedule_now
from tests.store import Clock

SEEN: set[MeetingState] = set()
DONE: set[ActionState] = set()


class Walk(RuleBasedStateMachine):
    """Whatever is refused changes nothing; whatever is done follows the tables, and nobody is forgotten."""

    service: Service
    clock: Clock
    case_id: UUID

    @initialize()
    def begin(self) -> None:
        with people.working(self.service, people.LEAD) as work:
            meeting = schedule_now(work, cases.open_case(work, self.case_id).case, today=True)
            self.meeting_id, self.agencies = meeting.id, [each.agency_id for each in meeting.invitations]
            self.sequence = 0
        self.state = MeetingState.SCHEDULED
        self.action_id: UUID | None = None
        self.action_state: ActionState | None = None

    def _try(self, email: str, act: Callable[[Work, Meeting], object]) -> bool:
        try:
            with people.working(self.service, email) as work:
                act(work, queries.open_meeting(work, self.meeting_id, for_change=True))
        except Refused:
            return False
        return True

    @rule(
        days=st.integers(0, 4),
        place=st.sampled_from(["Room 4", "Room 5"]),
        who=st.sampled_from([people.LEAD, people.POLICE]),
    )
    def move(self, days: int, place: str, who: str) -> None:
        def act(work: Work, meeting: Meeting) -> bool:
            new = commands.NewTime(
                starts_at=meeting.starts_at + timedelta(days=days), minutes=60, place=place, link="",
                format=MeetingFormat.IN_PERSON, reason="The room is taken",
            )  # fmt: skip
            material = (
                bool(days) or meeting.head.place != place or meeting.ends_at - meeting.starts_at != timedelta(hours=1)
            )
            assert commands.move(work, meeting, new) == material
            self.raises = material
            return material

        self.raises = False
        if self._try(who, act):
            assert who == people.LEAD
            assert self.state is MeetingState.SCHEDULED
            self.sequence += self.raises

    @rule()
    def cancel(self) -> None:
        if self._try(people.LEAD, lambda work, meeting: commands.cancel(work, meeting, reason="In hospital")):
            self._went(MeetingState.CANCELLED)
            self.sequence += 1

    @rule(absent=st.integers(0, 3), with_action=st.booleans(), agreed=st.booleans())
    def hold(self, absent: int, *, with_action: bool, agreed: bool) -> None:
        def act(work: Work, meeting: Meeting) -> None:
            attendance = {
                each.id: (Attendance.ABSENT if at < absent else Attendance.ATTENDED, "")
                for at, each in enumerate(meeting.invitations)
            }
            there = [each for each in meeting.invitations if attendance[each.id][0] is Attendance.ATTENDED]
            action = commands.AgreedAction(
                text="Visit", owner_agency_id=self.agencies[0], due_on=work.today + timedelta(days=2), agreed=agreed
            )
            record = commands.Record(
                attendance=attendance, decisions="Planned", actions=(action,) if with_action else (),
                chair_id=there[0].invited_id,
            )  # fmt: skip
            commands.record_held(work, meeting, cases.open_case(work, self.case_id).case, record)

        if self._try(people.LEAD, act):
            with people.working(self.service, reading=True) as work:
                quorate = work.session.get_one(Meeting, self.meeting_id).state is MeetingState.HELD_QUORATE
                self.action_id = work.session.scalar(select(Action.id).where(Action.meeting_id == self.meeting_id))
            assert quorate == (absent <= 1)
            self._went(MeetingState.HELD_QUORATE if quorate else MeetingState.HELD_INQUORATE)
            self.action_state = (ActionState.AGREED if agreed else ActionState.PROPOSED) if with_action else None

    @rule()
    def draft(self) -> None:
        def act(work: Work, meeting: Meeting) -> None:
            about = [cases.open_case(work, self.case_id).case]
            minutes.draft(work, meeting, told.told(work, meeting), queries.actions_of(work, [meeting]), about)

        if self._try(people.LEAD, act):
            self._went(MeetingState.MINUTES_DRAFT)

    @rule(who=st.sampled_from([people.LEAD, people.POLICE, people.HEALTH]))
    def agree(self, who: str) -> None:
        def act(work: Work, meeting: Meeting) -> None:
            minutes.agree(work, meeting, minute_queries.versions(work, meeting)[0])
            assert work.actor.user_id == meeting.chair_id

        if self.state is MeetingState.MINUTES_DRAFT and self._try(who, act):
            self._went(MeetingState.MINUTES_AGREED)

    @rule()
    def close(self) -> None:
        if self._try(people.LEAD, commands.close):
            self._went(MeetingState.CLOSED)

    @rule(hours=st.sampled_from([1, 20, 50, 100]))
    def wait(self, hours: int) -> None:
        self.clock.advance(hours=hours)
        with self.service.app.app_context():
            let_reminders_fall(self.service.tools)

    @rule(
        act=st.sampled_from(["accept", "refuse", "start", "block", "finish", "verify", "send_back", "cancel"]),
        who=st.sampled_from([people.LEAD, people.DEPUTY, people.POLICE, people.HEALTH]),
    )
    def handle_action(self, act: str, who: str) -> None:
        if self.action_id is None:
            return
        before = self.action_state
        try:
            with people.working(self.service, who) as work:
                action = work.session.get_one(Action, self.action_id, with_for_update=True)
                self._do(work, act, action)
                now = action.state
        except Refused:
            return
        assert before is not None
        assert now is before or now in ACTION_TRANSITIONS[before], (before, now)
        self.action_state = now
        DONE.add(now)

    def _do(self, work: Work, act: str, action: Action) -> None:
        papers: dict[str, dict[str, Any]] = {
            "refuse": {"reason": "Not ours"},
            "block": {"reason": "No warrant"},
            "finish": {"evidence": "Visited", "done_on": work.today},
            "send_back": {
                "reason": "Nobody was there", "reference": "M",
                "protocol": protocols.in_force(work, people.HACKNEY),
            },
            "cancel": {"reason": "Moved away"},
        }  # fmt: skip
        getattr(actions, act)(work, action, **papers.get(act, {}))

    def _went(self, state: MeetingState) -> None:
        assert state in TRANSITIONS[self.state], (self.state, state)
        self.state = state
        SEEN.add(state)

    @invariant()
    def what_stands_is_what_was_done(self) -> None:
        if not hasattr(self, "state"):
            return
        with people.working(self.service, reading=True) as work:
            meeting = work.session.get_one(Meeting, self.meeting_id)
            assert (meeting.state, meeting.calendar_sequence) == (self.state, self.sequence)
            if self.action_id is not None:
                assert work.session.get_one(Action, self.action_id).state is self.action_state

    @invariant()
    def an_action_is_owed_exactly_until_it_is_done_or_cancelled(self) -> None:
        if getattr(self, "action_id", None) is None:
            return
        with people.working(self.service, reading=True) as work:
            action = work.session.get_one(Action, self.action_id)
            owed = work.session.get_one(Duty, action.duty_id).state in OWED
            assert owed == action.is_open
            waiting = self._waiting(work, ReminderJob.ACTION, action.id)
            assert waiting == 0 or action.is_open

    @invariant()
    def minutes_are_owed_from_the_meeting_until_they_are_sent(self) -> None:
        if not hasattr(self, "state"):
            return
        with people.working(self.service, reading=True) as work:
            wanted = select(Duty).where(Duty.about_id == self.case_id, Duty.state.in_(OWED))
            acts = {duty.body.satisfied_by for duty in work.session.scalars(wanted)}
            sent = self.state in {MeetingState.MINUTES_AGREED, MeetingState.CLOSED}
            first = self.state in HELD - {MeetingState.MINUTES_DRAFT} and not sent
            if first or sent:
                assert (f"minutes:{self.meeting_id}" in acts) == (not sent)
            # Nobody is reminded of a meeting that is over, or of one that is not held.
            if self.state is not MeetingState.SCHEDULED:
                assert self._waiting(work, ReminderJob.MEETING, self.meeting_id) == 0

    def _waiting(self, work: Work, job: ReminderJob, about: UUID) -> int:
        wanted = select(func.count()).where(
            Reminder.job == job, Reminder.about_id == about, Reminder.state == ReminderState.WAITING
        )
        return work.session.scalar(wanted) or 0


def test_a_meeting_and_its_action_keep_to_their_tables(
    sqlite_service: Service, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    SEEN.clear()
    DONE.clear()
    monkeypatch.setattr(Walk, "service", sqlite_service, raising=False)
    monkeypatch.setattr(Walk, "clock", clock, raising=False)
    monkeypatch.setattr(Walk, "case_id", people.open_case(sqlite_service).id, raising=False)
    run_state_machine_as_test(
        Walk, settings=settings(max_examples=10, stateful_step_count=16, deadline=None, derandomize=True)
    )
    assert len(SEEN) >= 4, SEEN
    assert len(DONE) >= 2, DONE
