"""Counts how the partnership responded in a month: decisions, duties, missing episodes, meetings."""

from collections.abc import Hashable, Iterable
from datetime import date, datetime, timedelta
from typing import Final, TypeVar

from sqlalchemy import or_, select

from cse_tracker.actions import queries as actions
from cse_tracker.actions.model import ActionState
from cse_tracker.disclosure.model import CountTable, one_way_tables, two_way_table
from cse_tracker.duties.model import Duty, DutyState
from cse_tracker.identity import queries as identity
from cse_tracker.meetings import queries as meetings
from cse_tracker.meetings.rules import Attendance
from cse_tracker.missing.model import Episode, EpisodeState, ReturnInterview
from cse_tracker.missing.rules import IN_TIME, Kind
from cse_tracker.outbound import queries as outbound
from cse_tracker.outbound.rules import DeclineReason, GapKind
from cse_tracker.protocols import queries as protocols
from cse_tracker.records.keys import unlock
from cse_tracker.records.sealed import SealedRecord
from cse_tracker.referrals.model import Referral, ReferralDecision, ReferralState
from cse_tracker.rulebook.calendar import LONDON, is_working_day
from cse_tracker.statistics import categories, designs
from cse_tracker.statistics.designs import Design
from cse_tracker.statistics.periods import Period
from cse_tracker.work.unit import Work

R = TypeVar("R", bound=SealedRecord)
K = TypeVar("K", bound=Hashable)
# Nothing was owed any more: the cause had gone, or another duty took its place.
GONE: Final = (DutyState.VOID, DutyState.SUPERSEDED)


def opened(work: Work, found: Iterable[R]) -> list[R]:
    """Give rows with the keys of all of them unwrapped at once."""
    rows = list(found)
    unlock(work.session, {row.compartment_id for row in rows})
    return rows


def _one_way(borough_gss: str, design: Design, dimension: str, order: tuple[str, ...], found: list[str]) -> CountTable:
    return one_way_tables(designs.table_name(borough_gss, design), "All", {dimension: categories.tally(order, found)})


def _decided(work: Work, borough_gss: str, period: Period) -> list[Referral]:
    wanted = select(Referral).where(
        Referral.borough_gss == borough_gss,
        Referral.decided_at >= period.starts_at,
        Referral.decided_at < period.ends_at,
    )
    return list(work.session.scalars(wanted))


def decisions(work: Work, borough_gss: str, period: Period) -> CountTable:
    """Count referrals decided in the month by the working days that it took."""
    found = [
        categories.time_taken(working_days(row.received_at, row.decided_at))
        for row in _decided(work, borough_gss, period)
        if row.received_at is not None and row.decided_at is not None
    ]
    return _one_way(borough_gss, Design.DECISIONS, "time", categories.TIME_TAKEN, found)


def working_days(first: datetime, last: datetime) -> int:
    """Count the working days after the day of the first moment, up to the day of the last, in London."""
    day, end = first.astimezone(LONDON).date(), last.astimezone(LONDON).date()
    return sum(is_working_day(day + timedelta(days=step)) for step in range(1, (end - day).days + 1))


def declines(work: Work, borough_gss: str, period: Period) -> CountTable:
    """Count referrals declined in the month by the protocol's reasons."""
    declined = [row.id for row in _decided(work, borough_gss, period) if row.state is ReferralState.DECLINED]
    rows = opened(
        work, work.session.scalars(select(ReferralDecision).where(ReferralDecision.referral_id.in_(declined)))
    )
    document = protocols.in_force(work, borough_gss, _last_day(period)).document
    known = {reason.key: reason.label for reason in document.decline_reasons}
    order = tuple(dict.fromkeys([*known.values(), categories.OTHER_REASON]))
    found = [known.get(row.body.reason_key, categories.OTHER_REASON) for row in rows]
    return _one_way(borough_gss, Design.DECLINES, "reason", order, found)


def _last_day(period: Period) -> date:
    return period.following - timedelta(days=1)


def duties(work: Work, borough_gss: str, period: Period) -> CountTable:
    """Count duties that fell due in the month, by the agency that owed them and how they stood at its end."""
    wanted = select(Duty).where(
        Duty.borough_gss == borough_gss,
        Duty.state.not_in(GONE),
        Duty.due_at >= period.starts_at,
        Duty.due_at < period.ends_at,
    )
    rows = [
        row for row in opened(work, work.session.scalars(wanted)) if not row.body.satisfied_by.startswith("action:")
    ]
    pairs = _owed(work, rows, categories.DUTY_STANDING, period.ends_at)
    return _two_way(borough_gss, Design.DUTIES, "outcome", categories.DUTY_STANDING, pairs)


def actions_due(work: Work, borough_gss: str, period: Period) -> CountTable:
    """Count actions of meetings that fell due in the month, by the agency that owed them and how they stood."""
    found = actions.due_between(work, borough_gss, period.starts_at, period.ends_at)
    rows = [duty for action, duty in found if duty.state not in GONE and action.state is not ActionState.CANCELLED]
    pairs = _owed(work, rows, categories.ACTION_STANDING, period.ends_at)
    return _two_way(borough_gss, Design.ACTIONS, "outcome", categories.ACTION_STANDING, pairs)


def _owed(work: Work, rows: list[Duty], standing: tuple[str, ...], end: datetime) -> list[tuple[str, str]]:
    agencies = identity.agencies(work, [row.owner_agency_id for row in rows])
    return [(categories.agency_kind(agencies[row.owner_agency_id].kind), standing[_place(row, end)]) for row in rows]


def _place(duty: Duty, end: datetime) -> int:
    """Give 0 for a duty that was met in time, 1 for one met late, 2 for one that was not met by the end."""
    settled, done = duty.body.settled_at, duty.body.done_at
    # What was waived was never done, and what was done in time and written down later was done in time.
    if settled is None or settled >= end or done is None:
        return 2
    return 0 if done <= duty.due_at else 1


def _two_way(
    borough_gss: str, design: Design, dimension: str, columns: tuple[str, ...], pairs: Iterable[tuple[str, str]]
) -> CountTable:
    counts = counted(pairs)
    name = designs.table_name(borough_gss, design)
    return two_way_table(name, "agency", dimension, counts, rows=categories.agency_kinds(), columns=columns)


def counted(found: Iterable[K]) -> dict[K, int]:
    """Count equal things."""
    counts: dict[K, int] = {}
    for each in found:
        counts[each] = counts.get(each, 0) + 1
    return counts


def _episodes(work: Work, borough_gss: str) -> list[Episode]:
    wanted = select(Episode).where(Episode.borough_gss == borough_gss, Episode.state != EpisodeState.WITHDRAWN)
    return opened(work, work.session.scalars(wanted))


def missing(work: Work, borough_gss: str, period: Period) -> CountTable:
    """Count episodes that began in the month."""
    found = [
        categories.EPISODE[0] if row.head.ever_missing is Kind.MISSING else categories.EPISODE[1]
        for row in _episodes(work, borough_gss)
        if period.starts_at <= row.head.starts_at < period.ends_at
    ]
    return _one_way(borough_gss, Design.MISSING, "kind", categories.EPISODE, found)


def interviews(work: Work, borough_gss: str, period: Period) -> CountTable:
    """Count returns in the month by whether and when the interview was held."""
    back = {
        row.id: row.head.ended_at
        for row in _episodes(work, borough_gss)
        if row.head.ended_at is not None
        and period.starts_at <= row.head.ended_at < period.ends_at
        and row.state is not EpisodeState.MOVED
    }
    rows = opened(work, work.session.scalars(select(ReturnInterview).where(ReturnInterview.episode_id.in_(back))))
    held = {row.episode_id: row.body.account.held_at for row in rows if row.body.account is not None}
    found = []
    for episode_id, ended_at in back.items():
        at = held.get(episode_id)
        if at is None or at >= period.ends_at:
            found.append(categories.INTERVIEW[2])
        else:
            found.append(categories.INTERVIEW[0] if at - ended_at <= IN_TIME else categories.INTERVIEW[1])
    return _one_way(borough_gss, Design.INTERVIEWS, "interview", categories.INTERVIEW, found)


def attendance(work: Work, borough_gss: str, period: Period) -> CountTable:
    """Count invitations to meetings held in the month, by kind of agency and what became of them."""
    held = meetings.held_between(work, borough_gss, period.starts_at, period.ends_at)
    invitations = [each for meeting in held for each in meeting.invitations]
    agencies = identity.agencies(work, [each.agency_id for each in invitations])
    pairs = [
        (
            categories.agency_kind(agencies[each.agency_id].kind),
            # Of whom nothing was written down nobody sent word.
            categories.ATTENDANCE.get(each.body.attendance, categories.ATTENDANCE[Attendance.ABSENT]),
        )
        for each in invitations
    ]
    return _two_way(borough_gss, Design.ATTENDANCE, "attendance", tuple(categories.ATTENDANCE.values()), pairs)


def feedback(work: Work, borough_gss: str, period: Period) -> CountTable:
    """Count referrals whose sender had not been told of a decision by the month's end, by the working days waited."""
    end = period.ends_at
    wanted = (
        select(Referral)
        .outerjoin(ReferralDecision, ReferralDecision.referral_id == Referral.id)
        .where(
            Referral.borough_gss == borough_gss,
            Referral.state != ReferralState.DRAFT,
            or_(Referral.withdrawn_at.is_(None), Referral.withdrawn_at >= end),
            Referral.received_at < end,
            or_(ReferralDecision.told_at.is_(None), ReferralDecision.told_at >= end),
        )
    )
    last = end - timedelta(microseconds=1)
    found = [
        categories.time_taken(working_days(row.received_at, last))
        for row in work.session.scalars(wanted)
        if row.received_at is not None
    ]
    return _one_way(borough_gss, Design.FEEDBACK, "waiting", categories.TIME_TAKEN, found)


def gaps(work: Work, borough_gss: str, period: Period) -> CountTable:
    """Count gaps in services noted in the month, declines by their coded reason."""
    rows = outbound.gap_rows(work, borough_gss, period.starts_at, period.ends_at)
    found = [
        categories.GAP[row.reason or DeclineReason.OTHER] if row.kind is GapKind.DECLINED else categories.GAP[row.kind]
        for row in rows
    ]
    return _one_way(borough_gss, Design.GAPS, "gap", tuple(categories.GAP.values()), found)


def services(work: Work, borough_gss: str, period: Period) -> CountTable:
    """Count referrals sent to services in the month, by the kind of agency and whether it had answered by its end."""
    end = period.ends_at
    pairs = [
        (
            categories.agency_kind(row.agency_kind),
            categories.ANSWERED[0] if row.answered_at is not None and row.answered_at < end else categories.ANSWERED[1],
        )
        for row in outbound.sent_rows(work, borough_gss, period.starts_at, end)
    ]
    return _two_way(borough_gss, Design.SERVICES, "answer", categories.ANSWERED, pairs)


def meetings_held(work: Work, borough_gss: str, period: Period) -> CountTable:
    """Count meetings held in the month, by quorum and by the working days since each was demanded."""
    held = meetings.held_between(work, borough_gss, period.starts_at, period.ends_at)
    breakdowns = {
        "quorum": categories.tally(categories.QUORUM, [categories.QUORUM[0 if row.quorate else 1] for row in held]),
        "demanded": categories.tally(
            categories.DEMANDED,
            [
                categories.demand_to_meeting(
                    working_days(since, row.starts_at) if (since := row.body.demanded_at) else None
                )
                for row in held
            ],
        ),
    }
    return one_way_tables(designs.table_name(borough_gss, Design.MEETINGS), "All", breakdowns)
