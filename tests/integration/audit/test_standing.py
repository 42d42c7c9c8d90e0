"""Every row is held against the last entry that speaks of it: nothing can be put back, edited, added or removed."""

import random
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Enum, delete, insert, select, text, update

from cse_tracker.app import Service
from cse_tracker.audit import chain
from cse_tracker.audit.verdict import Kind, Verdict
from cse_tracker.audit.verify import verify
from cse_tracker.cases.model import Case
from cse_tracker.oversight.commands import account_for_rows
from cse_tracker.records.dossier import record_kinds
from cse_tracker.records.keys import DataKey, destroy_compartment
from cse_tracker.rulebook.decisions import Certainty
from cse_tracker.tables import METADATA
from cse_tracker.work.unit import Work
from tests import people

Row = dict[str, Any]
CASES, DUTIES, KEYS = METADATA.tables["case_"], METADATA.tables["duty"], METADATA.tables["data_key"]


def verdict_on(service: Service) -> Verdict:
    with people.working(service, reading=True) as work:
        return verify(work.session, rows=True)


def read(service: Service, table: Any) -> list[Row]:
    with service.store.engine.connect() as connection:
        return [dict(row) for row in connection.execute(select(table)).mappings()]


def run(service: Service, *statements: Any) -> None:
    with service.store.engine.begin() as connection:
        for statement in statements:
            connection.execute(statement)


def put_back(service: Service, table: Any, row: Row) -> None:
    run(service, update(table).where(table.c.id == row["id"]).values(row))


def test_honest_work_raises_no_alarm(service: Service) -> None:
    case = people.open_case(service)
    people.certainty(service, case)
    people.assess(service, case, "older_boyfriend")
    people.decide(service, case, 1, override="Because")
    people.refer(service, last_name="Other")
    verdict = verdict_on(service)
    assert verdict.intact, verdict
    assert verdict.rows > 40


def test_a_row_put_back_to_an_older_state_is_found(service: Service) -> None:
    case = people.open_case(service)
    before = next(row for row in read(service, CASES) if row["id"] == case.id)
    people.certainty(service, case, Certainty.KNOWN)
    after = next(row for row in read(service, CASES) if row["id"] == case.id)
    put_back(service, CASES, before)
    verdict = verdict_on(service)
    assert (verdict.kind, verdict.table, verdict.row_id) == (Kind.ROLLBACK, "case_", case.id)
    put_back(service, CASES, {**before, "revision": after["revision"]})
    assert verdict_on(service).kind is Kind.EDIT
    put_back(service, CASES, after)
    assert verdict_on(service).intact


@pytest.mark.parametrize("seed", range(3))
def test_an_edit_of_any_plain_column_of_any_table_is_found(sqlite_service: Service, seed: int) -> None:
    service = sqlite_service
    people.open_case(service)
    # Whoever owns the file can switch the checks of the database off.
    chosen = random.Random(seed)
    tried = 0
    for kind in record_kinds():
        table = METADATA.tables[str(kind.__tablename__)]
        rows = read(service, table)
        if not rows:
            continue
        row = chosen.choice(rows)
        for column in table.columns:
            if column.name == "id":
                continue
            edited = _edited(service, table.name, column.name, row)
            verdict = verdict_on(service)
            assert not verdict.intact, (table.name, column.name, edited)
            assert verdict.table == table.name, (column.name, verdict)
            _restore(service, table, row, column.name)
            tried += 1
    assert tried > 60
    assert verdict_on(service).intact


def _edited(service: Service, table: str, column: str, row: Row) -> str:
    value = row[column]
    new: object
    if isinstance(value, bytes):
        new = value[:-1] + bytes([value[-1] ^ 1])
    elif isinstance(value, (bool, int)):
        new = int(value) + 1 if not isinstance(value, bool) else int(not value)
    elif hasattr(value, "hex") and not isinstance(value, float):
        new = "0" * 31 + "1"
    elif hasattr(value, "year"):
        new = "2001-02-03 04:05:06.000000" if hasattr(value, "hour") else "2001-02-03"
    elif hasattr(value, "value"):
        new = next(str(member.value) for member in type(value) if member is not value)
    elif value is None:
        new = _something(table, column)
    else:
        new = f"{value}x"
    with service.store.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.exec_driver_sql("PRAGMA ignore_check_constraints=ON")
        statement = f'UPDATE "{table}" SET "{column}" = ? WHERE id = ?'
        connection.exec_driver_sql(statement, (new, row["id"].hex))
        connection.exec_driver_sql("PRAGMA ignore_check_constraints=OFF")
        connection.exec_driver_sql("PRAGMA foreign_keys=ON")
        connection.exec_driver_sql("BEGIN")
    return str(new)


def _something(table: str, column: str) -> object:
    kind = METADATA.tables[table].columns[column].type
    name = type(kind).__name__
    if isinstance(kind, Enum):
        return kind.enums[0]
    if name in {"UtcDateTime", "DateTime"}:
        return "2001-02-03 04:05:06.000000"
    if name == "Date":
        return "2001-02-03"
    if name == "Uuid":
        return "0" * 31 + "1"
    if name == "LargeBinary":
        return b"x"
    return 7 if name in {"Integer", "BigInteger", "Boolean"} else "E09000001"


def _restore(service: Service, table: Any, row: Row, column: str) -> None:
    run(service, update(table).where(table.c.id == row["id"]).values({column: row[column]}))


def test_a_row_removed_past_the_service_is_found(service: Service) -> None:
    people.open_case(service)
    gone = read(service, DUTIES)[0]
    run(service, delete(DUTIES).where(DUTIES.c.id == gone["id"]))
    verdict = verdict_on(service)
    assert (verdict.kind, verdict.table, verdict.row_id) == (Kind.DELETE, "duty", gone["id"])
    run(service, insert(DUTIES).values(gone))
    assert verdict_on(service).intact


def test_a_row_added_past_the_service_is_found(service: Service) -> None:
    case = people.open_case(service)
    model = next(row for row in read(service, DUTIES) if row["about_id"] == case.id)
    added = uuid4()
    run(service, insert(DUTIES).values({**model, "id": added}))
    verdict = verdict_on(service)
    assert (verdict.kind, verdict.row_id) == (Kind.INSERT, added)


def test_a_key_removed_past_the_service_is_found_and_one_destroyed_by_it_is_not(service: Service) -> None:
    case = people.open_case(service)
    kept = next(row for row in read(service, KEYS) if row["compartment_id"] == case.compartment_id)
    run(service, delete(KEYS).where(KEYS.c.compartment_id == case.compartment_id))
    verdict = verdict_on(service)
    assert verdict.kind is Kind.DELETE
    assert "key" in str(verdict.problem)
    run(service, insert(KEYS).values(kept))
    with people.working(service) as work:
        destroy_compartment(work.session, case.compartment_id)
    assert verdict_on(service).intact
    run(service, insert(KEYS).values(kept))
    verdict = verdict_on(service)
    assert (verdict.kind, verdict.table) == (Kind.ROLLBACK, "data_key")


def test_what_a_savepoint_undid_was_never_written(service: Service) -> None:
    case = people.open_case(service)

    class Undone(Exception):
        pass

    def try_it(work: Work) -> None:
        with work.attempt():
            found = work.session.get_one(Case, case.id)
            found.head = found.head
            work.session.flush()
            destroy_compartment(work.session, found.compartment_id)
            raise Undone

    with people.working(service) as work, pytest.raises(Undone):
        try_it(work)
    assert verdict_on(service).intact
    with people.working(service, reading=True) as work:
        assert work.session.get(DataKey, (case.compartment_id, 1)) is not None


def test_a_store_from_before_is_taken_into_account_once(service: Service) -> None:
    people.open_case(service)
    triggers = {
        "sqlite": "DROP TRIGGER audit_entry_no_DELETE",
        "postgresql": "DROP TRIGGER audit_entry_no_change ON audit_entry",
    }
    run(service, text(triggers[service.store.engine.dialect.name]), text("DELETE FROM audit_entry"))
    chain._POOLS.clear()
    assert verdict_on(service).kind is Kind.INSERT
    with people.working(service) as work:
        assert account_for_rows(work) > 40
    with people.working(service) as work:
        assert account_for_rows(work) == 0
    assert verdict_on(service).intact
