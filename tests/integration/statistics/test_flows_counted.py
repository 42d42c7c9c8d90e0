"""What is counted of real records in the stock's breakdowns and among the changes of a quarter, before protection."""

from datetime import date

import pytest

from cse_tracker.app import Service
from cse_tracker.cases import commands as case_commands
from cse_tracker.cases import queries as case_queries
from cse_tracker.cases.model import Case
from cse_tracker.disclosure.model import cell_key
from cse_tracker.people.model import PersonDetails
from cse_tracker.statistics import counting
from cse_tracker.statistics.categories import CHANGE
from cse_tracker.statistics.designs import Design
from cse_tracker.statistics.periods import Period
from tests import people
from tests.integration.closings import acts
from tests.people import HACKNEY, LEAD
from tests.store import Clock

SEPTEMBER = Period(date(2026, 9, 1))


def changed(service: Service) -> dict[str, int]:
    """The quarter's changes that are not 0."""
    with people.working(service, reading=True) as work:
        cells = counting.COUNTERS[Design.CHANGES](work, HACKNEY, SEPTEMBER).cells
    return {each: n for each in CHANGE if (n := cells[cell_key(("change", each))])}


def reopen(service: Service, case: Case) -> None:
    with people.working(service, LEAD) as work:
        row = case_queries.open_case(work, case.id, for_change=True)
        case_commands.reopen(work, row.case, reason="Seen again.")


@pytest.mark.parametrize(
    ("closed", "back", "counts"),
    [
        ((2025, 9, 20), (2026, 9, 10), True),
        # Within 12 months of the quarter's first day, and not of the day she came.
        ((2025, 7, 20), (2026, 9, 10), False),
        # Back before the quarter began.
        ((2026, 5, 5), (2026, 6, 10), False),
        ((2026, 6, 20), (2026, 7, 1), True),
    ],
)
def test_back_within_12_months_is_measured_from_the_closing_to_the_return(
    sqlite_service: Service, clock: Clock, closed: tuple[int, int, int], back: tuple[int, int, int], *, counts: bool
) -> None:
    clock.set(2025, 4, 10)
    case = acts.ready_case(sqlite_service)
    clock.set(*closed)
    acts.close(sqlite_service, case)
    clock.set(*back)
    reopen(sqlite_service, case)
    clock.set(2026, 10, 2)
    assert changed(sqlite_service) == ({CHANGE[2]: 1} if counts else {})


def test_who_came_first_in_the_quarter_is_back_only_after_a_closing(sqlite_service: Service, clock: Clock) -> None:
    clock.set(2026, 7, 6)
    case = acts.ready_case(sqlite_service)
    clock.set(2026, 8, 3)
    assert not changed(sqlite_service)
    acts.close(sqlite_service, case)
    clock.set(2026, 9, 3)
    reopen(sqlite_service, case)
    clock.set(2026, 10, 2)
    assert changed(sqlite_service) == {CHANGE[2]: 1}


def test_raised_lowered_and_turned_18_compare_both_ends_of_the_quarter(sqlite_service: Service, clock: Clock) -> None:
    clock.set(2026, 6, 10)
    raised, lowered, up_and_down, older = (
        people.open_case(sqlite_service, first_name=f"First{n}", last_name=f"Last{n}", born=born)
        for n, born in enumerate((date(2012, 3, 3), date(2012, 4, 4), date(2012, 5, 5), date(2008, 8, 8)))
    )
    for case, level in ((raised, 1), (lowered, 2), (up_and_down, 1), (older, 1)):
        people.assess(sqlite_service, case, "missing_once")
        people.decide(sqlite_service, case, level, "" if level == 1 else "Worse than the signs say.")
    clock.set(2026, 8, 12)
    people.decide(sqlite_service, raised, 2, "Worse than the signs say.")
    people.decide(sqlite_service, up_and_down, 2, "Worse than the signs say.")
    people.lower(sqlite_service, lowered, 1)
    clock.set(2026, 9, 12)
    people.lower(sqlite_service, up_and_down, 1)
    clock.set(2026, 10, 2)
    people.decide(sqlite_service, older, 2, "After the quarter.")
    assert changed(sqlite_service) == {CHANGE[0]: 1, CHANGE[1]: 1, CHANGE[3]: 1}


def test_the_stock_tells_who_they_are_by_what_was_said_of_each(sqlite_service: Service, clock: Clock) -> None:
    clock.set(2026, 9, 10)
    details = (
        PersonDetails(ethnicity="BAFR", looked_after="yes", disability="no", from_abroad="yes"),
        PersonDetails(ethnicity="WBRI", looked_after="no", disability="yes"),
        PersonDetails(),
    )
    for number, each in enumerate(details):
        people.open_case(sqlite_service, first_name=f"First{number}", last_name=f"Last{number}", details=each)
    clock.set(2026, 10, 2)
    with people.working(sqlite_service, reading=True) as work:
        cells = counting.young_people(work, HACKNEY, SEPTEMBER).cells
    found: dict[str, dict[str, int]] = {}
    for key, number in cells.items():
        if len(key) == 1 and number:
            dimension, category = key[0]
            found.setdefault(dimension, {})[category] = number
    assert found["ethnicity"] == {"Black": 1, "White": 1, "Not known": 1}
    assert found["looked_after"] == {"Looked after": 1, "Not looked after": 1, "Not known": 1}
    assert found["disability"] == {"Yes": 1, "No": 1, "Not known": 1}
    assert found["from_abroad"] == {"Yes": 1, "Not known": 2}
    assert found["source"] == {"Police": 3}
