"""The door: a request is let in by its token, checked, carried out in one unit of work, and answered."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid4

from flask import Flask, Response, g, request
from pydantic import BaseModel, ValidationError
from pydantic_core import from_json
from werkzeug.exceptions import HTTPException

from cse_tracker.api import problems
from cse_tracker.api.limits import Limits
from cse_tracker.api.problems import Refusal
from cse_tracker.systems import commands, queries
from cse_tracker.systems.model import AnswerBody
from cse_tracker.systems.queries import Caller
from cse_tracker.systems.rules import TOKEN_BEGINS, Scope
from cse_tracker.work.actor import Actor
from cse_tracker.work.errors import Conflict, Refused
from cse_tracker.work.events import AccessRefused
from cse_tracker.work.running import Running
from cse_tracker.work.unit import Work

# Every text at its longest, in letters of four bytes each, written as escapes.
LARGEST: Final = 1024 * 1024
KEY: Final = re.compile(r"[A-Za-z0-9_-]{16,64}")
# The whole header as it may be sent; what else stands there is not repeated to anybody.
BEARER: Final = re.compile(r"Bearer (" + TOKEN_BEGINS + r"[A-Za-z0-9_-]{20,100})")
JSON: Final = re.compile(r"application/json(?:; ?charset=utf-8)?", re.IGNORECASE)
HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}


@dataclass(frozen=True)
class Call:
    """A request that was let in and read: the unit of work, what its path and question named, and what it holds."""

    work: Work
    named: Mapping[str, UUID]
    body: Any
    asked: Any
    expected: Callable[[str], None]


@dataclass(frozen=True)
class Operation:
    """One thing that systems can ask for. `takes` is set where something is changed, `asks` where a list is read."""

    name: str
    method: str
    path: str
    scope: Scope
    summary: str
    gives: type[BaseModel]
    act: Callable[[Call], BaseModel]
    status: int = 200
    takes: type[BaseModel] | None = None
    asks: type[BaseModel] | None = None
    matched: bool = False


class Door(Flask):
    """An application of its own, without cookies, sessions or forms, beside the pages."""

    running: Running
    limits: Limits
    store: Flask
    ready: Callable[[], bool]


def build(operations: tuple[Operation, ...], running: Running, store: Flask, limits: Limits) -> Door:
    """Build the door. `store` is the application in whose context the database is reached."""
    door = Door("cse_tracker.api", static_folder=None)
    door.running, door.store, door.limits = running, store, limits
    door.url_map.strict_slashes = True
    for operation in operations:
        rule = re.sub(r"\{(\w+)\}", r"<uuid:\1>", operation.path)
        view = _view(door, operation)
        door.add_url_rule(rule, operation.name, view, methods=[operation.method], provide_automatic_options=False)
    door.before_request(_begin)
    door.after_request(_finish)
    door.register_error_handler(Refusal, lambda error: problems.problem(error, g.get("request_id")))
    door.register_error_handler(HTTPException, _http)
    door.register_error_handler(Exception, _defect)
    return door


def _begin() -> None:
    g.request_id = uuid4()
    # Said here, because the store is reached in the context of the pages, whose limit is another.
    request.max_content_length = LARGEST


def _finish(answer: Response) -> Response:
    for name, value in HEADERS.items():
        answer.headers.setdefault(name, value)
    if request.is_secure:
        answer.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    return answer


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    refusal = Refusal(status, f"http.{status}", problems.TITLES.get(status, problems.TITLES[400]))
    answer = problems.problem(refusal, g.get("request_id"))
    methods = getattr(error, "valid_methods", None)
    if status == 405 and methods:
        answer.headers["Allow"] = ", ".join(sorted(methods))
    return answer


def _defect(error: Exception) -> Response:
    problems.log_defect(error, g.get("request_id"))
    refusal = Refusal(500, "defect", "Try again in a minute. Nothing that was kept before is lost")
    return problems.problem(refusal, g.get("request_id"))


def _view(door: Door, operation: Operation) -> Callable[..., Response]:
    def view(**named: UUID) -> Response:
        request_id: UUID = g.request_id
        with door.store.app_context():
            return _answer(door, operation, named, request_id)

    return view


def _answer(door: Door, operation: Operation, named: Mapping[str, UUID], request_id: UUID) -> Response:
    caller = _let_in(door, operation)
    raw, key = _read(operation)
    try:
        # What a request holds is checked after who sends it, and before the database is asked for anything else.
        body = operation.takes.model_validate_json(raw) if operation.takes is not None else None
        asked = operation.asks.model_validate(_question()) if operation.asks is not None else None
    except ValidationError as error:
        raise problems.of_input(error) from None
    reading = operation.takes is None
    try:
        with door.running.work(caller.actor, reading=reading, request_id=request_id) as work:
            call = Call(work, named, body, asked, _expected)
            return _read_only(operation, call) if reading else _once(operation, call, caller, raw, key)
    except Conflict as error:
        again = None if reading else _kept(door, raw, request_id)
        if again is None:
            raise problems.of_domain(error) from None
        return again
    except Refused as error:
        _record(door, caller.actor, named, error, request_id)
        raise problems.of_domain(error) from None


def _let_in(door: Door, operation: Operation) -> Caller:
    found = _caller(door)
    if found is None:
        challenge = (("WWW-Authenticate", 'Bearer realm="cse-tracker"'),)
        raise Refusal(401, "token.needed", "Send a live token in the header Authorization", headers=challenge)
    seconds = door.limits.wait(found.system_id)
    if seconds:
        wait = (("Retry-After", str(seconds)),)
        raise Refusal(429, "too_many", f"Try again in {seconds} seconds", headers=wait)
    if operation.scope not in found.scopes:
        raise Refusal(403, "token.scope", f"This token is not good for {operation.scope.value}")
    return found


def _caller(door: Door) -> Caller | None:
    sent = BEARER.fullmatch(request.headers.get("Authorization", ""))
    if sent is None:
        return None
    # Whether its key is one is said later: only who may send anything is told what is wrong with it.
    key_digest = _digest(request.headers.get("Idempotency-Key", ""))
    return queries.caller(door.running.session(), sent[1], key_digest, now=door.running.clock())


def _read(operation: Operation) -> tuple[bytes, str]:
    if operation.asks is None and request.query_string:
        raise Refusal(422, "request.invalid", "Nothing may stand behind the question mark here")
    if operation.takes is None:
        return b"", ""
    if not JSON.fullmatch(request.headers.get("Content-Type", "")):
        raise Refusal(415, "request.type", "Send application/json")
    key = request.headers.get("Idempotency-Key", "")
    if not KEY.fullmatch(key):
        message = "Send a header Idempotency-Key of 16 to 64 letters, digits, - or _, a new one for each new request"
        raise Refusal(400, "idempotency.key", message)
    return request.get_data(), key


def _question() -> dict[str, str]:
    asked = {name: values[0] for name, values in request.args.lists() if len(values) == 1}
    if len(asked) != len(request.args):
        raise Refusal(422, "request.invalid", "Something stands behind the question mark more than once")
    return asked


def etag_of(text: str) -> str:
    """Give the mark of an answer: alike for the same answer only, and telling nothing of what is in it."""
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def _expected(mark: str) -> None:
    """Refuse a request that was made for another state of the thing (If-Match)."""
    wanted = request.headers.get("If-Match")
    if wanted is not None and wanted.strip() != "*" and not request.if_match.contains(mark.strip('"')):
        raise Refusal(412, "changed", "It has changed since. Read it again before you answer")


def _json(text: str, status: int, etag: str = "", location: str = "") -> Response:
    answer = Response(text, status=status, mimetype="application/json")
    if etag:
        answer.headers["ETag"] = etag
    if location:
        answer.headers["Location"] = location
    return answer


def _read_only(operation: Operation, call: Call) -> Response:
    text = operation.act(call).model_dump_json()
    mark = etag_of(text)
    if request.if_none_match.contains(mark.strip('"')):
        unchanged = Response(status=304)
        unchanged.headers["ETag"] = mark
        return unchanged
    return _json(text, operation.status, mark)


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


def _request(raw: bytes) -> str:
    # A system that writes its request anew after a failure may put the parts in another order.
    with suppress(ValueError):
        raw = json.dumps(from_json(raw), sort_keys=True).encode()
    return f"{request.method} {request.path} {hashlib.sha256(raw).hexdigest()}"


def _replayed(work: Work, caller: Caller, raw: bytes) -> Response | None:
    kept = queries.kept_answer(work, caller)
    if kept is None:
        return None
    if not queries.same_request(work, kept, _request(raw)):
        message = "This idempotency key was used for another request. Use a new one for a new request"
        raise Refusal(422, "idempotency.reused", message)
    body = kept.body
    answer = _json(body.text, body.status, body.etag, body.location)
    answer.headers["Idempotent-Replayed"] = "true"
    return answer


def _once(operation: Operation, call: Call, caller: Caller, raw: bytes, key: str) -> Response:
    again = _replayed(call.work, caller, raw)
    if again is not None:
        return again
    given = operation.act(call)
    text = given.model_dump_json()
    location = f"{request.script_root}/referrals/{given.id}" if operation.status == 201 else ""  # type: ignore[attr-defined]
    body = AnswerBody(operation.status, text, "", location)
    commands.keep_answer(
        call.work,
        system_id=caller.system_id,
        key_digest=_digest(key),
        request_mac=queries.request_mac(call.work, _request(raw)),
        compartment_id=caller.compartment_id,
        answer=body,
    )
    return _json(text, operation.status, "", location)


def _kept(door: Door, raw: bytes, request_id: UUID) -> Response | None:
    """Give the answer of the request that came first, where this one was the second of two side by side."""
    caller = _caller(door)
    if caller is None:
        return None
    with door.running.work(caller.actor, reading=True, request_id=request_id) as work:
        return _replayed(work, caller, raw)


def _record(door: Door, actor: Actor, named: Mapping[str, UUID], error: Refused, request_id: UUID) -> None:
    """Record in a fresh unit of work that a system asked for what it may not have."""
    status = problems.of_domain(error).status
    if status not in {403, 404}:
        return
    with door.running.work(actor, request_id=request_id) as work:
        work.record(AccessRefused(subject_id=next(iter(named.values()), None), status=status))
