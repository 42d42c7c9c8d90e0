"""Counts what a month's designs need. Raw counts are made here and go straight into disclosure control.

The counting opens sealed heads with the work's keys and asks no access to cases: a manager who may see no young
person may still ask for figures, and gets them only as a release.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select

from cse_tracker.assessments.model import CertaintyFact, LevelDecision
from cse_tracker.cases import queries as case_queries
from cse_tracker.cases.model import Case
from cse_tracker.casework.model import CaseEntry
from cse_tracker.casework.queries import standing
from cse_tracker.casework.rules import Placement
from cse_tracker.disclosure.model import CountTable, one_way_tables, overlapping, two_way_table
from cse_tracker.identity import queries as identity
from cse_tracker.people.model import Person
from cse_tracker.people.rules import Sex
from cse_tracker.protocols import queries as protocols
from cse_tracker.referrals.model import Referral, ReferralState
from cse_tracker.rulebook.calendar import LONDON
from cse_tracker.rulebook.decisions import Certainty
from cse_tracker.statistics import categories, designs, elsewhere, flows, responses
from cse_tracker.statistics.designs import Design
from cse_tracker.statistics.periods import Period
from cse_tracker.work.unit import Work

Counter = Callable[[Work, str, Period], CountTable]
OUTCOMES = {
    ReferralState.ACCEPTED_NEW: categories.OUTCOME[0],
    ReferralState.JOINED_EXISTING: categories.OUTCOME[1],
    ReferralState.DECLINED: categories.OUTCOME[2],
    ReferralState.ADVICE_ONLY: categories.OUTCOME[4],
}
CERTAINTIES = {Certainty.INDICATED: categories.CERTAINTY[0], Certainty.KNOWN: categories.CERTAINTY[1]}
SEXES = {Sex.FEMALE: categories.SEX[0], Sex.MALE: categories.SEX[1], Sex.UNKNOWN: categories.SEX[2]}


def young_people(work: Work, borough_gss: str, period: Period) -> CountTable:
    """Count young people with an open case, as things stood at the month's end (or now, while it runs)."""
    end = min(period.ends_at, work.now + timedelta(microseconds=1))
    cases = case_queries.open_at(work, borough_gss, end)
    by_person = {case.person_id: case for case in cases}
    people = responses.opened(work, list(work.session.scalars(select(Person).where(Person.id.in_(by_person)))))
    certainty = _latest(work, CertaintyFact, cases, lambda fact: fact.body.recorded_at < end)
    levels = _latest(work, LevelDecision, cases, lambda fact: fact.body.decided_at < end)
    last_day = (end - timedelta(microseconds=1)).astimezone(LONDON).date()
    defined = [level.label for level in protocols.in_force(work, borough_gss, last_day).document.levels]
    labels = {case_id: fact.body.level_label for case_id, fact in levels.items()}
    own = list(by_person.values())
    known_to = _known_to(work, own, end)
    breakdowns = {
        "certainty": categories.tally(
            categories.CERTAINTY,
            [
                CERTAINTIES[certainty[c.id].body.certainty] if c.id in certainty else categories.CERTAINTY[2]
                for c in own
            ],
        ),
        "level": categories.tally(
            categories.levels(defined), [categories.level(labels.get(c.id), defined) for c in own]
        ),
        "sex": categories.tally(categories.SEX, [SEXES[person.head.sex] for person in people]),
        "age": categories.tally(
            categories.AGE, [categories.age_band(person.head.age_on(last_day)) for person in people]
        ),
        "ethnicity": categories.tally(
            categories.ETHNICITY, [categories.ethnic_group(person.body.ethnicity) for person in people]
        ),
        "looked_after": categories.tally(
            categories.LOOKED_AFTER, [categories.looked_after(person.body.looked_after) for person in people]
        ),
        "disability": categories.tally(
            categories.DISABILITY, [categories.yes_or_no(person.body.disability) for person in people]
        ),
        "from_abroad": categories.tally(
            categories.FROM_ABROAD, [categories.yes_or_no(person.body.from_abroad) for person in people]
        ),
        "placement": categories.tally(categories.PLACEMENT, _placements(work, own, last_day)),
        "source": categories.tally(
            (*categories.agency_kinds(), categories.NO_SOURCE), [next(iter(each)) for each in known_to]
        ),
        "elsewhere": categories.tally(
            categories.ELSEWHERE, elsewhere.standings(work, borough_gss, by_person, people, end)
        ),
    }
    table = one_way_tables(designs.table_name(borough_gss, Design.YOUNG_PEOPLE), "All", breakdowns)
    wanted = (*categories.agency_kinds(), categories.NO_SOURCE)
    return overlapping(table, "known_to", {kind: sum(kind in each for each in known_to) for kind in wanted})


def _known_to(work: Work, cases: list[Case], end: datetime) -> list[tuple[str, ...]]:
    """Give the kinds of agency that referred, for each case, in order; without any it says so."""
    wanted = select(Referral).where(Referral.case_id.in_([case.id for case in cases]), Referral.received_at < end)
    rows = list(work.session.scalars(wanted.order_by(Referral.received_at)))
    agencies = identity.agencies(work, [row.from_agency_id for row in rows])
    kinds: dict[UUID | None, dict[str, None]] = {}
    for row in rows:
        kinds.setdefault(row.case_id, {})[categories.agency_kind(agencies[row.from_agency_id].kind)] = None
    return [tuple(kinds.get(case.id, {categories.NO_SOURCE: None})) for case in cases]


def _placements(work: Work, cases: list[Case], day: date) -> list[str]:
    """Give where each case's young person is placed on a day, as far as it had been entered by then."""
    wanted = select(CaseEntry).where(CaseEntry.case_id.in_([case.id for case in cases])).order_by(CaseEntry.ordinal)
    entries: dict[UUID, list[CaseEntry]] = {}
    for row in responses.opened(work, work.session.scalars(wanted)):
        entries.setdefault(row.case_id, []).append(row)
    return [categories.placement(_codes(entries.get(case.id, []), day)) for case in cases]


def _codes(entries: list[CaseEntry], day: date) -> list[str]:
    by_then = [row for row in entries if row.body.recorded_at.astimezone(LONDON).date() <= day]
    placed = [row.body.what for row in standing(by_then) if row.holds_on(day)]
    return [each.code for each in placed if isinstance(each, Placement) and each.since <= day]


F = TypeVar("F", CertaintyFact, LevelDecision)


def _latest(work: Work, kind: type[F], cases: Iterable[Case], counts: Callable[[F], bool]) -> dict[UUID, F]:
    ids = [case.id for case in cases]
    rows = responses.opened(
        work, work.session.scalars(select(kind).where(kind.case_id.in_(ids)).order_by(kind.ordinal))
    )
    return {row.case_id: row for row in rows if counts(row)}


def referrals(work: Work, borough_gss: str, period: Period) -> CountTable:
    """Count referrals received in the month, by kind of agency and what had come of them by the month's end."""
    wanted = select(Referral).where(
        Referral.borough_gss == borough_gss,
        Referral.state != ReferralState.DRAFT,
        Referral.received_at >= period.starts_at,
        Referral.received_at < period.ends_at,
    )
    rows = list(work.session.scalars(wanted))
    agencies = identity.agencies(work, [row.from_agency_id for row in rows])
    counts: dict[tuple[str, str], int] = {}
    for row in rows:
        decided = row.decided_at is not None and row.decided_at < period.ends_at
        outcome = OUTCOMES.get(row.state, categories.OUTCOME[3]) if decided else categories.OUTCOME[3]
        cell = (categories.agency_kind(agencies[row.from_agency_id].kind), outcome)
        counts[cell] = counts.get(cell, 0) + 1
    name = designs.table_name(borough_gss, Design.REFERRALS)
    return two_way_table(name, "agency", "outcome", counts, rows=categories.agency_kinds(), columns=categories.OUTCOME)


COUNTERS: Mapping[Design, Counter] = {
    Design.YOUNG_PEOPLE: young_people,
    Design.JOINED: flows.joined,
    Design.LEFT: flows.left,
    Design.CHANGES: flows.changes,
    Design.REFERRALS: referrals,
    Design.DECISIONS: responses.decisions,
    Design.DECLINES: responses.declines,
    Design.DUTIES: responses.duties,
    Design.ACTIONS: responses.actions_due,
    Design.MISSING: responses.missing,
    Design.INTERVIEWS: responses.interviews,
    Design.ATTENDANCE: responses.attendance,
    Design.MEETINGS: responses.meetings_held,
    Design.FEEDBACK: responses.feedback,
    Design.GAPS: responses.gaps,
    Design.SERVICES: responses.services,
}


def count_all(work: Work, borough_gss: str, period: Period) -> dict[Design, CountTable]:
    """Count every design that a release of the month shows."""
    wanted = [each for each in COUNTERS if period.ends_a_quarter or each not in designs.QUARTERLY]
    return {each: COUNTERS[each](work, borough_gss, period) for each in wanted}
