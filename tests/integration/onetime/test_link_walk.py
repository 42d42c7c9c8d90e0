"""Lead officer, manager, service, guesser and clock do everything in any order: a link opens exactly when it should."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from cse_tracker.app import Service as Running
from cse_tracker.onetime import commands, queries
from cse_tracker.onetime.model import OneTimeLink
from cse_tracker.onetime.rules import FREE_TRIES, LINK_LASTS, MOST_TRIES, VISIT_LASTS
from cse_tracker.outbound import queries as outbound_queries
from cse_tracker.outbound.commands import following
from cse_tracker.outbound.model import OutboundReferral
from cse_tracker.work.actor import NOBODY
from cse_tracker.work.errors import NotFound, RuleBroken
from tests import people
from tests.integration.onetime.test_links import issue, opened, posted, token_in
from tests.integration.outbound import acts
from tests.people import MANAGER
from tests.store import Clock, MailBag

WRONG = "0000-0000"
LAST, EARLIER = -1, 0
WHICH = st.sampled_from([LAST, LAST, LAST, EARLIER])


@dataclass
class Known:
    """What the walk knows of one link: its two secrets, and until when each thing holds."""

    token: str
    code: str
    expires_at: datetime
    failures: int = 0
    rests_until: datetime | None = None
    used: bool = False
    ended: bool = False
    visit: str = ""
    visit_until: datetime | None = None


class Walk(RuleBasedStateMachine):
    """The links to one referral, judged by a model that is written from the promises and not from the code."""

    service: Running
    clock: Clock
    mail: MailBag
    service_id: UUID
    case: Any
    openings: list[str]

    @initialize()
    def begin(self) -> None:
        self.outbound_id = acts.prepared(self.service, self.case, self.service_id)
        acts.send(self.service, self.outbound_id)
        self.links: list[Known] = []
        self.live = True

    def _usable(self, link: Known) -> bool:
        rests = link.rests_until is not None and self.clock.now < link.rests_until
        return self.live and not (link.used or link.ended or rests) and self.clock.now < link.expires_at

    def _visited(self, link: Known) -> bool:
        until = link.visit_until
        return self.live and not link.ended and until is not None and self.clock.now < until

    def _end_all(self) -> None:
        for link in self.links:
            link.ended = True

    @rule()
    def issue(self) -> None:
        with nullcontext() if self.live else pytest.raises(RuleBroken):
            code = issue(self.service, self.outbound_id)
            self._end_all()
            (letter,) = posted(self.service, self.mail)
            self.links.append(Known(token_in(letter), code, self.clock.now + LINK_LASTS))

    @rule(which=WHICH)
    def open_with_the_code(self, which: int) -> None:
        if not self.links:
            return
        link = self.links[which]
        usable, visit = self._usable(link), opened(self.service, link.token, link.code)
        assert (visit is not None) == usable
        if visit is not None:
            self.openings.append(link.token)
            link.used, link.visit, link.visit_until = True, visit, self.clock.now + VISIT_LASTS
            assert opened(self.service, link.token, link.code) is None

    @rule(which=WHICH, times=st.integers(1, 4))
    def guess(self, which: int, times: int) -> None:
        for link in self.links[which:][:1] * times:
            usable = self._usable(link)
            assert opened(self.service, link.token, WRONG) is None
            if usable:
                link.failures += 1
                minutes = 2 ** (link.failures - FREE_TRIES) if link.failures >= FREE_TRIES else 0
                link.rests_until = self.clock.now + timedelta(minutes=minutes)
                link.ended = link.failures == MOST_TRIES

    @rule(which=WHICH)
    def try_the_code_of_another_link(self, which: int) -> None:
        if len(self.links) > 1 and not self._usable(self.links[0]):
            assert opened(self.service, self.links[0].token, self.links[which].code) is None

    @rule(which=WHICH)
    def scan(self, which: int) -> None:
        """A mail scanner asks for the page: nothing is used up, as every later step shows."""
        for link in self.links[which:][:1]:
            with self.service.app.app_context(), self.service.tools.running.work(NOBODY, reading=True) as work:
                queries.note_sight(work, link.token)

    @rule(which=WHICH)
    def leave(self, which: int) -> None:
        for link in self.links[which:][:1]:
            if self._visited(link):
                self._visit(link, lambda work, found: commands.leave(work, found.link, found.outbound))
                link.visit_until = self.clock.now

    @rule()
    def end_the_links(self) -> None:
        with people.working(self.service, MANAGER) as work:
            commands.revoke(work, outbound_queries.to_revoke(work, self.outbound_id, for_change=True))
        self._end_all()

    @rule()
    def take_the_referral_back(self) -> None:
        if self.live and len(self.links) > 1:
            with people.working(self.service, MANAGER) as work:
                outbound = outbound_queries.to_revoke(work, self.outbound_id, for_change=True)
                following.revoke(work, outbound, reason="Sent to the wrong service.")
            self.live = False

    @rule(minutes=st.sampled_from([1, 2, 30, 61, 60 * 24, 60 * 24 * 7]))
    def time_passes(self, minutes: int) -> None:
        self.clock.advance(minutes=minutes)

    def _visit(self, link: Known, what: Callable[[Any, queries.Visit], Any]) -> None:
        with self.service.app.app_context(), self.service.tools.running.work(NOBODY) as work:
            found = queries.visit(work, link.visit, for_change=True)
            work.actor = found.actor
            what(work, found)

    @invariant()
    def a_visit_reads_exactly_while_it_lasts(self) -> None:
        for link in [each for each in getattr(self, "links", []) if each.visit]:
            with nullcontext() if self._visited(link) else pytest.raises(NotFound):
                self._visit(link, lambda _, found: self._is_mine(found.outbound))

    def _is_mine(self, outbound: OutboundReferral) -> None:
        assert outbound.id == self.outbound_id

    @invariant()
    def at_most_one_link_is_good_for_anything(self) -> None:
        if not hasattr(self, "links"):
            return
        with people.working(self.service, reading=True) as work:
            rows = work.session.query(OneTimeLink).filter_by(outbound_id=self.outbound_id)
            assert sum(row.ended_at is None for row in rows) == sum(not link.ended for link in self.links) <= 1


def test_every_way_through_a_link(sqlite_service: Running, clock: Clock, mail: MailBag) -> None:
    case, openings = people.open_case(sqlite_service), list[str]()
    prepared = {
        "service": sqlite_service,
        "clock": clock,
        "mail": mail,
        "case": case,
        "service_id": acts.service_of(sqlite_service, acts.WITHOUT_ACCOUNT),
        "openings": openings,
    }
    walk = type("LinkWalk", (Walk,), prepared)
    run_state_machine_as_test(
        walk, settings=settings(max_examples=6, stateful_step_count=16, deadline=None, derandomize=True)
    )
    assert openings
