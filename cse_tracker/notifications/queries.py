"""What is due in the outbox, what was given up there, and how somebody chose to be written to."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from cse_tracker.access.decisions import permits, scope
from cse_tracker.access.matrix import Permission
from cse_tracker.identity import queries as identity
from cse_tracker.identity.model import Membership, User
from cse_tracker.notifications import posting
from cse_tracker.notifications.events import DeadLettersViewed
from cse_tracker.notifications.model import DeadLetter, MessageState, OutgoingMessage
from cse_tracker.work.errors import NotFound, NotPermitted
from cse_tracker.work.unit import Work


def due_ids(session: Session, now: datetime, *, most: int = 200) -> list[UUID]:
    """Give the ids of messages to be sent, the longest waiting first."""
    wanted = select(OutgoingMessage.id).where(
        OutgoingMessage.state == MessageState.WAITING, OutgoingMessage.due_at <= now
    )
    return list(session.scalars(wanted.order_by(OutgoingMessage.due_at).limit(most)))


def dead_letters(work: Work) -> list[DeadLetter]:
    """Give the messages that were given up in the boroughs whose records the actor keeps, the oldest first.

    Raises NotPermitted where the actor keeps none: an empty list would say that nothing was given up.
    """
    allowed = scope(work.actor, Permission.OUTBOX_MEND)
    if allowed.empty:
        raise NotPermitted(Permission.OUTBOX_MEND)
    here = select(Membership.user_id).where(Membership.borough_gss.in_(allowed.boroughs))
    anywhere = select(Membership.user_id)
    wanted = select(OutgoingMessage).where(
        OutgoingMessage.state == MessageState.DEAD,
        or_(
            OutgoingMessage.borough_gss.in_(allowed.boroughs),
            OutgoingMessage.recipient_id.in_(here),
            # Whose reader holds no role anywhere any more belongs to no borough, and may not be overlooked by all.
            and_(OutgoingMessage.borough_gss.is_(None), OutgoingMessage.recipient_id.not_in(anywhere)),
        ),
    )
    rows = list(work.session.scalars(wanted.order_by(OutgoingMessage.due_at, OutgoingMessage.id)))
    work.record(DeadLettersViewed(subject_id=None, shown=len(rows)))
    return [_letter(work, row, allowed.boroughs) for row in rows]


def dead_letter(work: Work, message_id: UUID) -> DeadLetter:
    """Give one message that was given up; NotFound where the actor may not know of it."""
    row = work.session.get(OutgoingMessage, message_id)
    if row is None or row.state is not MessageState.DEAD:
        raise NotFound
    letter = _letter(work, row, scope(work.actor, Permission.OUTBOX_MEND).boroughs)
    if not permits(work.actor, Permission.OUTBOX_MEND, letter):
        raise NotFound
    return letter


def _letter(work: Work, row: OutgoingMessage, mine: frozenset[str]) -> DeadLetter:
    held = set(work.session.scalars(select(Membership.borough_gss).where(Membership.user_id == row.recipient_id)))
    held |= {row.borough_gss} if row.borough_gss else set()
    # One whose reader belongs nowhere is mended by whoever finds it.
    ours = min(held & mine if held else mine, default=None)
    agency_id = work.session.scalar(select(User.agency_id).where(User.id == row.recipient_id))
    agency = identity.agency(work, agency_id).name if agency_id is not None else None
    return DeadLetter(row, agency, ours)


def choice(work: Work) -> posting.Choice:
    """Give how often the actor wants to be written to, and whether at night."""
    mine = work.actor.user_id
    return posting.choices(work, [mine]).get(mine, posting.UNCHOSEN) if mine is not None else posting.UNCHOSEN
