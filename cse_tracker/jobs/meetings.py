"""What the clock does for meetings: reminders, invitations that follow posts, replies by mail, and packs."""

import json
import logging
from typing import Final
from uuid import UUID

from cse_tracker.agenda import commands as agenda
from cse_tracker.agenda import queries as agenda_queries
from cse_tracker.identity import queries as identity
from cse_tracker.invitations import commands as invitations
from cse_tracker.invitations.rules import Verdict
from cse_tracker.jobs.job import Tools
from cse_tracker.meetings import queries as meeting_queries
from cse_tracker.notifications.replies import MailboxFailed
from cse_tracker.protocols import queries as protocols
from cse_tracker.reminders import commands as reminders
from cse_tracker.reminders import queries as reminder_queries
from cse_tracker.work.actor import Actor
from cse_tracker.work.errors import Conflict, Refused
from cse_tracker.work.unit import Work

log = logging.getLogger("cse_tracker.jobs")


def let_reminders_fall(tools: Tools) -> int:
    """Give every reminder whose time has come, one after the other; gives how many somebody gets."""
    fallen = 0
    while True:
        with tools.running.work(reading=True) as work:
            due = reminder_queries.due_ids(work.session, work.now)
        for reminder_id in due:
            fallen += _let_fall(tools, reminder_id)
        if len(due) < MOST_AT_ONCE:
            return fallen


MOST_AT_ONCE: Final = 500


def _let_fall(tools: Tools, reminder_id: UUID) -> bool:
    try:
        with tools.running.work() as work:
            return reminders.fall(work, reminder_id)
    except Conflict:
        # Another clock was at it in the same moment: whoever was first has given it.
        return False


def readdress_invitations(tools: Tools) -> int:
    """Address invitations to whoever holds each post now; gives how many changed hands."""
    with tools.running.work(reading=True) as work:
        ids = meeting_queries.scheduled_ids(work.session, work.now)
    done = 0
    for meeting_id in ids:
        with tools.running.work() as work:
            done += invitations.follow_posts(work, meeting_id)
    return done


# Somebody wrote something that this service could not understand or may not believe.
FOR_A_PERSON: Final = frozenset({Verdict.UNREADABLE, Verdict.UNKNOWN_MEETING, Verdict.UNKNOWN_SENDER})


def read_replies(tools: Tools) -> int:
    """Read calendar replies from the mailbox, where one is set up; gives how many were taken or set aside."""
    if tools.mailbox is None:
        return 0
    done = 0
    try:
        with tools.mailbox.open() as mailbox:
            for letter in mailbox.unread():
                # Recorded before the letter is set aside: one that is read twice says the same thing twice.
                with tools.running.work() as work:
                    verdict = invitations.take_reply(work, letter.answer, from_address=letter.sender)
                mailbox.set_aside(letter, flagged=verdict in FOR_A_PERSON)
                done += 1
    except MailboxFailed as failed:
        log.error("%s", json.dumps({"event": "mailbox.failed", "kind": str(failed)}))  # noqa: TRY400
        raise
    return done


PARTS_AT_ONCE: Final = 10


def put_packs_together(tools: Tools) -> int:
    """Carry on every pack that was begun, as who asked for it; gives how many steps were done."""
    with tools.running.work(reading=True) as work:
        found = [(pack_id, identity.actor_of(work, asker)) for pack_id, asker in agenda_queries.unfinished_packs(work)]
    done = 0
    for pack_id, asker in found:
        while asker is not None and _add_parts(tools, pack_id, asker):
            done += 1
    return done


def _add_parts(tools: Tools, pack_id: UUID, asker: Actor) -> bool:
    try:
        with tools.running.work(asker) as work:
            return add_parts(work, pack_id)
    except Refused as refused:
        log.error("%s", json.dumps({"event": "pack.refused", "code": refused.code}))  # noqa: TRY400
        return False


def add_parts(work: Work, pack_id: UUID, *, most: int = PARTS_AT_ONCE) -> bool:
    """Add the next parts to a pack; gives whether more are to come."""
    pack = agenda_queries.pack_in_hand(work, pack_id)
    meeting = meeting_queries.open_meeting(work, pack.meeting_id)
    agency = identity.agency(work, pack.agency_id)
    sections = agenda.sections_of(protocols.in_force(work, pack.borough_gss), meeting, agency.kind)
    found = agenda_queries.next_parts(work, pack, meeting, sections, most=most)
    return agenda.add_parts(work, pack, meeting, found, sections)
