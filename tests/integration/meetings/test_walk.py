"""Everybody does everything with meetings in any order: nobody is asked twice, left out or reminded for nothing."""

from collections import Counter
from datetime import timedelta
from itertools import count
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from cse_tracker.app import Service
from cse_tracker.jobs.delivery import deliver_outbox
from cse_tracker.jobs.meetings import let_reminders_fall
from cse_tracker.meetings.model import Attendance
from cse_tracker.meetings.rules import Reply
from tests import people
from tests.integration.meetings import checking
from tests.integration.meetings.acts import PLANNING
from tests.integration.meetings.known import Known, entries
from tests.integration.meetings.walk_called import EVERYBODY, LEADS, A, S
from tests.integration.meetings.walk_held import FULL_TABLE, TO_DRAFT, TOO_FEW, TURNOUT, HoldingWalk
from tests.people import DEPUTY, LEAD, OTHER_LEAD, POLICE
from tests.store import Clock, MailBag

# How far a walk comes before chance takes over. The first is what Hypothesis begins with: everything there is.
WAYS = [
    "on try yes moved try withdrawn try police try on on try on saved try on on try on again shut try on off try",
    "",
    "on",
    "on moved on on",
    "on on on on",
    "on on on on on moved",
]


class Walk(HoldingWalk):
    """What usually comes next, what may never happen, and what must hold after every step."""

    mail: MailBag

    @initialize(way=st.sampled_from(WAYS))
    def begin(self, way: str) -> None:
        self.clock.set(2026, 11, 16)
        case = people.open_case(self.service)
        people.assess(self.service, case, "older_boyfriend")
        people.decide(self.service, case, 2)
        self.case_id = case.id
        self.meetings: list[Known] = []
        self.owed = {PLANNING}
        self.words = count(1)
        self.brought: dict[tuple[UUID, str], tuple[int, str, str]] = {}
        self.clock_ran = False
        for step in way.split():
            self._step(step)
            self.everything_is_as_the_model_says()

    def _step(self, step: str) -> None:
        match step:
            case "moved" | "saved":
                self.move(LEAD, -1, "later" if step == "moved" else "nothing", "The room is taken")
            case "yes":
                self.answer(POLICE, Reply.ACCEPTED, "")
            case "police":
                # Called with a chair who does not come: nobody has chaired it until somebody is named.
                self.call(LEAD, 2, POLICE, "")
                self._hold(LEAD, TOO_FEW)
                self.record(LEAD, -1, TOO_FEW, LEAD)
            case "off" | "withdrawn":
                self.call_off(LEAD, told=step == "off")
            case "again" | "shut":
                self.draft(LEAD, -2)
                self.agree(LEAD, -2)
                if step == "shut":
                    self.close(LEAD, -2)
            case "try":
                self.try_what_may_not_be()
            case _:
                self.go_on(LEAD, FULL_TABLE)

    @rule(hours=st.sampled_from([1, 5, 24, 72]))
    def time_passes(self, hours: int) -> None:
        self.clock.advance(hours=hours)
        with self.service.app.app_context():
            let_reminders_fall(self.service.tools)
        self.clock_ran = True
        with people.working(self.service, reading=True) as work:
            for known in self.meetings:
                if known.state is S.SCHEDULED:
                    known.reminded = checking.reminded(work, known)

    @rule()
    def letters_go_out(self) -> None:
        """Every letter is one about its meeting as it stands: one entry, never an older one, taken back once."""
        before = len(self.mail.sent)
        with self.service.app.app_context():
            deliver_outbox(self.service.tools)
        by_id = {str(known.id): known for known in self.meetings}
        for entry in (entry for letter in self.mail.sent[before:] for entry in entries(letter)):
            # A meeting of an earlier walk may still write to somebody.
            if (known := by_id.get(entry.uid.partition("@")[0])) is None:
                continue
            standing = (known.sequence, "CANCEL" if known.state is S.CANCELLED else "REQUEST", known.starts)
            assert (entry.sequence, entry.method, entry.starts) == standing
            assert entry.to in known.invited
            sequence, method, uid = self.brought.get((known.id, entry.to), (-1, "", entry.uid))
            assert (sequence <= entry.sequence, method != "CANCEL", uid) == (True, True, entry.uid)
            self.brought[known.id, entry.to] = (entry.sequence, entry.method, entry.uid)
            self.seen[entry.method] += 1

    @rule(who=st.sampled_from(LEADS), turnout=TURNOUT)
    def go_on(self, who: str, turnout: tuple[Attendance | None, ...]) -> None:
        """Do what usually comes next with the newest meeting: by chance alone a walk seldom gets far."""
        known = self.meetings[-1] if self.meetings else None
        match known.state if known else S.CLOSED:
            case S.PROPOSED:
                self.confirm(who, 2, "", -1)
            case S.SCHEDULED:
                self._hold(who, turnout)
            case S.HELD_QUORATE | S.HELD_INQUORATE:
                self.draft(who, -1)
            case S.MINUTES_DRAFT if known:
                self.agree(known.chair, -1)
            case S.MINUTES_AGREED:
                self.close(who, -1)
            case _:
                self.call(who, 2, "", "")

    def _hold(self, who: str, turnout: tuple[Attendance | None, ...]) -> None:
        self.answer(POLICE, Reply.ACCEPTED, "")
        while self.meetings[-1].starts > self.clock.now:
            self.time_passes(24)
        self.at_the_table(who, -1, "notes")
        self.record(who, -1, turnout, "")

    @precondition(lambda self: self.meetings)
    @rule()
    def try_what_may_not_be(self) -> None:
        """Each of these is refused wherever the newest meeting stands."""
        known = self.meetings[-1]
        for days, left_out in ((7, POLICE), (-1, "")):
            self.call(LEAD, days, "", left_out)
        self.call(LEAD, 7, OTHER_LEAD, "")
        self.move(LEAD, -1, "later", "")
        self.cancel(LEAD, -1, "")
        self.answer(OTHER_LEAD, Reply.ACCEPTED, "")
        self.answer(POLICE, Reply.DECLINED, "")
        for what in ("stale", "give uninvited"):
            self.at_the_table(LEAD, -1, what)
        self.record(POLICE, -1, FULL_TABLE, "")
        self.record(LEAD, -1, (A.ATTENDED, A.ATTENDED, None, A.ATTENDED), "")
        self.record(LEAD, -1, TOO_FEW, POLICE)
        self.agree(DEPUTY if known.chair == LEAD else LEAD, -1)
        # And these unless it is just their time.
        if known.state is S.SCHEDULED:
            self.call(DEPUTY, 7, "", "") if known.kind == PLANNING else None
        else:
            self.confirm(OTHER_LEAD if known.state is S.PROPOSED else LEAD, 7, "", -1)
            self.record(LEAD, -1, FULL_TABLE, "")
            self.answer(POLICE, Reply.ACCEPTED, "")
        if known.starts - timedelta(days=1) > self.clock.now:
            self.record(LEAD, -1, FULL_TABLE, "")
        if known.state not in TO_DRAFT:
            self.draft(LEAD, -1)
        if known.state not in {S.PROPOSED, S.SCHEDULED}:
            self.cancel(LEAD, -1, "In hospital")
            self.move(LEAD, -1, "later", "The room is taken")
        if known.state is not S.MINUTES_AGREED:
            self.close(LEAD, -1)
        self.seen["tried"] += 1

    @precondition(lambda self: self.meetings)
    @rule(who=st.sampled_from(LEADS), told=st.booleans())
    def call_off(self, who: str, *, told: bool) -> None:
        """Take back what everybody was told of, or nobody yet."""
        if told:
            self.letters_go_out()
        self.cancel(who, -1, "In hospital")
        self.letters_go_out()

    @invariant()
    def everything_is_as_the_model_says(self) -> None:
        if not hasattr(self, "case_id"):
            return
        with people.working(self.service, reading=True) as work:
            for known in self.meetings:
                checking.check(work, known, self.who, clock_ran=self.clock_ran)
            checking.check_duties(work, self.case_id, self.owed, self.meetings)
        self.seen.update(known.state.value for known in self.meetings[-2:])


def walk(service: Service, clock: Clock, mail: MailBag, examples: int, steps: int) -> Counter[str]:
    """Walk, and give how often everything was met."""
    seen: Counter[str] = Counter()
    with service.app.app_context():
        who = {email: people.actor(service, email) for email in EVERYBODY}
    machine = type("MeetingWalk", (Walk,), {"service": service, "clock": clock, "mail": mail, "seen": seen, "who": who})
    run_state_machine_as_test(
        machine, settings=settings(max_examples=examples, stateful_step_count=steps, deadline=None, derandomize=True)
    )
    return seen


def test_no_way_leads_around_invitations_quorum_or_minutes(
    sqlite_service: Service, clock: Clock, mail: MailBag
) -> None:
    # Few walks here; `make soak` walks until everything was met.
    met = walk(sqlite_service, clock, mail, 3, 15)
    assert met.keys() >= {"moved", "REQUEST", "CANCEL", "cancelled", "held_quorate", "agreed", "confirmed"}, met


@pytest.mark.soak
def test_the_same_in_full_size_meets_every_state(sqlite_service: Service, clock: Clock, mail: MailBag) -> None:
    met = walk(sqlite_service, clock, mail, 80, 30)
    every = {state.value for state in S} | {"moved", "saved unchanged", "answered", "confirmed", "agreed again"}
    assert met.keys() >= every | {"REQUEST", "CANCEL"}, met
