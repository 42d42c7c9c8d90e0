"""The lead officer's dashboard in a store of one borough, and in one of all London."""

import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import event, insert, select

from cse_tracker.app import Service, build
from cse_tracker.audit.model import AuditEntry
from cse_tracker.cases.model import Case, CaseStatus
from cse_tracker.duties.model import Duty, DutyState
from cse_tracker.identity.model import Borough, User
from cse_tracker.meetings.model import Meeting, MeetingState
from cse_tracker.people.model import Person
from tests import people
from tests.store import CHEAP, Clock, StoreTemplates
from tests.web.client import Browser

NOW = datetime(2026, 11, 16, 10, tzinfo=UTC)
IN_A_BOROUGH, OPEN_IN_IT, IN_LONDON = 5_000, 200, 200_000
ROUNDS = 21
BATCH = 2_000
OPEN_SHARE = 25  # one case in so many is open, as in the borough


def measure() -> dict[str, float]:
    """Give the median seconds and the statements of one page, with 5,000 cases and with 200,000."""
    with tempfile.TemporaryDirectory(prefix="cse-bench-") as folder:
        templates = StoreTemplates(Path(folder))
        try:
            with templates.copy("sqlite", Path(folder)) as settings:
                service = build(settings, now=Clock(NOW), passwords=CHEAP)
                found = _both(service)
                service.store.engine.dispose()
        finally:
            templates.close()
    return found


def _both(service: Service) -> dict[str, float]:
    for number in range(OPEN_IN_IT):
        case = people.open_case(service, first_name=f"First{number}", last_name=f"Last{number}")
        if number % 2:
            people.assess(service, case, "older_boyfriend")
            people.decide(service, case, 2)
    boroughs = _fill(service, [people.HACKNEY], IN_A_BOROUGH - OPEN_IN_IT)
    lead = Browser(service).sign_in(people.LEAD)
    small, few = _page(service, lead)
    _fill(service, [gss for gss in boroughs if gss != people.HACKNEY], IN_LONDON - IN_A_BOROUGH)
    large, many = _page(service, lead)
    return {"small": small, "large": large, "statements_small": few, "statements_large": many}


def _page(service: Service, lead: Browser) -> tuple[float, int]:
    statements, times = 0, []

    def count(*_: object) -> None:
        nonlocal statements
        statements += 1

    for _ in range(3):
        assert lead.client.get("/").status_code == 200
    event.listen(service.store.engine, "before_cursor_execute", count)
    assert lead.client.get("/").status_code == 200
    event.remove(service.store.engine, "before_cursor_execute", count)
    for _ in range(ROUNDS):
        start = time.perf_counter()
        assert lead.client.get("/").status_code == 200
        times.append(time.perf_counter() - start)
    return statistics.median(times), statements


def _fill(service: Service, boroughs: list[str], number: int) -> list[str]:
    """Add cases with what belongs to them as copies of a real one.

    Their content does not open, and no page of the borough measured asks for it: it is there to be passed over.
    """
    with service.store.engine.begin() as connection:
        everywhere = list(connection.execute(select(Borough.gss)).scalars())
        rows = {
            kind: dict(connection.execute(select(kind.__table__).limit(1)).mappings().one())
            for kind in (Person, Case, Duty)
        }
        for start in range(0, number, BATCH):
            batch = range(start, min(start + BATCH, number))
            _insert(connection, rows, boroughs, batch)
    return everywhere


def _insert(connection: Any, rows: dict[Any, Any], boroughs: list[str], batch: range) -> None:
    made: dict[Any, list[dict[str, Any]]] = {Person: [], Case: [], Duty: [], AuditEntry: []}
    for place in batch:
        gss, person_id, case_id = boroughs[place % len(boroughs)], uuid4(), uuid4()
        standing = gss != people.HACKNEY and place % OPEN_SHARE == 0
        made[Person].append({**rows[Person], "id": person_id, "borough_gss": gss})
        left = None if standing else NOW - timedelta(days=place % 900 + 1)
        status = CaseStatus.ACTIVE if standing else CaseStatus.CLOSED
        made[Case].append(
            {**rows[Case], "id": case_id, "person_id": person_id, "borough_gss": gss, "status": status, "left_at": left}
        )
        for late in (0, 1):
            due_at = NOW + timedelta(days=3 * late - 1) if standing else NOW - timedelta(days=place % 900 + 5)
            state = DutyState.PENDING if standing else DutyState.MET
            made[Duty].append(
                {**rows[Duty], "id": uuid4(), "borough_gss": gss, "about_id": case_id, "due_at": due_at, "state": state}
            )
        made[AuditEntry].append(
            {
                "writer": uuid4(),
                "sequence": 1,
                "at_us": int((NOW.timestamp() - place % 10**7) * 10**6),
                "actor_id": uuid4(),
                "sign_in_id": None,
                "request_id": None,
                "action": "case.assessed",
                "object_type": "case",
                "object_id": case_id,
                "borough_gss": gss,
                "facts_sealed": b"x",
                "rows_sealed": None,
                "previous": b"x",
                "mac": b"x",
            }
        )
    for kind, values in made.items():
        connection.execute(insert(kind.__table__), values)
    _meetings(connection, made[Case])


def _meetings(connection: Any, cases: list[dict[str, Any]]) -> None:
    organiser = connection.execute(select(User.id).limit(1)).scalar_one()
    values = [
        {
            "id": uuid4(), "revision": 1, "compartment_id": case["compartment_id"], "key_version": 1,
            "borough_gss": case["borough_gss"], "case_id": case["id"], "organiser_id": organiser,
            "starts_at": NOW - timedelta(days=40), "ends_at": NOW - timedelta(days=39),
            "state": MeetingState.HELD_QUORATE, "calendar_sequence": 0, "head_sealed": b"x", "body_sealed": b"x",
        }
        for case in cases
    ]  # fmt: skip
    connection.execute(insert(Meeting), values)
