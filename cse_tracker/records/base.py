"""The declarative base: typed columns, named constraints, ids made in Python, optimistic locking."""

from datetime import UTC, datetime
from enum import Enum, StrEnum
from typing import Any, ClassVar, dataclass_transform
from uuid import UUID, uuid4

from sqlalchemy import DateTime, Dialect, MetaData, TypeDecorator
from sqlalchemy import Enum as EnumColumn
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, declared_attr, mapped_column, relationship
from sqlalchemy.orm.attributes import instance_state

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time, stored as UTC; a naive one is refused because it could be an hour wrong."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Turn an aware time into UTC; raises ValueError for a naive one."""
        if value is None:
            return None
        if value.tzinfo is None:
            message = "A time without a time zone cannot be stored"
            raise ValueError(message)
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give every stored time back as aware UTC (SQLite drops the zone)."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _values(enum: type[Enum]) -> list[str]:
    return [str(member.value) for member in enum]


# Repeated for type checkers, which do not see that the keyword below is inherited.
@dataclass_transform(kw_only_default=True, field_specifiers=(mapped_column, relationship))
class Base(MappedAsDataclass, DeclarativeBase, kw_only=True, repr=False, eq=False):
    """The one base. Its repr never shows content."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime(),
        Enum: EnumColumn(Enum, native_enum=False, length=32, values_callable=_values, create_constraint=False),
        # Named beside Enum because a StrEnum would otherwise be taken for plain text.
        StrEnum: EnumColumn(StrEnum, native_enum=False, length=32, values_callable=_values, create_constraint=False),
    }


class Record(Base):
    """A row with a random id and a revision that every change raises by one (a stale save is refused)."""

    __abstract__ = True

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4, sort_order=-10)
    revision: Mapped[int] = mapped_column(init=False, default=0, sort_order=-9)

    @declared_attr.directive
    @classmethod
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.__dict__.get("revision", cls.revision), "version_id_generator": False}

    def __repr__(self) -> str:
        # From memory alone: an error's text must not ask the database, nor fail on a row that has left its session.
        identity = instance_state(self).identity
        return f"<{type(self).__name__} {identity[0] if identity else self.__dict__.get('id')}>"
