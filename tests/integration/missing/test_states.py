"""Every walk that episodes and their interviews can take: no forbidden state is reached, and never two open at once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from enum import Enum
from itertools import product
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID, uuid4

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from cse_tracker.app import Service, build
from cse_tracker.cases import queries as cases
from cse_tracker.duties import queries as duty_queries
from cse_tracker.duties.model import OPEN, DutyState
from cse_tracker.missing import commands, queries
from cse_tracker.missing.model import (
    INTERVIEW_TRANSITIONS,
    TRANSITIONS,
    Asked,
    Care,
    Episode,
    EpisodeState,
    InterviewState,
    Obstacle,
)
from cse_tracker.missing.queries import OpenedEpisode
from cse_tracker.missing.rules import Kind
from cse_tracker.work.errors import RuleBroken
from cse_tracker.work.unit import Work
from tests import people
from tests.integration.missing import acts
from tests.store import CHEAP, Clock, MailBag, StoreTemplates, reusing

START = datetime(2026, 11, 16, 10, 0, tzinfo=UTC)
HOME = commands.Residence(care=Care.HOME)


class EpisodeWalk(RuleBasedStateMachine):
    """One young person's episodes, recorded in any order at any time; the table and the span rules always hold."""

    service: ClassVar[Service]
    clock: ClassVar[Clock]
    walks: ClassVar[int] = 0

    @initialize()
    def begin(self) -> None:
        self.clock.now = START
        EpisodeWalk.walks += 1
        case = people.open_case(self.service, first_name=f"Walker{EpisodeWalk.walks}", last_name="Made")
        self.case_id: UUID = case.id
        self.states: dict[UUID, tuple[EpisodeState, InterviewState | None]] = {}

    @contextmanager
    def _work(self) -> Iterator[Work]:
        with suppress(RuleBroken), people.working(self.service, people.LEAD) as work:
            yield work

    def _each(self, place: int, act: Callable[[Work, OpenedEpisode], object]) -> None:
        ids = sorted(self.states)
        if ids:
            with self._work() as work:
                act(work, queries.open_episode(work, ids[place % len(ids)], for_change=True))

    @rule(hours=st.sampled_from([1, 5, 80]))
    def time_passes(self, hours: int) -> None:
        self.clock.advance(hours=hours)

    @rule(ago=st.integers(-2, 200), length=st.none() | st.integers(-3, 60), kind=st.sampled_from(Kind))
    def report(self, ago: int, length: int | None, kind: Kind) -> None:
        began = self.clock.now - timedelta(hours=ago)
        ended = None if length is None else began + timedelta(hours=length)
        with suppress(RuleBroken):
            acts.report(self.service, self.case_id, starts_at=began, ended_at=ended, kind=kind, residence=HOME)

    @rule(place=st.integers(0, 9), ago=st.integers(0, 90))
    def comes_back(self, place: int, ago: int) -> None:
        given = commands.Return(ended_at=self.clock.now - timedelta(hours=ago), found="", harm="")
        self._each(place, lambda work, at: commands.record_return(work, at.row.case, at.episode, given))

    @rule(place=st.integers(0, 9), ago=st.integers(0, 90))
    def moves(self, place: int, ago: int) -> None:
        when = self.clock.now - timedelta(hours=ago)
        self._each(
            place, lambda work, at: commands.move_placement(work, at.row.case, at.episode, at=when, residence=HOME)
        )

    @rule(place=st.integers(0, 9), kind=st.sampled_from(Kind))
    def changes(self, place: int, kind: Kind) -> None:
        now = self.clock.now
        self._each(place, lambda work, at: commands.reclassify(work, at.episode, kind=kind, at=now))

    @rule(place=st.integers(0, 9))
    def is_checked(self, place: int) -> None:
        now = self.clock.now
        self._each(place, lambda work, at: commands.record_check(work, at.episode, at=now, by="PC", note="Well."))

    @rule(place=st.integers(0, 9))
    def is_taken_back(self, place: int) -> None:
        self._each(place, lambda work, at: commands.withdraw(work, at.row.case, at.episode, reason="Error."))

    @rule(place=st.integers(0, 9), what=st.sampled_from(["offer", "yes", "no", "setback", "hold", "conclude"]))
    def interview(self, place: int, what: str) -> None:
        now = self.clock.now

        def act(work: Work, at: OpenedEpisode) -> None:
            if at.interview is None:
                return
            episode, interview, case = at.episode, at.interview, at.row.case
            match what:
                case "offer":
                    commands.offer(work, episode, interview, acts.an_offer(now))
                case "yes" | "no":
                    yes = what == "yes"
                    commands.answer(work, episode, interview, accepted=yes, by=Asked.YOUNG_PERSON, note="")
                case "setback":
                    commands.record_setback(work, episode, interview, reason=Obstacle.NO_CONTACT, note="Rang twice.")
                case "hold":
                    commands.hold(work, case, episode, interview, acts.an_account(now))
                case _:
                    commands.conclude(work, case, episode, interview, reason="Offered three times.")

        self._each(place, act)

    @invariant()
    def every_step_is_in_the_tables_and_no_two_overlap(self) -> None:
        if not hasattr(self, "case_id"):
            return
        with people.working(self.service, people.LEAD, reading=True) as work:
            rows = queries.of_case(work, cases.open_case(work, self.case_id).case)
            found = {
                row.episode.id: (row.episode.state, row.interview.body.state if row.interview else None) for row in rows
            }
            spans = [row.episode.head.span for row in rows if row.episode.state is not EpisodeState.WITHDRAWN]
            duties = {duty.body.satisfied_by: duty.state for duty in duty_queries.about(work, self.case_id)}
        for one, (state, interview) in found.items():
            before, asked = self.states.get(one, (EpisodeState.OPEN, None))
            assert state is before or reaches(before, state), (before, state)
            assert interview is asked or asked is None or reaches(asked, interview), (asked, interview)
            self._the_duty_tells_the_same(state, interview, duties.get(f"interview:{one}"))
        assert not any(a.overlaps(b) for i, a in enumerate(spans) for b in spans[i + 1 :] if a.starts_at != a.ends_at)
        assert sum(state is EpisodeState.OPEN for state, _ in found.values()) <= 1
        assert set(self.states) <= set(found)
        self.states = found

    @staticmethod
    def _the_duty_tells_the_same(state: EpisodeState, interview: InterviewState | None, duty: DutyState | None) -> None:
        assert (duty is None) == (interview is None)
        if interview is InterviewState.HELD:
            assert duty in {DutyState.MET, DutyState.MET_LATE}
        elif interview is InterviewState.CONCLUDED:
            assert duty not in {DutyState.MET, DutyState.MET_LATE}
        elif interview is not None and state is not EpisodeState.WITHDRAWN:
            assert duty in OPEN
        if state is EpisodeState.CLOSED:
            assert interview in {InterviewState.HELD, InterviewState.CONCLUDED}


def reaches(before: EpisodeState | InterviewState, after: EpisodeState | InterviewState | None) -> bool:
    """Whether a state follows by steps of the tables: one act may take two, as a check may close an episode at once."""
    tables: dict[Any, frozenset[Any]] = {**TRANSITIONS, **INTERVIEW_TRANSITIONS}
    return after in tables[before] or any(after in tables[step] for step in tables[before])


def test_no_walk_reaches_a_state_that_may_not_be(templates: StoreTemplates, tmp_path: Path) -> None:
    clock = Clock(START)
    with templates.copy("sqlite", tmp_path) as made:
        EpisodeWalk.service = reusing(build(made, now=clock, passwords=CHEAP, mailer=MailBag()))
        EpisodeWalk.clock = clock
        run_state_machine_as_test(
            EpisodeWalk, settings=settings(max_examples=12, stateful_step_count=14, deadline=None)
        )
        EpisodeWalk.service.store.engine.dispose()


def test_every_state_is_in_its_table_and_every_state_can_be_reached() -> None:
    tables: list[tuple[dict[Any, frozenset[Any]], type[Enum], Enum]] = [
        (dict(TRANSITIONS), EpisodeState, EpisodeState.OPEN),
        (dict(INTERVIEW_TRANSITIONS), InterviewState, InterviewState.DUE),
    ]
    for table, kind, first in tables:
        assert set(table) == set(kind)
        seen = {first}
        for _ in kind:
            seen |= {after for state in seen for after in table[state]}
        assert seen == set(kind)


@pytest.mark.parametrize(("before", "after"), list(product(EpisodeState, EpisodeState)))
def test_a_state_follows_exactly_those_that_the_table_names(before: EpisodeState, after: EpisodeState) -> None:
    key = uuid4()
    episode = Episode(borough_gss=people.HACKNEY, case_id=key, person_id=key, compartment_id=key, state=before)
    if after in TRANSITIONS[before]:
        episode.move(after)
        assert episode.state is after
    else:
        with pytest.raises(RuleBroken):
            episode.move(after)
        assert episode.state is before
