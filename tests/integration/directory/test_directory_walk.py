"""Agencies and boroughs keep the service directory in any order: whoever looks finds what is open, and only that."""

from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from cse_tracker.app import Service as Running
from cse_tracker.directory import commands, queries
from cse_tracker.directory.model import Service
from cse_tracker.directory.rules import Capacity, Entry, Search
from cse_tracker.identity import commands as identity
from cse_tracker.identity import queries as identity_queries
from cse_tracker.rulebook.terms import AgencyKind
from cse_tracker.work.errors import Refused
from cse_tracker.work.unit import Work
from tests import people
from tests.integration.outbound.acts import SPECIALIST, WITH_ACCOUNT, entry
from tests.people import HACKNEY, HEALTH, ISLINGTON, LEAD, OTHER_LEAD

NAMES = st.sampled_from(["One-to-one", "Groups", "Outreach"])
COVERS = st.sampled_from([frozenset({HACKNEY}), frozenset({ISLINGTON}), frozenset({HACKNEY, ISLINGTON})])
ROOM = st.sampled_from(list(Capacity))
KEEPERS = st.sampled_from([LEAD, LEAD, OTHER_LEAD, SPECIALIST, HEALTH])
LEADS = {LEAD: HACKNEY, OTHER_LEAD: ISLINGTON}
SEEN: Counter[str] = Counter()


@dataclass
class Known:
    """What an entry ought to say."""

    agency: str
    entry: Entry
    open: bool = True


def may_keep(email: str, agency: str, covers: frozenset[str]) -> bool:
    """An entry is kept by its own agency, and by who leads a borough that it covers."""
    return (email == SPECIALIST and agency == WITH_ACCOUNT) or LEADS.get(email, "") in covers


class Walk(RuleBasedStateMachine):
    """Two agencies, one with an account, and their services, judged by a model written from the promises."""

    service: Running
    number = 0

    @initialize()
    def begin(self) -> None:
        # Each walk has an agency without an account of its own: one of an earlier walk may be closed.
        type(self).number += 1
        self.other = f"Counselling {self.number}"
        with people.working(self.service) as work:
            identity.add_agency(work, name=self.other, kind=AgencyKind.VOLUNTARY, borough_gss=None)
        self.closed_agencies: set[str] = set()
        self.known: dict[UUID, Known] = {}
        # What earlier walks left of the agency that they share.
        with people.working(self.service, LEAD, reading=True) as work:
            left = [each.service.id for each in queries.every(work)]
        for each in left:
            with people.working(self.service, SPECIALIST) as work:
                found = queries.open_service(work, each, for_change=True)
                if found.agency.name == WITH_ACCOUNT:
                    commands.close(work, found.service)
        with people.working(self.service, LEAD, reading=True) as work:
            agency = identity_queries.agency_named(work, WITH_ACCOUNT)
            for row in work.session.scalars(select(Service).where(Service.agency_id == agency.id)):
                self.known[row.id] = Known(WITH_ACCOUNT, row.entry, open=False)

    def _do(self, email: str | None, what: Callable[[Work], Any], *, allowed: bool) -> Any:
        """Do something in a unit of work of its own; exactly what is not allowed must be refused."""
        with nullcontext() if allowed else pytest.raises(Refused), people.working(self.service, email) as work:
            return what(work)
        return None

    def _named(self, agency: str, name: str) -> UUID | None:
        return next((key for key, each in self.known.items() if (each.agency, each.entry.name) == (agency, name)), None)

    @rule(email=KEEPERS, account=st.booleans(), name=NAMES, covers=COVERS, room=ROOM)
    def enter(self, email: str, account: bool, name: str, covers: frozenset[str], room: Capacity) -> None:  # noqa: FBT001
        agency = WITH_ACCOUNT if account else self.other
        wanted = entry(name=name, covers=covers, commissioned_by=frozenset(), capacity=room)
        there = self._named(agency, name)
        taken = there is not None and self.known[there].open
        allowed = may_keep(email, agency, covers) and agency not in self.closed_agencies and not taken

        def act(work: Work) -> UUID:
            return commands.enter(work, identity_queries.agency_named(work, agency), wanted).id

        made = self._do(email, act, allowed=allowed)
        if made:
            if there is not None:
                assert made == there
                SEEN["opened again"] += 1
            self.known[made] = Known(agency, wanted)
            SEEN["entered"] += 1

    @rule(email=KEEPERS, place=st.integers(0, 5), name=NAMES, covers=COVERS, room=ROOM)
    def keep(self, email: str, place: int, name: str, covers: frozenset[str], room: Capacity) -> None:
        if not self.known:
            return
        service_id, known = list(self.known.items())[place % len(self.known)]
        wanted = entry(name=name, covers=covers, commissioned_by=covers, capacity=room)
        same = self._named(known.agency, name)
        allowed = known.open and may_keep(email, known.agency, known.entry.covers) and same in {None, service_id}

        def act(work: Work) -> None:
            commands.keep(work, queries.open_service(work, service_id, for_change=True).service, wanted)

        self._do(email, act, allowed=allowed)
        if allowed:
            known.entry = wanted
            SEEN["kept"] += 1

    @rule(email=KEEPERS, place=st.integers(0, 5))
    def close(self, email: str, place: int) -> None:
        if not self.known:
            return
        service_id, known = list(self.known.items())[place % len(self.known)]
        allowed = may_keep(email, known.agency, known.entry.covers)

        def act(work: Work) -> None:
            commands.close(work, queries.open_service(work, service_id, for_change=True).service)

        self._do(email, act, allowed=allowed)
        if allowed and known.open:
            known.open = False
            SEEN["closed"] += 1

    @rule(email=st.sampled_from([None, None, LEAD, HEALTH]))
    def close_the_agency(self, email: str | None) -> None:
        def act(work: Work) -> None:
            commands.close_agency(work, identity_queries.agency_named(work, self.other))

        self._do(email, act, allowed=email is None)
        if email is None:
            self.closed_agencies.add(self.other)
            for each in self.known.values():
                each.open &= each.agency != self.other
            SEEN["agency closed"] += 1

    @rule(name=NAMES)
    def take_the_usual_way(self, name: str) -> None:
        """Enter, close and enter again, which a walk by chance seldom comes to."""
        everywhere = frozenset({HACKNEY, ISLINGTON})
        self.enter(SPECIALIST, True, name, everywhere, Capacity.OPEN)  # noqa: FBT003
        there = self._named(WITH_ACCOUNT, name)
        self.close(LEAD, list(self.known).index(there) if there else 0)
        self.enter(SPECIALIST, True, name, everywhere, Capacity.FULL)  # noqa: FBT003

    @invariant()
    def whoever_looks_finds_what_is_open_and_only_that(self) -> None:
        with people.working(self.service, HEALTH, reading=True) as work:
            self._check(work)

    def _check(self, work: Work) -> None:
        ours = {WITH_ACCOUNT, self.other}
        found = {each.service.id: each for each in queries.every(work) if each.agency.name in ours}
        expected = {key: each for key, each in self.known.items() if each.open}
        assert found.keys() == expected.keys()
        assert all(found[key].service.entry == each.entry for key, each in expected.items())
        for gss in (HACKNEY, ISLINGTON):
            asked = {each.service.id for each in queries.search(work, Search(borough_gss=gss, with_room=True))}
            there = {
                key
                for key, each in expected.items()
                if gss in each.entry.covers and each.entry.capacity is not Capacity.FULL
            }
            assert asked & expected.keys() == there
        written = {each.id for each in queries.listed(work)}
        assert written & self.known.keys() == expected.keys()
        # What was closed is still read by whoever was referred to it.
        assert all(queries.open_service(work, key).service.is_open == each.open for key, each in self.known.items())


def walk(service: Running, examples: int) -> Counter[str]:
    """Walk, and give how often each end was met."""
    SEEN.clear()
    machine = type("DirectoryWalk", (Walk,), {"service": service})
    run_state_machine_as_test(
        machine, settings=settings(max_examples=examples, stateful_step_count=15, deadline=None, derandomize=True)
    )
    return SEEN


def test_the_directory_says_what_is_open(sqlite_service: Running) -> None:
    assert {"entered", "closed", "opened again"} <= walk(sqlite_service, 5).keys()


@pytest.mark.soak
def test_the_same_in_full_size_meets_every_end(service: Running) -> None:
    seen = walk(service, 150)
    assert {"entered", "kept", "closed", "opened again", "agency closed"} == seen.keys()
