"""Sealed payloads as JSON: a frozen dataclass with a schema number, upgraded on reading."""

import json
from typing import Any, ClassVar, TypeVar

from pydantic import TypeAdapter


class Payload:
    """What every sealed head and body inherits. Raise `schema` and extend `upgrade` when its fields change."""

    schema: ClassVar[int] = 1

    @classmethod
    def upgrade(cls, data: dict[str, Any], schema: int) -> dict[str, Any]:
        """Turn the data of an older schema into today's; raises ValueError for a schema it does not know."""
        message = f"{cls.__name__} of schema {schema} cannot be read by this version ({len(data)} fields)"
        raise ValueError(message)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


P = TypeVar("P", bound=Payload)


_ADAPTERS: dict[type[Payload], TypeAdapter[Any]] = {}


def _adapter(kind: type[P]) -> TypeAdapter[P]:
    # Building an adapter costs a thousand times what using one does.
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


def dump(payload: Payload) -> bytes:
    """Give the payload's JSON, with its schema number."""
    kind = type(payload)
    data = _adapter(kind).dump_json(payload)
    return b'{"schema":%d,"data":%s}' % (kind.schema, data)


def load(kind: type[P], raw: bytes) -> P:
    """Read a payload of this kind, of this schema or an older one."""
    start = b'{"schema":%d,"data":' % kind.schema
    if raw.startswith(start):
        # As `dump` writes it: a search opens thousands, and reading JSON once instead of twice is half the work.
        return _adapter(kind).validate_json(raw[len(start) : -1])
    document = json.loads(raw)
    data, schema = document["data"], document["schema"]
    if schema != kind.schema:
        data = kind.upgrade(data, schema)
    return _adapter(kind).validate_json(json.dumps(data))
