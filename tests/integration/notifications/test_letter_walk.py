"""Letters are posted, put off, refused and cut off in any order: each comes by day, once, or is put before a person."""

import re
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email.message import EmailMessage
from uuid import UUID, uuid4

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import delete

from cse_tracker.app import Service
from cse_tracker.jobs.delivery import deliver_outbox
from cse_tracker.notifications import commands, posting, queries
from cse_tracker.notifications.mailers import MailFailed
from cse_tracker.notifications.model import MessageKind, MessageState, NoticeChoice, OutgoingMessage
from cse_tracker.notifications.rules import Rhythm
from cse_tracker.rulebook.calendar import LONDON
from cse_tracker.work.retrying import MOST_LETTER_ATTEMPTS
from tests import people
from tests.integration.notifications.test_delivery import RECORDS, PowerCut, outbox
from tests.people import HEALTH, LEAD, POLICE
from tests.store import Clock

READERS = st.sampled_from([POLICE, HEALTH, LEAD])
SPANS = st.sampled_from([timedelta(minutes=1), timedelta(minutes=6), timedelta(hours=3), timedelta(hours=11)])
# Whatever a letter is about stands in its link.
LINKED = re.compile(r"/cases/([0-9a-f-]{36})")
SEEN: Counter[str] = Counter()


@dataclass
class Told:
    """One message: whether it cannot wait, whether its reader may be written to by night, and how often it came."""

    reader: str
    urgent: bool
    by_night: bool
    came: int = 0
    unsure: int = 0


@dataclass
class Post:
    """A mail system that takes, refuses, or takes and is cut off; what it takes it notes with the hour in London."""

    clock: Clock
    does: str
    told: dict[UUID, Told]
    hours: list[tuple[int, Told]] = field(default_factory=list)

    def send(self, message: EmailMessage) -> None:
        """Take a letter or not."""
        if self.does == "refuses":
            raise MailFailed
        about = [UUID(each) for each in LINKED.findall(message.get_content())]
        assert len(about) == len(set(about)) >= 1
        for each in about:
            told = self.told[each]
            self.hours.append((self.clock().astimezone(LONDON).hour, told))
            told.came += 1
            told.unsure += self.does == "is cut off"
        if self.does == "is cut off":
            raise PowerCut


class Walk(RuleBasedStateMachine):
    """An outbox and three readers, judged by a model written from the promises."""

    service: Service
    clock: Clock

    @initialize()
    def begin(self) -> None:
        with people.working(self.service) as work:
            work.session.execute(delete(OutgoingMessage))
            work.session.execute(delete(NoticeChoice))
        self.told: dict[UUID, Told] = {}
        self.nights: set[str] = set()
        self.clock.set(2026, 11, 16, 15)

    @rule(reader=READERS, urgent=st.booleans(), number=st.integers(1, 3))
    def tell(self, reader: str, urgent: bool, number: int) -> None:  # noqa: FBT001
        for _ in range(number):
            about = uuid4()
            self.told[about] = Told(reader, urgent, reader in self.nights)
            with people.working(self.service, reader) as work:
                assert work.actor.user_id is not None
                posting.post(work, [work.actor.user_id], MessageKind.CASE_NOTICE, about, urgent=urgent)

    @rule(reader=READERS, rhythm=st.sampled_from(Rhythm), nights=st.booleans())
    def choose(self, reader: str, rhythm: Rhythm, nights: bool) -> None:  # noqa: FBT001
        with people.working(self.service, reader) as work:
            commands.choose(work, rhythm, nights=nights)
        (self.nights.add if nights else self.nights.discard)(reader)
        for each in self.told.values():
            # What was tried while nights were chosen keeps its time.
            each.by_night |= nights and each.reader == reader

    @rule(span=SPANS)
    def time_passes(self, span: timedelta) -> None:
        self.clock.now += span

    @rule(does=st.sampled_from(["takes", "takes", "refuses", "is cut off"]))
    def deliver(self, does: str) -> None:
        post = Post(self.clock, does, self.told)
        with self.service.app.app_context(), suppress(PowerCut):
            deliver_outbox(replace(self.service.tools, mailer=post))
        for hour, told in post.hours:
            assert told.urgent or told.by_night or 7 <= hour < 20
            SEEN["by night"] += not 7 <= hour < 20
        SEEN[does] += 1

    @rule()
    def twice_cut_off(self) -> None:
        """What a walk by chance seldom comes to: the process dies twice over one letter."""
        self.tell(HEALTH, True, 1)  # noqa: FBT003
        for _ in range(2):
            self.deliver("is cut off")
            self.time_passes(timedelta(minutes=6))

    @rule()
    def a_person_is_asked(self) -> None:
        with people.working(self.service, RECORDS) as work:
            for letter in queries.dead_letters(work):
                told = self.told[letter.message.about_id]
                told.came = told.unsure = 0
                commands.retry(work, letter)
                SEEN["tried again"] += 1

    @invariant()
    def none_comes_twice_but_where_nobody_knows_whether_it_came(self) -> None:
        rows = {row.about_id: row for row in outbox(self.service)}
        assert rows.keys() == self.told.keys()
        for about, told in self.told.items():
            row = rows[about]
            assert told.unsure <= 2
            assert told.came - told.unsure == (row.state is MessageState.SENT)
            assert row.state in {MessageState.WAITING, MessageState.SENT, MessageState.DEAD}
            if row.state is MessageState.DEAD:
                assert told.unsure == 2 or row.attempts >= MOST_LETTER_ATTEMPTS

    def teardown(self) -> None:
        """In the end, with a mail system that takes what it is given, nothing waits any more."""
        for _ in range(6):
            self.clock.now += timedelta(hours=9)
            self.deliver("takes")
        self.none_comes_twice_but_where_nobody_knows_whether_it_came()
        states = Counter(row.state for row in outbox(self.service))
        assert not states[MessageState.WAITING]
        SEEN["sent"] += states[MessageState.SENT]
        SEEN["dead"] += states[MessageState.DEAD]


def walk(service: Service, clock: Clock, examples: int) -> Counter[str]:
    """Walk, and give how often each end was met."""
    SEEN.clear()
    machine = type("LetterWalk", (Walk,), {"service": service, "clock": clock})
    run_state_machine_as_test(
        machine, settings=settings(max_examples=examples, stateful_step_count=15, deadline=None, derandomize=True)
    )
    return SEEN


def test_each_letter_comes_by_day_and_once(sqlite_service: Service, clock: Clock) -> None:
    assert {"takes", "refuses", "is cut off", "sent"} <= walk(sqlite_service, clock, 5).keys()


@pytest.mark.soak
def test_the_same_in_full_size_meets_every_end(service: Service, clock: Clock) -> None:
    seen = walk(service, clock, 100)
    assert all(seen[each] for each in ("takes", "refuses", "is cut off", "sent", "dead", "by night", "tried again"))
