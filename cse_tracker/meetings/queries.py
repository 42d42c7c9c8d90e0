"""What people see of meetings: the calendar, one meeting, the meetings of a case, free times and figures."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from cse_tracker.access.decisions import permits, require, require_sight, scope
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.actions import queries as actions
from cse_tracker.actions.model import Action
from cse_tracker.identity import queries as identity
from cse_tracker.identity.model import PostKind
from cse_tracker.meetings import rules
from cse_tracker.meetings.events import MeetingListViewed, MeetingViewed
from cse_tracker.meetings.model import HELD, OPEN, READ_FOR, AgendaItem, Invitation, Meeting, MeetingState
from cse_tracker.meetings.rules import Interval, Wanted
from cse_tracker.records.keys import unlock
from cse_tracker.rulebook.calendar import LONDON, is_working_day
from cse_tracker.work.errors import NotFound, NotPermitted
from cse_tracker.work.unit import Work

HORIZON: Final = timedelta(days=60)


def _opened(work: Work, rows: list[Meeting]) -> list[Meeting]:
    unlock(work.session, {row.compartment_id for row in rows})
    return rows


def in_sight(work: Work) -> list[Meeting]:
    """Give the meetings of the boroughs one leads and those one's agency is invited to, in order of time.

    Recorded as one viewing of a list. Raises NotPermitted where the actor may list no meeting at all.
    """
    return _listed(work, select(Meeting))


def upcoming(work: Work, until: datetime, borough_gss: str | None = None) -> list[Meeting]:
    """Give the meetings in sight that are still to be held, up to a time; of one borough alone where one is given."""
    wanted = select(Meeting).where(Meeting.state == MeetingState.SCHEDULED, Meeting.starts_at <= until)
    if borough_gss is not None:
        wanted = wanted.where(Meeting.borough_gss == borough_gss)
    return _listed(work, wanted)


def _listed(work: Work, wanted: Select[Meeting]) -> list[Meeting]:
    allowed = scope(work.actor, Permission.MEETING_LIST)
    if allowed.empty:
        raise NotPermitted(Permission.MEETING_LIST)
    invited = select(Invitation.meeting_id).where(Invitation.agency_id == allowed.invited_agency_id)
    open_to_us = and_(Meeting.id.in_(invited), Meeting.closed_to_agencies_at.is_(None))
    mine = or_(Meeting.borough_gss.in_(allowed.boroughs), open_to_us)
    rows = _opened(work, list(work.session.scalars(wanted.where(mine).order_by(Meeting.starts_at))))
    work.record(MeetingListViewed(subject_id=None, shown=len(rows)))
    return rows


def open_meeting(work: Work, meeting_id: UUID, *, for_change: bool = False) -> Meeting:
    """Give one meeting, recorded as seen; NotFound where the actor may not know of it."""
    meeting = work.session.get(Meeting, meeting_id, with_for_update=for_change)
    if meeting is None:
        raise NotFound
    require_sight(work.actor, Permission.MEETING_VIEW, meeting)
    work.record(MeetingViewed(subject_id=meeting.id, borough_gss=meeting.borough_gss))
    return meeting


def over_long_ago_ids(work: Work) -> list[UUID]:
    """Give the meetings whose time is long over and that the agencies invited can still read, for the clock."""
    require(work.actor, Permission.REFERRAL_TIDY, Subject())
    wanted = select(Meeting.id).where(Meeting.closed_to_agencies_at.is_(None), Meeting.ends_at <= work.now - READ_FOR)
    return list(work.session.scalars(wanted))


def of_case(work: Work, case_id: UUID) -> list[Meeting]:
    """Give the meetings of a case that has been opened, panels that spoke of it among them, in order of time."""
    allowed = scope(work.actor, Permission.CASE_VIEW).boroughs
    spoken_of = select(AgendaItem.meeting_id).where(AgendaItem.case_id == case_id)
    about = or_(Meeting.case_id == case_id, Meeting.id.in_(spoken_of))
    wanted = select(Meeting).where(about, Meeting.borough_gss.in_(allowed))
    return _opened(work, list(work.session.scalars(wanted.order_by(Meeting.starts_at))))


def actions_of(work: Work, meetings: Iterable[Meeting]) -> list[Action]:
    """Give the actions of meetings that have been opened, in the order in which they were agreed."""
    return actions.of_meetings(work, [meeting.id for meeting in meetings])


def agenda(work: Work, meeting: Meeting) -> list[AgendaItem]:
    """Give what is on the agenda of a meeting that has been opened, in order."""
    wanted = select(AgendaItem).where(AgendaItem.meeting_id == meeting.id).order_by(AgendaItem.ordinal)
    rows = list(work.session.scalars(wanted))
    unlock(work.session, {row.compartment_id for row in rows})
    return rows


def cases_on(work: Work, meeting: Meeting) -> list[UUID]:
    """Give the ids of the cases that a meeting is about, in order of its agenda."""
    if meeting.case_id is not None:
        return [meeting.case_id]
    return list(dict.fromkeys(item.case_id for item in agenda(work, meeting) if item.case_id is not None))


def chair_at_hand(work: Work, meeting: Meeting) -> UUID | None:
    """Give who chairs a meeting while they can still open it; None for one who left, or whose agency reads it no more.

    A lead officer acts in their place then: minutes must not wait for somebody who cannot see them.
    """
    chair = identity.actor_of(work, meeting.chair_id) if meeting.chair_id else None
    return meeting.chair_id if chair is not None and permits(chair, Permission.MEETING_VIEW, meeting) else None


def followed_by(work: Work, meeting: Meeting) -> Meeting | None:
    """Give the meeting that was put forward to follow one that has been opened."""
    found = work.session.scalar(select(Meeting).where(Meeting.follows_id == meeting.id).limit(1))
    if found is not None:
        unlock(work.session, [found.compartment_id])
    return found


@dataclass(frozen=True)
class Load:
    """How many meetings an agency is invited to in the week of a time, and in the sixty days from now."""

    week: int
    ahead: int


@dataclass(frozen=True)
class Suggestion:
    """A time that is free for everybody who would be invited; what it would be late for; each agency's load."""

    starts_at: datetime
    in_time: tuple[str, ...]
    late: tuple[str, ...]
    loads: dict[UUID, Load]


@dataclass(frozen=True, kw_only=True)
class Sought:
    """What a time is sought for. `due` holds by when each duty (by its label) must be met."""

    borough_gss: str
    agency_ids: tuple[UUID, ...]
    minutes: int
    lead_working_days: int
    place: str = ""
    due: tuple[tuple[str, datetime], ...] = ()
    except_id: UUID | None = None


def suggestions(work: Work, sought: Sought) -> list[Suggestion]:
    """Give times that are free here for the posts invited and for the room, the best first."""
    earliest = _first_moment(work.now, sought.lead_working_days)
    last_due = min((at for _, at in sought.due), default=None)
    # Where the invitations would go out too late to hold it in time, being in time matters more (domain.md 2.16).
    if last_due is not None and last_due < earliest:
        earliest = work.now
    posts = identity.post_holders(work, borough_gss=sought.borough_gss, kind=PostKind.MEETING_CONTACT)
    chosen = set(sought.agency_ids)
    holders = {post.holder_id for post in posts if post.agency_id in chosen}
    ahead = _scheduled_between(work, work.now - timedelta(days=1), earliest + HORIZON + timedelta(days=1))
    ahead = [each for each in ahead if each.id != sought.except_id]
    busy = [
        Interval(each.starts_at, each.ends_at)
        for each in ahead
        if holders & {one.invited_id for one in each.invitations}
        or chosen & {one.agency_id for one in each.invitations}
        or (sought.place and each.borough_gss == sought.borough_gss and rules.same_place(each.head.place, sought.place))
    ]
    wanted = Wanted(earliest, sought.minutes, busy, tuple(at for _, at in sought.due))
    return [
        Suggestion(
            starts_at=each.starts_at,
            in_time=tuple(label for label, at in sought.due if each.starts_at <= at),
            late=tuple(label for label, at in sought.due if each.starts_at > at),
            loads=_loads(ahead, chosen, each.starts_at),
        )
        for each in rules.proposals(wanted)
    ]


def _first_moment(now: datetime, working_days: int) -> datetime:
    day, left = now.astimezone(LONDON).date(), working_days
    while left:
        day += timedelta(days=1)
        left -= is_working_day(day)
    return max(now, datetime.combine(day, time(0), tzinfo=LONDON).astimezone(UTC))


def _scheduled_between(work: Work, first: datetime, last: datetime) -> list[Meeting]:
    wanted = select(Meeting).where(
        Meeting.state == MeetingState.SCHEDULED, Meeting.ends_at > first, Meeting.starts_at < last
    )
    return _opened(work, list(work.session.scalars(wanted)))


def _loads(ahead: Sequence[Meeting], agency_ids: Collection[UUID], at: datetime) -> dict[UUID, Load]:
    week = at.astimezone(LONDON).isocalendar()[:2]
    found: dict[UUID, Load] = {}
    for agency_id in agency_ids:
        theirs = [each for each in ahead if any(one.agency_id == agency_id for one in each.invitations)]
        same = sum(each.starts_at.astimezone(LONDON).isocalendar()[:2] == week for each in theirs)
        found[agency_id] = Load(same, len(theirs))
    return found


@dataclass(frozen=True)
class Clash:
    """Something else here at the same time: an agency's other meeting, or another meeting in the same room."""

    meeting: Meeting
    agency_ids: frozenset[UUID]
    same_room: bool


def clashes(work: Work, meeting: Meeting) -> list[Clash]:
    """Give the other scheduled meetings here that a meeting in sight overlaps, in their rooms or for their posts."""
    mine = Interval(meeting.starts_at, meeting.ends_at)
    invited = {each.agency_id for each in meeting.invitations}
    found = []
    for other in _scheduled_between(work, meeting.starts_at, meeting.ends_at):
        if other.id == meeting.id or not mine.overlaps(Interval(other.starts_at, other.ends_at)):
            continue
        both = frozenset(invited & {each.agency_id for each in other.invitations})
        room = other.borough_gss == meeting.borough_gss and rules.same_place(other.head.place, meeting.head.place)
        if both or room:
            found.append(Clash(other, both, room))
    return found


def scheduled_ids(session: Session, now: datetime) -> list[UUID]:
    """Give the ids of meetings still to be held, for jobs."""
    wanted = select(Meeting.id).where(Meeting.state == MeetingState.SCHEDULED, Meeting.ends_at > now)
    return list(session.scalars(wanted.order_by(Meeting.starts_at)))


def open_ids_before(session: Session, moment: datetime) -> list[UUID]:
    """Give the ids of meetings that are past and not recorded, for jobs."""
    wanted = select(Meeting.id).where(Meeting.state.in_(OPEN), Meeting.ends_at < moment)
    return list(session.scalars(wanted))


def held_between(work: Work, borough_gss: str, starts_at: datetime, ends_at: datetime) -> list[Meeting]:
    """Give a borough's meetings that were held in a time. For counting only: nobody is asked, nothing is recorded."""
    wanted = select(Meeting).where(
        Meeting.borough_gss == borough_gss,
        Meeting.state.in_(HELD),
        Meeting.starts_at >= starts_at,
        Meeting.starts_at < ends_at,
    )
    return _opened(work, list(work.session.scalars(wanted)))
