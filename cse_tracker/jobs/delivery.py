"""What leaves the service by the clock: letters, letters to services without an account, and calls to systems."""

import json
import logging
from collections.abc import Callable, Sequence
from email.message import EmailMessage
from functools import partial
from typing import Final
from uuid import UUID

from cse_tracker.jobs.job import Tools
from cse_tracker.notifications import commands as notifications
from cse_tracker.notifications import hooks, outside
from cse_tracker.notifications import queries as outbox
from cse_tracker.notifications.calling import CallFailed, Outgoing
from cse_tracker.notifications.mailers import MailFailed
from cse_tracker.onetime import commands as onetime
from cse_tracker.onetime import queries as onetime_queries
from cse_tracker.work.unit import Work

log = logging.getLogger("cse_tracker.jobs")


# After so many letters in a row that could not be sent, the rest wait for the next run: the server is down, and each
# letter would wait for it in vain.
ENOUGH: Final = 10


def deliver_outbox(tools: Tools) -> int:
    """Send what is due, one letter after the other; gives how many were sent."""
    with tools.running.work(reading=True) as work:
        due = outbox.due_ids(work.session, work.now)
    sent = failed = 0
    for message_id in due:
        outcome = _deliver(tools, message_id)
        if outcome is None:
            continue
        sent, failed = (sent + 1, 0) if outcome else (sent, failed + 1)
        if failed == ENOUGH:
            break
    return sent


def _deliver(tools: Tools, message_id: UUID) -> bool | None:
    with tools.running.work() as work:
        doubtful = notifications.set_doubtful_aside(work, message_id)
        claimed = notifications.claim(work, message_id)
    if doubtful:
        _say_dead([message_id])
    if claimed is None:
        return None
    number = claimed.ids[0]
    letter = _written(
        tools, number, lambda work: notifications.write_letter(work, claimed.ids, stationery=tools.stationery)
    )
    if letter is None:
        _settle(tools, claimed.ids, notifications.put_back)
        return False
    with tools.running.work() as work:
        mine = notifications.hand_over(work, claimed)
    if not mine:
        return None
    sent = _handed_over(tools, number, letter)
    _settle(tools, claimed.ids, notifications.mark_sent if sent else partial(notifications.put_back, handed_over=True))
    return sent


# A letter that came and is not recorded would come again: what became of it is written down at the third try too.
MOST_SETTLINGS: Final = 3


def _settle(tools: Tools, claimed: Sequence[UUID], settle: Callable[[Work, UUID], bool]) -> None:
    for left in reversed(range(MOST_SETTLINGS)):
        try:
            with tools.running.work() as work:
                dead = [each for each in claimed if settle(work, each)]
        except Exception:
            # A busy database, or somebody who was first: whatever it was, the letter has gone.
            if not left:
                raise
        else:
            return _say_dead(dead)
    return None


def _say_dead(dead: Sequence[UUID]) -> None:
    for each in dead:
        log.error("%s", json.dumps({"event": "message.dead", "message": str(each)}))


def _sent(tools: Tools, number: UUID, write: Callable[[Work], EmailMessage]) -> bool:
    """Whether a letter was written and handed to the mail system."""
    letter = _written(tools, number, write)
    return letter is not None and _handed_over(tools, number, letter)


def _written(tools: Tools, number: UUID, write: Callable[[Work], EmailMessage]) -> EmailMessage | None:
    try:
        with tools.running.work(reading=True) as work:
            return write(work)
    except Exception as error:  # noqa: BLE001 - one letter that nobody can write must not stop the others
        _say_defect(number, error)
        return None


def _handed_over(tools: Tools, number: UUID, letter: EmailMessage) -> bool:
    try:
        tools.mailer.send(letter)
    except MailFailed:
        return False
    except Exception as error:  # noqa: BLE001 - one letter that nobody can address must not stop the others
        _say_defect(number, error)
        return False
    return True


def _say_defect(number: UUID, error: Exception) -> None:
    # The kind only: an error's text may quote the address.
    facts = {"event": "message.defect", "message": str(number), "kind": type(error).__name__}
    log.error("%s", json.dumps(facts))


def call_webhooks(tools: Tools) -> int:
    """Tell systems what has changed, each thing's changes in their order; gives how many calls were taken."""
    taken = 0
    while True:
        with tools.running.work(reading=True) as work:
            due = hooks.due_calls(work)
        done = sum(_call(tools, call_id) for call_id in due)
        taken += done
        # What was taken may have held back what comes next about the same thing.
        if not done:
            return taken


def _call(tools: Tools, call_id: UUID) -> bool:
    with tools.running.work() as work:
        call = hooks.claim_call(work, call_id)
    if call is None:
        return False
    failed = _made(tools, call)
    with tools.running.work() as work:
        if failed is None:
            hooks.mark_taken(work, call_id)
            return True
        given_up = hooks.put_call_back(work, call_id, down=failed.down)
    if given_up:
        log.error("%s", json.dumps({"event": "webhook.given_up", "call": str(call_id)}))
    return False


def _made(tools: Tools, call: Outgoing) -> CallFailed | None:
    try:
        tools.hooks.send(call, tools.running.clock())
    except CallFailed as failed:
        return failed
    return None


def deliver_outside(tools: Tools) -> int:
    """Send the links and codes that are due to services without an account; gives how many were sent."""
    with tools.running.work(reading=True) as work:
        due = onetime_queries.due_letter_ids(work)
    return sum(_deliver_outside(tools, letter_id) for letter_id in due)


def _deliver_outside(tools: Tools, letter_id: UUID) -> bool:
    with tools.running.work() as work:
        if not onetime.claim(work, letter_id):
            return False
    sent = _sent(
        tools, letter_id, lambda work: outside.write(work, onetime_queries.letter(work, letter_id), tools.stationery)
    )
    with tools.running.work() as work:
        (onetime.mark_sent if sent else onetime.put_back)(work, letter_id)
    return sent
