"""A service's name is its agency's own: whoever takes one that is not free is told so, by form and by file."""

from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import func, select

from cse_tracker.app import Service as Running
from cse_tracker.directory import commands, queries
from cse_tracker.directory.model import Service
from cse_tracker.directory.rules import DirectoryRefused
from cse_tracker.hsds.reading import Listed, read
from cse_tracker.hsds.writing import write
from cse_tracker.identity import queries as identity
from cse_tracker.work.errors import RuleBroken
from tests import people
from tests.integration.outbound import acts
from tests.people import LEAD


def listed(running: Running) -> list[Listed]:
    with people.working(running, LEAD) as work:
        return sorted(queries.listed(work), key=lambda each: each.name)


def problems(running: Running, lines: list[Listed]) -> list[str]:
    """Bring a file in that is refused, and see that nothing of it was kept."""
    before = listed(running)
    with pytest.raises(DirectoryRefused) as refused, people.working(running, LEAD) as work:
        commands.load(work, read(write(lines)))
    assert listed(running) == before
    return refused.value.problems


def test_a_file_that_gives_a_service_the_name_of_another_is_refused_and_says_where(service: Running) -> None:
    acts.service_of(service, name="Art")
    acts.service_of(service, name="Boxing")
    art, boxing = listed(service)
    known = "name: another service of this agency is known here by this name"
    assert problems(service, [replace(art, wait_weeks=9), replace(boxing, name="Art ")]) == [
        "contents, 2, name: the same as that of another service of this agency, contents, 1"
    ]
    assert problems(service, [replace(boxing, name="Art")]) == [f"contents, 1, {known}"]
    swapped = [replace(art, name="Boxing"), replace(boxing, name="Art")]
    assert problems(service, swapped) == [f"contents, {number}, {known}" for number in (1, 2)]


def test_two_new_services_of_one_name_are_not_made_one(sqlite_service: Running) -> None:
    acts.service_of(sqlite_service, name="Art")
    (art,) = listed(sqlite_service)
    twins = [replace(art, id=UUID(int=number, version=4), name="Boxing", agency="New Start") for number in (1, 2)]
    assert problems(sqlite_service, twins) == [
        "contents, 2, name: the same as that of another service of this agency, contents, 1"
    ]


def test_a_closed_service_is_named_as_why_a_name_is_not_free(sqlite_service: Running) -> None:
    service_id = acts.service_of(sqlite_service)
    with people.working(sqlite_service, LEAD) as work:
        commands.close(work, queries.open_service(work, service_id).service)
    other = acts.service_of(sqlite_service, name="Art")
    with (
        pytest.raises(RuleBroken, match="of this name, which is closed"),
        people.working(sqlite_service, LEAD) as work,
    ):
        commands.keep(work, queries.open_service(work, other, for_change=True).service, acts.entry())
    # Entered again, it is open again and not a second one.
    assert acts.service_of(sqlite_service) == service_id


def test_the_form_of_one_agency_s_service_enters_none_for_another(sqlite_service: Running) -> None:
    service_id = acts.service_of(sqlite_service)
    acts.service_of(sqlite_service, acts.WITHOUT_ACCOUNT, name="Art")
    with people.working(sqlite_service, LEAD, reading=True) as work:
        other = identity.agency_named(work, acts.WITHOUT_ACCOUNT)
    with pytest.raises(RuleBroken, match="belongs to another service"), people.working(sqlite_service, LEAD) as work:
        commands.enter(work, other, acts.entry(), service_id=service_id)
    with people.working(sqlite_service, LEAD, reading=True) as work:
        assert work.session.scalar(select(func.count()).select_from(Service)) == 2
