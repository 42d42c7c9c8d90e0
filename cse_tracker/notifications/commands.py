"""Delivers what is due in the outbox, one message at a time."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from cse_tracker.notifications.events import MessageFailed, MessageSent
from cse_tracker.notifications.letters import Stationery, write
from cse_tracker.notifications.mailers import Mailer, MailFailed
from cse_tracker.notifications.model import MessageState, OutgoingMessage
from cse_tracker.work.unit import Work

MOST_ATTEMPTS: Final = 12
FIRST_WAIT: Final = timedelta(minutes=1)
LONGEST_WAIT: Final = timedelta(hours=6)


def deliver(work: Work, message_id: UUID, *, mailer: Mailer, stationery: Stationery) -> bool:
    """Send one message: at least once, under the same message id each time. Gives whether it was sent now."""
    message = work.session.get(OutgoingMessage, message_id, with_for_update={"skip_locked": True})
    if message is None or message.state is not MessageState.WAITING or message.due_at > work.now:
        return False
    message.attempts += 1
    try:
        mailer.send(write(work, message, stationery))
    except MailFailed:
        _put_back(work, message)
        return False
    message.state, message.sent_at = MessageState.SENT, work.now
    work.record(MessageSent(subject_id=message.id, kind=message.kind, recipient_id=message.recipient_id))
    return True


def _put_back(work: Work, message: OutgoingMessage) -> None:
    if message.attempts >= MOST_ATTEMPTS:
        message.state = MessageState.DEAD
    message.due_at = work.now + min(LONGEST_WAIT, FIRST_WAIT * 2 ** (message.attempts - 1))
    dead = message.state is MessageState.DEAD
    work.record(MessageFailed(subject_id=message.id, attempts=message.attempts, dead=dead))
