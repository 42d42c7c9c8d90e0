"""Every row and every key that belongs to one young person, whichever room keeps them; and their destruction."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Table, inspect, null, or_, select
from sqlalchemy.orm import Session

from cse_tracker.records.base import Base, Record
from cse_tracker.records.keys import destroy_compartment

# What is kept about the handling of a record outlasts the record.
OUTLASTING: Final = frozenset({"handout", "outgoing_message", "legal_hold", "destruction"})
# What belongs to everybody.
SHARED: Final = frozenset({"borough", "agency", "app_user", "protocol_version", "linked_thing"})
# Rows that point here in these columns belong to somebody else's case.
OF_OTHERS: Final = frozenset({"successor_id"})
POINTS_WITHOUT_A_KEY: Final = ("about_id",)


@dataclass(frozen=True)
class Dossier:
    """The ids of every row about one young person, by table, and the compartments that hold them."""

    rows: dict[str, frozenset[UUID]]
    compartments: frozenset[UUID]

    @property
    def ids(self) -> frozenset[UUID]:
        """All the ids."""
        return frozenset[UUID]().union(*self.rows.values())


def record_kinds() -> list[type[Record]]:
    """Give every class of record that has a table, by table."""
    found = [mapper.class_ for mapper in Record.registry.mappers if issubclass(mapper.class_, Record)]
    return sorted(found, key=lambda kind: str(kind.__tablename__))


def gather(session: Session, person_id: UUID) -> Dossier:
    """Gather what belongs to a young person: by what rows point to, and by the key that seals them.

    A room that comes later is found too, as long as its rows point to a person, a case or what belongs to one.
    """
    rows: dict[str, set[UUID]] = {"person": {person_id}}
    known: set[UUID] = {person_id}
    compartments: set[UUID] = set()
    while True:
        found = [one for kind in record_kinds() for one in _belonging(session, kind, known, compartments)]
        keys = {compartment_id for _, _, compartment_id in found if compartment_id is not None}
        ids = {row_id for _, row_id, _ in found}
        for table, row_id, _ in found:
            rows.setdefault(table, set()).add(row_id)
        if ids <= known and keys <= compartments:
            return Dossier({table: frozenset(each) for table, each in rows.items()}, frozenset(compartments))
        known |= ids
        compartments |= keys


def _belonging(
    session: Session, kind: type[Record], known: set[UUID], compartments: set[UUID]
) -> list[tuple[str, UUID, UUID | None]]:
    name, columns = str(kind.__tablename__), kind.__table__.c
    if name in OUTLASTING or name in SHARED:
        return []
    pointing: list[Any] = [
        key.parent
        for key in kind.__table__.foreign_keys
        if key.column.table.name not in SHARED and key.parent.name not in OF_OTHERS
    ]
    pointing += [columns[column] for column in POINTS_WITHOUT_A_KEY if column in columns]
    conditions = [column.in_(known) for column in pointing]
    sealed = "compartment_id" in columns
    if name == "person":
        conditions.append(columns.id.in_(known))
    if sealed and compartments:
        conditions.append(columns.compartment_id.in_(compartments))
    if not conditions:
        return []
    chosen = select(columns.id, columns.compartment_id if sealed else null()).where(or_(*conditions))
    return [(name, row_id, compartment_id) for row_id, compartment_id in session.execute(chosen)]


def destroy(session: Session, dossier: Dossier) -> int:
    """Destroy every row and every key of a dossier; gives how many rows. Nothing undoes it."""
    kinds = {str(kind.__tablename__): kind for kind in record_kinds()}
    number = 0
    for table in reversed(Base.metadata.sorted_tables):
        ids = dossier.rows.get(table.name)
        if ids:
            _let_go(session, table, dossier)
            number += _delete(session, kinds[table.name], table, ids)
    for compartment_id in sorted(dossier.compartments):
        destroy_compartment(session, compartment_id)
    return number


def _let_go(session: Session, gone: Table, dossier: Dossier) -> None:
    """Empty the columns of rows that stay and point at rows that go."""
    for kind in record_kinds():
        staying = dossier.rows.get(str(kind.__tablename__), frozenset())
        for key in kind.__table__.foreign_keys:
            if key.column.table is not gone or not key.parent.nullable:
                continue
            attribute = inspect(kind).get_property_by_column(key.parent).key
            for row in session.scalars(select(kind).where(key.parent.in_(dossier.rows[gone.name]))):
                if row.id not in staying:
                    setattr(row, attribute, None)
    session.flush()


def _delete(session: Session, kind: type[Record], table: Table, ids: frozenset[UUID]) -> int:
    left: dict[UUID, Any] = {row.id: row for row in session.scalars(select(kind).where(table.c.id.in_(ids)))}
    number, own = len(left), [key.parent for key in table.foreign_keys if key.column.table is table]
    while left:
        # Rows that others of the same table still point at go after those.
        pointed = {
            getattr(row, inspect(kind).get_property_by_column(column).key) for row in left.values() for column in own
        }
        going = [row_id for row_id in left if row_id not in pointed] or list(left)
        for row_id in going:
            session.delete(left.pop(row_id))
        session.flush()
    return number
