"""Puts the door beside the pages: one server, two applications, told apart by the beginning of the address."""

from collections.abc import Callable, Iterable
from typing import Any, Final

from flask import Flask, Response
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from cse_tracker.api import door
from cse_tracker.api.document import BASE, as_text
from cse_tracker.api.limits import Limits
from cse_tracker.api.operations import OPERATIONS
from cse_tracker.work.running import Running

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
DOCUMENT: Final = as_text(OPERATIONS)


def beside(pages: Wsgi, running: Running, store: Flask, *, limits: Limits) -> Wsgi:
    """Give the pages with the door beside them."""
    made = door.build(OPERATIONS, running, store, limits)
    made.add_url_rule("/openapi.json", "document", _document, methods=["GET"], provide_automatic_options=False)
    mounted: Wsgi = DispatcherMiddleware(pages, {BASE: made.wsgi_app})
    return mounted


def _document() -> Response:
    return Response(DOCUMENT, mimetype="application/json")
