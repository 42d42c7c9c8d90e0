"""A walk up to the table: meetings called, confirmed, moved, cancelled and answered, by whoever may and may not."""

from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from datetime import timedelta
from typing import TypeVar
from uuid import UUID, uuid4

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    precondition,
    rule,
)

from cse_tracker.app import Service
from cse_tracker.cases.model import Case
from cse_tracker.invitations import commands as invitations
from cse_tracker.meetings.commands import calling, moving
from cse_tracker.meetings.model import Attendance, Meeting, MeetingState
from cse_tracker.meetings.rules import Reply
from cse_tracker.notifications.model import MessageKind
from cse_tracker.records.keys import unlock
from cse_tracker.rulebook.terms import MeetingFormat
from cse_tracker.work.actor import Actor
from cse_tracker.work.errors import Refused
from cse_tracker.work.unit import Work
from tests.integration.meetings.acts import PLANNING
from tests.integration.meetings.known import REQUIRED, SCHOOL, SPECIALIST, Known
from tests.people import DEPUTY, HEALTH, LEAD, OTHER_LEAD, POLICE
from tests.store import Clock

T = TypeVar("T")
S, A, K = MeetingState, Attendance, MessageKind
REVIEW = "review_meeting"
LEADS = (LEAD, DEPUTY)
EVERYBODY = (*LEADS, POLICE, HEALTH, SCHOOL, SPECIALIST, OTHER_LEAD)
# Mostly who may, so that walks get far; and whoever may not.
WHO = st.sampled_from([LEAD, LEAD, LEAD, DEPUTY, POLICE, OTHER_LEAD])
CHAIRS = st.sampled_from(["", "", POLICE, SPECIALIST, OTHER_LEAD])
WHICH = st.sampled_from([-1, -1, -1, -2])
REASONS = st.sampled_from(["The room is taken", "The room is taken", ""])


class CallingWalk(RuleBasedStateMachine):
    """The meetings of one case, beside them what must be true of each."""

    service: Service
    clock: Clock
    seen: Counter[str]
    who: dict[str, Actor]
    case_id: UUID
    meetings: list[Known]
    owed: set[str]
    clock_ran: bool

    def _pick(self, which: int) -> Known:
        return self.meetings[max(which, -len(self.meetings))]

    def _id(self, email: str) -> UUID | None:
        return self.who[email].user_id if email else None

    def _do(self, who: str, what: Callable[[Work], T], *, expected: bool) -> T | None:
        self.clock_ran = False
        refused = nullcontext() if expected else pytest.raises(Refused)
        with refused, self.service.app.app_context(), self.service.tools.running.work(self.who[who]) as work:
            return what(work)
        return None

    def _with(self, known: Known, who: str, what: Callable[[Work, Meeting], T], *, expected: bool) -> T | None:
        """Do something with a meeting, even as somebody to whom no page would show it."""

        def act(work: Work) -> T:
            meeting = work.session.get_one(Meeting, known.id, with_for_update=True)
            unlock(work.session, [meeting.compartment_id])
            return what(work, meeting)

        return self._do(who, act, expected=expected)

    def _case(self, work: Work) -> Case:
        case = work.session.get_one(Case, self.case_id, with_for_update=True)
        unlock(work.session, [case.compartment_id])
        return case

    def _paper(self, kind: str, days: int, chair: str, invited: tuple[str, ...]) -> calling.Call:
        return calling.Call(
            id=uuid4(), type_key=kind, starts_at=self.clock.now.replace(hour=14) + timedelta(days=days), minutes=60,
            place="Room 4", purpose="Plan together", another=False, chair_id=self._id(chair),
            agency_ids=tuple(self.who[email].agency_id or uuid4() for email in invited),
        )  # fmt: skip

    def _may_call(self, who: str, kind: str, days: int, chair: str, invited: tuple[str, ...]) -> bool:
        called = any(each.state is S.SCHEDULED and each.kind == kind for each in self.meetings)
        able = chair in {"", *LEADS, *invited}
        return who in LEADS and days > 0 and set(invited) >= set(REQUIRED) and able and not called

    @rule(
        who=WHO, days=st.sampled_from([7, 7, 2, 14, -1]), chair=CHAIRS, left_out=st.sampled_from(["", "", "", POLICE])
    )
    def call(self, who: str, days: int, chair: str, left_out: str) -> None:
        invited = tuple(email for email in (*REQUIRED, SPECIALIST) if email != left_out)
        paper = self._paper(PLANNING, days, chair, invited)
        expected = self._may_call(who, PLANNING, days, chair, invited)
        self._do(who, lambda work: calling.schedule(work, self._case(work), paper), expected=expected)
        if expected:
            self.meetings.append(Known(paper.id, PLANNING, S.SCHEDULED, paper.starts_at, chair or who))
            self.meetings[-1].ask(invited)

    @precondition(lambda self: self.meetings)
    @rule(who=WHO, days=st.sampled_from([7, 7, 2, -1]), chair=CHAIRS, which=WHICH)
    def confirm(self, who: str, days: int, chair: str, which: int) -> None:
        known = self._pick(which)
        paper = self._paper(known.kind, days, chair, REQUIRED)
        expected = known.state is S.PROPOSED and self._may_call(who, known.kind, days, chair, REQUIRED)
        self._with(known, who, lambda work, meeting: calling.confirm(work, meeting, paper), expected=expected)
        if expected:
            known.starts, known.minutes, known.chair, known.place = paper.starts_at, 60, chair or who, "Room 4"
            known.ask(REQUIRED)
            self.seen["confirmed"] += 1

    @precondition(lambda self: self.meetings)
    @rule(
        who=WHO, which=WHICH, reason=REASONS,
        change=st.sampled_from(["later", "earlier", "longer", "place", "nothing", "telephone"]),
    )  # fmt: skip
    def move(self, who: str, which: int, change: str, reason: str) -> None:
        known = self._pick(which)
        day = timedelta(days={"later": 1, "earlier": -1}.get(change, 0))
        length = known.minutes + 30 if change == "longer" else known.minutes
        new = moving.NewTime(
            starts_at=known.starts + day, minutes=length, place="Room 5" if change == "place" else known.place,
            link="", format=MeetingFormat.TELEPHONE if change == "telephone" else MeetingFormat.IN_PERSON,
            reason=reason,
        )  # fmt: skip
        material = day != timedelta(0) or length != known.minutes or new.place != known.place
        open_still = known.state in {S.PROPOSED, S.SCHEDULED} and new.starts_at > self.clock.now
        expected = who in LEADS and open_still and (bool(reason) or not material)
        outcome = self._with(known, who, lambda work, meeting: moving.move(work, meeting, new), expected=expected)
        assert outcome == (material if expected else None)
        if expected and material:
            known.starts, known.minutes, known.place = new.starts_at, length, new.place
            known.sequence, known.moves = known.sequence + 1, known.moves + 1
            known.replies = dict.fromkeys(known.invited, Reply.NONE)
            known.letters[K.MEETING_MOVED] += bool(known.invited)
        self.seen.update(["moved" if material else "saved unchanged"] if expected else [])

    @precondition(lambda self: self.meetings)
    @rule(who=WHO, which=WHICH, reason=REASONS)
    def cancel(self, who: str, which: int, reason: str) -> None:
        known = self._pick(which)
        expected = who in LEADS and known.state in {S.PROPOSED, S.SCHEDULED} and bool(reason)
        self._with(known, who, lambda work, meeting: moving.cancel(work, meeting, reason=reason), expected=expected)
        if expected:
            known.state, known.sequence = S.CANCELLED, known.sequence + 1
            known.letters[K.MEETING_CANCELLED] += bool(known.invited)

    @precondition(lambda self: self.meetings)
    @rule(who=st.sampled_from([POLICE, HEALTH, DEPUTY, SPECIALIST, OTHER_LEAD]), reply=st.sampled_from(list(Reply)[1:]),
          said=st.sampled_from(["Sam Field", "Sam Field", ""]))  # fmt: skip
    def answer(self, who: str, reply: Reply, said: str) -> None:
        known = self._pick(-1)
        asked = (LEAD if who == DEPUTY else who) in known.invited
        whole = bool(said) or reply in {Reply.ACCEPTED, Reply.TENTATIVE}
        expected = asked and whole and known.state is S.SCHEDULED and known.starts > self.clock.now
        self._with(
            known, who, expected=expected,
            what=lambda work, meeting: invitations.answer(work, meeting, reply=reply, deputy=said, note=said),
        )  # fmt: skip
        if expected:
            known.replies[LEAD if who == DEPUTY else who] = reply
            self.seen["answered"] += 1
