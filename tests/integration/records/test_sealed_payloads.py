"""A sealed payload opens in its own place only: moved, mixed or turned back, it does not open at all."""

from collections.abc import Iterator
from itertools import permutations
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, event, select, text, update
from sqlalchemy.orm import Session

from cse_tracker.app import Service
from cse_tracker.assessments.model import CertaintyFact
from cse_tracker.cases.model import Case
from cse_tracker.identity.model import User
from cse_tracker.people import commands as people_commands
from cse_tracker.people import queries as people_queries
from cse_tracker.people.model import Person, PersonDetails
from cse_tracker.people.rules import Identity
from cse_tracker.records.base import Base
from cse_tracker.records.keys import DataKey, KeyringMissing, destroy_compartment, new_compartment
from cse_tracker.records.sealed import SealedPayload, SealedRecord, move_compartment, payload_fields
from cse_tracker.rulebook.decisions import Certainty
from cse_tracker.vault.errors import CryptoError
from tests import people

TWO_TABLES = ["person", "data_key"]
Cell = tuple[SealedRecord, SealedPayload[Any]]


def raw(service: Service, model: type[SealedRecord], row_id: UUID, **values: Any) -> None:
    """Write past the service, as somebody with the database in hand would."""
    with service.store.engine.begin() as connection:
        connection.execute(update(model).where(model.id == row_id).values(**values))


def add_person(service: Service, name: str = "Keira", email: str = people.LEAD) -> Person:
    with people.working(service, email) as work:
        borough = people.HACKNEY if email == people.LEAD else people.ISLINGTON
        return people_commands.add(work, Identity(name, "Marsh"), PersonDetails(school=name), borough_gss=borough)


def name_of(service: Service, person_id: UUID, email: str = people.LEAD) -> str:
    with people.working(service, email, reading=True) as work:
        return people_queries.open_person(work, person_id).head.first_name


def two_facts(service: Service) -> tuple[Case, CertaintyFact, CertaintyFact]:
    """Two rows of one table, one compartment, one key and one revision."""
    case = people.open_case(service)
    people.certainty(service, case, Certainty.INDICATED)
    people.certainty(service, case, Certainty.KNOWN)
    with people.working(service, people.LEAD) as work:
        one, other = work.session.query(CertaintyFact).order_by(CertaintyFact.ordinal)
        assert one.compartment_id == other.compartment_id
        assert one.revision == other.revision
    return case, one, other


def test_what_was_saved_is_read_back_on_both_databases(service: Service) -> None:
    person = add_person(service)
    assert name_of(service, person.id) == "Keira"


def test_a_payload_moved_to_another_row_of_the_same_key_does_not_open(sqlite_service: Service) -> None:
    _, one, other = two_facts(sqlite_service)
    raw(sqlite_service, CertaintyFact, other.id, body_sealed=one.body_sealed)
    with people.working(sqlite_service, people.LEAD, reading=True) as work:
        assert work.session.get_one(CertaintyFact, one.id).body.certainty is Certainty.INDICATED
        with pytest.raises(CryptoError):
            _ = work.session.get_one(CertaintyFact, other.id).body


def test_a_payload_moved_to_another_column_does_not_open(sqlite_service: Service) -> None:
    person = add_person(sqlite_service)
    raw(sqlite_service, Person, person.id, head_sealed=person.body_sealed, body_sealed=person.head_sealed)
    with people.working(sqlite_service, people.LEAD, reading=True) as work:
        row = work.session.get_one(Person, person.id)
        for field in payload_fields(Person):
            with pytest.raises(CryptoError):
                field.__get__(row, Person)


def test_a_row_moved_to_another_compartment_does_not_open(sqlite_service: Service) -> None:
    one, other = add_person(sqlite_service), add_person(sqlite_service, "Leon")
    raw(sqlite_service, Person, one.id, compartment_id=other.compartment_id)
    with pytest.raises(CryptoError):
        name_of(sqlite_service, one.id)
    assert name_of(sqlite_service, other.id) == "Leon"


def test_a_data_key_copied_to_another_compartment_does_not_unwrap(sqlite_service: Service) -> None:
    one, other = add_person(sqlite_service), add_person(sqlite_service, "Leon")
    with sqlite_service.store.engine.begin() as connection:
        wrapped = connection.scalar(select(DataKey.wrapped).where(DataKey.compartment_id == one.compartment_id))
        connection.execute(
            update(DataKey).where(DataKey.compartment_id == other.compartment_id).values(wrapped=wrapped)
        )
    with pytest.raises(CryptoError):
        name_of(sqlite_service, other.id)


def test_a_record_given_to_another_borough_does_not_open_there(sqlite_service: Service) -> None:
    person = add_person(sqlite_service)
    with sqlite_service.store.engine.begin() as connection:
        connection.execute(text("UPDATE data_key SET scope = 'E09000019' WHERE scope = 'E09000012'"))
    raw(sqlite_service, Person, person.id, borough_gss=people.ISLINGTON)
    with pytest.raises(CryptoError):
        name_of(sqlite_service, person.id, people.OTHER_LEAD)


def test_an_older_revision_put_back_does_not_open(service: Service) -> None:
    case = people.open_case(service)
    with people.working(service, people.LEAD) as work:
        before = work.session.get_one(Case, case.id)
        old, revision = before.head_sealed, before.revision
    people.certainty(service, case)
    raw(service, Case, case.id, head_sealed=old)
    with people.working(service, people.LEAD, reading=True) as work:
        after = work.session.get_one(Case, case.id)
        assert after.revision == revision + 1
        with pytest.raises(CryptoError):
            _ = after.head


def cells(work_session: Session) -> Iterator[Cell]:
    """Every sealed cell of the store."""
    for mapper in Base.registry.mappers:
        if issubclass(mapper.class_, SealedRecord):
            for row in work_session.query(mapper.class_):
                yield from ((row, field) for field in payload_fields(mapper.class_))


def test_no_sealed_cell_of_a_store_opens_in_the_place_of_another(sqlite_service: Service) -> None:
    case, *_ = two_facts(sqlite_service)
    people.assess(sqlite_service, case, "older_boyfriend")
    people.decide(sqlite_service, case, 3)
    with people.working(sqlite_service, reading=True) as work:
        found = [cell for cell in cells(work.session) if not isinstance(cell[0], User)]
        assert len({row.__tablename__ for row, _ in found}) >= 7
        for (row, field), (other, place) in permutations(found, 2):
            with pytest.raises(CryptoError):
                place.open(other, getattr(row, field.column))
        for row, field in found:
            field.open(row, getattr(row, field.column))


def test_a_session_without_a_keyring_opens_nothing(sqlite_service: Service) -> None:
    person = add_person(sqlite_service)
    with Session(sqlite_service.store.engine) as session:
        row = session.get_one(Person, person.id)
        with pytest.raises(KeyringMissing):
            _ = row.head
        with pytest.raises(KeyringMissing):
            new_compartment(session, "staff")


def test_a_row_kept_beyond_its_work_can_no_longer_be_opened(sqlite_service: Service) -> None:
    person = add_person(sqlite_service)
    with people.working(sqlite_service, people.LEAD, reading=True) as work:
        row = people_queries.open_person(work, person.id)
    with pytest.raises(KeyringMissing):
        _ = row.head


def test_a_payload_that_was_never_given_is_a_defect(sqlite_service: Service) -> None:
    with people.working(sqlite_service) as work:
        compartment = new_compartment(work.session, "borough", people.HACKNEY)
        person = Person(borough_gss=people.HACKNEY, compartment_id=compartment)
        person.head = Identity("Keira", "Marsh")
        work.session.add(person)
        with pytest.raises(TypeError, match="without its body"):
            work.session.flush()
        work.session.rollback()


def test_unlocking_fifty_rows_makes_one_query_and_reading_them_none(sqlite_service: Service) -> None:
    with people.working(sqlite_service, people.LEAD) as work:
        ids = [
            people_commands.add(work, Identity(f"Name{n}", "Marsh"), PersonDetails(), borough_gss=people.HACKNEY).id
            for n in range(50)
        ]
    with people.working(sqlite_service, people.LEAD, reading=True) as work:
        asked: list[str] = []

        def count(_connection: Connection, _cursor: object, statement: str, *_: object) -> None:
            asked.append(statement)

        event.listen(sqlite_service.store.engine, "before_cursor_execute", count)
        rows = people_queries.persons(work, ids)
        assert [statement.split("FROM ")[1].split()[0] for statement in asked if "FROM" in statement] == TWO_TABLES
        assert {row.head.first_name for row in rows.values()} == {f"Name{n}" for n in range(50)}
        assert len([statement for statement in asked if "FROM" in statement]) == 2
        event.remove(sqlite_service.store.engine, "before_cursor_execute", count)


def test_neither_a_record_nor_its_payload_shows_content(sqlite_service: Service) -> None:
    person = add_person(sqlite_service)
    with people.working(sqlite_service, people.LEAD, reading=True) as work:
        row = people_queries.open_person(work, person.id)
        assert f"{row!r} {row} {row.head!r} {row.head} {row.body!r}" == (
            f"<Person {person.id}> <Person {person.id}> <Identity> <Identity> <PersonDetails>"
        )


def test_a_row_that_has_left_its_session_still_says_which_it_is(sqlite_service: Service) -> None:
    person = add_person(sqlite_service)
    with people.working(sqlite_service, people.LEAD) as work:
        row = people_queries.open_person(work, person.id)
        work.session.expire(row)
        work.session.expunge(row)
    assert repr(row) == f"<Person {person.id}>"
    fresh = Person(borough_gss=people.HACKNEY, compartment_id=uuid4())
    assert repr(fresh) == f"<Person {fresh.id}>"


def test_what_is_in_a_destroyed_compartment_can_never_be_opened(service: Service) -> None:
    person = add_person(service)
    with people.working(service) as work:
        destroy_compartment(work.session, person.compartment_id)
    with pytest.raises(CryptoError):
        name_of(service, person.id)


def test_a_compartment_destroyed_in_a_work_is_closed_at_once(sqlite_service: Service) -> None:
    person = add_person(sqlite_service)
    with people.working(sqlite_service, people.LEAD) as work:
        row = people_queries.open_person(work, person.id)
        assert row.head.first_name == "Keira"
        destroy_compartment(work.session, row.compartment_id)
        with pytest.raises(CryptoError):
            _ = row.body


def test_a_row_moved_properly_opens_under_its_new_key_and_outlives_the_old(service: Service) -> None:
    person = add_person(service)
    with people.working(service, people.LEAD) as work:
        row = people_queries.open_person(work, person.id)
        move_compartment(row, new_compartment(work.session, "borough", people.HACKNEY))
        work.session.flush()
        destroy_compartment(work.session, person.compartment_id)
    assert name_of(service, person.id) == "Keira"


def test_a_move_to_a_compartment_that_is_not_there_writes_nothing(sqlite_service: Service) -> None:
    person = add_person(sqlite_service)
    with pytest.raises(CryptoError), people.working(sqlite_service, people.LEAD) as work:
        move_compartment(people_queries.open_person(work, person.id), uuid4())
    assert name_of(sqlite_service, person.id) == "Keira"
