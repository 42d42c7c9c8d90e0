"""What a month's figures say of how agencies answered, counted from what was done."""

from datetime import date

from cse_tracker.app import Service
from cse_tracker.disclosure.model import GRAND_TOTAL, cell_key
from cse_tracker.referrals import commands as referrals
from cse_tracker.referrals import queries as referral_queries
from cse_tracker.referrals.model import HowTold, Referral
from cse_tracker.statistics import responses
from cse_tracker.statistics.categories import TIME_TAKEN
from cse_tracker.statistics.periods import Period
from tests import people
from tests.people import HACKNEY, LEAD, POLICE
from tests.store import Clock


def owed(service: Service, month: int) -> tuple[int, dict[str, int]]:
    with people.working(service, reading=True) as work:
        cells = responses.feedback(work, HACKNEY, Period(date(2026, month, 1))).cells
    return cells[GRAND_TOTAL], {each: cells[cell_key(("waiting", each))] for each in TIME_TAKEN}


def test_an_answer_is_owed_until_the_sender_was_told_and_not_only_until_it_was_decided(
    sqlite_service: Service, clock: Clock
) -> None:
    clock.set(2026, 9, 28, 10)
    undecided, decided, told = (people.refer(sqlite_service, POLICE) for _ in range(3))
    for referral in (decided, told):
        people.accept(sqlite_service, referral)
    tell(sqlite_service, told)
    assert undecided.id not in {decided.id, told.id}
    clock.set(2026, 10, 5, 10)
    tell(sqlite_service, decided)
    clock.set(2026, 11, 2, 10)
    assert owed(sqlite_service, 9) == (2, {TIME_TAKEN[0]: 0, TIME_TAKEN[1]: 2, TIME_TAKEN[2]: 0})
    assert owed(sqlite_service, 10) == (1, {TIME_TAKEN[0]: 0, TIME_TAKEN[1]: 0, TIME_TAKEN[2]: 1})


def tell(service: Service, referral: Referral) -> None:
    with people.working(service, LEAD) as work:
        found = referral_queries.open_referral(work, referral.id, for_change=True)
        referrals.record_told(work, found, HowTold.TELEPHONE)
