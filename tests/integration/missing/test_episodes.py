"""Episodes and return interviews through the commands, on both databases."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from cse_tracker.app import Service
from cse_tracker.cases import queries as cases
from cse_tracker.cases.model import CaseStatus
from cse_tracker.casework import commands as casework
from cse_tracker.casework.model import CaseEntry
from cse_tracker.casework.rules import Placement
from cse_tracker.duties.model import DutyState
from cse_tracker.jobs.deadlines import breach_duties, end_episodes_at_eighteen
from cse_tracker.jobs.job import Tools
from cse_tracker.missing import commands, queries
from cse_tracker.missing.model import Asked, Care, EpisodeState, InterviewState
from cse_tracker.missing.rules import Kind, eighteenth_birthday
from cse_tracker.work.errors import NotFound, NotPermitted, RuleBroken
from tests import people
from tests.integration.missing import acts
from tests.integration.missing.acts import BACK, BEGAN
from tests.store import Clock


def run(service: Service, job: Callable[[Tools], int]) -> int:
    with service.app.app_context():
        return job(service.tools)


def test_the_interview_is_due_72_clock_hours_after_the_return_and_only_holding_it_meets_that(
    service: Service, clock: Clock
) -> None:
    case = people.open_case(service)
    episode = acts.report(service, case.id)
    acts.back(service, episode.id)
    (duty,) = acts.duties_like(service, case.id, "interview:")
    assert duty.due_at == BACK + timedelta(hours=72)
    assert "72 hours" in duty.body.sentence
    with people.working(service, people.LEAD) as work:
        opened = queries.open_episode(work, episode.id, for_change=True)
        assert opened.interview is not None
        commands.offer(work, opened.episode, opened.interview, acts.an_offer(BACK))
        commands.answer(work, opened.episode, opened.interview, accepted=True, by=Asked.YOUNG_PERSON, note="Yes.")
    assert acts.duties_like(service, case.id, "interview:")[0].state is DutyState.PENDING
    clock.advance(hours=3)
    with people.working(service, people.LEAD) as work:
        opened = queries.open_episode(work, episode.id, for_change=True)
        assert opened.interview is not None
        commands.hold(work, opened.row.case, opened.episode, opened.interview, acts.an_account(clock.now))
    assert acts.duties_like(service, case.id, "interview:")[0].state is DutyState.MET


def test_a_refusal_leaves_the_duty_open_until_it_is_given_up_and_a_breach_is_never_wiped_out(
    service: Service, clock: Clock
) -> None:
    case = people.open_case(service)
    first, second = acts.report(service, case.id), None
    acts.back(service, first.id)
    clock.advance(days=4)
    run(service, breach_duties)
    second = acts.report(service, case.id, starts_at=clock.now - timedelta(hours=9), ended_at=clock.now)
    for episode in (first, second):
        with people.working(service, people.LEAD) as work:
            opened = queries.open_episode(work, episode.id, for_change=True)
            assert opened.interview is not None
            commands.offer(work, opened.episode, opened.interview, acts.an_offer(clock.now))
            commands.answer(work, opened.episode, opened.interview, accepted=False, by=Asked.CARER, note="Not now.")
        states = {duty.state for duty in acts.duties_like(service, case.id, f"interview:{episode.id}")}
        assert states <= {DutyState.PENDING, DutyState.BREACHED}
        with people.working(service, people.LEAD) as work:
            opened = queries.open_episode(work, episode.id, for_change=True)
            assert opened.interview is not None
            commands.conclude(work, opened.row.case, opened.episode, opened.interview, reason="Offered twice.")
    late, early = (acts.duties_like(service, case.id, f"interview:{each.id}")[0] for each in (first, second))
    assert (late.state, late.was_late) == (DutyState.VOID, True)
    assert (early.state, early.was_late) == (DutyState.VOID, False)


def test_an_episode_long_over_can_be_recorded_while_another_is_open(service: Service, clock: Clock) -> None:
    case = people.open_case(service)
    acts.report(service, case.id)
    ended = clock.now - timedelta(days=20)
    past = acts.report(service, case.id, starts_at=ended - timedelta(hours=9), ended_at=ended)
    assert past.state is EpisodeState.RETURNED
    assert acts.duties_like(service, case.id, f"interview:{past.id}")[0].is_open


def test_going_missing_asks_for_one_fresh_look_at_the_level_and_a_decision_meets_it(
    service: Service, clock: Clock
) -> None:
    case = people.open_case(service)
    acts.report(service, case.id, ended_at=BACK)
    assert acts.duties_like(service, case.id, "level:again") == []
    people.assess(service, case, "missing_once", "older_boyfriend")
    people.decide(service, case, 2)
    clock.advance(hours=5)
    for hours in (3, 1):
        ended = clock.now - timedelta(hours=hours - 1)
        acts.report(service, case.id, starts_at=clock.now - timedelta(hours=hours), ended_at=ended)
    (duty,) = acts.duties_like(service, case.id, "level:again")
    assert duty.state is DutyState.PENDING
    people.decide(service, case, 3, "Missing again.")
    assert acts.duties_like(service, case.id, "level:again")[0].state is DutyState.MET


def test_while_missing_the_manager_is_told_and_a_strategy_meeting_is_due_until_they_are_back(service: Service) -> None:
    case = people.open_case(service)
    episode = acts.report(service, case.id)
    (told,) = acts.duties_like(service, case.id, "task:missing_notify")
    assert told.due_at == BEGAN + timedelta(hours=24)
    acts.back(service, episode.id)
    (meeting,) = acts.duties_like(service, case.id, "task:missing_strat")
    assert meeting.state is DutyState.VOID
    assert acts.duties_like(service, case.id, "task:missing_notify")[0].state is DutyState.PENDING


def test_overlapping_backwards_and_second_open_episodes_are_refused(service: Service) -> None:
    case = people.open_case(service)
    acts.report(service, case.id, ended_at=BACK)
    refusals: list[tuple[str, dict[str, Any]]] = [
        ("missing.overlap", {"starts_at": BEGAN + timedelta(hours=1), "ended_at": BACK}),
        ("missing.overlap", {"starts_at": BEGAN - timedelta(hours=1)}),
        ("missing.backwards", {"starts_at": BACK + timedelta(hours=2), "ended_at": BACK + timedelta(hours=1)}),
        ("missing.future", {"starts_at": BACK + timedelta(days=9)}),
    ]
    for code, changes in refusals:
        with pytest.raises(RuleBroken) as refused:
            acts.report(service, case.id, **changes)
        assert refused.value.code == code
    acts.report(service, case.id, starts_at=BACK)
    with pytest.raises(RuleBroken, match="still open"):
        acts.report(service, case.id, starts_at=BACK + timedelta(hours=1))


def test_the_database_itself_refuses_a_second_open_episode_of_one_young_person(service: Service) -> None:
    case = people.open_case(service)
    acts.report(service, case.id, ended_at=BACK)
    acts.report(service, case.id, starts_at=BACK)
    with pytest.raises(IntegrityError), service.store.engine.begin() as connection:
        connection.execute(text("UPDATE missing_episode SET state = 'open'"))
    with pytest.raises(IntegrityError), service.store.engine.begin() as connection:
        connection.execute(text("UPDATE missing_episode SET state = 'lost'"))


def test_missing_becomes_away_and_both_stretches_are_kept(service: Service) -> None:
    case = people.open_case(service)
    episode = acts.report(service, case.id)
    with people.working(service, people.LEAD) as work:
        opened = queries.open_episode(work, episode.id, for_change=True)
        commands.reclassify(work, opened.episode, kind=Kind.AWAY, at=BEGAN + timedelta(hours=2))
        for kind, at, code in (
            (Kind.AWAY, BACK, "missing.same"),
            (Kind.MISSING, BEGAN, "missing.backwards"),
            (Kind.MISSING, work.now + timedelta(seconds=1), "missing.future"),
        ):
            with pytest.raises(RuleBroken) as refused:
                commands.reclassify(work, opened.episode, kind=kind, at=at)
            assert refused.value.code == code
    with people.working(service, people.LEAD, reading=True) as work:
        head = queries.open_episode(work, episode.id).episode.head
    assert [each.kind for each in head.intervals] == [Kind.MISSING, Kind.AWAY]
    assert (head.kind, head.ever_missing) == (Kind.AWAY, Kind.MISSING)


def test_a_change_of_placement_splits_the_episode_without_a_gap(service: Service) -> None:
    case = people.open_case(service)
    episode = acts.report(service, case.id)
    with people.working(service, people.LEAD) as work:
        opened = queries.open_episode(work, episode.id, for_change=True)
        following = commands.move_placement(
            work, opened.row.case, opened.episode, at=BACK, residence=commands.Residence(care=Care.FOSTER)
        )
    with people.working(service, people.LEAD, reading=True) as work:
        first = queries.open_episode(work, episode.id)
        second = queries.open_episode(work, following.id)
        assert (first.episode.state, first.interview, first.episode.head.ended_at) == (EpisodeState.MOVED, None, BACK)
        assert (second.episode.is_open, second.episode.head.starts_at, second.home) == (True, BACK, "")
    assert len(acts.duties_like(service, case.id, "interview:")) == 0


def test_an_open_episode_ends_with_the_eighteenth_birthday_and_is_shown_as_still_missing(
    service: Service, clock: Clock
) -> None:
    born = date(2008, 11, 17)
    case = people.open_case(service, born=born)
    other = people.open_case(service, first_name="Amal", last_name="Reed")
    episode = acts.report(service, case.id)
    acts.report(service, other.id)
    clock.set(2026, 11, 16, 23, 59)
    assert run(service, end_episodes_at_eighteen) == 0
    clock.set(2026, 11, 17, 4, 0)
    assert run(service, end_episodes_at_eighteen) == 1
    assert run(service, end_episodes_at_eighteen) == 0
    with people.working(service, people.LEAD, reading=True) as work:
        found = queries.open_episode(work, episode.id).episode
        assert (found.state, found.head.ended_at) == (EpisodeState.CLOSED_AT_18, eighteenth_birthday(born))


def test_an_interviewer_who_is_not_independent_needs_a_reason(sqlite_service: Service) -> None:
    case = people.open_case(sqlite_service)
    episode = acts.report(sqlite_service, case.id, ended_at=BACK)
    with people.working(sqlite_service, people.LEAD) as work:
        opened = queries.open_episode(work, episode.id, for_change=True)
        assert opened.interview is not None
        given = acts.an_offer(BACK, independent=False)
        with pytest.raises(RuleBroken) as refused:
            commands.offer(work, opened.episode, opened.interview, given)
        assert refused.value.field == "not_independent_reason"
        commands.offer(work, opened.episode, opened.interview, replace(given, not_independent_reason="She asked."))
        for at, code in ((BACK - timedelta(minutes=1), "interview.early"), (work.now + acts.SOON, "interview.future")):
            with pytest.raises(RuleBroken) as refused:
                commands.hold(work, opened.row.case, opened.episode, opened.interview, acts.an_account(at))
            assert refused.value.code == code


def test_an_episode_recorded_in_error_no_longer_counts_nor_stands_in_the_way(service: Service) -> None:
    case = people.open_case(service)
    episode = acts.report(service, case.id)
    with people.working(service, people.LEAD) as work:
        opened = queries.open_episode(work, episode.id, for_change=True)
        commands.withdraw(work, opened.row.case, opened.episode, reason="It was her sister.")
    assert all(not duty.is_open for duty in acts.duties_like(service, case.id, "task:missing_s"))
    acts.report(service, case.id)
    with people.working(service, people.LEAD, reading=True) as work:
        assert queries.overview(work).total.episodes == 1


def test_counts_by_young_person_home_and_month_come_only_from_cases_in_sight(service: Service, clock: Clock) -> None:
    one, two = people.open_case(service), people.open_case(service, first_name="Amal", last_name="Reed")
    far = people.refer(service, people.OTHER_LEAD, borough_gss=people.ISLINGTON, first_name="Far", last_name="Away")
    elsewhere = people.accept(service, far, people.OTHER_LEAD)
    acts.report(service, one.id, ended_at=BACK)
    elm = commands.Residence(care=Care.CHILDRENS_HOME, new_home="  elm   house ")
    october = clock.now - timedelta(days=30)
    acts.report(service, one.id, starts_at=october, ended_at=october + acts.SOON, residence=elm)
    old = clock.now - timedelta(days=100)
    home = commands.Residence(care=Care.HOME)
    acts.report(service, two.id, starts_at=old, ended_at=old + acts.SOON, residence=home, kind=Kind.AWAY)
    years_ago = clock.now - timedelta(days=400)
    acts.report(service, two.id, starts_at=years_ago, ended_at=years_ago + acts.SOON)
    acts.report(service, elsewhere.id, people.OTHER_LEAD)
    with people.working(service, people.LEAD, reading=True) as work:
        found = queries.overview(work)
        assert [(each.label, each.figures.episodes) for each in found.homes] == [("Elm House", 2)]
        people_seen = [(each.label, each.figures.episodes, each.recent) for each in found.young_people]
    assert people_seen == [("Keira Marsh", 2, 2), ("Amal Reed", 1, 0)]
    assert found.missing_now == ()
    months = {month: figures.episodes for month, figures in found.months if figures.episodes}
    assert months == {date(2026, 8, 1): 1, date(2026, 10, 1): 1, date(2026, 11, 1): 1}
    assert (found.total.missing, found.total.away) == (2, 1)
    with people.working(service, people.OTHER_LEAD, reading=True) as work:
        assert [row.person.head.first_name for _, row in queries.overview(work).missing_now] == ["Far"]


def test_nobody_else_sees_or_records_an_episode(service: Service) -> None:
    case = people.open_case(service)
    episode = acts.report(service, case.id)
    for email in (people.OTHER_LEAD, people.POLICE, people.MANAGER):
        with pytest.raises(NotFound), people.working(service, email) as work:
            queries.open_episode(work, episode.id)
        with pytest.raises(NotPermitted), people.working(service, email) as work:
            commands.withdraw(work, case, work.session.get_one(type(episode), episode.id), reason="No.")
    with pytest.raises(NotPermitted), people.working(service, people.POLICE) as work:
        queries.overview(work)


def test_the_same_form_sent_twice_is_one_episode(service: Service) -> None:
    case = people.open_case(service)
    once = case.id
    assert acts.report(service, case.id, once=once).id == acts.report(service, case.id, once=once).id
    with people.working(service, people.LEAD, reading=True) as work:
        assert queries.overview(work).total.episodes == 1


def test_a_check_and_an_interview_together_close_an_episode(service: Service, clock: Clock) -> None:
    case = people.open_case(service)
    episode = acts.report(service, case.id, ended_at=BACK)
    with people.working(service, people.LEAD) as work:
        opened = queries.open_episode(work, episode.id, for_change=True)
        assert opened.interview is not None
        commands.record_check(work, opened.episode, at=BACK, by="PC Lane", note="Safe and well.")
        commands.offer(work, opened.episode, opened.interview, acts.an_offer(BACK))
        states = [opened.episode.state]
        commands.hold(work, opened.row.case, opened.episode, opened.interview, acts.an_account(clock.now))
        assert [*states, opened.episode.state] == [EpisodeState.CHECKED, EpisodeState.CLOSED]
        assert opened.interview.body.state is InterviewState.HELD


def test_going_missing_takes_a_case_up_again_that_was_being_monitored(sqlite_service: Service) -> None:
    case = people.open_case(sqlite_service)
    with people.working(sqlite_service, people.LEAD) as work:
        row = cases.open_case(work, case.id, for_change=True)
        row.case.status = CaseStatus.MONITORING
    acts.report(sqlite_service, case.id)
    with people.working(sqlite_service, people.LEAD, reading=True) as work:
        assert cases.open_case(work, case.id).case.status is CaseStatus.ACTIVE


def doubt(service: Service, episode_id: UUID) -> str:
    with people.working(service, people.LEAD, reading=True) as work:
        return queries.open_episode(work, episode_id).doubt


def test_what_does_not_agree_with_the_placements_is_recorded_and_said(sqlite_service: Service) -> None:
    case = people.open_case(sqlite_service)
    lived = date(2026, 11, 15)
    with people.working(sqlite_service, people.LEAD) as work:
        found = cases.open_case(work, case.id, for_change=True).case
        entry = casework.enter(work, found, Placement(code="K2", provider="PR4", place="Elm House", since=lived))
    # BEGAN is the evening before: by the record they were at home.
    episode = acts.report(sqlite_service, case.id)
    assert "came into care on 15 November 2026, after this began" in doubt(sqlite_service, episode.id)
    acts.back(sqlite_service, episode.id)
    at_home = acts.report(
        sqlite_service, case.id, starts_at=acts.BACK + timedelta(hours=1), residence=commands.Residence(care=Care.HOME)
    )
    acts.back(sqlite_service, at_home.id, at=acts.BACK + timedelta(hours=2))
    again = acts.report(sqlite_service, case.id, starts_at=acts.BACK + timedelta(hours=3))
    assert {doubt(sqlite_service, each.id) for each in (at_home, again)} == {""}
    with people.working(sqlite_service, people.LEAD) as work:
        found = cases.open_case(work, case.id, for_change=True).case
        casework.end(work, found, work.session.get_one(CaseEntry, entry.id), until=lived)
    acts.back(sqlite_service, again.id, at=acts.BACK + timedelta(hours=16))
    assert "ended on 15 November 2026, before they were back" in doubt(sqlite_service, again.id)
    with people.working(sqlite_service, people.LEAD, reading=True) as work:
        interview = queries.open_episode(work, again.id).interview
    assert interview is not None, "the clock of 72 hours runs whatever the papers say"
