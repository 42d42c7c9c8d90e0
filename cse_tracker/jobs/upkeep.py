"""The record looked after by the clock: verified, noted outside, backed up, keys and answers tidied away."""

import json
import logging

from cse_tracker.jobs import backups as nightly
from cse_tracker.jobs import keys
from cse_tracker.jobs.job import Tools
from cse_tracker.oversight import queries as oversight
from cse_tracker.oversight.commands import make_checkpoint
from cse_tracker.systems import commands as systems

log = logging.getLogger("cse_tracker.jobs")


def verify_audit(tools: Tools) -> int:
    """Verify the whole audit and every row against it; a break is logged as an error with its kind and place."""
    with tools.running.work(reading=True) as work:
        verdict = oversight.verification(work, tools.checkpoints)
    if not verdict.intact:
        facts = {"event": "audit.broken", "kind": verdict.kind, "where": verdict.where}
        log.error("%s", json.dumps(facts))
    return verdict.entries


def checkpoint_audit(tools: Tools) -> int:
    """Note the ends of all chains outside the database; the line is logged too, for whoever collects logs elsewhere."""
    with tools.running.work(reading=True) as work:
        line = make_checkpoint(work, tools.checkpoints)
    log.info("%s", json.dumps({"event": "audit.checkpoint", "line": line}))
    return 1


def back_up(tools: Tools) -> int:
    """Make the night's backup where a folder for it is set, try it and keep it by rule; gives how many were made."""
    return nightly.back_up(tools.backups, tools.running, tools.mailer) if tools.backups is not None else 0


def renew_match_tokens(tools: Tools) -> int:
    """Write tokens under the newest match key where they are missing, and then delete those of older keys."""
    return keys.renew_tokens(tools.running, lambda _: None)


def close_keys(tools: Tools) -> int:
    """Destroy older keys of the staff and of matching on which nothing rests any more; gives how many."""
    return keys.close_spent(tools.running)


def forget_answers(tools: Tools) -> int:
    """Throw away answers kept for requests that might have come again; gives how many."""
    done = 0
    while True:
        with tools.running.work() as work:
            some = systems.forget_answers(work)
        done += some
        if not some:
            return done
