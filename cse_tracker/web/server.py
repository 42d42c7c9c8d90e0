"""The Flask application: one unit of work per request, sign-in demanded everywhere, strict headers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import IO, Final, cast
from uuid import uuid4

from flask import Flask, Request, Response, g, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cse_tracker.identity.rules import Passwords
from cse_tracker.papers.kinds import LARGEST
from cse_tracker.records.files import ArrivingFile
from cse_tracker.web.defects import log_defect
from cse_tracker.web.session import SignedIn, ask_to_sign_in
from cse_tracker.work.actor import NOBODY
from cse_tracker.work.running import Running
from cse_tracker.work.timetable import LastRun

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
# Pages that need no session. Everything else asks for one, so a new route is closed until someone opens it here.
PUBLIC: Final = frozenset(
    {
        # Who reads it is known by the token in the address: calendar programs cannot sign in.
        "calendar.feed",
        "session.sign_in",
        # Opened by a one-time link and its code, which show one referral and nothing else.
        "outside.enter",
        "outside.again",
        "outside.read",
        "outside.end",
        "outside.leave",
        "information.accessibility",
        "information.privacy",
        "information.cookies",
        "information.help_and_contact",
    }
)
# Answered without a unit of work at all.
BARE: Final = frozenset({"static", "health.healthz"})

# The hash is that of the one-line script in the GOV.UK page template which says that JavaScript runs.
CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self' 'sha256-GUQ5ad8JK5KmEWmROf3LZd9ge94daqNvd8xy9YS1iDw='; "
    "style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "X-Robots-Tag": "noindex, nofollow",
}


@dataclass(frozen=True)
class Face:
    """What the pages show of the installation."""

    council_name: str
    demo: bool
    longest_session: timedelta
    public_url: str = ""


# Pages that take a file; every other request is small.
TAKES_FILES: Final = frozenset({"attachments.of_case", "imports.listing"})
LARGEST_WITH_FILE: Final = LARGEST + 1024 * 1024


@dataclass(frozen=True)
class Line:
    """One line of the timetable."""

    name: str
    does: str
    often: str
    last: LastRun | None
    next_at: datetime


class InMemoryRequest(Request):
    """A request whose uploads are sealed in memory as they arrive: the default would write them to a temporary file."""

    @property
    def max_content_length(self) -> int | None:
        """How many bytes are read at most: more where a page takes a file."""
        return LARGEST_WITH_FILE if self.endpoint in TAKES_FILES else super().max_content_length

    @max_content_length.setter
    def max_content_length(self, value: int | None) -> None:
        self._max_content_length = value

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        del total_content_length, content_type, filename, content_length
        return cast("IO[bytes]", ArrivingFile())


class Tracker(Flask):
    """A Flask application whose every request is one unit of work: returning commits, raising rolls back."""

    request_class = InMemoryRequest
    running: Running
    face: Face
    passwords: Passwords
    ready: Callable[[], bool]
    # The lines of the timetable at a time, given how each job last ran: the roof knows the jobs, this door does not.
    jobs: Callable[[datetime, Mapping[str, LastRun]], list[Line]]

    def log_exception(
        self,
        exc_info: tuple[type, BaseException, TracebackType] | tuple[None, None, None],
    ) -> None:
        """Log a defect of an error page itself no louder than any other: Flask would log its message."""
        if exc_info[1] is not None:
            log_defect(exc_info[1])

    def dispatch_request(self) -> ResponseReturnValue:
        """Open the unit of work around the view and the making of its response."""
        if request.endpoint is None or request.endpoint in BARE or request.routing_exception is not None:
            return super().dispatch_request()
        user = current_user if isinstance(current_user._get_current_object(), SignedIn) else None  # noqa: SLF001 - the documented way to look behind the proxy
        g.actor = user.actor if user else NOBODY
        reading = request.method in SAFE
        sign_in_id = user.sign_in_id if user else None
        with self.running.work(g.actor, reading=reading, request_id=g.request_id, sign_in_id=sign_in_id) as work:
            g.work = work
            if user is None and request.endpoint not in PUBLIC:
                return self.make_response(ask_to_sign_in())
            return self.make_response(super().dispatch_request())


def begin() -> None:
    """Give every request an id, which error pages and logs show."""
    g.request_id = uuid4()


def finish(response: Response) -> Response:
    """Put the security headers on every response, errors and files included."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    return response
