"""The unit of work: returning commits, raising rolls back, reading writes nothing, and an attempt undoes its part."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
from sqlalchemy import bindparam, delete, insert, select, union_all, update

from cse_tracker.app import Service
from cse_tracker.audit.model import AuditEntry
from cse_tracker.identity import commands as identity
from cse_tracker.identity.model import Agency, Borough
from cse_tracker.records.keys import new_compartment
from cse_tracker.rulebook.terms import AgencyKind
from cse_tracker.tables import METADATA
from cse_tracker.work.actor import SYSTEM
from cse_tracker.work.errors import Conflict, NotFound, RuleBroken
from cse_tracker.work.event import Event
from cse_tracker.work.unit import Work, WroteWhileReading, unit_of_work
from tests import people

AGENCIES = METADATA.tables["agency"]


@dataclass(frozen=True, kw_only=True)
class Noted(Event):
    """Something that tests record."""

    name: ClassVar = "test.noted"
    subject: ClassVar = "test"


@dataclass(frozen=True, kw_only=True)
class Followed(Event):
    """Something that follows from another event."""

    name: ClassVar = "test.followed"
    subject: ClassVar = "test"


class Undone(Exception):
    """Something goes wrong in the middle of a work."""


def add(work: Work, name: str) -> Agency:
    return identity.add_agency(work, name=name, kind=AgencyKind.OTHER, borough_gss=None)


def names(service: Service) -> set[str]:
    with people.working(service, reading=True) as work:
        return set(work.session.scalars(select(Agency.name)))


def recorded(service: Service, name: str) -> int:
    with people.working(service, reading=True) as work:
        return len(work.session.scalars(select(AuditEntry).where(AuditEntry.action == name)).all())


# Of the closed ones, whether by an outer or an inner part of the statement.
OPEN = select(Agency.name).where(Agency.closed_at.is_(None), Agency.kind == bindparam("kind"))
CLOSED_APART = select(Agency.name).where(
    Agency.kind == bindparam("kind"), Agency.id.not_in(select(Agency.id).where(Agency.closed_at.is_not(None)))
)
BOTH = union_all(OPEN, select(Borough.name).where(Borough.gss == bindparam("kind")))


@pytest.mark.parametrize("wanted", [OPEN, CLOSED_APART, BOTH])
@pytest.mark.parametrize("apart", [True, False])
def test_a_read_finds_what_the_same_work_added_changed_and_took_away(
    service: Service, wanted: Any, *, apart: bool
) -> None:
    def found(work: Work) -> set[str]:
        return set(work.read(wanted, {"kind": AgencyKind.OTHER}, apart=apart).scalars())

    with people.working(service) as work:
        before = found(work)
        agency = Agency(name="Added", kind=AgencyKind.OTHER, borough_gss=None)
        work.session.add(agency)
        assert found(work) == before | {"Added"}
        agency.name = "Renamed"
        assert found(work) == before | {"Renamed"}
        agency.closed_at = work.now
        assert found(work) == before
        agency.closed_at = None
        assert found(work) == before | {"Renamed"}
        work.session.delete(agency)
        assert found(work) == before


def test_a_read_apart_of_other_tables_leaves_what_waits_waiting(service: Service) -> None:
    with people.working(service) as work:
        agency = Agency(name="Added", kind=AgencyKind.OTHER, borough_gss=None)
        work.session.add(agency)
        borough = select(Borough.name).where(Borough.gss == bindparam("gss"))
        work.read(borough, {"gss": people.HACKNEY}, apart=True)
        assert agency in work.session.new
        work.read(borough, {"gss": people.HACKNEY})
        assert agency not in work.session.new


def test_returning_commits_the_change_with_its_entry(service: Service) -> None:
    with people.working(service) as work:
        add(work, "Kept")
        work.record(Noted(subject_id=None))
    assert "Kept" in names(service)
    assert recorded(service, "test.noted") == 1


@pytest.mark.parametrize("error", [Undone(), NotFound(), RuleBroken("any", "Any."), KeyboardInterrupt()])
def test_raising_anything_keeps_neither_the_change_nor_its_entry(service: Service, error: BaseException) -> None:
    def fail() -> None:
        with people.working(service) as work:
            add(work, "Undone")
            work.record(Noted(subject_id=None))
            raise error

    with pytest.raises(type(error)):
        fail()
    assert "Undone" not in names(service)
    assert recorded(service, "test.noted") == 0


def test_reading_records_that_it_was_read(service: Service) -> None:
    with people.working(service, reading=True) as work:
        work.record(Noted(subject_id=None))
    assert recorded(service, "test.noted") == 1


def an_agency(work: Work) -> Agency:
    return work.session.scalars(select(Agency).order_by(Agency.name)).all()[0]


def change_a_row(work: Work) -> None:
    an_agency(work).name = "Changed"


def delete_a_row(work: Work) -> None:
    work.session.delete(an_agency(work))


def add_a_row(work: Work) -> None:
    work.session.add(Agency(name="Added", kind=AgencyKind.OTHER, borough_gss=None))


def make_a_compartment(work: Work) -> None:
    new_compartment(work.session, "staff")


def update_in_bulk(work: Work) -> None:
    work.session.execute(update(Agency).values(name="Changed"))


def delete_in_bulk(work: Work) -> None:
    work.session.execute(delete(Agency))


def insert_in_bulk(work: Work) -> None:
    row = {"id": work.actor.user_id, "revision": 1, "name": "Added", "kind": AgencyKind.OTHER}
    work.session.execute(insert(Agency), [row])


def update_the_table(work: Work) -> None:
    work.session.execute(update(AGENCIES).values(name="Changed"))


def delete_from_the_table(work: Work) -> None:
    work.session.execute(delete(AGENCIES))


WRITES = (
    change_a_row,
    delete_a_row,
    add_a_row,
    make_a_compartment,
    update_in_bulk,
    delete_in_bulk,
    insert_in_bulk,
    update_the_table,
    delete_from_the_table,
)


@pytest.mark.parametrize("write", WRITES)
def test_a_work_that_reads_refuses_every_kind_of_write(sqlite_service: Service, write: Callable[[Work], None]) -> None:
    def act() -> None:
        with people.working(sqlite_service, reading=True) as work:
            work.record(Noted(subject_id=None))
            write(work)

    before = names(sqlite_service)
    with pytest.raises(WroteWhileReading):
        act()
    assert names(sqlite_service) == before
    assert recorded(sqlite_service, "test.noted") == 0


@pytest.mark.parametrize("write", [change_a_row, add_a_row])
def test_the_same_write_is_done_by_a_work_that_may_write(
    sqlite_service: Service, write: Callable[[Work], None]
) -> None:
    before = names(sqlite_service)
    with people.working(sqlite_service) as work:
        write(work)
    assert names(sqlite_service) != before


def test_a_value_set_to_what_it_was_is_no_write(sqlite_service: Service) -> None:
    with people.working(sqlite_service, reading=True) as work:
        agency = an_agency(work)
        agency.name = str(agency.name)


def test_an_attempt_that_is_refused_undoes_its_part_and_its_events_alone(service: Service) -> None:
    def refuse(work: Work) -> None:
        with work.attempt():
            add(work, "Attempted")
            work.record(Noted(subject_id=None))
            code = "any"
            raise RuleBroken(code, "Any.")

    with people.working(service) as work:
        add(work, "Before")
        work.record(Followed(subject_id=None))
        with pytest.raises(RuleBroken):
            refuse(work)
        add(work, "After")
    assert {"Before", "After"} <= names(service)
    assert "Attempted" not in names(service)
    assert (recorded(service, "test.noted"), recorded(service, "test.followed")) == (0, 1)


def test_an_attempt_that_succeeds_keeps_its_part(service: Service) -> None:
    with people.working(service) as work, work.attempt():
        add(work, "Attempted")
        work.record(Noted(subject_id=None))
    assert "Attempted" in names(service)
    assert recorded(service, "test.noted") == 1


def test_an_attempt_that_fails_in_any_other_way_leaves_no_event_either(service: Service) -> None:
    def fail(work: Work) -> None:
        with work.attempt():
            add(work, "Attempted")
            work.record(Noted(subject_id=None))
            raise Undone

    with people.working(service) as work:
        with pytest.raises(Undone):
            fail(work)
        add(work, "After")
    assert "Attempted" not in names(service)
    assert recorded(service, "test.noted") == 0


def test_a_stale_row_in_an_attempt_is_a_conflict_and_the_rest_is_kept(service: Service) -> None:
    with people.working(service) as work:
        stale = an_agency(work)
    with people.working(service) as work:
        work.session.get_one(Agency, stale.id).name = "Changed"

    def save(work: Work) -> None:
        with work.attempt():
            work.session.add(stale)
            stale.name = "Stale"
            work.record(Noted(subject_id=None))

    with people.working(service) as work:
        with pytest.raises(Conflict):
            save(work)
        add(work, "After")
    assert {"Changed", "After"} <= names(service)
    assert recorded(service, "test.noted") == 0


def test_sealed_content_that_an_attempt_changed_is_as_before(service: Service) -> None:
    with people.working(service) as work:
        user = identity.add_user(
            work,
            add(work, "Any"),
            identity.NewUser("Ann", "a@b.example", "", "x" * 12),
            passwords=service.app.passwords,
        )
        work.session.flush()

        def rename() -> None:
            with work.attempt():
                user.head = type(user.head)("Other", "a@b.example", "")
                work.session.flush()
                assert user.head.name == "Other"
                raise NotFound

        with pytest.raises(NotFound):
            rename()
        assert user.head.name == "Ann"
    with people.working(service, reading=True) as work:
        assert work.session.get_one(type(user), user.id).head.name == "Ann"


def test_reactions_hear_every_event_even_of_other_reactions_in_the_same_transaction(sqlite_service: Service) -> None:
    heard: list[str] = []

    def react(work: Work, happened: Event) -> None:
        heard.append(happened.name)
        if isinstance(happened, Noted):
            work.record(Followed(subject_id=None))
            add(work, "By reaction")

    running = sqlite_service.tools.running
    with (
        sqlite_service.app.app_context(),
        unit_of_work(running.session(), SYSTEM, running.clock(), running.keyring(), reactions=(react,)) as work,
    ):
        work.record(Noted(subject_id=None))
    assert heard == ["test.noted", "test.followed", "agency.added"]
    assert recorded(sqlite_service, "test.followed") == 1
    assert "By reaction" in names(sqlite_service)
