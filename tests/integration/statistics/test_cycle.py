"""The cycle behind the pages: the clock, the second person, the joint audit as a gate, and what is kept."""

from datetime import date
from uuid import UUID

import pytest
from click.testing import CliRunner

from cse_tracker.app import Service, start_clock
from cse_tracker.cli.figures import statistics as cli
from cse_tracker.cli.opening import Opening
from cse_tracker.disclosure.model import CountTable, single
from cse_tracker.disclosure.release import Rule
from cse_tracker.jobs.preparing import prepare_statistics
from cse_tracker.statistics import commands, counting, queries, register
from cse_tracker.statistics.designs import Design, table_name
from cse_tracker.statistics.model import MonthlyRelease, ReleaseState, digest_of
from cse_tracker.statistics.periods import Period
from cse_tracker.work.errors import NotPermitted, RuleBroken
from tests import people
from tests.people import HACKNEY, LEAD, MANAGER
from tests.store import Clock


def asked_by_the_clock(service: Service) -> int:
    with service.app.app_context():
        return prepare_statistics(service.tools)


def months(service: Service) -> list[tuple[date, str]]:
    with people.working(service, reading=True) as work:
        return sorted((row.month, row.borough_gss) for row in work.session.query(MonthlyRelease))


def test_the_clock_takes_last_month_from_its_first_working_day_on_and_once(service: Service, clock: Clock) -> None:
    # 1 November 2026 is a Sunday.
    clock.set(2026, 11, 1, 6)
    assert asked_by_the_clock(service) == 0
    clock.set(2026, 11, 2, 6)
    assert asked_by_the_clock(service) == 2
    assert asked_by_the_clock(service) == 0
    assert people.clock_prepares(service) == 2
    assert asked_by_the_clock(service) == people.clock_prepares(service) == 0
    found = months(service)
    assert len(found) == len(set(found)) == 2
    assert {month for month, _ in found} == {date(2026, 10, 1)}


def test_after_days_without_a_clock_the_month_is_taken_all_the_same(sqlite_service: Service, clock: Clock) -> None:
    clock.set(2026, 11, 19, 6)
    assert asked_by_the_clock(sqlite_service) == 2
    assert people.clock_prepares(sqlite_service) == 2


def test_the_clock_follows_the_rule_by_which_the_borough_was_protected_last(
    sqlite_service: Service, clock: Clock
) -> None:
    clock.set(2026, 11, 2, 6)
    people.published(sqlite_service, date(2026, 9, 1), rule=Rule.HIDE_1_TO_5)
    asked_by_the_clock(sqlite_service)
    people.clock_prepares(sqlite_service)
    with people.working(sqlite_service, LEAD, reading=True) as work:
        body = queries.open_month(work, HACKNEY, date(2026, 10, 1)).record.body
    assert (body.rule, body.taken_by) == (Rule.HIDE_1_TO_5, None)


def planted(monkeypatch: pytest.MonkeyPatch, by_month: dict[int, dict[Design, int]]) -> None:
    """Let single numbers stand in for what is counted, month by month."""

    def count(_work: object, borough_gss: str, period: Period) -> dict[Design, CountTable]:
        wanted = by_month[period.first.month]
        return {each: single(table_name(borough_gss, each), number) for each, number in wanted.items()}

    monkeypatch.setattr(commands, "count_all", count)


LEAK = {
    6: {Design.YOUNG_PEOPLE: 20},
    9: {Design.YOUNG_PEOPLE: 24, Design.JOINED: 6, Design.LEFT: 2},
}


def test_a_leak_together_with_earlier_releases_is_refused_and_says_which(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted(monkeypatch, LEAK)
    people.published(service, date(2026, 6, 1), rule=Rule.HIDE_1_TO_4)
    with pytest.raises(RuleBroken) as refused:
        people.published(service, date(2026, 9, 1), rule=Rule.HIDE_1_TO_4)
    words = refused.value.message
    assert "left, E09000012, 2026-07 to 2026-09: the grand total follows from" in words
    assert "young-people, E09000012, 2026-06: the grand total" in words
    assert "joined, E09000012, 2026-07 to 2026-09" in words
    assert " 2 " not in words.replace("E09000012", "")
    with people.working(service, reading=True) as work:
        states = [row.state for row in work.session.query(MonthlyRelease).order_by(MonthlyRelease.month)]
    assert states == [ReleaseState.APPROVED, ReleaseState.REVIEWED]


def test_the_same_figures_rounded_are_approved(sqlite_service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    planted(monkeypatch, LEAK)
    people.published(sqlite_service, date(2026, 6, 1))
    people.published(sqlite_service, date(2026, 9, 1))
    with people.working(sqlite_service) as work:
        findings = register.audit_all(work)
    assert (findings.exact, findings.weak) == ((), ())
    assert findings.examined >= 4


def test_a_correction_that_would_show_who_was_corrected_is_refused(
    sqlite_service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted(monkeypatch, {10: {Design.YOUNG_PEOPLE: 20}})
    people.published(sqlite_service, date(2026, 10, 1), rule=Rule.HIDE_1_TO_4)
    planted(monkeypatch, {10: {Design.YOUNG_PEOPLE: 19}})
    with pytest.raises(RuleBroken, match="edition 2"):
        people.published(sqlite_service, date(2026, 10, 1), rule=Rule.HIDE_1_TO_4, reason="Two records were merged.")


def test_the_command_line_audits_everything_and_fails_when_something_leaks(
    sqlite_service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted(monkeypatch, LEAK)
    opening = Opening(lambda: sqlite_service, start_clock)
    people.published(sqlite_service, date(2026, 6, 1), rule=Rule.HIDE_1_TO_4)
    clean = CliRunner().invoke(cli, ["audit"], obj=opening)
    assert clean.exit_code == 0, clean.output
    assert "1 releases, 1 numbers: 0 exact, 0 provably small" in clean.output
    with people.working(sqlite_service) as work:
        taken = commands.take_release(work, borough_gss=HACKNEY, month=date(2026, 9, 1), rule=Rule.HIDE_1_TO_4)
        # Somebody put it into the register past the gate.
        taken.state = ReleaseState.APPROVED
    leaking = CliRunner().invoke(cli, ["audit"], obj=opening)
    assert leaking.exit_code == 1
    assert "1 exact" in leaking.output
    assert "follows from:" in leaking.output


def test_the_reviewer_cannot_be_the_approver(sqlite_service: Service) -> None:
    with people.working(sqlite_service) as work:
        taken_id = commands.take_release(work, borough_gss=HACKNEY, month=date(2026, 10, 1)).id
    with people.working(sqlite_service, LEAD) as work:
        commands.review(work, queries.waiting(work, taken_id))
        reviewer = work.actor.user_id
    with people.working(sqlite_service, MANAGER) as work:
        taken = queries.waiting(work, taken_id)
        with pytest.raises(RuleBroken, match="Somebody else"):
            taken.approve(at=work.now, by=reviewer, audit={})
    with people.working(sqlite_service, LEAD) as work, pytest.raises(NotPermitted):
        commands.approve(work, queries.waiting(work, taken_id))


def test_what_was_approved_is_frozen_with_its_audit_and_hash(service: Service) -> None:
    people.open_case(service)
    taken_id = people.published(service, date(2026, 10, 1))
    with people.working(service, MANAGER, reading=True) as work:
        month = queries.open_month(work, HACKNEY, date(2026, 10, 1))
        body = month.record.body
        assert month.record.id == taken_id
        assert month.intact
        assert body.digest == digest_of(body)
        assert body.audit == {"examined": body.audit["examined"], "exact": 0, "weak": 0} if body.audit else False
        assert body.snapshot.keys() == body.tables.keys()


def test_no_case_one_case_and_all_in_one_cell_can_be_published(sqlite_service: Service, clock: Clock) -> None:
    clock.set(2026, 9, 10)
    people.published(sqlite_service, date(2026, 8, 1))
    people.open_case(sqlite_service)
    clock.set(2026, 10, 2)
    people.published(sqlite_service, date(2026, 9, 1))
    for number in range(6):
        people.open_case(sqlite_service, first_name=f"Name{number}")
    clock.set(2026, 11, 2)
    people.published(sqlite_service, date(2026, 10, 1))
    with people.working(sqlite_service) as work:
        assert not register.audit_all(work).leaks


def test_stock_is_the_stock_before_with_who_came_and_without_who_left(sqlite_service: Service, clock: Clock) -> None:
    clock.set(2026, 6, 10)
    for number in range(3):
        people.open_case(sqlite_service, first_name=f"Early{number}")
    clock.set(2026, 8, 10)
    for number in range(4):
        people.open_case(sqlite_service, first_name=f"Late{number}")
    clock.set(2026, 10, 2)
    with people.working(sqlite_service) as work:
        june, september = Period(date(2026, 6, 1)), Period(date(2026, 9, 1))
        before = counting.young_people(work, HACKNEY, june).cells[()]
        tables = counting.count_all(work, HACKNEY, september)
    assert before == 3
    assert tables[Design.JOINED].cells[()] == 4
    assert tables[Design.YOUNG_PEOPLE].cells[()] == before + 4 - tables[Design.LEFT].cells[()]


def test_ids_of_releases_are_found_only_by_those_who_may(sqlite_service: Service) -> None:
    taken_id: UUID = people.published(sqlite_service, date(2026, 10, 1))
    with people.working(sqlite_service, people.OTHER_LEAD) as work, pytest.raises(Exception, match="no such record"):
        queries.waiting(work, taken_id)
