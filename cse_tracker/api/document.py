"""The published description of the door (OpenAPI 3.1), made from the operations and what they take and give."""

import json
from typing import Any, Final

from openapi_pydantic import (
    Components,
    Header,
    Info,
    MediaType,
    OpenAPI,
    Parameter,
    PathItem,
    RequestBody,
    Response,
    Schema,
    SecurityScheme,
    Server,
)
from openapi_pydantic import Operation as Described
from openapi_pydantic.util import PydanticSchema, construct_open_api_with_schema_class

from cse_tracker.api.door import Operation
from cse_tracker.api.problems import MEDIA_TYPE
from cse_tracker.api.schemas import Problem

VERSION: Final = "1.0.0"
BASE: Final = "/api/v1"
SECURITY: Final = "token"
ABOUT: Final = (
    "For systems of agencies that refer young people, or that services are referred to. Each system has a token with "
    "scopes, and may see and do what the people of its agency may. A request that changes something needs an "
    "Idempotency-Key: sent again under the same key within thirty days it is carried out once and answered alike. "
    "Nothing personal stands in an address. Send a referral in immediate danger only after calling 999."
)
WORDS: Final = {
    400: "The request could not be read, or has no idempotency key",
    401: "There is no live token",
    403: "The token is not good for this, or the agency may not do it",
    404: "There is no such thing, or the agency may not know of it",
    409: "This cannot be done as things stand",
    412: "It has changed since the mark in If-Match",
    413: "The request is too large",
    415: "The request is not JSON",
    422: "Something in the request is wrong; each part is named",
    429: "Too many requests; Retry-After says how long to wait",
}
# Anything that is no mark matches none.
MARKS: Final = Schema(type="string", description="One or more marks, as ETag gave them")
ETAG: Final = Schema(type="string", pattern=r'^"[0-9a-f]{32}"$')


def _refusals(operation: Operation) -> dict[str, Response]:
    found = {400, 401, 403, 422, 429}
    if operation.takes is not None:
        found |= {409, 413, 415}
    if "{" in operation.path:
        found.add(404)
    if operation.matched:
        found.add(412)
    problem = {MEDIA_TYPE: MediaType(schema=PydanticSchema(schema_class=Problem))}
    out = {}
    for status in sorted(found):
        headers = {"Retry-After": Header(schema=Schema(type="integer"), required=True)} if status == 429 else None
        headers = (
            {"WWW-Authenticate": Header(schema=Schema(type="string"), required=True)} if status == 401 else headers
        )
        out[str(status)] = Response(description=WORDS[status], content=problem, headers=headers)
    return out


def _parameter(place: str, name: str, schema: Schema, *, required: bool = False) -> Parameter:
    return Parameter.model_validate({"name": name, "in": place, "required": required, "schema": schema})


def _parameters(operation: Operation) -> list[Parameter]:
    parts = [part.strip("{}") for part in operation.path.split("/") if part.startswith("{")]
    identity = Schema(type="string", schema_format="uuid")
    found = [_parameter("path", part, identity, required=True) for part in parts]
    if operation.asks is not None:
        fields = operation.asks.model_json_schema()["properties"]
        found += [_parameter("query", name, Schema.model_validate(schema)) for name, schema in fields.items()]
    if operation.takes is not None:
        key = Schema(type="string", pattern="^[A-Za-z0-9_-]{16,64}$", minLength=16, maxLength=64)
        found.append(_parameter("header", "Idempotency-Key", key, required=True))
    else:
        found.append(_parameter("header", "If-None-Match", MARKS))
    if operation.matched:
        found.append(_parameter("header", "If-Match", MARKS))
    return found


def _described(operation: Operation) -> Described:
    given = {"application/json": MediaType(schema=PydanticSchema(schema_class=operation.gives))}
    headers = {"ETag": Header(schema=ETAG, required=True)} if operation.takes is None else None
    if operation.status == 201:
        headers = {"Location": Header(schema=Schema(type="string"), required=True)}
    answers = {str(operation.status): Response(description="Done", content=given, headers=headers)}
    if operation.takes is None:
        answers["304"] = Response(description="As it was", headers={"ETag": Header(schema=ETAG, required=True)})
    body = None
    if operation.takes is not None:
        taken = {"application/json": MediaType(schema=PydanticSchema(schema_class=operation.takes))}
        body = RequestBody(content=taken, required=True)
    return Described(
        operationId=operation.name,
        summary=operation.summary,
        description=f"Needs the scope `{operation.scope.value}`.",
        parameters=_parameters(operation) or None,
        requestBody=body,
        responses={**answers, **_refusals(operation)},
        security=[{SECURITY: []}],
    )


def document(operations: tuple[Operation, ...]) -> dict[str, Any]:
    """Give the document as data."""
    paths: dict[str, dict[str, Described]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _described(operation)
    described = OpenAPI(
        info=Info(title="Case referral and risk tracker: partner systems", version=VERSION, description=ABOUT),
        servers=[Server(url=BASE)],
        paths={path: PathItem(**methods) for path, methods in paths.items()},
        components=Components(securitySchemes={SECURITY: SecurityScheme(type="http", scheme="bearer")}),
    )
    whole = construct_open_api_with_schema_class(described)
    data: dict[str, Any] = json.loads(whole.model_dump_json(by_alias=True, exclude_none=True))
    return data


def as_text(operations: tuple[Operation, ...]) -> str:
    """Give the document as it is checked in and served."""
    return json.dumps(document(operations), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
