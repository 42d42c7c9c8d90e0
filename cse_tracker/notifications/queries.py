"""What is due in the outbox."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from cse_tracker.notifications.model import MessageState, OutgoingMessage


def due_ids(session: Session, now: datetime, *, most: int = 200) -> list[UUID]:
    """Give the ids of messages to be sent, the longest waiting first."""
    wanted = select(OutgoingMessage.id).where(
        OutgoingMessage.state == MessageState.WAITING, OutgoingMessage.due_at <= now
    )
    return list(session.scalars(wanted.order_by(OutgoingMessage.due_at).limit(most)))
