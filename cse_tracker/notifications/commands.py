"""Delivers what is due in the outbox: one message is claimed, its letter written, and what became of it recorded.

The letter is sent between two units of work, never inside one: a mail server that is silent may hold up nobody.
"""

from datetime import timedelta
from email.message import EmailMessage
from typing import Final
from uuid import UUID

from cse_tracker.notifications import letters
from cse_tracker.notifications.events import MessageFailed, MessageSent
from cse_tracker.notifications.letters import Stationery
from cse_tracker.notifications.model import MessageState, OutgoingMessage
from cse_tracker.work.unit import Work

MOST_ATTEMPTS: Final = 12
FIRST_WAIT: Final = timedelta(minutes=1)
LONGEST_WAIT: Final = timedelta(hours=6)
CLAIM: Final = timedelta(minutes=5)


def claim(work: Work, message_id: UUID) -> bool:
    """Take a message for sending, so that nobody else does for five minutes; False where it is not due any more.

    Where the process dies before it says what became of the message, it is due again when the claim ends.
    """
    message = work.session.get(OutgoingMessage, message_id, with_for_update={"skip_locked": True})
    if message is None or message.state is not MessageState.WAITING or message.due_at > work.now:
        return False
    message.attempts += 1
    message.due_at = work.now + CLAIM
    return True


def write_letter(work: Work, message_id: UUID, *, stationery: Stationery) -> EmailMessage:
    """Write the letter for a claimed message, under the same message id at each attempt."""
    return letters.write(work, work.session.get_one(OutgoingMessage, message_id), stationery)


def mark_sent(work: Work, message_id: UUID) -> None:
    """Record that a claimed message was handed to the mail system."""
    message = _waiting(work, message_id)
    if message is None:
        return
    message.state, message.sent_at = MessageState.SENT, work.now
    work.record(MessageSent(subject_id=message.id, kind=message.kind, recipient_id=message.recipient_id))


def put_back(work: Work, message_id: UUID) -> None:
    """Record that a claimed message failed: due again after one, two, four … minutes, dead after twelve attempts."""
    message = _waiting(work, message_id)
    if message is None:
        return
    dead = message.attempts >= MOST_ATTEMPTS
    if dead:
        message.state = MessageState.DEAD
    message.due_at = work.now + min(LONGEST_WAIT, FIRST_WAIT * 2 ** (message.attempts - 1))
    work.record(MessageFailed(subject_id=message.id, attempts=message.attempts, dead=dead))


def _waiting(work: Work, message_id: UUID) -> OutgoingMessage | None:
    # After a claim has run out, somebody else may have sent the message already.
    message = work.session.get(OutgoingMessage, message_id, with_for_update=True)
    return message if message is not None and message.state is MessageState.WAITING else None
