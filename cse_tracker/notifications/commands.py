"""Delivers what is due in the outbox: one letter is claimed and written, and what became of it recorded.

The letter is sent between two units of work, never inside one: a mail server that is silent may hold up nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from uuid import UUID

from sqlalchemy import select

from cse_tracker.access.decisions import require
from cse_tracker.access.matrix import Permission
from cse_tracker.identity import queries as identity
from cse_tracker.notifications import letters, posting
from cse_tracker.notifications.events import (
    MessageDropped,
    MessageFailed,
    MessageReaddressed,
    MessageRetried,
    MessageSent,
    NoticesChosen,
)
from cse_tracker.notifications.letters import Stationery
from cse_tracker.notifications.model import DeadLetter, MessageState, NoticeChoice, OutgoingMessage, WhyDropped
from cse_tracker.notifications.rules import Rhythm, after_the_night
from cse_tracker.work.errors import RuleBroken
from cse_tracker.work.retrying import CLAIM, MAIL, MOST_LETTER_ATTEMPTS, MOST_UNSETTLED
from cse_tracker.work.unit import Work


@dataclass(frozen=True)
class Claim:
    """Messages that one letter tells of, taken for sending; `until` is when others may take them again."""

    ids: tuple[UUID, ...]
    until: datetime


def claim(work: Work, message_id: UUID) -> Claim | None:
    """Take a message for sending, so that nobody else does for five minutes; nothing where it is not due any more.

    Gives it, and with a message of a digest all others of that digest. Where the process dies before it says what
    became of them, they are due again when the claim ends. A message to somebody who has left is addressed anew.
    """
    message = work.session.get(OutgoingMessage, message_id, with_for_update={"skip_locked": True})
    if message is None or message.state is not MessageState.WAITING or message.due_at > work.now or message.doubtful:
        return None
    if not _still_here(work, message) or _rests(work, message):
        return None
    claimed = [message, *(_others_of_the_digest(work, message) if message.together else ())]
    until = work.now + CLAIM
    for each in claimed:
        each.attempts += 1
        each.due_at = until
    # In an order of its own, so that a digest that was interrupted comes under the same message id again.
    return Claim(tuple(sorted(each.id for each in claimed)), until)


def _rests(work: Work, message: OutgoingMessage) -> bool:
    """Let a message wait for the morning that was due by day and comes to be sent by night, as after an outage."""
    may_go = _by_day(work, message, work.now)
    if may_go > work.now:
        message.due_at = may_go
    return may_go > work.now


def _by_day(work: Work, message: OutgoingMessage, moment: datetime) -> datetime:
    """Give this moment, or the next morning where the message rests by night."""
    morning = after_the_night(moment)
    if message.urgent or message.recipient_id is None or morning == moment:
        return moment
    _, nights = posting.choices(work, [message.recipient_id]).get(message.recipient_id, posting.UNCHOSEN)
    return moment if nights else morning


def set_doubtful_aside(work: Work, message_id: UUID) -> bool:
    """Give a message up that was handed over twice without word of what became of it; gives whether it was.

    It may have arrived twice. Nothing sends it again by itself, and nothing is silent about it: an operator is asked.
    """
    message = work.session.get(OutgoingMessage, message_id, with_for_update={"skip_locked": True})
    if message is None or message.state is not MessageState.WAITING or message.due_at > work.now:
        return False
    if message.doubtful:
        message.state = MessageState.DEAD
        work.record(MessageFailed(subject_id=message.id, attempts=message.attempts, dead=True))
    return message.doubtful


def hand_over(work: Work, claimed: Claim) -> bool:
    """Note that a letter goes to the mail system now, before it does; False where somebody else has taken it since.

    What is noted stands until it is known what became of the letter, so whoever dies in between leaves a trace.
    """
    messages = [_waiting(work, each) for each in claimed.ids]
    mine = [each for each in messages if each is not None and each.due_at == claimed.until]
    if len(mine) < len(messages):
        return False
    for each in mine:
        each.unsettled += 1
    return True


def _others_of_the_digest(work: Work, message: OutgoingMessage) -> list[OutgoingMessage]:
    wanted = select(OutgoingMessage).where(
        OutgoingMessage.recipient_id == message.recipient_id,
        OutgoingMessage.together,
        OutgoingMessage.state == MessageState.WAITING,
        OutgoingMessage.due_at <= work.now,
        OutgoingMessage.unsettled < MOST_UNSETTLED,
        OutgoingMessage.id != message.id,
    )
    return list(work.session.scalars(wanted.order_by(OutgoingMessage.due_at).with_for_update(skip_locked=True)))


def _still_here(work: Work, message: OutgoingMessage) -> bool:
    if message.recipient_id is not None and identity.are_active(work, [message.recipient_id]):
        return True
    if message.borough_gss is not None and (leads := identity.who_leads(work, message.borough_gss)):
        # The first takes the message over; the others are told beside them, rather twice than not at all.
        first, *others = sorted(leads)
        message.recipient_id = first
        posting.post(work, others, message.kind, message.about_id, borough=message.borough_gss)
        work.record(MessageReaddressed(subject_id=message.id, borough_gss=message.borough_gss))
        return True
    message.state = MessageState.DEAD
    work.record(MessageFailed(subject_id=message.id, attempts=message.attempts, dead=True))
    return False


def write_letter(work: Work, message_ids: Sequence[UUID], *, stationery: Stationery) -> EmailMessage:
    """Write the letter for claimed messages, under the same message id at each attempt."""
    messages = [work.session.get_one(OutgoingMessage, each) for each in message_ids]
    return letters.write(work, messages, stationery)


def mark_sent(work: Work, message_id: UUID) -> bool:
    """Record that a claimed message was handed to the mail system. Gives, as `put_back` does, whether it is dead."""
    message = _waiting(work, message_id)
    if message is None or message.recipient_id is None:
        return False
    message.state, message.sent_at, message.unsettled = MessageState.SENT, work.now, 0
    work.record(MessageSent(subject_id=message.id, kind=message.kind, recipient_id=message.recipient_id))
    return False


def put_back(work: Work, message_id: UUID, *, handed_over: bool = False) -> bool:
    """Record that a claimed message failed: due again after one, two, four … minutes, dead after twelve attempts.

    `handed_over` says that the mail system had it and refused it, so that this time it did not arrive. Gives whether
    it is dead. What is not urgent rests by night, as at first, unless its reader wants mail then too.
    """
    message = _waiting(work, message_id)
    if message is None or message.recipient_id is None:
        return False
    if handed_over:
        message.unsettled = max(message.unsettled - 1, 0)
    dead = message.attempts >= MOST_LETTER_ATTEMPTS
    if dead:
        message.state = MessageState.DEAD
    message.due_at = _by_day(work, message, work.now + MAIL.after(message.attempts))
    work.record(MessageFailed(subject_id=message.id, attempts=message.attempts, dead=dead))
    return dead


def _waiting(work: Work, message_id: UUID) -> OutgoingMessage | None:
    # After a claim has run out, somebody else may have sent the message already.
    message = work.session.get(OutgoingMessage, message_id, with_for_update=True)
    return message if message is not None and message.state is MessageState.WAITING else None


def choose(work: Work, rhythm: Rhythm, *, nights: bool) -> None:
    """Choose how often one wants to be written to about what can wait, and whether at night too.

    What waits already follows the new choice; what was tried already keeps its time.
    """
    if work.actor.user_id is None:
        code = "notices.nobody"
        raise RuleBroken(code, "Only a person can choose how they are written to")
    row = work.session.scalar(select(NoticeChoice).where(NoticeChoice.user_id == work.actor.user_id).with_for_update())
    if row is None:
        row = NoticeChoice(user_id=work.actor.user_id)
        work.session.add(row)
    row.rhythm, row.nights = rhythm, nights
    wanted = select(OutgoingMessage).where(
        OutgoingMessage.recipient_id == work.actor.user_id,
        OutgoingMessage.state == MessageState.WAITING,
        OutgoingMessage.attempts == 0,
    )
    for message in work.session.scalars(wanted.with_for_update(skip_locked=True)):
        posting.schedule(work, message, (rhythm, nights))
    work.record(NoticesChosen(subject_id=work.actor.user_id, rhythm=rhythm, nights=nights))


def retry(work: Work, letter: DeadLetter) -> None:
    """Try a message that was given up again from the start, for whoever it is meant for today."""
    message = _dead(work, letter)
    if message.recipient_id is None or not identity.are_active(work, [message.recipient_id]):
        leads = identity.who_leads(work, message.borough_gss) if message.borough_gss is not None else frozenset()
        if not leads:
            code = "message.nobody"
            raise RuleBroken(code, "There is still nobody to whom this message could be sent")
        message.recipient_id, *others = sorted(leads)
        posting.post(work, others, message.kind, message.about_id, borough=message.borough_gss)
    message.state, message.attempts, message.unsettled, message.due_at = MessageState.WAITING, 0, 0, work.now
    work.record(MessageRetried(subject_id=message.id, kind=message.kind))


def drop(work: Work, letter: DeadLetter, why: WhyDropped) -> None:
    """Let a message that was given up go, saying why."""
    message = _dead(work, letter)
    message.state = MessageState.DROPPED
    work.record(MessageDropped(subject_id=message.id, kind=message.kind, why=why))


def _dead(work: Work, letter: DeadLetter) -> OutgoingMessage:
    require(work.actor, Permission.OUTBOX_MEND, letter)
    message = work.session.get_one(OutgoingMessage, letter.message.id, with_for_update=True)
    if message.state is not MessageState.DEAD:
        code = "message.settled"
        raise RuleBroken(code, "Somebody else has dealt with this message already")
    return message
