"""What went wrong, as problem details (RFC 9457): a code that machines read and a sentence for people."""

import json
import logging
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from flask import Response
from pydantic import ValidationError

from cse_tracker.api.schemas import PartOfProblem, Problem
from cse_tracker.work.errors import Conflict, NotFound, NotPermitted, Refused, RuleBroken

log = logging.getLogger("cse_tracker.api")
MEDIA_TYPE: Final = "application/problem+json"
TITLES: Final = {
    400: "The request could not be read",
    401: "A live token is needed",
    403: "This is not allowed",
    404: "There is no such thing, or it may not be seen",
    405: "This cannot be done here",
    406: "The answer cannot be given in that form",
    409: "This cannot be done as things stand",
    412: "It has changed meanwhile",
    413: "The request is too large",
    415: "The request must be JSON",
    422: "The request is not right",
    429: "Too many requests",
    500: "There is a problem with the service",
    503: "The service is not ready",
}


@dataclass
class Refusal(Exception):
    """A refusal of the door itself, before or beside any command."""

    status: int
    code: str
    detail: str
    errors: tuple[PartOfProblem, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()


def problem(refusal: Refusal, request_id: UUID | None) -> Response:
    """Give the answer to a refusal."""
    body = Problem(
        type=f"urn:cse-tracker:problem:{refusal.code}",
        title=TITLES.get(refusal.status, TITLES[400]),
        status=refusal.status,
        detail=refusal.detail,
        code=refusal.code,
        request=str(request_id or ""),
        errors=refusal.errors,
    )
    answer = Response(body.model_dump_json(), status=refusal.status, mimetype=MEDIA_TYPE)
    answer.headers.extend(list(refusal.headers))
    return answer


def of_domain(error: Refused) -> Refusal:
    """Turn a refusal of the domain into one of the door. What names a field is wrong input, the rest a wrong moment."""
    match error:
        case NotFound():
            return Refusal(404, error.code, str(error))
        case NotPermitted():
            return Refusal(403, error.code, str(error))
        case Conflict():
            return Refusal(409, error.code, str(error))
        case RuleBroken(field=str() as name):
            part = PartOfProblem(pointer="/" + name.replace(".", "/"), detail=error.message)
            return Refusal(422, error.code, error.message, (part,))
        case _:
            return Refusal(409, error.code, str(error))


def of_input(error: ValidationError) -> Refusal:
    """Say what is wrong with a request, field by field; unknown fields are named, and nothing of theirs is repeated."""
    parts = tuple(_part(each) for each in error.errors(include_input=False, include_url=False, include_context=False))
    return Refusal(422, "request.invalid", "Check the parts that are named", parts[:50])


def _part(found: Any) -> PartOfProblem:
    steps = [str(step).replace("~", "~0").replace("/", "~1")[:100] for step in found["loc"]]
    return PartOfProblem(pointer="".join(f"/{step}" for step in steps), detail=str(found["msg"])[:300])


def log_defect(error: BaseException, request_id: UUID | None) -> None:
    """Log a defect by its kind and place only, because messages and arguments may carry what must stay sealed."""
    trace, place = error.__traceback__, ""
    while trace is not None:
        place = f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}"
        trace = trace.tb_next
    facts = {"request": str(request_id or ""), "kind": type(error).__name__, "place": place}
    log.error("%s", json.dumps({"event": "defect", **facts}))
