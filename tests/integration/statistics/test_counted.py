"""What duties, placements, gaps and services add up to, counted from records made as practitioners make them."""

from datetime import date
from uuid import UUID

from cse_tracker.app import Service
from cse_tracker.cases import queries as case_queries
from cse_tracker.cases.model import Case
from cse_tracker.casework import commands as casework
from cse_tracker.casework.rules import Placement
from cse_tracker.disclosure.model import GRAND_TOTAL, CountTable
from cse_tracker.duties.model import Duty, DutyState
from cse_tracker.outbound.commands import answering
from cse_tracker.outbound.rules import DeclineReason
from cse_tracker.statistics import agreements, categories, counting, london, responses
from cse_tracker.statistics.counting import Counter
from cse_tracker.statistics.periods import Period
from tests import people
from tests.integration.outbound import acts
from tests.people import HACKNEY, LEAD, MANAGER
from tests.store import Clock

OCTOBER, NOVEMBER, DECEMBER = (Period(date(2026, month, 1)) for month in (10, 11, 12))


def counted(service: Service, counter: Counter, period: Period) -> CountTable:
    with people.working(service, reading=True) as work:
        return counter(work, HACKNEY, period)


def one_way(table: CountTable, dimension: str) -> dict[str, int]:
    """The counts of one dimension that are not 0."""
    return {
        key[0][1]: number for key, number in table.cells.items() if len(key) == 1 and key[0][0] == dimension and number
    }


def test_a_gap_and_an_answer_belong_to_the_month_they_are_of(sqlite_service: Service, clock: Clock) -> None:
    outbound_id = acts.sent(sqlite_service)
    clock.set(2026, 12, 2, 10)
    acts.act(
        sqlite_service,
        acts.SPECIALIST,
        outbound_id,
        lambda work, row: answering.decline(work, row, reason=DeclineReason.NO_CAPACITY, words="Full until spring."),
    )
    clock.set(2027, 1, 4, 10)
    assert counted(sqlite_service, responses.gaps, NOVEMBER).cells[GRAND_TOTAL] == 0
    december = counted(sqlite_service, responses.gaps, DECEMBER)
    assert one_way(december, "gap") == {categories.GAP[DeclineReason.NO_CAPACITY]: 1}
    # It was sent in November and answered after its end.
    november = counted(sqlite_service, responses.services, NOVEMBER)
    assert one_way(november, "answer") == {categories.ANSWERED[1]: 1}
    assert one_way(november, "agency") == {"Specialist service": 1}
    assert counted(sqlite_service, responses.services, DECEMBER).cells[GRAND_TOTAL] == 0


def placed(service: Service, case: Case, code: str, since: date) -> None:
    with people.working(service, LEAD) as work:
        why, tried = ("Her safety.", "A home.") if code in categories.SECURE else ("", "")
        what = Placement(code=code, provider="PR4", place="A home", since=since, justification=why, alternatives=tried)
        casework.enter(work, case_queries.open_case(work, case.id, for_change=True).case, what)


def test_a_placement_counts_by_the_month_s_last_day_and_by_what_was_entered_then(
    sqlite_service: Service, clock: Clock
) -> None:
    secure, home, later = (people.open_case(sqlite_service, first_name=name) for name in ("Ada", "Bea", "Cleo"))
    people.open_case(sqlite_service, first_name="Dina")
    placed(sqlite_service, secure, "K1", date(2026, 11, 10))
    placed(sqlite_service, home, "K2", date(2026, 11, 1))
    clock.set(2026, 12, 3, 10)
    placed(sqlite_service, later, "K2", date(2026, 11, 20))
    clock.set(2027, 1, 4, 10)
    november = counted(sqlite_service, counting.young_people, NOVEMBER)
    assert one_way(november, "placement") == {"Secure": 1, "Not secure": 1, "Not recorded": 2}
    december = counted(sqlite_service, counting.young_people, DECEMBER)
    assert one_way(december, "placement") == {"Secure": 1, "Not secure": 2, "Not recorded": 1}


def test_a_duty_counts_in_the_month_it_fell_due_by_how_it_stood_at_its_end(
    sqlite_service: Service, clock: Clock
) -> None:
    people.open_case(sqlite_service)
    with people.working(sqlite_service) as work:
        rows = [row for row in work.session.query(Duty) if row.state is not DutyState.VOID]
        due: dict[Period, list[UUID]] = {}
        for row in rows:
            due.setdefault(Period(row.due_at.date().replace(day=1)), []).append(row.id)
        assert due
    clock.set(2027, 6, 1, 10)
    for period, ids in due.items():
        table = counted(sqlite_service, responses.duties, period)
        assert table.cells[GRAND_TOTAL] == len(ids)
        assert sum(one_way(table, "outcome").values()) == len(ids)
    assert counted(sqlite_service, responses.duties, OCTOBER).cells[GRAND_TOTAL] == 0


def test_a_borough_that_joins_in_the_year_brings_its_months_and_one_that_leaves_takes_them(
    sqlite_service: Service, clock: Clock
) -> None:
    people.open_case(sqlite_service)
    for month, period in ((12, NOVEMBER), (13, DECEMBER)):
        clock.set(2026 + month // 13, month if month < 13 else 1, 4)
        people.published(sqlite_service, period.first)

    def stands(period: Period) -> tuple[int, int]:
        with people.working(sqlite_service, MANAGER, reading=True) as work:
            found = london.open_london(work, period.first)
            return len(found.published), found.unsigned

    assert [stands(each) for each in (NOVEMBER, DECEMBER)] == [(0, 33), (0, 33)]
    with people.working(sqlite_service, MANAGER) as work:
        agreements.sign(work, borough_gss=HACKNEY, paper="Agreement of 4 January 2027")
    assert [stands(each) for each in (OCTOBER, NOVEMBER, DECEMBER)] == [(0, 32), (1, 32), (1, 32)]
    clock.set(2027, 1, 20, 10)
    with people.working(sqlite_service, MANAGER) as work:
        agreements.end(work, borough_gss=HACKNEY)
    assert [stands(each) for each in (NOVEMBER, DECEMBER)] == [(0, 33), (0, 33)]
    # What was in public stays in the borough's own register, and is attacked with whatever comes.
    with people.working(sqlite_service) as work:
        assert not responses.gaps(work, HACKNEY, DECEMBER).cells[GRAND_TOTAL]
