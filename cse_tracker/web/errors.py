"""Pages for everything that can go wrong, each with a reference number and nothing about anybody."""

from uuid import UUID

from flask import Flask, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from cse_tracker.records.database import DatabaseGone
from cse_tracker.vault.errors import CryptoError
from cse_tracker.web.context import tracker
from cse_tracker.web.defects import log_defect
from cse_tracker.web.server import TAKES_FILES
from cse_tracker.web.session import answers_as_typed, page_asked_for
from cse_tracker.work.actor import NOBODY, Actor
from cse_tracker.work.errors import Conflict, NotFound, NotPermitted, Refused, RuleBroken
from cse_tracker.work.events import AccessRefused

WORDS = {
    400: ("This request could not be read", "Check what you entered, or go back and try again."),
    401: ("Sign in", "Sign in to see this page."),
    403: ("You cannot do this", "Your role does not allow this. If you think it should, ask the lead officer."),
    404: ("Page not found", "If you typed or pasted the address, check it. You may also not have access to this."),
    405: ("This page does not work like that", "Go back and use the buttons on the page."),
    409: (
        "Somebody else changed this while you were writing",
        "Go back to see what they saved, then try again. Nothing of theirs was changed.",
    ),
    413: ("What you sent is too large", "Shorten the text and try again. Go back to find what you typed."),
    422: ("This cannot be done", "Go back, check what you entered and try again."),
    429: ("Too many requests", "Wait a minute and try again."),
    500: ("There is a problem with the service", "Try again in a minute. Nothing that you saved before is lost."),
    503: ("The service is not ready", "Try again in a few minutes."),
}
TOO_LARGE = "A file can be at most 15 MB. Go back and send fewer pages, or smaller images. Nothing was kept."
NO_DATABASE = (
    "The database does not answer or has no room. Nothing of what you just sent was saved, and nothing you saved "
    "before is lost. Go back to find what you typed, and send it again in a few minutes."
)
STATUS = {NotFound: 404, NotPermitted: 403, RuleBroken: 422, Conflict: 409}


def register(app: Flask) -> None:
    """Give the application its error pages."""
    app.register_error_handler(Refused, refused)
    app.register_error_handler(CSRFError, session_ended)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(Exception, defect)


def page(status: int, message: str | None = None) -> ResponseReturnValue:
    """Give an error page."""
    title, advice = WORDS.get(status, WORDS[500])
    reference = str(getattr(g, "request_id", ""))[:8]
    return render_template("errors/error.html", title=title, advice=message or advice, reference=reference), status


def refused(error: Refused) -> ResponseReturnValue:
    """Say what was refused; whatever was rolled back, the refusal itself is recorded."""
    status = STATUS.get(type(error), 422)
    if status in {403, 404}:
        record_refusal(status)
    return page(status, error.message if isinstance(error, RuleBroken) else None)


def record_refusal(status: int) -> None:
    """Record in a fresh unit of work that somebody asked for what they may not have."""
    actor: Actor = getattr(g, "actor", NOBODY)
    if actor == NOBODY:
        return
    ids = [value for value in (request.view_args or {}).values() if isinstance(value, UUID)]
    with tracker().running.work(actor, request_id=g.request_id) as work:
        work.record(AccessRefused(subject_id=ids[0] if ids else None, status=status))


def session_ended(_error: CSRFError) -> ResponseReturnValue:
    """Offer to send the same answers again when the session or its form token has ended."""
    kept = [(name, value) for name, values in answers_as_typed().items() for value in values]
    if request.endpoint == "session.sign_in":
        kept = []
    return render_template("session/form_expired.html", path=page_asked_for(), answers=kept), 400


def http_error(error: HTTPException) -> ResponseReturnValue:
    """Show Werkzeug's own errors as our pages; redirects pass through."""
    if error.response is not None or error.code is None or error.code < 400:
        return error
    response = page(error.code, TOO_LARGE if error.code == 413 and request.endpoint in TAKES_FILES else None)
    if error.code == 405 and getattr(error, "valid_methods", None):
        return (*response, {"Allow": ", ".join(error.valid_methods)})  # type: ignore[attr-defined,misc]
    return response


def defect(error: Exception) -> ResponseReturnValue:
    """Log a defect without its message, and give a page with the reference under which it is logged."""
    log_defect(error)
    if isinstance(error, DatabaseGone):
        return page(503, NO_DATABASE)
    if isinstance(error, CryptoError):
        return page(500, "This record could not be opened. The operators have been told.")
    return page(500)
