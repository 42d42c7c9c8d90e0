"""Asks for last month's statistics, and carries on what was asked for of them, step by step, as who asked for it."""

import json
import logging
from uuid import UUID

from cse_tracker.identity import queries as identity
from cse_tracker.jobs.job import Tools
from cse_tracker.statistics import commands, preparing
from cse_tracker.work.actor import SYSTEM, Actor
from cse_tracker.work.errors import Conflict, Refused
from cse_tracker.work.running import Running

log = logging.getLogger("cse_tracker.jobs")


def prepare_statistics(tools: Tools) -> int:
    """From the month's first working day, ask for last month's statistics of every borough that has none yet."""
    with tools.running.work(reading=True) as work:
        wanted = preparing.due(work)
    for gss, month in wanted:
        with tools.running.work() as work:
            preparing.ask(work, borough_gss=gss, month=month, rule=commands.usual_rule(work, gss))
    return len(wanted)


def prepare_what_was_asked(tools: Tools) -> int:
    """Carry on every month's statistics that somebody asked for; gives how many are over, prepared or refused."""
    return carry_on(tools.running)


def carry_on(running: Running) -> int:
    """Carry on every month that was asked for; gives how many are over, prepared or refused."""
    with running.work(reading=True) as work:
        found = [
            (preparation_id, identity.actor_of(work, asker) if asker else SYSTEM)
            for preparation_id, asker in preparing.unfinished(work)
        ]
    return sum(_to_its_end(running, preparation_id, asker) for preparation_id, asker in found)


def _to_its_end(running: Running, preparation_id: UUID, asker: Actor | None) -> bool:
    wrong: Exception | None = None
    try:
        if asker is not None:
            _prepare(running, preparation_id, asker)
            return True
    except Conflict:
        # Another clock is at it, or somebody was first: the next run goes on from what is kept.
        return False
    except Exception as error:  # noqa: BLE001 - one month that cannot be made must not stop the others
        # The kind only: an error's text may carry what must stay sealed.
        kind = error.code if isinstance(error, Refused) else type(error).__name__
        log.error("%s", json.dumps({"event": "statistics.not_prepared", "code": kind}))  # noqa: TRY400
        wrong = error
    with running.work() as work:
        preparing.refuse(work, preparation_id, wrong)
    return True


def _prepare(running: Running, preparation_id: UUID, asker: Actor) -> None:
    with running.work(asker) as work:
        preparing.begin(work, preparation_id)
    with running.work(asker, reading=True) as work:
        bound = preparing.take_up(work, preparation_id)
    if not bound.step:
        with running.work(asker) as work:
            bound = preparing.keep_counted(work, bound)
    for design in bound.rest:
        table = bound.bench.protect(design)
        with running.work(asker) as work:
            bound = preparing.keep_protected(work, bound, design, table)
    while otherwise := preparing.another_try(bound):
        with running.work(asker) as work:
            bound = preparing.keep_otherwise(work, bound, otherwise)
    with running.work(asker) as work:
        preparing.lay(work, bound)
