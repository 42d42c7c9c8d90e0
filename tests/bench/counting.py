"""Counting a month of London from sealed cases, at one size and at ten times that size.

`CSE_TRACKER_BENCH_CASES` says the larger size (open cases in all boroughs together); the full run has 200,000.
"""

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from cse_tracker.app import Service, build
from cse_tracker.cases.model import Case, CaseBody, CaseHead
from cse_tracker.disclosure.model import GRAND_TOTAL
from cse_tracker.identity import queries as identity
from cse_tracker.people.model import Person, PersonDetails
from cse_tracker.people.rules import Identity, Sex
from cse_tracker.protocols.commands import adopt
from cse_tracker.protocols.model import ProtocolVersion
from cse_tracker.protocols.queries import in_force
from cse_tracker.records.keys import new_compartment
from cse_tracker.statistics import commands
from cse_tracker.statistics.designs import Design
from tests import people
from tests.store import CHEAP, Clock, StoreTemplates

QUICK = "--quick" in sys.argv
LARGE = int(os.environ.get("CSE_TRACKER_BENCH_CASES", "3300" if QUICK else "200000"))
SMALL = LARGE // 10
BATCH = 500
MONTH = date(2026, 10, 1)
OPENED = datetime(2026, 10, 5, 10, tzinfo=UTC)
SEXES = (Sex.FEMALE, Sex.FEMALE, Sex.MALE, Sex.UNKNOWN)
Line = tuple[str, float, str, float | None]


def figures(database: str = "sqlite") -> Iterator[Line]:
    """Give (name, value, unit, limit): how long a month takes at the larger size, and how that grew."""
    with tempfile.TemporaryDirectory() as folder:
        templates = StoreTemplates(Path(folder))
        try:
            with templates.copy(database, Path(folder)) as settings:
                service = build(settings, now=Clock(datetime(2026, 11, 16, 10, tzinfo=UTC)), passwords=CHEAP)
                govern(service)
                times = []
                for have, size in ((0, SMALL), (SMALL, LARGE)):
                    fill(service, have, size)
                    times.append(seconds(service, size))
                service.store.engine.dispose()
        finally:
            templates.close()
    small, large = times
    yield f"counting a month, {LARGE:,} sealed cases in 33 boroughs", large, "s", None
    yield f"counting a month, {LARGE:,} sealed cases / {SMALL:,}", large / small, "ratio", 12.0


def govern(service: Service) -> None:
    """Put the demo's protocol in force where there is none: levels are counted by its labels."""
    with people.working(service) as work:
        there = set(work.session.scalars(select(ProtocolVersion.borough_gss)))
        document = in_force(work, people.HACKNEY).document
        for each in identity.boroughs(work):
            if each.gss not in there:
                adopt(work, document, borough_gss=each.gss, in_force_from=date(2025, 1, 1))


def fill(service: Service, have: int, size: int) -> None:
    """Add open cases, sealed as the service seals them, in all boroughs in turn."""
    for start in range(have, size, BATCH):
        with people.working(service) as work:
            boroughs = [each.gss for each in identity.boroughs(work)]
            made = []
            for number in range(start, min(start + BATCH, size)):
                gss = boroughs[number % len(boroughs)]
                person = Person(borough_gss=gss, compartment_id=new_compartment(work.session, "borough", gss))
                person.head = Identity(
                    f"First{number}", f"Last{number}", sex=SEXES[number % 4],
                    date_of_birth=date(2008, 1, 1) + timedelta(days=number % 2_500),
                )  # fmt: skip
                person.body = PersonDetails(looked_after=("yes", "no")[number % 2])
                made.append(person)
            work.session.add_all(made)
            work.session.flush()
            keys = [new_compartment(work.session, "borough", person.borough_gss) for person in made]
            work.session.add_all(_case(person, key) for person, key in zip(made, keys, strict=True))


def _case(person: Person, compartment_id: UUID) -> Case:
    case = Case(borough_gss=person.borough_gss, person_id=person.id, compartment_id=compartment_id)
    case.head, case.body = CaseHead(opened_at=OPENED), CaseBody(opened_by=None)
    return case


def seconds(service: Service, size: int) -> float:
    """Count each borough in a unit of work of its own, so that every key is unwrapped and every head opened anew."""
    with people.working(service, reading=True) as work:
        boroughs = [each.gss for each in identity.boroughs(work)]
    found, start = 0, time.perf_counter()
    for gss in boroughs:
        with people.working(service, reading=True) as work:
            found += commands.count_month(work, gss, MONTH)[Design.YOUNG_PEOPLE].cells[GRAND_TOTAL]
    took = time.perf_counter() - start
    if found != size:
        message = f"{found} young people were counted, and {size} are there"
        raise RuntimeError(message)
    return took
