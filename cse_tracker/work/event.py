"""An event: a fact that happened, made of ids, enums, dates and numbers only."""

from dataclasses import dataclass, fields
from datetime import date, datetime
from enum import Enum
from typing import ClassVar
from uuid import UUID

FACT_TYPES = (UUID, Enum, date, datetime, int, bool, type(None))


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened to `subject_id`. Recording it is the only way to be audited and to notify."""

    name: ClassVar[str]
    subject: ClassVar[str]

    subject_id: UUID | None
    borough_gss: str | None = None

    def facts(self) -> dict[str, str | int | None]:
        """Give the facts beyond the subject, as plain values; raises TypeError for free text."""
        out: dict[str, str | int | None] = {}
        for field in fields(self):
            if field.name in {"subject_id", "borough_gss"}:
                continue
            value = getattr(self, field.name)
            if not isinstance(value, FACT_TYPES):
                message = f"{self.name}: {field.name} may not be {type(value).__name__}; events carry no free text"
                raise TypeError(message)
            out[field.name] = _plain(value)
        return out


def _plain(value: object) -> str | int | None:
    match value:
        case None:
            return None
        case Enum():
            return str(value.value)
        case bool() | int():
            return int(value)
        case date() | datetime():
            return value.isoformat()
        case _:
            return str(value)
