"""Whether the service is up: the store open and migrated."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from cse_tracker.web.context import tracker

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def healthz() -> ResponseReturnValue:
    """Answer 200 when the store is open and migrated, 503 when not; no session needed, nothing told."""
    ready = tracker().ready()
    return {"status": "ok" if ready else "not ready"}, 200 if ready else 503
