"""Counting once across boroughs, London from those who signed, and working figures that stay inside."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from cse_tracker.app import Service
from cse_tracker.cases.model import Case
from cse_tracker.disclosure.model import GRAND_TOTAL, CountTable, cell_key, table_from_stored
from cse_tracker.matching import commands as matching
from cse_tracker.matching.model import Answer
from cse_tracker.matching.queries import open_question
from cse_tracker.people.model import Person
from cse_tracker.people.rules import Sex
from cse_tracker.records.keys import new_compartment, unlock
from cse_tracker.referrals import commands as referrals
from cse_tracker.referrals import queries as referral_queries
from cse_tracker.statistics import agreements, london, working
from cse_tracker.statistics.categories import ELSEWHERE
from cse_tracker.statistics.counting import young_people
from cse_tracker.statistics.designs import Design
from cse_tracker.statistics.model import AgreementBody, LondonAgreement, MonthlyRelease, digest_of
from cse_tracker.statistics.periods import Period
from cse_tracker.work.errors import NotFound, NotPermitted, RuleBroken
from tests import people
from tests.people import HACKNEY, ISLINGTON, LEAD, MANAGER, OTHER_LEAD, POLICE
from tests.store import Clock

NOVEMBER = Period(date(2026, 11, 1))
GIRLS = cell_key(("sex", "Female"))


def known_to_both(service: Service, clock: Clock) -> Case:
    """Open a case of one young person in Hackney, and a day later in Islington."""
    case = people.open_case(service)
    clock.set(2026, 11, 17, 10)
    people.accept(service, people.refer(service, POLICE, borough_gss=ISLINGTON), OTHER_LEAD)
    clock.set(2026, 12, 1, 6)
    return case


def sign(service: Service, *boroughs: str) -> None:
    with people.working(service, MANAGER) as work:
        if HACKNEY in boroughs:
            agreements.sign(work, borough_gss=HACKNEY, paper="Agreement of 1 October 2026")
        with pytest.raises(NotPermitted):
            agreements.sign(work, borough_gss=ISLINGTON, paper="Somebody else's")
    for gss in set(boroughs) - {HACKNEY}:
        with people.working(service) as work:
            # The demo has no manager there.
            made = LondonAgreement(
                borough_gss=gss, signed_at=work.now, compartment_id=new_compartment(work.session, "borough", gss)
            )
            made.body = AgreementBody(signed_by=None, paper="Theirs")
            work.session.add(made)


def counted(service: Service, gss: str) -> CountTable:
    with people.working(service, reading=True) as work:
        return young_people(work, gss, NOVEMBER)


def elsewhere(service: Service, gss: str) -> dict[str, int]:
    table = counted(service, gss)
    return {each: table.cells[cell_key(("elsewhere", each))] for each in ELSEWHERE}


def settle(service: Service, case_id: UUID) -> None:
    """Islington asks whether anybody knows her, and Hackney says: that is her."""
    with people.working(service, OTHER_LEAD) as work:
        identity = people.answers().identity
        question = matching.Question(identity=identity, contact="", reason="We may both know her.")
        enquiry = matching.ask(work, question, borough_gss=ISLINGTON)
        answer_id = work.session.query(Answer).filter_by(enquiry_id=enquiry.id, borough_gss=HACKNEY).one().id
    with people.working(service, LEAD) as work:
        assert open_question(work, answer_id).person.id == work.session.get_one(Case, case_id).person_id
        matching.accept(work, work.session.get_one(Answer, answer_id), note="The same young person.")


def test_somebody_known_to_two_boroughs_counts_where_she_was_known_first(sqlite_service: Service, clock: Clock) -> None:
    case = known_to_both(sqlite_service, clock)
    here = {ELSEWHERE[0]: 0, ELSEWHERE[1]: 0, ELSEWHERE[2]: 1}
    assert elsewhere(sqlite_service, ISLINGTON) == here, "nobody is compared before both have signed"
    clock.set(2026, 11, 20)
    sign(sqlite_service, HACKNEY, ISLINGTON)
    clock.set(2026, 12, 1, 6)
    assert elsewhere(sqlite_service, HACKNEY) == here
    assert elsewhere(sqlite_service, ISLINGTON) == {ELSEWHERE[0]: 0, ELSEWHERE[1]: 1, ELSEWHERE[2]: 0}
    settle(sqlite_service, case.id)
    assert elsewhere(sqlite_service, HACKNEY) == here
    assert elsewhere(sqlite_service, ISLINGTON) == {ELSEWHERE[0]: 1, ELSEWHERE[1]: 0, ELSEWHERE[2]: 0}


def test_somebody_referred_by_two_agencies_counts_once_and_at_each(sqlite_service: Service, clock: Clock) -> None:
    case = people.open_case(sqlite_service)
    second = people.refer(sqlite_service, people.HEALTH)
    with people.working(sqlite_service, LEAD) as work:
        found = referral_queries.open_referral(work, second.id, for_change=True)
        referrals.accept_for_known(work, found, work.session.get_one(Case, case.id).person_id, people.NO_REPLY)
    clock.set(2026, 12, 1, 6)
    table = counted(sqlite_service, HACKNEY)
    assert table.cells[GRAND_TOTAL] == 1
    assert table.cells[cell_key(("known_to", "Police"))] == 1
    assert table.cells[cell_key(("known_to", "Health"))] == 1
    assert table.cells[cell_key(("source", "Health"))] == 0


def test_a_sex_and_a_date_of_birth_corrected_after_release_change_only_the_next_edition(
    sqlite_service: Service, clock: Clock
) -> None:
    case = people.open_case(sqlite_service)
    clock.set(2026, 12, 1, 6)
    people.published(sqlite_service, NOVEMBER.first)
    with people.working(sqlite_service) as work:
        person = work.session.get_one(Person, work.session.get_one(Case, case.id).person_id)
        unlock(work.session, [person.compartment_id])
        person.head = replace(person.head, sex=Sex.MALE, date_of_birth=date(2009, 5, 5))
    people.published(sqlite_service, NOVEMBER.first, reason="A sex and a date of birth were corrected.")
    with people.working(sqlite_service, reading=True) as work:
        rows = work.session.query(MonthlyRelease).order_by(MonthlyRelease.number).all()
        unlock(work.session, [row.compartment_id for row in rows])
        girls = [table_from_stored(row.body.snapshot["young-people"]).cells[GIRLS] for row in rows]
        assert (girls, [row.body.digest == digest_of(row.body) for row in rows]) == ([1, 0], [True, True])


def test_london_stands_only_on_boroughs_that_signed_and_published(sqlite_service: Service, clock: Clock) -> None:
    for number in range(12):
        people.open_case(sqlite_service, first_name=f"First{number}", last_name=f"Last{number}")
    clock.set(2026, 12, 1, 6)
    people.published(sqlite_service, NOVEMBER.first)
    with people.working(sqlite_service, MANAGER, reading=True) as work:
        before = london.open_london(work, NOVEMBER.first)
    assert (before.parts, before.range, before.linked, before.unsigned) == ((), None, None, 33)
    sign(sqlite_service, HACKNEY, ISLINGTON)
    with people.working(sqlite_service, MANAGER, reading=True) as work:
        found = london.open_london(work, NOVEMBER.first)
    assert [(part.borough_gss, part.text) for part in found.parts][1] == (ISLINGTON, "[x]")
    assert found.published == {HACKNEY}
    assert found.range is not None
    assert found.range.high is not None
    assert found.range.low <= 12 <= found.range.high
    assert found.linked is not None
    assert found.linked % 5 == 0
    assert [(each.name, each.boroughs, len(each.parts), len(each.published)) for each in found.sub_regions] == [
        ("Central", 7, 1, 0),
        ("East", 10, 1, 1),
    ]
    assert [each.text for each in found.sub_regions] == ["[x]", found.parts[0].text]
    with people.working(sqlite_service, MANAGER) as work:
        agreements.end(work, borough_gss=HACKNEY)
    with people.working(sqlite_service, MANAGER, reading=True) as work:
        assert london.open_london(work, NOVEMBER.first).published == frozenset(), "one that left stands there no more"


def test_an_agreement_is_signed_once_on_a_paper_and_by_the_boroughs_own_manager(sqlite_service: Service) -> None:
    with people.working(sqlite_service, MANAGER) as work:
        with pytest.raises(RuleBroken, match="which paper"):
            agreements.sign(work, borough_gss=HACKNEY, paper=" ")
        agreements.sign(work, borough_gss=HACKNEY, paper="Agreement of 1 October 2026")
        with pytest.raises(RuleBroken, match="already"):
            agreements.sign(work, borough_gss=HACKNEY, paper="Again")
    with people.working(sqlite_service, LEAD) as work, pytest.raises(NotPermitted):
        agreements.end(work, borough_gss=HACKNEY)


def test_working_figures_are_for_lead_officers_alone(sqlite_service: Service) -> None:
    people.open_case(sqlite_service)
    with people.working(sqlite_service, LEAD, reading=True) as work:
        found = working.working(work, HACKNEY)
    assert found.tables[Design.YOUNG_PEOPLE].cells[GRAND_TOTAL] == 1
    for email, gss in ((MANAGER, HACKNEY), (OTHER_LEAD, HACKNEY), (LEAD, ISLINGTON)):
        with people.working(sqlite_service, email, reading=True) as work, pytest.raises(NotFound):
            working.working(work, gss)
