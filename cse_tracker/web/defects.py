"""Logs a defect by its kind and place only, because messages and arguments may carry what must stay sealed."""

import json
import logging

from flask import g

log = logging.getLogger("cse_tracker.web")


def log_defect(error: BaseException) -> None:
    """Log one line: the request, the kind of error, and the module and line that raised it."""
    trace, place = error.__traceback__, ""
    while trace is not None:
        place = f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}"
        trace = trace.tb_next
    facts = {"request": str(getattr(g, "request_id", "")), "kind": type(error).__name__, "place": place}
    log.error("%s", json.dumps({"event": "defect", **facts}))
