"""Imports that were begun, carried on or taken back step by step."""

import json
import logging
from typing import Final
from uuid import UUID

from cse_tracker.identity import queries as identity
from cse_tracker.imports import commands as imports
from cse_tracker.imports import queries as import_queries
from cse_tracker.imports.model import ImportState
from cse_tracker.jobs.job import Tools
from cse_tracker.work.actor import Actor
from cse_tracker.work.errors import Refused, RuleBroken

log = logging.getLogger("cse_tracker.jobs")

MOST_STEPS: Final = 200


def carry_on_imports(tools: Tools) -> int:
    """Carry on every import that was begun, or is being taken back, as who began that; gives how many steps were done.

    One whose beginner has left waits until another lead officer takes it back.
    """
    with tools.running.work(reading=True) as work:
        found = [
            (each.import_id, actor)
            for each in import_queries.waiting(work.session)
            if each.user_id and (actor := identity.actor_of(work, each.user_id))
        ]
    return sum(_carry_on_import(tools, import_id, actor) for import_id, actor in found)


def _carry_on_import(tools: Tools, import_id: UUID, actor: Actor) -> int:
    try:
        return _bring_in(tools, import_id, actor) or _take_back(tools, import_id, actor)
    except Exception as error:  # noqa: BLE001 - whatever went wrong: all of it is brought in, or nothing
        # The kind only: an error's text may quote a cell.
        facts = {"event": "import.failed", "import": str(import_id), "kind": type(error).__name__}
        log.error("%s", json.dumps(facts))  # noqa: TRY400
        words = error.message if isinstance(error, RuleBroken) else "Something went wrong"
    try:
        with tools.running.work(actor) as work:
            batch = import_queries.open_import(work, import_id, for_change=True)
            imports.take_back(work, batch, message=f"{words}. Everything is being taken back.")
    except Refused:
        # Whoever began it leads the borough no longer.
        return 0
    return 1


def _bring_in(tools: Tools, import_id: UUID, actor: Actor) -> int:
    with tools.running.work(actor, reading=True) as work:
        batch = import_queries.open_import(work, import_id)
        if batch.state is not ImportState.APPLYING:
            return 0
        planned = imports.plan(work, batch)
    for step in range(1, MOST_STEPS + 1):
        with tools.running.work(actor) as work:
            batch = import_queries.open_import(work, import_id, for_change=True)
            before = batch.done
            if not imports.carry_on(work, batch, planned):
                return step
            planned = imports.rest(planned, batch.done - before)
    return MOST_STEPS


def _take_back(tools: Tools, import_id: UUID, actor: Actor) -> int:
    for step in range(1, MOST_STEPS + 1):
        with tools.running.work(actor) as work:
            batch = import_queries.open_import(work, import_id, for_change=True)
            if not imports.carry_on_back(work, batch):
                return step
    return MOST_STEPS
