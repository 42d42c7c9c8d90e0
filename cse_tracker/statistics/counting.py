"""Counts what a month's designs need. Raw counts are made here and go straight into disclosure control.

The counting opens sealed heads with the work's keys and asks no access to cases: a manager who may see no young
person may still ask for figures, and gets them only as a release.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select

from cse_tracker.assessments.model import CertaintyFact, LevelDecision
from cse_tracker.cases import queries as case_queries
from cse_tracker.cases.model import Case
from cse_tracker.disclosure.model import CountTable, one_way_tables, single, two_way_table
from cse_tracker.identity import queries as identity
from cse_tracker.meetings.model import HELD, PRESENT, Meeting
from cse_tracker.people.model import Person
from cse_tracker.people.rules import Sex
from cse_tracker.protocols import queries as protocols
from cse_tracker.records.keys import unlock
from cse_tracker.records.sealed import SealedRecord
from cse_tracker.referrals.model import Referral, ReferralState
from cse_tracker.rulebook.decisions import Certainty
from cse_tracker.statistics import rules
from cse_tracker.statistics.rules import Design, Period
from cse_tracker.work.unit import Work

Counter = Callable[[Work, str, Period], CountTable]
OUTCOMES = {
    ReferralState.ACCEPTED_NEW: rules.OUTCOME[0],
    ReferralState.JOINED_EXISTING: rules.OUTCOME[1],
    ReferralState.DECLINED: rules.OUTCOME[2],
    ReferralState.SUBMITTED: rules.OUTCOME[3],
}
CERTAINTIES = {Certainty.INDICATED: rules.CERTAINTY[0], Certainty.KNOWN: rules.CERTAINTY[1]}
SEXES = {Sex.FEMALE: rules.SEX[0], Sex.MALE: rules.SEX[1], Sex.UNKNOWN: rules.SEX[2]}


def young_people(work: Work, borough_gss: str, period: Period) -> CountTable:
    """Count young people with an open case, as things stood at the month's end (or now, while it runs)."""
    end = min(period.ends_at, work.now + timedelta(microseconds=1))
    cases = case_queries.open_at(work, borough_gss, end)
    by_person = {case.person_id: case for case in cases}
    people = _opened(work, list(work.session.scalars(select(Person).where(Person.id.in_(by_person)))))
    certainty = _latest(work, CertaintyFact, cases, lambda fact: fact.body.recorded_at < end)
    levels = _latest(work, LevelDecision, cases, lambda fact: fact.body.decided_at < end)
    last_day = (end - timedelta(microseconds=1)).astimezone(rules.LONDON).date()
    defined = [level.label for level in protocols.in_force(work, borough_gss, last_day).document.levels]
    labels = {case_id: fact.body.level_label for case_id, fact in levels.items()}
    own = list(by_person.values())
    breakdowns = {
        "certainty": rules.tally(
            rules.CERTAINTY,
            [CERTAINTIES[certainty[c.id].body.certainty] if c.id in certainty else rules.CERTAINTY[2] for c in own],
        ),
        "level": rules.tally(rules.levels(defined), [rules.level(labels.get(c.id), defined) for c in own]),
        "sex": rules.tally(rules.SEX, [SEXES[person.head.sex] for person in people]),
        "age": rules.tally(rules.AGE, [rules.age_band(person.head.age_on(last_day)) for person in people]),
    }
    return one_way_tables(_name(borough_gss, Design.YOUNG_PEOPLE), "All", breakdowns)


def _name(borough_gss: str, design: Design) -> str:
    return f"{borough_gss}/{design.value}/{rules.DESIGNS_VERSION}"


R = TypeVar("R", bound=SealedRecord)
F = TypeVar("F", CertaintyFact, LevelDecision)


def _opened(work: Work, found: Iterable[R]) -> list[R]:
    rows = list(found)
    unlock(work.session, {row.compartment_id for row in rows})
    return rows


def _latest(work: Work, kind: type[F], cases: Iterable[Case], counts: Callable[[F], bool]) -> dict[UUID, F]:
    ids = [case.id for case in cases]
    rows = _opened(work, work.session.scalars(select(kind).where(kind.case_id.in_(ids)).order_by(kind.ordinal)))
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
        outcome = OUTCOMES[row.state] if decided else rules.OUTCOME[3]
        cell = (rules.agency_kind(agencies[row.from_agency_id].kind), outcome)
        counts[cell] = counts.get(cell, 0) + 1
    name = _name(borough_gss, Design.REFERRALS)
    return two_way_table(name, "agency", "outcome", counts, rows=rules.agency_kinds(), columns=rules.OUTCOME)


def _held(work: Work, borough_gss: str, period: Period) -> list[Meeting]:
    wanted = select(Meeting).where(
        Meeting.borough_gss == borough_gss,
        Meeting.state.in_(HELD),
        Meeting.starts_at >= period.starts_at,
        Meeting.starts_at < period.ends_at,
    )
    return _opened(work, work.session.scalars(wanted))


def attendance(work: Work, borough_gss: str, period: Period) -> CountTable:
    """Count invitations to meetings held in the month, by kind of agency and whether it came."""
    meetings = _held(work, borough_gss, period)
    invitations = [invitation for meeting in meetings for invitation in meeting.invitations]
    agencies = identity.agencies(work, [invitation.agency_id for invitation in invitations])
    counts: dict[tuple[str, str], int] = {}
    for invitation in invitations:
        came = rules.ATTENDED[0] if invitation.body.attendance in PRESENT else rules.ATTENDED[1]
        cell = (rules.agency_kind(agencies[invitation.agency_id].kind), came)
        counts[cell] = counts.get(cell, 0) + 1
    name = _name(borough_gss, Design.ATTENDANCE)
    return two_way_table(name, "agency", "attendance", counts, rows=rules.agency_kinds(), columns=rules.ATTENDED)


def meetings_held(work: Work, borough_gss: str, period: Period) -> CountTable:
    """Count meetings held in the month."""
    return single(_name(borough_gss, Design.MEETINGS), len(_held(work, borough_gss, period)))


COUNTERS: Mapping[Design, Counter] = {
    Design.YOUNG_PEOPLE: young_people,
    Design.REFERRALS: referrals,
    Design.ATTENDANCE: attendance,
    Design.MEETINGS: meetings_held,
}
