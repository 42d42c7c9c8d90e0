"""Asking, looking, reviewing and waiting in any order: three hours, told at once, reviewed by another."""

from collections import Counter
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from cse_tracker.app import Service
from cse_tracker.audit.model import AuditEntry
from cse_tracker.duties import queries as duties
from cse_tracker.emergency import queries
from cse_tracker.emergency.model import EmergencyAccess
from cse_tracker.notifications.model import MessageKind
from cse_tracker.work.errors import Refused
from tests import people
from tests.integration.emergency.test_emergency import ask, review
from tests.integration.referrals.acts import messages
from tests.people import DEPUTY, HEALTH, LEAD, OTHER_LEAD, POLICE
from tests.store import Clock

ASKING = st.sampled_from([HEALTH, HEALTH, LEAD])
# None is whoever asked, so that the walk gets to look at all.
ANYBODY = st.sampled_from([None, None, HEALTH, POLICE, LEAD, DEPUTY, OTHER_LEAD])
LASTS, A_DAY = timedelta(hours=3), timedelta(days=1)


@dataclass
class Known:
    """What the walk knows of one request."""

    row: EmergencyAccess
    by: str
    at: datetime
    found: bool
    used: int = 0
    reviewed: bool = False


class Walk(RuleBasedStateMachine):
    """The requests about one young person, judged by a model that is written from the promises."""

    service: Service
    clock: Clock
    case_id: UUID
    seen: Counter[str]

    @initialize()
    def begin(self) -> None:
        # Yesterday's requests of an earlier walk do not count against today's.
        self.clock.advance(days=2)
        self.asked: list[Known] = []
        self.told = messages(self.service, MessageKind.EMERGENCY_NOTICE)

    @rule(email=ASKING, right=st.sampled_from([True, True, False]), said=st.sampled_from([True, True, True, False]))
    def ask(self, email: str, *, right: bool, said: bool) -> None:
        today = [each for each in self.asked if each.by == email and self.clock.now - each.at < A_DAY]
        changes: dict[str, Any] = {} if right else {"born": date(2012, 3, 4)}
        if not said:
            changes["reason"] = "Urgent."
        allowed = said and len(today) < 3
        with nullcontext() if allowed else pytest.raises(Refused):
            row = ask(self.service, email, **changes)
            assert (row.case_id == self.case_id) if right else (row.case_id is None)
            self.asked.append(Known(row, email, self.clock.now, found=right))
        self.seen["granted" if allowed and right else "nobody found" if allowed else "not asked"] += 1

    @rule(anybody=ANYBODY, which=st.integers(-3, -1))
    def look(self, anybody: str | None, which: int) -> None:
        for known in self.asked[which:][:1]:
            email = anybody or known.by
            lasts = self.clock.now < known.at + LASTS
            allowed = known.found and lasts and known.by == email
            with nullcontext() if allowed else pytest.raises(Refused):
                with people.working(self.service, email, reading=True) as work:
                    assert "older men" not in " ".join(map(str, vars(queries.use(work, known.row.id)).values()))
                known.used += 1
            self.seen["seen" if allowed else "not seen" if lasts else "over"] += 1

    @rule(email=st.sampled_from([LEAD, DEPUTY, HEALTH, OTHER_LEAD]), which=st.integers(-3, -1))
    def review(self, email: str, which: int) -> None:
        for known in self.asked[which:][:1]:
            allowed = known.found and not known.reviewed and email in {LEAD, DEPUTY} and email != known.by
            with nullcontext() if allowed else pytest.raises(Refused):
                review(self.service, known.row, email)
                known.reviewed = True
                self.seen["reviewed"] += 1

    @rule(email=ASKING)
    def go_the_usual_way(self, email: str) -> None:
        """Ask, look, look too late, and try to review one's own; then another reviews."""
        self.ask(email, right=True, said=True)
        self.look(None, -1)
        self.look(POLICE, -1)
        self.time_passes(180)
        self.look(None, -1)
        self.review(email, -1)
        self.review(DEPUTY, -1)

    @rule(minutes=st.sampled_from([1, 90, 179, 180, 60 * 24]))
    def time_passes(self, minutes: int) -> None:
        self.clock.advance(minutes=minutes)

    @invariant()
    def each_granted_one_was_told_at_once_and_stays_owed_until_it_is_reviewed(self) -> None:
        granted = [each for each in self.asked if each.found]
        # Both lead officers are told of each but their own, and of none by which nobody was found.
        told = sum(1 if each.by == LEAD else 2 for each in granted)
        assert messages(self.service, MessageKind.EMERGENCY_NOTICE) - self.told == told
        acts = {each.row.act: each.reviewed for each in granted}
        with people.working(self.service, LEAD, reading=True) as work:
            found = {each.body.satisfied_by: not each.is_open for each in duties.about(work, self.case_id)}
            assert {act: found[act] for act in acts} == acts
            ids = [each.row.id for each in self.asked]
            kept = select(AuditEntry.object_id, AuditEntry.action).where(AuditEntry.object_id.in_(ids))
            entries = Counter((object_id, action) for object_id, action in work.session.execute(kept))
        expected: Counter[tuple[UUID | None, str]] = Counter()
        for each in self.asked:
            numbers = {"asked": 1, "used": each.used, "reviewed": int(each.reviewed)}
            expected += Counter({(each.row.id, f"emergency.{name}"): number for name, number in numbers.items()})
        assert entries == expected


def walk(service: Service, clock: Clock, examples: int) -> Counter[str]:
    """Walk, and give how often each outcome was met."""
    seen: Counter[str] = Counter()
    case_id = people.open_case(service).id
    machine = type("EmergencyWalk", (Walk,), {"service": service, "clock": clock, "case_id": case_id, "seen": seen})
    run_state_machine_as_test(
        machine, settings=settings(max_examples=examples, stateful_step_count=15, deadline=None, derandomize=True)
    )
    return seen


def test_no_way_leads_past_the_three_hours_the_notice_or_the_review(sqlite_service: Service, clock: Clock) -> None:
    assert {"granted", "seen", "not seen", "over", "reviewed"} <= walk(sqlite_service, clock, 6).keys()


@pytest.mark.soak
def test_the_same_in_full_size_meets_every_outcome(sqlite_service: Service, clock: Clock) -> None:
    met = {"granted", "nobody found", "not asked", "seen", "not seen", "over", "reviewed"}
    assert walk(sqlite_service, clock, 120).keys() == met
