"""A service shows that it is there and whom to ask; nothing else reaches anybody."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import text

from cse_tracker.app import Service
from cse_tracker.cases import queries as case_queries
from cse_tracker.cases.model import Case
from cse_tracker.involvement import commands, queries
from cse_tracker.involvement.model import Marker
from cse_tracker.work.errors import NotFound, NotPermitted
from tests import people

SPECIALIST = "specialist@demo.example"


def mark(service: Service, email: str = SPECIALIST, **changes: Any) -> Marker:
    answers: dict[str, Any] = {
        "borough_gss": people.HACKNEY, "first_name": "Keira", "last_name": "Marsh", "born": date(2012, 3, 3),
        "contact": "Joseph, 020 7946 0000",
    }  # fmt: skip
    with people.working(service, email) as work:
        return commands.mark(work, commands.MarkerForm(**answers | changes))


def seen(service: Service, case: Case) -> list[tuple[str, str]]:
    with people.working(service, people.LEAD, reading=True) as work:
        row = case_queries.open_case(work, case.id)
        return [(each.agency, each.contact) for each in queries.on_case(work, row.case, row.person)]


def test_a_lead_officer_sees_the_service_and_its_contact_until_it_has_ended(service: Service) -> None:
    case = people.open_case(service)
    marker = mark(service)
    assert seen(service, case) == [("Safe Steps specialist service", "Joseph, 020 7946 0000")]
    with service.store.engine.connect() as connection:
        rows = connection.execute(text("SELECT * FROM involvement_marker")).all()
    assert not any(b"Marsh" in value for row in rows for value in row if isinstance(value, bytes))
    with people.working(service, people.POLICE) as work, pytest.raises(NotFound):
        commands.end(work, marker.id)
    with people.working(service, SPECIALIST) as work:
        commands.end(work, marker.id)
        assert queries.own(work) == []
    assert seen(service, case) == []


@pytest.mark.parametrize(
    "other",
    [{"first_name": "Kira"}, {"born": date(2012, 3, 4)}, {"borough_gss": people.ISLINGTON}],
)
def test_a_marker_of_somebody_else_is_never_shown(sqlite_service: Service, other: dict[str, Any]) -> None:
    case = people.open_case(sqlite_service)
    mark(sqlite_service, **other)
    assert seen(sqlite_service, case) == []


def test_a_service_sees_its_own_markers_only_and_a_manager_none(sqlite_service: Service) -> None:
    people.open_case(sqlite_service)
    mark(sqlite_service)
    with people.working(sqlite_service, SPECIALIST) as work:
        assert len(queries.own(work)) == 1
    with people.working(sqlite_service, people.HEALTH) as work:
        assert queries.own(work) == []
    with people.working(sqlite_service, people.MANAGER) as work, pytest.raises(NotPermitted):
        queries.own(work)
    with pytest.raises(NotPermitted):
        mark(sqlite_service, people.MANAGER)
