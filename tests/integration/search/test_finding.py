"""Searching among those whom one may see: who is found, who is not, and what is recorded of it."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from cse_tracker.app import Service
from cse_tracker.audit.facts import facts_of
from cse_tracker.audit.model import AuditEntry
from cse_tracker.cases.model import Case
from cse_tracker.people.model import PersonDetails
from cse_tracker.people.rules import Identity
from cse_tracker.search import queries
from cse_tracker.work.errors import NotPermitted, RuleBroken
from tests import people


def known(service: Service, **changes: Any) -> Case:
    """A young person with a case in Hackney and everything that can be searched."""
    identity = Identity(
        "Keira", "Marsh", also_known_as="Kiki Stone; Star", date_of_birth=date(2012, 3, 3),
        nhs_number="9990000018", postcode="E8 1EA",
    )  # fmt: skip
    details = PersonDetails(address="12 Sample Road", school="Clapton Park School", contact="Ring 07700 900123")
    return people.accept(service, people.refer(service, identity=identity, details=details, **changes))


def names(service: Service, typed: str, email: str = people.LEAD, **more: str) -> list[str]:
    with people.working(service, email) as work:
        return [row.person.head.full_name for row in queries.find(work, typed, **more).shown]


@pytest.mark.parametrize(
    "typed",
    [
        "marsh keira", "kiera", "star", "3/3/2012", "march 2012", "999 000 0018", "+44 7700 900123", "e81ea",
        "sample road", "clapton",
    ],
)  # fmt: skip
def test_a_young_person_is_found_by_any_part_of_what_is_held(sqlite_service: Service, typed: str) -> None:
    known(sqlite_service)
    elsewhere = PersonDetails(address="7 Other Lane", school="Elm School")
    people.open_case(sqlite_service, first_name="Leon", last_name="Wood", born=date(2009, 9, 9), details=elsewhere)
    assert names(sqlite_service, typed) == ["Keira Marsh"]


def test_the_best_come_first_and_a_case_is_found_by_its_reference(service: Service) -> None:
    case = known(service)
    people.open_case(service, first_name="Kiera", last_name="Mash", born=date(2011, 1, 1))
    assert names(service, "Keira Marsh") == ["Keira Marsh", "Kiera Mash"]
    assert names(service, case.reference.lower().replace("-", "")) == ["Keira Marsh"]
    with people.working(service, people.LEAD) as work:
        (result,) = queries.find(work, case.reference).shown
        assert [found.id for found in result.cases] == [case.id]


def test_a_referral_s_reference_leads_to_the_referral(sqlite_service: Service) -> None:
    referral = people.refer(sqlite_service)
    for email, expected in ((people.LEAD, [referral.id]), (people.OTHER_LEAD, [])):
        with people.working(sqlite_service, email) as work:
            found = queries.find(work, referral.reference)
            assert [pointer.record_id for pointer in found.pointers] == expected


def test_only_the_boroughs_one_leads_are_searched(service: Service) -> None:
    case = known(service)
    for typed in ("Keira Marsh", "999 000 0018", case.reference):
        assert names(service, typed, people.OTHER_LEAD) == []
    assert names(service, "Keira", people.LEAD, borough_gss=people.ISLINGTON) == []
    assert names(service, "Keira", people.LEAD, borough_gss=people.HACKNEY) == ["Keira Marsh"]


@pytest.mark.parametrize("email", [people.POLICE, people.HEALTH, people.MANAGER, None])
def test_nobody_but_a_lead_officer_searches(sqlite_service: Service, email: str | None) -> None:
    known(sqlite_service)
    with people.working(sqlite_service, email) as work, pytest.raises(NotPermitted):
        queries.find(work, "Keira")


def test_a_search_is_recorded_with_who_was_shown_and_nothing_that_was_typed(service: Service) -> None:
    case = known(service)
    names(service, "Keira Marsh 2012")
    with people.working(service, reading=True) as work:
        searched = work.session.scalars(select(AuditEntry).where(AuditEntry.action == "person.searched")).one()
        assert facts_of(work.session, searched) == {"terms": 3, "compared": 1, "shown": 1}
        shown = work.session.scalars(select(AuditEntry).where(AuditEntry.action == "person.found")).one()
        assert (shown.object_id, shown.borough_gss) == (case.person_id, people.HACKNEY)


def test_more_than_fifty_are_counted_and_not_shown(sqlite_service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "MOST_SHOWN", 2)
    for name in ("Ada", "Bea", "Cleo"):
        people.open_case(sqlite_service, first_name=name, last_name="Marsh")
    with people.working(sqlite_service, people.LEAD) as work:
        results = queries.find(work, "marsh")
        assert ([row.person.head.first_name for row in results.shown], results.more) == (["Ada", "Bea"], 1)


def test_too_many_to_compare_are_refused_with_what_to_do(
    sqlite_service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "MOST_COMPARED", 1)
    for name in ("Ada", "Bea"):
        people.open_case(sqlite_service, first_name=name, last_name="Marsh")
    with people.working(sqlite_service, people.LEAD) as work, pytest.raises(RuleBroken) as refused:
        queries.find(work, "marsh")
    assert refused.value.message.startswith("You may see 2 young people and a search compares at most 1")


@pytest.mark.parametrize("typed", ["", " ", ".,;"])
def test_nothing_to_look_for_is_refused(sqlite_service: Service, typed: str) -> None:
    with people.working(sqlite_service, people.LEAD) as work, pytest.raises(RuleBroken):
        queries.find(work, typed)
