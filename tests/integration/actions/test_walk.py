"""Owner, agency asked, lead officers and clock do everything in any order: an action is never lost, nor done twice."""

from collections.abc import Callable
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from cse_tracker.access.decisions import permits
from cse_tracker.access.matrix import Permission
from cse_tracker.actions import commands
from cse_tracker.actions.model import TRANSITIONS, Action, ActionState
from cse_tracker.app import Service as Running
from cse_tracker.duties.model import OPEN as OWED
from cse_tracker.duties.model import Duty, DutyState
from cse_tracker.jobs.deadlines import breach_duties
from cse_tracker.jobs.meetings import let_reminders_fall
from cse_tracker.protocols import queries as protocols
from cse_tracker.records.keys import unlock
from cse_tracker.reminders.model import Reminder, ReminderState
from cse_tracker.rulebook.calendar import LONDON
from cse_tracker.work.actor import Actor
from cse_tracker.work.errors import Refused
from cse_tracker.work.unit import Work
from tests import people
from tests.integration.actions import acts
from tests.people import DEPUTY, HACKNEY, HEALTH, LEAD, OTHER_LEAD, POLICE
from tests.store import Clock

S = ActionState
LEADS = (LEAD, DEPUTY)
EVERYBODY = (POLICE, HEALTH, LEAD, DEPUTY, OTHER_LEAD)
OWNER, ASKED = "whose it is", "whoever was asked"
# Mostly who may, so that walks get far; and whoever may not.
WHO = st.sampled_from([OWNER, OWNER, OWNER, OWNER, LEAD, DEPUTY, POLICE, HEALTH, OTHER_LEAD])
STEERS = st.sampled_from([LEAD, LEAD, DEPUTY, DEPUTY, OWNER])
TO_DO = frozenset({S.PROPOSED, S.AGREED, S.IN_PROGRESS, S.BLOCKED})
SEEN: set[str] = set()


class Walk(RuleBasedStateMachine):
    """The model beside the action: where it stands, whose it is, who was asked, and what fell late."""

    service: Running
    clock: Clock
    meeting_id: UUID
    who: dict[str, Actor]
    agency: dict[str, UUID]

    @initialize(agreed=st.sampled_from([True, True, False]))
    def begin(self, *, agreed: bool) -> None:
        self.action_id = acts.put(self.service, self.meeting_id, self.agency[POLICE], agreed=agreed)
        self.state = S.AGREED if agreed else S.PROPOSED
        self.owner, self.asked, self.done_by = POLICE, "", ""
        self.agreed_on = self._today()
        self.breaches, self.clock_ran = 0, False

    def _today(self) -> date:
        return self.clock.now.astimezone(LONDON).date()

    def _named(self, who: str) -> str:
        # Without an agency that was asked, somebody who was not.
        return {OWNER: self.owner, ASKED: self.asked or HEALTH}.get(who, who)

    def _try(self, who: str, what: Callable[[Work, Action], object], *, expected: bool) -> None:
        self.clock_ran = False
        try:
            with self.service.app.app_context(), self.service.tools.running.work(self.who[who]) as work:
                what(work, work.session.get_one(Action, self.action_id, with_for_update=True))
        except Refused:
            assert not expected
        else:
            assert expected

    def _move(self, who: str, what: Callable[[Work, Action], object], to: ActionState, *, expected: bool) -> None:
        self._try(who, what, expected=expected)
        self.state = to if expected else self.state

    def _owns(self, who: str) -> bool:
        return who == self.owner or who in LEADS

    def _may(self, to: ActionState) -> bool:
        return to in TRANSITIONS[self.state]

    @rule(who=WHO)
    def accept(self, who: str) -> None:
        who = self._named(who)
        self._move(who, commands.accept, S.AGREED, expected=self._owns(who) and self._may(S.AGREED))

    @rule(who=WHO, reason=st.sampled_from(["", "Not ours."]))
    def refuse(self, who: str, reason: str) -> None:
        who = self._named(who)
        expected = self._owns(who) and self.state is S.PROPOSED and bool(reason)
        self._try(who, lambda w, a: commands.refuse(w, a, reason=reason), expected=expected)

    @rule(who=WHO)
    def start(self, who: str) -> None:
        who = self._named(who)
        # What is done goes back only by somebody who saw that it is not.
        expected = self._owns(who) and self.state in {S.AGREED, S.BLOCKED}
        self._move(who, commands.start, S.IN_PROGRESS, expected=expected)

    @rule(who=WHO, reason=st.sampled_from(["", "Nobody is at home.", "Nobody is at home."]))
    def block(self, who: str, reason: str) -> None:
        who = self._named(who)
        expected = self._owns(who) and self._may(S.BLOCKED) and bool(reason)
        self._move(who, lambda w, a: commands.block(w, a, reason=reason), S.BLOCKED, expected=expected)

    @rule(who=WHO, days=st.sampled_from([0, 0, 0, 1, 5, -1]))
    def finish(self, who: str, days: int) -> None:
        who, on = self._named(who), self._today() - timedelta(days=days)
        expected = self._owns(who) and self._may(S.DONE) and self.agreed_on <= on <= self._today()
        self._move(who, lambda w, a: commands.finish(w, a, evidence="Log 12.", done_on=on), S.DONE, expected=expected)
        if expected:
            # Nobody is asked any more to take over what is done.
            SEEN.update({"done while asked"} if self.asked else ())
            self.done_by, self.asked = who, ""

    @rule(who=STEERS)
    def verify(self, who: str) -> None:
        who = self._named(who)
        expected = who in LEADS and self.state is S.DONE and who != self.done_by
        self._move(who, commands.verify, S.VERIFIED, expected=expected)

    @rule(who=STEERS, reason=st.sampled_from(["", "She was not seen.", "She was not seen."]))
    def send_back(self, who: str, reason: str) -> None:
        who = self._named(who)

        def act(work: Work, action: Action) -> None:
            protocol = protocols.in_force(work, HACKNEY)
            commands.send_back(work, action, reason=reason, protocol=protocol, reference="M")

        expected = who in LEADS and self.state is S.DONE and bool(reason)
        self._move(who, act, S.IN_PROGRESS, expected=expected)

    @rule(who=STEERS, reason=st.sampled_from(["", "", "", "", "", "Moved away."]))
    def cancel(self, who: str, reason: str) -> None:
        who = self._named(who)
        expected = who in LEADS and self._may(S.CANCELLED) and bool(reason)
        self._move(who, lambda w, a: commands.cancel(w, a, reason=reason), S.CANCELLED, expected=expected)
        self.asked = "" if expected else self.asked

    @rule(
        who=WHO,
        same=st.sampled_from([False, False, False, True]),
        reason=st.sampled_from(["They know her.", "Moved.", ""]),
        then=st.sampled_from(["", "taken", "left", "done", "done"]),
    )
    def offer(self, who: str, reason: str, then: str, *, same: bool) -> None:
        # Mostly to the agency that does not have it; often answered, or overtaken, before anything else.
        to = self.owner if same else HEALTH if self.owner == POLICE else POLICE
        who, agency = self._named(who), self.agency[to]
        expected = self._owns(who) and self.state in TO_DO and not same and bool(reason)
        self._try(who, lambda w, a: commands.offer(w, a, agency_id=agency, reason=reason), expected=expected)
        self.asked = to if expected else self.asked
        if then == "done":
            self.finish(OWNER, 0)
        elif then:
            self.answer(ASKED, "So.", taken=then == "taken")

    @rule(
        who=st.sampled_from([ASKED, ASKED, OWNER, LEAD]), note=st.sampled_from(["So.", "So.", ""]), taken=st.booleans()
    )
    def answer(self, who: str, note: str, *, taken: bool) -> None:
        who = self._named(who)

        def act(work: Work, action: Action) -> None:
            protocol = protocols.in_force(work, HACKNEY)
            commands.answer_offer(work, action, taken=taken, note=note, reference="M", protocol=protocol)

        expected = bool(self.asked) and who == self.asked and (taken or bool(note))
        self._move(who, act, S.AGREED if taken else self.state, expected=expected)
        if expected:
            self.owner, self.asked = (self.asked if taken else self.owner), ""
            SEEN.add("taken over" if taken else "not taken over")

    @rule(days=st.integers(1, 12))
    def time_passes(self, days: int) -> None:
        self.clock.advance(days=days)
        with self.service.app.app_context():
            breach_duties(self.service.tools)
            let_reminders_fall(self.service.tools)
        self.clock_ran = True

    @invariant()
    def everything_is_as_the_model_says(self) -> None:
        if not hasattr(self, "action_id"):
            return
        SEEN.add(self.state.value)
        with people.working(self.service, reading=True) as work:
            action = work.session.get_one(Action, self.action_id)
            unlock(work.session, [action.compartment_id])
            assert (action.state, action.owner_agency_id) == (self.state, self.agency[self.owner])
            assert action.offered_to_id == (self.agency[self.asked] if self.asked else None)
            self._its_owner_owes_it_exactly_while_it_is_to_be_done(work, action)
            self._nobody_is_chased_for_what_is_over(work)
            # Seen by its agency, by whoever was asked and by who leads.
            seen = {who for who in EVERYBODY if permits(self.who[who], Permission.ACTION_VIEW, action)}
            assert seen == {*LEADS, self.owner, self.asked} - {""}

    def _its_owner_owes_it_exactly_while_it_is_to_be_done(self, work: Work, action: Action) -> None:
        rows = work.session.scalars(select(Duty).where(Duty.about_id == action.about_id))
        duties = [each for each in rows if each.body.satisfied_by == action.act]
        owed = [each for each in duties if each.state in OWED]
        assert [each.owner_agency_id for each in owed] == ([action.owner_agency_id] if self.state in TO_DO else [])
        if owed:
            assert owed[0].id == action.duty_id
            assert owed[0].due_at.astimezone(LONDON).date() == action.body.due_on
            late = self.clock.now > owed[0].due_at
            # One that was taken over late is written down as late once the clock has run.
            assert owed[0].state is (DutyState.BREACHED if late else DutyState.PENDING) or not self.clock_ran
            SEEN.add("overdue" if late else "in time")
        # Whatever becomes of it later: that it was late stays written down.
        breaches = sum(each.breached_at is not None for each in duties)
        assert breaches >= self.breaches
        self.breaches = breaches

    def _nobody_is_chased_for_what_is_over(self, work: Work) -> None:
        rows = select(Reminder).where(Reminder.about_id == self.action_id, Reminder.state == ReminderState.WAITING)
        waiting = work.session.scalars(rows).all()
        if self.state not in TO_DO:
            assert waiting == []


def walk(service: Running, clock: Clock, examples: int, steps: int) -> set[str]:
    """Walk, and give what was met on the way."""
    Walk.service, Walk.clock = service, clock
    Walk.meeting_id = acts.held_meeting(service)
    with service.app.app_context():
        Walk.who = {email: people.actor(service, email) for email in EVERYBODY}
    Walk.agency = {email: acts.agency_of(service, email) for email in EVERYBODY}
    SEEN.clear()
    run_state_machine_as_test(
        Walk, settings=settings(max_examples=examples, stateful_step_count=steps, deadline=None, derandomize=True)
    )
    return set(SEEN)


def test_an_action_is_never_lost(sqlite_service: Running, clock: Clock) -> None:
    # Few walks here; `make soak` walks until everything was met.
    met = walk(sqlite_service, clock, 12, 40)
    assert {"done", "overdue", "taken over"} <= met, met


@pytest.mark.soak
def test_the_same_in_full_size_meets_every_state(sqlite_service: Running, clock: Clock) -> None:
    met = walk(sqlite_service, clock, 60, 40)
    assert met >= {each.value for each in S} | {"overdue", "taken over", "not taken over", "done while asked"}, met
