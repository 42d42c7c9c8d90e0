"""Who may be the same young person: only among those whom the actor may know of."""

from datetime import date
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from cse_tracker.app import Service
from cse_tracker.audit.facts import facts_of
from cse_tracker.audit.model import AuditEntry
from cse_tracker.identity import commands as identity
from cse_tracker.identity.model import User
from cse_tracker.people import commands, queries
from cse_tracker.people.model import Person, PersonDetails
from cse_tracker.people.rules import Identity
from cse_tracker.referrals import queries as referral_queries
from cse_tracker.work.actor import Role
from cse_tracker.work.errors import NotFound, NotPermitted
from tests import people

BORN = date(2012, 3, 3)
BOROUGH_OF = {people.LEAD: people.HACKNEY, people.OTHER_LEAD: people.ISLINGTON}


def add(service: Service, name: str, email: str = people.LEAD, born: date | None = BORN) -> Person:
    first, _, last = name.partition(" ")
    with people.working(service, email) as work:
        return commands.add(
            work, Identity(first, last, date_of_birth=born), PersonDetails(), borough_gss=BOROUGH_OF[email]
        )


def found(service: Service, name: str, email: str = people.LEAD) -> list[tuple[UUID, str]]:
    first, _, last = name.partition(" ")
    with people.working(service, email, reading=True) as work:
        wanted = Identity(first, last, date_of_birth=BORN)
        return [(each.person.id, each.likeness.label) for each in queries.matches(work, wanted, about_id=uuid4())]


def test_a_name_spelt_otherwise_is_found_on_both_databases(service: Service) -> None:
    known = add(service, "Kiera Marsh")
    add(service, "Leon Wood", born=date(2009, 9, 9))
    assert found(service, "Keira Marsh") == [(known.id, "Likely match")]


def test_only_young_people_of_the_boroughs_one_leads_are_compared(service: Service) -> None:
    here, there = add(service, "Keira Marsh"), add(service, "Keira Marsh", people.OTHER_LEAD)
    assert [person_id for person_id, _ in found(service, "Keira Marsh")] == [here.id]
    assert [person_id for person_id, _ in found(service, "Keira Marsh", people.OTHER_LEAD)] == [there.id]


@pytest.mark.parametrize("email", [people.POLICE, people.HEALTH, people.MANAGER, None])
def test_nobody_else_is_shown_a_match(service: Service, email: str | None) -> None:
    add(service, "Keira Marsh")
    with people.working(service, email, reading=True) as work:
        assert queries.matches(work, Identity("Keira", "Marsh", date_of_birth=BORN), about_id=uuid4()) == []


def test_a_lead_officer_of_two_boroughs_is_shown_both(service: Service) -> None:
    both = {add(service, "Keira Marsh").id, add(service, "Keira Marsh", people.OTHER_LEAD).id}
    with people.working(service) as work:
        lead = work.session.scalars(select(User).where(User.email_token == identity.email_tokens(work, people.LEAD)[0]))
        identity.grant(work, lead.one(), role=Role.LEAD_OFFICER, borough_gss=people.ISLINGTON)
    assert {person_id for person_id, _ in found(service, "Keira Marsh")} == both


def test_the_likeliest_come_first_and_eight_at_most(sqlite_service: Service) -> None:
    for _ in range(9):
        add(sqlite_service, "Kiera Mash", born=date(2012, 3, 30))
    exact = add(sqlite_service, "Keira Marsh")
    shown = found(sqlite_service, "Keira Marsh")
    assert len(shown) == queries.MOST_SHOWN == 8
    assert shown[0][0] == exact.id


def test_showing_matches_is_recorded_with_how_many_and_no_name(service: Service) -> None:
    add(service, "Keira Marsh")
    add(service, "Leon Wood", born=date(2009, 9, 9))
    referral = people.refer(service)
    with people.working(service, people.LEAD) as work:
        referral_queries.matches(work, referral_queries.open_referral(work, referral.id))
    with people.working(service, reading=True) as work:
        entry = work.session.scalars(select(AuditEntry).where(AuditEntry.action == "person.matches_shown")).one()
        assert (entry.object_type, entry.object_id) == ("referral", referral.id)
        assert facts_of(work.session, entry) == {"compared": 2, "shown": 1}


@pytest.mark.parametrize("email", [people.OTHER_LEAD, people.POLICE, people.MANAGER, None])
def test_a_person_of_another_borough_or_for_another_role_is_not_found(service: Service, email: str | None) -> None:
    person = add(service, "Keira Marsh")
    with people.working(service, email, reading=True) as work:
        with pytest.raises(NotFound):
            queries.open_person(work, person.id)
        assert queries.persons(work, [person.id]) == {}


def test_a_person_who_is_not_there_looks_the_same_as_one_not_to_be_known(service: Service) -> None:
    person = add(service, "Keira Marsh")
    said = set()
    for person_id in (person.id, uuid4()):
        with people.working(service, people.OTHER_LEAD, reading=True) as work:
            with pytest.raises(NotFound) as refused:
                queries.open_person(work, person_id)
            said.add((type(refused.value), str(refused.value)))
    assert len(said) == 1


@pytest.mark.parametrize("email", [people.OTHER_LEAD, people.POLICE, people.MANAGER])
def test_only_a_lead_officer_adds_a_person_to_their_borough(sqlite_service: Service, email: str) -> None:
    with people.working(sqlite_service, email) as work, pytest.raises(NotPermitted):
        commands.add(work, Identity("Keira", "Marsh"), PersonDetails(), borough_gss=people.HACKNEY)


def test_every_person_has_a_compartment_of_their_own(sqlite_service: Service) -> None:
    one, other = add(sqlite_service, "Keira Marsh"), add(sqlite_service, "Leon Marsh")
    assert one.compartment_id != other.compartment_id
