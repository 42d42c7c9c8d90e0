"""A month that was asked for on a page: made in steps, once, whoever is killed, and over with a plain sentence."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from cse_tracker.app import Service
from cse_tracker.disclosure import release
from cse_tracker.disclosure.attacker import Findings, Leak
from cse_tracker.disclosure.errors import CannotProtect
from cse_tracker.disclosure.model import GRAND_TOTAL, CountTable, single
from cse_tracker.disclosure.register import Frame, name_of
from cse_tracker.disclosure.release import Rule
from cse_tracker.identity.model import User
from cse_tracker.jobs.preparing import prepare_statistics
from cse_tracker.records.keys import unlock
from cse_tracker.statistics import commands, preparing, register
from cse_tracker.statistics.designs import Design, table_name
from cse_tracker.statistics.model import MonthlyRelease, PreparationState, digest_of
from cse_tracker.work.errors import Conflict, NotFound, NotPermitted, RuleBroken
from cse_tracker.work.unit import Work
from tests import people
from tests.people import HACKNEY, LEAD, MANAGER, OTHER_LEAD
from tests.store import Clock

SEPTEMBER, OCTOBER = date(2026, 9, 1), date(2026, 10, 1)


class Killed(BaseException):
    """The worker's process is gone: nothing of the service hears of it."""


def ask(service: Service, month: date = OCTOBER, *, by: str = MANAGER, rule: Rule = Rule.ROUND_5) -> UUID:
    with people.working(service, by) as work:
        return preparing.ask(work, borough_gss=HACKNEY, month=month, rule=rule).id


def seen(service: Service, preparation_id: UUID, by: str = MANAGER) -> tuple[PreparationState, int, int, str]:
    with people.working(service, by, reading=True) as work:
        found = preparing.shown(work, preparation_id)
        return found.state, found.done, found.total, found.body.message


def releases(service: Service) -> list[tuple[date, int, str]]:
    """Every release with the hash over what it shows and what it was made from."""
    with people.working(service, reading=True) as work:
        return [(row.month, row.number, digest_of(row.body)) for row in opened(work)]


def opened(work: Work) -> list[MonthlyRelease]:
    """Every edition, to be read."""
    rows = list(work.session.query(MonthlyRelease).order_by(MonthlyRelease.month, MonthlyRelease.number))
    unlock(work.session, [row.compartment_id for row in rows])
    return rows


def cases(service: Service, clock: Clock, number: int = 12) -> None:
    clock.set(2026, 8, 12)
    for each in range(number):
        people.open_case(service, first_name=f"First{each}", last_name=f"Last{each}")
    clock.set(2026, 11, 16)


def killed_after(monkeypatch: pytest.MonkeyPatch, tables: int) -> list[str]:
    """Kill the worker when it is to protect one table more than so many; gives the tables protected from now on."""
    made: list[str] = []
    protect = release.protect

    def counting(table: CountTable, **how: object) -> release.Release:
        if len(made) == tables:
            raise Killed
        made.append(table.name)
        return protect(table, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(release, "protect", counting)
    return made


@pytest.mark.parametrize("month", [SEPTEMBER, OCTOBER])
def test_what_the_clock_prepares_is_what_the_command_line_would(service: Service, clock: Clock, month: date) -> None:
    cases(service, clock)
    asked = ask(service, month)
    assert seen(service, asked)[0] is PreparationState.BEGUN
    assert people.clock_prepares(service) == 1
    state, done, total, _ = seen(service, asked)
    assert (state, done) == (PreparationState.PREPARED, total)
    ((_, _, mine),) = releases(service)
    with people.working(service, LEAD) as work:
        commands.send_back(work, opened(work)[0], note="Once more.")
    with people.working(service) as work:
        commands.take_release(work, borough_gss=HACKNEY, month=month)
    assert releases(service)[-1] == (month, 2, mine)
    assert people.clock_prepares(service) == 0


@pytest.mark.parametrize("tables", [0, 1, 9])
def test_a_worker_that_is_killed_is_followed_by_one_that_goes_on_from_there(
    service: Service, clock: Clock, monkeypatch: pytest.MonkeyPatch, tables: int
) -> None:
    cases(service, clock)
    asked = ask(service)
    with monkeypatch.context() as patched:
        killed_after(patched, tables)
        with pytest.raises(Killed):
            people.clock_prepares(service)
    state, done, total, _ = seen(service, asked)
    assert (state, done) == (PreparationState.BEGUN, tables + 1)
    assert releases(service) == []
    with monkeypatch.context() as patched:
        again = killed_after(patched, 100)
        people.clock_prepares(service)
    assert len(again) == total - 2 - tables
    assert seen(service, asked)[0] is PreparationState.PREPARED
    assert [each[:2] for each in releases(service)] == [(OCTOBER, 1)]


def test_a_second_clock_at_the_same_month_neither_doubles_nor_loses_it(service: Service) -> None:
    asked = ask(service)
    with people.working(service, MANAGER, reading=True) as work:
        late = preparing.take_up(work, asked)
    people.clock_prepares(service)
    with pytest.raises(Conflict), people.working(service, MANAGER) as work:
        preparing.keep_counted(work, late)
    tables = {each: late.bench.protect(each) for each in late.rest}
    with pytest.raises(Conflict), people.working(service, MANAGER) as work:
        preparing.lay(work, replace(late, tables=tables))
    assert [each[:2] for each in releases(service)] == [(OCTOBER, 1)]
    assert seen(service, asked)[0] is PreparationState.PREPARED


def test_a_month_asked_for_twice_is_made_once(service: Service) -> None:
    assert ask(service) == ask(service, rule=Rule.HIDE_1_TO_5)
    assert people.clock_prepares(service) == 1
    assert len(releases(service)) == 1
    with pytest.raises(RuleBroken, match="are prepared and wait to be approved"):
        ask(service)


def test_the_clock_does_not_take_by_itself_what_was_asked_for(sqlite_service: Service, clock: Clock) -> None:
    clock.set(2026, 11, 16, 6)
    ask(sqlite_service)
    assert monthly_run(sqlite_service) == 1
    assert people.clock_prepares(sqlite_service) == 2
    assert len(releases(sqlite_service)) == 2
    assert monthly_run(sqlite_service) == 0


def monthly_run(service: Service) -> int:
    """Let the clock's own monthly run ask for what it finds missing; gives how many boroughs."""
    with service.app.app_context():
        return prepare_statistics(service.tools)


@pytest.mark.parametrize("where", [(commands, "count_all"), (release, "protect")], ids=["counting", "protecting"])
def test_a_monthly_run_that_kills_every_clock_is_given_up_said_and_can_be_asked_for(
    service: Service, clock: Clock, monkeypatch: pytest.MonkeyPatch, where: tuple[object, str]
) -> None:
    clock.set(2026, 11, 2, 6)
    begun = []

    def kills(*_: object, **__: object) -> None:
        begun.append(1)
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(*where, kills)
        for _ in range(10):
            try:
                monthly_run(service)
                people.clock_prepares(service)
            except Killed:
                continue
    # The two boroughs that have a lead officer.
    assert len(begun) == 2 * preparing.ATTEMPTS
    for by, wanted in ((MANAGER, HACKNEY), (LEAD, HACKNEY), (OTHER_LEAD, people.ISLINGTON)):
        with people.working(service, by, reading=True) as work:
            (row,) = preparing.not_prepared(work)
            assert (row.borough_gss, row.month) == (wanted, OCTOBER)
            assert row.body.message.startswith("The work on them broke off 3 times at the same place")
            assert (row.body.asked_by, row.body.snapshot, row.body.tables) == (None, None, None)
    clock.set(2026, 11, 3, 6)
    assert monthly_run(service) == 0, "what was given up is not tried again by itself"
    asked = ask(service)
    assert people.clock_prepares(service) == 1
    assert seen(service, asked)[0] is PreparationState.PREPARED
    assert in_vain(service, MANAGER) == []


def test_a_monthly_run_that_cannot_protect_one_borough_says_so_and_prepares_the_other(
    sqlite_service: Service, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.set(2026, 11, 2, 6)
    protect = release.protect

    def stuck(table: CountTable, **how: object) -> release.Release:
        if table.name.startswith(HACKNEY):
            raise CannotProtect("nothing")
        return protect(table, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(release, "protect", stuck)
    assert monthly_run(sqlite_service) == 2
    assert people.clock_prepares(sqlite_service) == 2
    assert monthly_run(sqlite_service) == people.clock_prepares(sqlite_service) == 0
    with people.working(sqlite_service, MANAGER, reading=True) as work:
        (row,) = preparing.not_prepared(work)
        assert row.body.message.startswith("No way was found to show these figures")
    with people.working(sqlite_service, reading=True) as work:
        assert [row.borough_gss for row in opened(work)] == [people.ISLINGTON]


def test_what_a_manager_asked_for_in_vain_is_tried_once_by_the_clock_in_the_usual_way(
    sqlite_service: Service, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.set(2026, 11, 2, 4)
    with monkeypatch.context() as patched:
        patched.setattr(release, "protect", no_way)
        ask(sqlite_service, rule=Rule.HIDE_1_TO_5)
        people.clock_prepares(sqlite_service)
    assert len(in_vain(sqlite_service, MANAGER)) == 1
    assert monthly_run(sqlite_service) == people.clock_prepares(sqlite_service) == 2
    assert in_vain(sqlite_service, MANAGER) == []


def test_flows_that_leak_together_are_rounded_otherwise_step_by_step(
    sqlite_service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = {Design.YOUNG_PEOPLE: 24, Design.JOINED: 7, Design.LEFT: 3}
    monkeypatch.setattr(
        commands,
        "count_all",
        lambda _w, gss, _p: {each: single(table_name(gss, each), n) for each, n in counted.items()},
    )
    leak = Findings((Leak(name_of(Frame("left", HACKNEY, 0, 2), GRAND_TOTAL), 1, 2, ()),), 1)
    answers: list[Findings | None] = [leak, None, leak, Findings((), 1)]

    def attacked(_entries: object) -> Findings:
        answer = answers.pop(0)
        if answer is None:
            raise Killed
        return answer

    monkeypatch.setattr(register, "attacked", attacked)
    asked = ask(sqlite_service, SEPTEMBER)
    with pytest.raises(Killed):
        people.clock_prepares(sqlite_service)
    people.clock_prepares(sqlite_service)
    assert seen(sqlite_service, asked)[0] is PreparationState.PREPARED
    with people.working(sqlite_service, reading=True) as work:
        (row,) = opened(work)
        attempts = {name: table["parameters"]["attempt"] for name, table in row.body.tables.items()}
    assert attempts == {"young-people": 0, "joined": 2, "left": 2}


def no_way(*_: object, **__: object) -> None:
    raise CannotProtect("nothing")


def defect(*_: object, **__: object) -> None:
    raise ZeroDivisionError


@pytest.mark.parametrize(
    ("where", "what", "sentences"),
    [
        ((release, "protect"), no_way, ("No way was found to show these figures", "Prepare them again in a way that")),
        ((commands, "count_all"), defect, ("Something went wrong in the service", "tell whoever runs the service")),
    ],
)
def test_what_cannot_be_prepared_says_what_to_do_and_keeps_nothing(
    sqlite_service: Service,
    monkeypatch: pytest.MonkeyPatch,
    where: tuple[object, str],
    what: Callable[..., None],
    sentences: tuple[str, str],
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(*where, what)
        asked = ask(sqlite_service)
        people.clock_prepares(sqlite_service)
    state, _, _, message = seen(sqlite_service, asked)
    assert state is PreparationState.REFUSED
    assert all(sentence in message for sentence in sentences)
    with people.working(sqlite_service, MANAGER, reading=True) as work:
        body = preparing.shown(work, asked).body
        assert (body.snapshot, body.tables) == (None, None)
    assert releases(sqlite_service) == []
    again = ask(sqlite_service)
    assert again != asked
    people.clock_prepares(sqlite_service)
    assert seen(sqlite_service, again)[0] is PreparationState.PREPARED


def test_an_audit_that_cannot_be_completed_says_what_to_do(
    sqlite_service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(register, "audit_register", no_way)
    asked = ask(sqlite_service, SEPTEMBER)
    people.clock_prepares(sqlite_service)
    state, done, total, message = seen(sqlite_service, asked)
    assert (state, done) == (PreparationState.REFUSED, total - 1)
    assert "Published figures may contradict one another" in message
    assert "without who came, left and changed in the quarter" in message
    assert "Send it back" not in message, "there is nothing to be sent back"


def test_a_month_that_somebody_else_prepared_meanwhile_is_not_prepared_again(sqlite_service: Service) -> None:
    asked = ask(sqlite_service)
    with people.working(sqlite_service) as work:
        commands.take_release(work, borough_gss=HACKNEY, month=OCTOBER)
    people.clock_prepares(sqlite_service)
    assert seen(sqlite_service, asked)[3] == "The statistics for October 2026 are prepared and wait to be approved."
    assert len(releases(sqlite_service)) == 1


def test_what_was_asked_by_somebody_who_has_left_is_refused_with_a_sentence(sqlite_service: Service) -> None:
    asked = ask(sqlite_service)
    with people.working(sqlite_service, MANAGER, reading=True) as work:
        gone = work.actor.user_id
    with people.working(sqlite_service) as work:
        work.session.get_one(User, gone).active = False
    people.clock_prepares(sqlite_service)
    state, _, _, message = seen(sqlite_service, asked, LEAD)
    assert state is PreparationState.REFUSED
    assert message.startswith("Whoever asked for them does not prepare statistics of this borough any more")


def test_what_is_asked_for_is_known_to_those_who_see_the_figures_and_made_for_nobody_else(
    sqlite_service: Service,
) -> None:
    with pytest.raises(NotPermitted):
        ask(sqlite_service, by=LEAD)
    asked = ask(sqlite_service)
    assert seen(sqlite_service, asked, LEAD)[0] is PreparationState.BEGUN
    for stranger in (OTHER_LEAD, people.POLICE):
        with pytest.raises(NotFound):
            seen(sqlite_service, asked, stranger)
    with people.working(sqlite_service, OTHER_LEAD, reading=True) as work:
        assert preparing.under_way(work) == []


@pytest.mark.parametrize("where", [(commands, "count_all"), (release, "protect")], ids=["counting", "protecting"])
def test_a_step_that_kills_every_clock_is_given_up_said_and_can_be_asked_for_again(
    sqlite_service: Service, monkeypatch: pytest.MonkeyPatch, where: tuple[object, str]
) -> None:
    asked = ask(sqlite_service)
    begun = []

    def kills(*_: object, **__: object) -> None:
        begun.append(1)
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(*where, kills)
        for _ in range(preparing.ATTEMPTS):
            with pytest.raises(Killed):
                people.clock_prepares(sqlite_service)
            assert seen(sqlite_service, asked)[0] is PreparationState.BEGUN
        assert people.clock_prepares(sqlite_service) == 1
    assert len(begun) == preparing.ATTEMPTS, "the last clock did not begin it again"
    state, _, _, message = seen(sqlite_service, asked, LEAD)
    assert state is PreparationState.REFUSED
    assert message == (
        "The work on them broke off 3 times at the same place, so it is not tried again by itself. Prepare them again. "
        "If it happens again, tell whoever runs the service."
    )
    assert in_vain(sqlite_service, LEAD) == [asked]
    again = ask(sqlite_service)
    assert in_vain(sqlite_service, LEAD) == []
    people.clock_prepares(sqlite_service)
    assert seen(sqlite_service, again)[0] is PreparationState.PREPARED
    assert in_vain(sqlite_service, LEAD) == []


def in_vain(service: Service, by: str) -> list[UUID]:
    with people.working(service, by, reading=True) as work:
        return [row.id for row in preparing.not_prepared(work)]


def test_clocks_that_each_end_a_step_before_they_are_killed_are_never_too_many(
    sqlite_service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ask(sqlite_service)
    for _ in range(preparing.ATTEMPTS + 2):
        with monkeypatch.context() as patched:
            killed_after(patched, 1)
            with pytest.raises(Killed):
                people.clock_prepares(sqlite_service)
    assert people.clock_prepares(sqlite_service) == 1
    assert seen(sqlite_service, asked)[0] is PreparationState.PREPARED


def test_a_step_that_raises_is_not_tried_a_second_time(
    sqlite_service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ask(sqlite_service)
    with monkeypatch.context() as patched:
        patched.setattr(release, "protect", defect)
        assert people.clock_prepares(sqlite_service) == 1
    assert people.clock_prepares(sqlite_service) == 0
    assert seen(sqlite_service, asked)[0] is PreparationState.REFUSED
    assert in_vain(sqlite_service, OTHER_LEAD) == [], "nothing of another borough"
    with people.working(sqlite_service) as work:
        commands.take_release(work, borough_gss=HACKNEY, month=OCTOBER)
    assert in_vain(sqlite_service, LEAD) == []
