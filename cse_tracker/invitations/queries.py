"""A colleague's own meetings, as a calendar program reads them."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import or_, select

from cse_tracker.access.decisions import permits
from cse_tracker.access.matrix import Permission
from cse_tracker.identity import queries as identity
from cse_tracker.identity.rules import token_digest
from cse_tracker.invitations.events import FeedRead
from cse_tracker.invitations.model import CalendarFeed
from cse_tracker.meetings.model import Invitation, Meeting, MeetingState
from cse_tracker.records.keys import unlock
from cse_tracker.work.errors import NotFound
from cse_tracker.work.unit import Work

# A calendar program wants the recent past too; longer ago is nobody's business there.
BACK = timedelta(days=31)
SHOWN = frozenset(MeetingState) - {MeetingState.PROPOSED}


def feed_of(work: Work, user_id: UUID) -> CalendarFeed | None:
    """Give a user's feed, where they have one."""
    return work.session.scalar(select(CalendarFeed).where(CalendarFeed.user_id == user_id))


def read_feed(work: Work, token: str) -> list[Meeting]:
    """Give the meetings of the colleague behind a token; NotFound where it is revoked or they may sign in no more.

    Those that they organise, chair or are personally invited to, and may see today: who changed agency loses them.
    """
    feed = work.session.scalar(select(CalendarFeed).where(CalendarFeed.token_digest == token_digest(token)))
    owner = identity.actor_of(work, feed.user_id) if feed is not None else None
    if feed is None or owner is None:
        raise NotFound
    invited = select(Invitation.meeting_id).where(Invitation.invited_id == feed.user_id)
    own = or_(Meeting.organiser_id == feed.user_id, Meeting.chair_id == feed.user_id, Meeting.id.in_(invited))
    wanted = select(Meeting).where(own, Meeting.state.in_(SHOWN), Meeting.ends_at > work.now - BACK)
    rows = list(work.session.scalars(wanted.order_by(Meeting.starts_at)))
    rows = [row for row in rows if permits(owner, Permission.MEETING_VIEW, row)]
    unlock(work.session, {row.compartment_id for row in rows})
    work.record(FeedRead(subject_id=feed.user_id, shown=len(rows)))
    return rows
