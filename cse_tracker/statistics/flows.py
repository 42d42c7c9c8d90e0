"""Counts who came, left and changed in a quarter, from what stood at its beginning and at its end."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from cse_tracker.assessments.model import LevelDecision
from cse_tracker.cases import queries as case_queries
from cse_tracker.cases.model import OPEN, Case, CasePassage, CaseStatus
from cse_tracker.disclosure.model import CountTable, apart, single
from cse_tracker.people.model import Person
from cse_tracker.records.keys import unlock
from cse_tracker.rulebook.calendar import LONDON, Unit, due
from cse_tracker.statistics import categories, designs
from cse_tracker.statistics.designs import Design
from cse_tracker.statistics.periods import Period
from cse_tracker.work.unit import Work


def joined(work: Work, borough_gss: str, period: Period) -> CountTable:
    """Count young people with an open case at the quarter's end who had none at its beginning."""
    before, after = _at_both_ends(work, borough_gss, period)
    return single(designs.table_name(borough_gss, Design.JOINED), len(after.keys() - before.keys()))


def left(work: Work, borough_gss: str, period: Period) -> CountTable:
    """Count young people with an open case at the quarter's beginning who had none at its end."""
    before, after = _at_both_ends(work, borough_gss, period)
    return single(designs.table_name(borough_gss, Design.LEFT), len(before.keys() - after.keys()))


def changes(work: Work, borough_gss: str, period: Period) -> CountTable:
    """Count young people whose level was raised or lowered, who were back within a year, or who turned 18."""
    before, after = _at_both_ends(work, borough_gss, period)
    start, end = period.quarter_starts_at, period.ends_at
    both = [after[person] for person in after.keys() & before.keys()]
    levels = _levels(work, [case.id for case in both], start, end)
    found = {
        categories.CHANGE[0]: sum(last > first for first, last in levels.values()),
        categories.CHANGE[1]: sum(last < first for first, last in levels.values()),
        categories.CHANGE[2]: _back(work, after.keys() - before.keys(), start, end),
        categories.CHANGE[3]: _turned_18(work, before.keys() | after.keys(), start, end),
    }
    return apart(designs.table_name(borough_gss, Design.CHANGES), "change", found)


def _at_both_ends(work: Work, borough_gss: str, period: Period) -> tuple[dict[UUID, Case], dict[UUID, Case]]:
    before = case_queries.open_at(work, borough_gss, period.quarter_starts_at)
    after = case_queries.open_at(work, borough_gss, period.ends_at)
    return {case.person_id: case for case in before}, {case.person_id: case for case in after}


def _levels(work: Work, case_ids: list[UUID], start: datetime, end: datetime) -> dict[UUID, tuple[int, int]]:
    rows = list(
        work.session.scalars(
            select(LevelDecision).where(LevelDecision.case_id.in_(case_ids)).order_by(LevelDecision.ordinal)
        )
    )
    unlock(work.session, {row.compartment_id for row in rows})
    first = {row.case_id: row.body.level for row in rows if row.body.decided_at < start}
    last = {row.case_id: row.body.level for row in rows if row.body.decided_at < end}
    return {case_id: (first[case_id], last[case_id]) for case_id in first}


def _back(work: Work, came: Collection[UUID], start: datetime, end: datetime) -> int:
    cases = list(work.session.scalars(select(Case).where(Case.person_id.in_(came))))
    owners = {case.id: case.person_id for case in cases}
    passages = list(work.session.scalars(select(CasePassage).where(CasePassage.case_id.in_(owners))))
    unlock(work.session, {row.compartment_id for row in (*cases, *passages)})
    comings: dict[UUID, list[datetime]] = {person: [] for person in came}
    closings: dict[UUID, list[datetime]] = {person: [] for person in came}
    for case in cases:
        comings[case.person_id].append(case.head.opened_at)
    for row in passages:
        person, passed = owners[row.case_id], row.body
        if passed.status is CaseStatus.CLOSED:
            closings[person].append(passed.at)
        elif passed.before is CaseStatus.CLOSED and passed.status in OPEN:
            comings[person].append(passed.at)
    return sum(
        any(start <= at < end and _soon(closed, at) for at in comings[person] for closed in closings[person])
        for person in came
    )


def _soon(closed: datetime, at: datetime) -> bool:
    """Whether a return is a repeat, as it is where a case is reopened: within the 12 months of SafeLives' panels."""
    return closed < at <= due(closed, 12, Unit.MONTHS).at


def _turned_18(work: Work, persons: set[UUID], start: datetime, end: datetime) -> int:
    rows = list(work.session.scalars(select(Person).where(Person.id.in_(persons))))
    unlock(work.session, {row.compartment_id for row in rows})
    first = start.astimezone(LONDON).date()
    last = (end - timedelta(microseconds=1)).astimezone(LONDON).date()
    return sum(_age(row, first - timedelta(days=1)) == 17 and _age(row, last) == 18 for row in rows)


def _age(person: Person, day: date) -> int | None:
    return person.head.age_on(day)
