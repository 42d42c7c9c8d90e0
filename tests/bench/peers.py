"""The same pages by what others use to encrypt columns: sqlalchemy-utils' types, and PostgreSQL's pgcrypto.

Both do what their documentation shows: a type for each column, one key for all rows. Neither binds a value to its row.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any, Final
from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue
from sqlalchemy import (
    Column,
    Engine,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    Uuid,
    func,
    insert,
    select,
    text,
    type_coerce,
)
from sqlalchemy.types import TypeDecorator, TypeEngine
from sqlalchemy_utils import StringEncryptedType  # type: ignore[import-untyped]
from sqlalchemy_utils.types.encrypted.encrypted_type import (  # type: ignore[import-untyped]
    AesGcmEngine,
    FernetEngine,
)

from cse_tracker.cases.events import CaseListViewed, CaseViewed
from cse_tracker.cases.queries import CaseRow
from cse_tracker.people.events import PersonViewed
from cse_tracker.web.context import work
from cse_tracker.work.unit import Work
from tests.bench import plain

KEY: Final = "a key for a comparison, of no use elsewhere"
PERSON: Final = (
    *("first_name", "last_name", "also_known_as", "date_of_birth", "age_disputed", "sex", "nhs_number", "postcode"),
    *("ethnicity", "address", "school", "looked_after", "carer", "contact"),
)
CASE: Final = ("opened_at", "certainty", "level", "level_label", "level_colour")


class Pgp(TypeDecorator[str]):
    """pgcrypto as SQLAlchemy's own documentation shows it: encrypted and decrypted by the database."""

    impl = LargeBinary
    cache_ok = True

    def bind_expression(self, bindparam: Any) -> Any:
        return func.pgp_sym_encrypt(type_coerce(bindparam, String), KEY)

    def column_expression(self, column: Any) -> Any:
        return func.pgp_sym_decrypt(column, KEY, type_=Text())


@dataclass(frozen=True)
class Peer:
    """One way of encrypting columns."""

    name: str
    title: str
    column: Callable[[], TypeEngine[Any]]
    backend: str | None = None

    def available(self, engine: Engine) -> bool:
        if self.backend is None:
            return True
        if engine.dialect.name != self.backend:
            return False
        with engine.connect() as connection:
            found = connection.execute(text("SELECT 1 FROM pg_available_extensions WHERE name = 'pgcrypto'"))
            return found.first() is not None

    @property
    def person(self) -> Table:
        return self._table("person", PERSON)

    @property
    def case(self) -> Table:
        return self._table("case", CASE, Column("borough_gss", String), Column("person_id", Uuid))

    def _table(self, kind: str, sealed: tuple[str, ...], *more: Column[Any]) -> Table:
        name = f"bench_{self.name}_{kind}"
        if name in METADATA.tables:
            return METADATA.tables[name]
        columns = [Column(each, self.column()) for each in sealed]
        return Table(name, METADATA, Column("id", Uuid, primary_key=True), *more, *columns)

    def copy(self, doing: Work) -> None:
        """Copy the plain rows."""
        connection = doing.session.connection()
        if self.backend == "postgresql":
            connection.execute(text("CREATE EXTENSION IF NOT EXISTS pgcrypto"))
        METADATA.create_all(connection, tables=[self.person, self.case])
        for row in doing.session.scalars(select(plain.PlainPerson)):
            values = {each: _text(getattr(row, each)) for each in PERSON}
            connection.execute(insert(self.person).values(id=row.id, **values))
        for case in doing.session.scalars(select(plain.PlainCase)):
            values = {each: _text(getattr(case, each)) for each in CASE}
            connection.execute(
                insert(self.case).values(id=case.id, borough_gss=case.borough_gss, person_id=case.person_id, **values)
            )

    def rows(self, doing: Work, case_id: UUID | None = None) -> list[CaseRow]:
        """Read the rows back and shape them as the templates want them."""
        wanted = select(self.case, self.person).join(self.person, self.person.c.id == self.case.c.person_id)
        if case_id is None:
            boroughs = {borough for _, borough in doing.actor.roles}
            wanted = wanted.where(self.case.c.borough_gss.in_(boroughs))
        else:
            wanted = wanted.where(self.case.c.id == case_id)
        width = len(self.case.c)
        found = doing.session.execute(wanted).all()
        return [_shaped(row[:width], row[width:], list(self.case.c), list(self.person.c)) for row in found]


METADATA: Final = MetaData()
PEERS: Final = (
    Peer("utils_gcm", "sqlalchemy-utils AES-GCM", lambda: StringEncryptedType(String, KEY, AesGcmEngine)),
    Peer("utils_fernet", "sqlalchemy-utils Fernet", lambda: StringEncryptedType(String, KEY, FernetEngine)),
    Peer("pgcrypto", "pgcrypto pgp_sym", Pgp, "postgresql"),
)
BY_NAME: Final = {peer.name: peer for peer in PEERS}


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _shaped(case: Any, person: Any, of_case: list[Any], of_person: list[Any]) -> CaseRow:
    one = dict(zip([column.name for column in of_case], case, strict=True))
    other = dict(zip([column.name for column in of_person], person, strict=True))
    other["date_of_birth"] = date.fromisoformat(other["date_of_birth"]) if other["date_of_birth"] else None
    other["age_disputed"] = other["age_disputed"] == "True"
    one["opened_at"] = datetime.fromisoformat(one["opened_at"])
    one["certainty"] = one["certainty"] or None
    one["level"] = int(one["level"]) if one["level"] else None
    shown: Any = SimpleNamespace(**one)
    about: Any = SimpleNamespace(**other)
    return plain.row_of(shown, about)


bp = Blueprint("peer", __name__, url_prefix="/peer")


@bp.get("/<name>/")
def listing(name: str) -> ResponseReturnValue:
    """The list of cases."""
    rows = BY_NAME[name].rows(work())
    rows.sort(key=lambda row: (row.person.head.last_name.casefold(), row.person.head.first_name.casefold()))
    work().record(CaseListViewed(subject_id=None, shown=len(rows)))
    return plain.list_page(rows)


@bp.get("/<name>/<uuid:case_id>")
def show(name: str, case_id: UUID) -> ResponseReturnValue:
    """One case."""
    row = BY_NAME[name].rows(work(), case_id)[0]
    work().record(CaseViewed(subject_id=case_id, borough_gss=row.case.borough_gss))
    work().record(PersonViewed(subject_id=row.person.id, borough_gss=row.case.borough_gss))
    return plain.show_page(row)
