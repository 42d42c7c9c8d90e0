"""The whole timetable on one page."""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cse_tracker.access.decisions import require
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.audit.verify import verify
from cse_tracker.duties import commands as duties
from cse_tracker.duties import queries as duty_queries
from cse_tracker.notifications import commands as notifications
from cse_tracker.notifications import queries as outbox
from cse_tracker.notifications.letters import Stationery
from cse_tracker.notifications.mailers import Mailer
from cse_tracker.work.running import Running

log = logging.getLogger("cse_tracker.jobs")


@dataclass(frozen=True, repr=False)
class Tools:
    """What the jobs work with."""

    running: Running
    mailer: Mailer
    stationery: Stationery


@dataclass(frozen=True)
class Job:
    """One line of the timetable. `run` gives how many items it dealt with; `every` is in seconds."""

    name: str
    every: int
    run: Callable[[Tools], int]


def deliver_outbox(tools: Tools) -> int:
    """Send what is due, one unit of work per message, so that one bad address stops nobody else's."""
    with tools.running.work(reading=True) as work:
        due = outbox.due_ids(work.session, work.now)
    sent = 0
    for message_id in due:
        with tools.running.work() as work:
            sent += notifications.deliver(work, message_id, mailer=tools.mailer, stationery=tools.stationery)
    return sent


def breach_duties(tools: Tools) -> int:
    """Write down every breach as it happens, so that history is exact."""
    with tools.running.work(reading=True) as work:
        late = duty_queries.overdue_ids(work.session, work.now)
    for duty_id in late:
        with tools.running.work() as work:
            duties.breach(work, duty_id)
    return len(late)


def verify_audit(tools: Tools) -> int:
    """Verify the whole audit; a break is logged as an error with its place."""
    with tools.running.work(reading=True) as work:
        require(work.actor, Permission.AUDIT_VERIFY, Subject())
        verdict = verify(work.session)
    if not verdict.intact:
        facts = {"event": "audit.broken", "writer": str(verdict.writer), "sequence": verdict.sequence}
        log.error("%s", json.dumps(facts))
    return verdict.entries


TIMETABLE: Final = (
    Job("deliver-outbox", 10, deliver_outbox),
    Job("breach-duties", 60, breach_duties),
    Job("verify-audit", 24 * 60 * 60, verify_audit),
)
