"""What people see of meetings: the calendar, one meeting, the meetings of a case."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, and_, or_, select

from cse_tracker.access.decisions import require, require_sight, scope
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.meetings.events import MeetingListViewed, MeetingViewed
from cse_tracker.meetings.model import READ_FOR, Action, Invitation, Meeting, MeetingState
from cse_tracker.records.keys import unlock
from cse_tracker.work.errors import NotFound, NotPermitted
from cse_tracker.work.unit import Work


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
    """Give the meetings of a case that has been opened, in order of time."""
    allowed = scope(work.actor, Permission.CASE_VIEW).boroughs
    wanted = select(Meeting).where(Meeting.case_id == case_id, Meeting.borough_gss.in_(allowed))
    return _opened(work, list(work.session.scalars(wanted.order_by(Meeting.starts_at))))


def actions_of(work: Work, meetings: Iterable[Meeting]) -> list[Action]:
    """Give the actions of meetings that have been opened, in the order in which they were agreed."""
    ids = [meeting.id for meeting in meetings]
    rows = list(work.session.scalars(select(Action).where(Action.meeting_id.in_(ids))))
    unlock(work.session, {row.compartment_id for row in rows})
    return sorted(rows, key=lambda row: (row.body.agreed_at, row.ordinal))
