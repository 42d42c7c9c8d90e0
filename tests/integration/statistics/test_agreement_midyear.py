"""A borough that leaves the agreement for London, or joins it, in the middle of a year: nothing is told by that."""

from datetime import date

import pytest

from cse_tracker.app import Service
from cse_tracker.disclosure.model import cell_key
from cse_tracker.disclosure.release import HIDDEN, Rule
from cse_tracker.records.keys import new_compartment
from cse_tracker.statistics import agreements, commands, london
from cse_tracker.statistics.categories import ELSEWHERE
from cse_tracker.statistics.designs import Design
from cse_tracker.statistics.model import AgreementBody, LondonAgreement
from tests import people
from tests.integration.statistics.test_corrected import leaks, month, opened
from tests.people import HACKNEY, ISLINGTON, MANAGER, OTHER_LEAD, POLICE
from tests.store import Clock

JUNE, SEPTEMBER = date(2026, 6, 1), date(2026, 9, 1)
KNOWN_TO_BOTH = 2
RULES = pytest.mark.parametrize("rule", [Rule.ROUND_5, Rule.HIDE_1_TO_4])


def known_to_both(service: Service, clock: Clock) -> None:
    """Two young people are known in Islington first; then nine, those two among them, in Hackney."""
    clock.set(2026, 6, 8)
    for number in range(KNOWN_TO_BOTH):
        names = {"first_name": f"First{number}", "last_name": f"Last{number}"}
        people.accept(service, people.refer(service, POLICE, borough_gss=ISLINGTON, **names), OTHER_LEAD)
    clock.set(2026, 6, 10)
    opened(service, 9)


def sign_hackney(service: Service) -> None:
    with people.working(service, MANAGER) as work:
        agreements.sign(work, borough_gss=HACKNEY, paper="Agreement of 11 June 2026")


def sign_islington(service: Service) -> None:
    with people.working(service) as work:
        # The demo has no manager there.
        made = LondonAgreement(
            borough_gss=ISLINGTON,
            signed_at=work.now,
            compartment_id=new_compartment(work.session, "borough", ISLINGTON),
        )
        made.body = AgreementBody(signed_by=None, paper="Theirs")
        work.session.add(made)


def end_islington(service: Service) -> None:
    with people.working(service) as work:
        found = agreements.standing(work, ISLINGTON)
        assert found is not None
        found.ended_at = work.now


def perhaps(service: Service, first: date) -> int:
    """How many of Hackney's are truly counted as perhaps another borough's."""
    with people.working(service) as work:
        table = commands.count_month(work, HACKNEY, first)[Design.YOUNG_PEOPLE]
        return table.cells[cell_key(("elsewhere", ELSEWHERE[1]))]


def told(service: Service, first: date) -> list[str]:
    """What Hackney published of them: perhaps another borough's, and its own."""
    table = month(service, first).tables[Design.YOUNG_PEOPLE]
    return [table.text(cell_key(("elsewhere", each))) for each in ELSEWHERE[1:]]


def standing(service: Service, first: date) -> frozenset[str]:
    with people.working(service, MANAGER, reading=True) as work:
        return london.open_london(work, first).published


@RULES
def test_what_a_borough_shares_with_one_that_leaves_follows_from_nothing(
    sqlite_service: Service, clock: Clock, rule: Rule
) -> None:
    known_to_both(sqlite_service, clock)
    clock.set(2026, 6, 11)
    sign_hackney(sqlite_service)
    sign_islington(sqlite_service)
    clock.set(2026, 7, 2)
    people.published(sqlite_service, JUNE, rule=rule)
    before = told(sqlite_service, JUNE)
    assert perhaps(sqlite_service, JUNE) == KNOWN_TO_BOTH
    assert before == ([HIDDEN, HIDDEN] if rule is Rule.HIDE_1_TO_4 else before)
    clock.set(2026, 8, 5)
    end_islington(sqlite_service)
    clock.set(2026, 10, 2)
    assert perhaps(sqlite_service, SEPTEMBER) == 0, "nobody is compared with a borough that has left"
    # A revision tells a month as it stood then: another number would be the number of those they share.
    assert perhaps(sqlite_service, JUNE) == KNOWN_TO_BOTH
    people.published(sqlite_service, SEPTEMBER, rule=rule)
    people.published(sqlite_service, JUNE, rule=rule, reason="A note was added.")
    assert (month(sqlite_service, JUNE).marks, told(sqlite_service, JUNE)) == (" [r]", before)
    assert standing(sqlite_service, JUNE) == standing(sqlite_service, SEPTEMBER) == {HACKNEY}
    assert not leaks(sqlite_service)


@RULES
def test_what_a_borough_shares_with_one_that_joins_follows_from_nothing(
    sqlite_service: Service, clock: Clock, rule: Rule
) -> None:
    known_to_both(sqlite_service, clock)
    clock.set(2026, 6, 11)
    sign_hackney(sqlite_service)
    clock.set(2026, 7, 2)
    people.published(sqlite_service, JUNE, rule=rule)
    before = told(sqlite_service, JUNE)
    clock.set(2026, 8, 5)
    sign_islington(sqlite_service)
    clock.set(2026, 10, 2)
    assert (perhaps(sqlite_service, JUNE), perhaps(sqlite_service, SEPTEMBER)) == (0, KNOWN_TO_BOTH)
    people.published(sqlite_service, SEPTEMBER, rule=rule)
    people.published(sqlite_service, JUNE, rule=rule, reason="A note was added.")
    assert (month(sqlite_service, JUNE).marks, told(sqlite_service, JUNE)) == (" [r]", before)
    if rule is Rule.HIDE_1_TO_4:
        assert told(sqlite_service, SEPTEMBER) == [HIDDEN, HIDDEN]
    assert standing(sqlite_service, SEPTEMBER) == {HACKNEY}, "one that has published nothing is counted in nothing"
    assert not leaks(sqlite_service)
