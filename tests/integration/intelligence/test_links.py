"""Links through the commands: found again within a borough, as existence only across, and never beyond who may see."""

import re
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.exc import IntegrityError

from cse_tracker.app import Service
from cse_tracker.audit.model import AuditEntry
from cse_tracker.cases import queries as cases
from cse_tracker.cases.model import Case
from cse_tracker.intelligence import commands, queries
from cse_tracker.intelligence.model import Relation
from cse_tracker.intelligence.queries import LinkRow
from cse_tracker.intelligence.rules import Kind, Platform
from cse_tracker.work.errors import NotFound, NotPermitted, RuleBroken
from tests import people
from tests.integration.intelligence.acts import GUARDED, SECRET, a_form, link


def links_of(service: Service, case: Case, email: str = people.LEAD) -> list[LinkRow]:
    with people.working(service, email, reading=True) as work:
        rows = queries.of_case(work, cases.open_case(work, case.id).case)
        for row in rows:
            assert row.link.body
            assert row.thing.head
            assert all(other.person.head for other in row.others)
        return rows


def elsewhere_case(service: Service, first: str = "Far", email: str = people.OTHER_LEAD) -> Case:
    referral = people.refer(service, email, borough_gss=people.ISLINGTON, first_name=first, last_name="Away")
    return people.accept(service, referral, email)


def names_of(rows: list[LinkRow]) -> list[list[str]]:
    return [[other.person.head.first_name for other in row.others] for row in rows]


SNAP = {"platform": Platform.SNAPCHAT}
BORN = {"born": date(1994, 2, 3)}
N9 = {"postcode": "N9 0AB"}


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        (Kind.PHONE, {"label": "07700 900982"}, {"label": "+44 (0)7700-900-982"}),
        (Kind.VEHICLE, {"label": "LK61 ABC"}, {"label": "lk6i-abc"}),
        (Kind.ADDRESS, {"label": "Flat 2, 14 Elm Road", "postcode": "n90ab"}, {"label": "14 Elm Rd, flat 2", **N9}),
        (Kind.VENUE, {"label": "The Golden Fry", "postcode": "N9"}, {"label": "golden fry", **N9}),
        (Kind.ONLINE, {"label": "@King.D", **SNAP}, {"label": "snapchat.com/add/king.d", **SNAP}),
        (Kind.PERSON, {"label": "Stephen Marsh", **BORN}, {"label": "Steven  MARSH", **BORN}),
    ],
)
def test_another_spelling_finds_the_same_thing_in_the_borough_and_across(
    sqlite_service: Service, kind: Kind, one: dict[str, Any], other: dict[str, Any]
) -> None:
    mine, second = people.open_case(sqlite_service), people.open_case(sqlite_service, first_name="Amal")
    far = elsewhere_case(sqlite_service)
    link(sqlite_service, mine.id, kind, **one)
    link(sqlite_service, second.id, kind, **other)
    link(sqlite_service, far.id, kind, email=people.OTHER_LEAD, **other)
    for case, names in ((mine, ["Amal"]), (second, ["Keira"])):
        (row,) = links_of(sqlite_service, case)
        assert [found.person.head.first_name for found in row.others] == names
        assert [found.borough for found in row.elsewhere] == ["Islington"]
    (row,) = links_of(sqlite_service, far, people.OTHER_LEAD)
    assert row.others == ()
    (found,) = row.elsewhere
    assert found.borough == "Hackney"
    assert any(people.LEAD in contact for contact in found.contacts)


def test_each_borough_s_audit_says_that_the_link_was_found_and_nothing_of_the_content(service: Service) -> None:
    mine, far = people.open_case(service), elsewhere_case(service)
    link(service, mine.id, Kind.PHONE, "07700 900982")
    link(service, far.id, Kind.PHONE, "07700900982", people.OTHER_LEAD)
    with people.working(service, reading=True) as work:
        rows = work.session.scalars(select(AuditEntry).where(AuditEntry.action == "link.found_elsewhere")).all()
        assert {row.borough_gss for row in rows} == {people.HACKNEY}
        me = rows[0].actor_id
    with people.working(service, people.OTHER_LEAD) as work:
        assert work.actor.user_id == me


def test_what_may_be_shared_only_under_conditions_is_not_told_to_another_borough(service: Service) -> None:
    mine, far = people.open_case(service), elsewhere_case(service)
    with pytest.raises(RuleBroken) as refused:
        link(service, mine.id, Kind.VEHICLE, "LK61 ABC", grade=GUARDED)
    assert refused.value.field == "conditions"
    link(service, mine.id, Kind.VEHICLE, "LK61 ABC", grade=GUARDED, conditions="Ask DC Price first")
    link(service, far.id, Kind.VEHICLE, "LK61 ABC", people.OTHER_LEAD)
    assert links_of(service, far, people.OTHER_LEAD)[0].elsewhere == ()
    assert [found.borough for found in links_of(service, mine)[0].elsewhere] == ["Islington"]
    link(service, mine.id, Kind.VEHICLE, "lk61abc")
    assert [found.borough for found in links_of(service, far, people.OTHER_LEAD)[0].elsewhere] == ["Hackney"]


def test_a_link_that_is_taken_back_no_longer_counts_anywhere(service: Service) -> None:
    mine, second, far = people.open_case(service), people.open_case(service, first_name="Amal"), elsewhere_case(service)
    wrong = link(service, mine.id, Kind.PHONE, "07700 900982")
    link(service, far.id, Kind.PHONE, "07700 900982", people.OTHER_LEAD)
    with people.working(service, people.LEAD) as work:
        commands.withdraw(work, queries.open_link(work, wrong.id, for_change=True), reason="It was her aunt's number.")
    assert links_of(service, far, people.OTHER_LEAD)[0].elsewhere == ()
    link(service, second.id, Kind.PHONE, "07700 900982")
    assert names_of(links_of(service, second)) == [[]]
    (row,) = links_of(service, mine)
    assert not row.link.body.stands
    with pytest.raises(RuleBroken, match="already"), people.working(service, people.LEAD) as work:
        commands.withdraw(work, queries.open_link(work, wrong.id, for_change=True), reason="Again.")


def test_a_namesake_is_asked_about_and_a_name_alone_never_joins_two_people(service: Service) -> None:
    mine, second = people.open_case(service), people.open_case(service, first_name="Amal")
    first = link(service, mine.id, Kind.PERSON, "Adam Bright")
    with pytest.raises(RuleBroken) as refused:
        link(service, second.id, Kind.PERSON, "adam bright")
    assert refused.value.field == "same_as"
    other = link(service, second.id, Kind.PERSON, "adam bright", new_for_sure=True)
    assert other.to_thing_id != first.to_thing_id
    same = link(service, second.id, Kind.PERSON, "adam bright", same_as=first.to_thing_id)
    assert same.to_thing_id == first.to_thing_id
    with pytest.raises(NotFound):
        link(service, elsewhere_case(service).id, Kind.PERSON, "x", people.OTHER_LEAD, same_as=first.to_thing_id)


def test_the_network_goes_three_steps_and_shows_nothing_of_other_boroughs(service: Service) -> None:
    mine, second = people.open_case(service), people.open_case(service, first_name="Amal")
    third, far = people.open_case(service, first_name="Bo"), elsewhere_case(service)
    car = link(service, mine.id, Kind.VEHICLE, "LK61 ABC")
    link(service, second.id, Kind.VEHICLE, "LK61 ABC")
    link(service, second.id, Kind.PHONE, "07700 900982")
    link(service, third.id, Kind.PHONE, "07700 900982")
    link(service, far.id, Kind.VEHICLE, "LK61 ABC", people.OTHER_LEAD)
    guarded = link(
        service, mine.id, Kind.ADDRESS, "1 Elm Road", grade=GUARDED, conditions="Ask first", postcode="N9 0AB"
    )
    with people.working(service, people.LEAD) as work:
        keeper = a_form(Kind.PERSON, "Adam Bright", relation=Relation.KEEPS)
        commands.connect(work, queries.open_thing(work, car.to_thing_id), keeper)
        with pytest.raises(RuleBroken, match="itself"):
            commands.connect(work, queries.open_thing(work, car.to_thing_id), a_form(Kind.VEHICLE, "LK61ABC"))
    with people.working(service, people.LEAD, reading=True) as work:
        found = queries.network(work, mine.id)
        assert set(found.cases) == {mine.id, second.id}
        assert {thing.head.kind for thing in found.things.values()} == {Kind.VEHICLE, Kind.PHONE, Kind.PERSON}
        assert guarded.to_thing_id not in found.things
        assert guarded.to_thing_id in queries.network(work, mine.id, under_conditions=True).things
        common = queries.shared(work)
        assert [(row.thing.head.shown, len(row.cases), len(row.elsewhere)) for row in common] == [
            ("LK61 ABC", 2, 1),
            ("07700 900982", 2, 0),
        ]


def test_a_large_network_is_cut_and_says_so(sqlite_service: Service) -> None:
    mine = people.open_case(sqlite_service)
    with people.working(sqlite_service, people.LEAD) as work:
        case = cases.open_case(work, mine.id, for_change=True).case
        for number in range(queries.MOST_DRAWN + 5):
            commands.link(work, case, a_form(Kind.PHONE, f"07700 9{number:05}"))
    with people.working(sqlite_service, people.LEAD, reading=True) as work:
        found = queries.network(work, mine.id)
    assert found.cut
    assert len(found.cases) + len(found.things) == queries.MOST_DRAWN


def test_statements_do_not_grow_with_the_links(sqlite_service: Service) -> None:
    mine = people.open_case(sqlite_service)
    counts = []
    for numbers in (range(2), range(2, 22)):
        with people.working(sqlite_service, people.LEAD) as work:
            case = cases.open_case(work, mine.id, for_change=True).case
            for number in numbers:
                commands.link(work, case, a_form(Kind.PHONE, f"07700 9{number:05}"))
        seen: list[str] = []
        with sqlite_service.app.app_context(), people.working(sqlite_service, people.LEAD, reading=True) as work:
            connection = work.session.connection()
            event.listen(connection, "before_cursor_execute", lambda *given, into=seen: into.append(given[2]))
            queries.of_case(work, cases.open_case(work, mine.id).case)
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_nobody_else_sees_records_or_takes_back_a_link(service: Service) -> None:
    mine = people.open_case(service)
    made = link(service, mine.id, Kind.PHONE, "07700 900982")
    for email in (people.OTHER_LEAD, people.POLICE, people.MANAGER):
        for act in (
            lambda work: queries.open_link(work, made.id),
            lambda work: queries.open_thing(work, made.to_thing_id),
        ):
            with pytest.raises(NotFound), people.working(service, email) as work:
                act(work)
        with pytest.raises(NotPermitted), people.working(service, email) as work:
            commands.link(work, mine, a_form(Kind.PHONE, "07700 900982"))
    with pytest.raises(NotPermitted), people.working(service, people.POLICE) as work:
        queries.shared(work)
    with people.working(service, people.OTHER_LEAD, reading=True) as work:
        assert queries.network(work, mine.id).cases == {}
        assert queries.shared(work) == []


def test_a_link_has_exactly_one_beginning(service: Service) -> None:
    mine = people.open_case(service)
    made = link(service, mine.id, Kind.PHONE, "07700 900982")
    for change in ("from_case_id = NULL", f"from_thing_id = '{UUID(int=made.to_thing_id.int).hex}'"):
        with pytest.raises(IntegrityError), service.store.engine.begin() as connection:
            connection.execute(text(f"UPDATE link SET {change}"))


def test_nothing_that_was_typed_stands_in_the_store_in_plain(sqlite_service: Service) -> None:
    mine = people.open_case(sqlite_service)
    link(sqlite_service, mine.id, Kind.PHONE, "07700 900982")
    link(sqlite_service, mine.id, Kind.PERSON, "Adam Bright", born=date(1994, 2, 3), description="Scar on chin")
    with sqlite_service.store.engine.connect() as connection:
        for table in ("link", "linked_thing", "link_token"):
            rows = repr(connection.execute(text(f"SELECT * FROM {table}")).all())
            # An id or a token may hold four digits by chance; what was typed would stand between other signs.
            rows = re.sub(r"\b[0-9a-f]{32,}\b", "", rows)
            for word in ("900982", "Bright", "Scar", SECRET, "1994", "Price"):
                assert word not in rows
