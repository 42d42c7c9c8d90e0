"""Whatever is done to a stored entry past the service, verification sees it and names the place."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from cse_tracker.app import Service
from cse_tracker.audit.model import AuditEntry
from cse_tracker.audit.verdict import Kind, Verdict
from cse_tracker.audit.verify import verify
from cse_tracker.identity import commands as identity
from cse_tracker.rulebook.terms import AgencyKind
from cse_tracker.tables import METADATA
from tests import people

ENTRIES = METADATA.tables["audit_entry"]
Place = tuple[UUID, int]
Stored = dict[str, Any]


def verdict_on(service: Service) -> Verdict:
    with people.working(service, reading=True) as work:
        return verify(work.session)


def stored(service: Service) -> list[Stored]:
    """The chain that was written to last, in order."""
    with service.store.engine.begin() as connection:
        rows = [dict(row) for row in connection.execute(select(ENTRIES).order_by(ENTRIES.c.sequence)).mappings()]
    latest = max(rows, key=lambda row: int(row["at_us"]))["writer"]
    return [row for row in rows if row["writer"] == latest]


def run(service: Service, *statements: Any) -> None:
    with service.store.engine.begin() as connection:
        for statement in statements:
            connection.execute(statement)


def at(row: Stored) -> Any:
    return (ENTRIES.c.writer == row["writer"]) & (ENTRIES.c.sequence == row["sequence"])


def another(name: str, value: Any) -> Any:
    """Give a value of a column that is not the stored one."""
    if value is None and name == "rows_sealed":
        return bytes(64)
    if value is None:
        return uuid4() if name.endswith("_id") else "E09000001"
    if isinstance(value, UUID):
        return uuid4()
    if isinstance(value, bytes):
        return value[:-1] + bytes([value[-1] ^ 1])
    return value + 1 if isinstance(value, int) else value + "x"


def place(verdict: Verdict) -> Place | None:
    return (verdict.writer, verdict.sequence) if verdict.writer and verdict.sequence else None


@pytest.fixture
def chain(unguarded: Service) -> Sequence[Stored]:
    people.open_case(unguarded)
    rows = stored(unguarded)
    assert len(rows) > 10
    return rows


def test_an_edit_of_any_column_of_any_kind_of_entry_is_named(unguarded: Service, chain: Sequence[Stored]) -> None:
    covered = [column.name for column in ENTRIES.columns if column.name not in {"writer", "sequence"}]
    assert len(covered) == 12
    for row in (chain[0], chain[len(chain) // 2], chain[-1]):
        for name in covered:
            run(unguarded, update(ENTRIES).where(at(row)).values({name: another(name, row[name])}))
            verdict = verdict_on(unguarded)
            assert place(verdict) == (row["writer"], row["sequence"]), name
            # Of the last entry nobody can say any more whether its facts were changed or the whole entry forged.
            forged = name == "facts_sealed" and row is chain[-1]
            assert verdict.kind is (Kind.INSERT if forged else Kind.EDIT), name
            run(unguarded, update(ENTRIES).where(at(row)).values({name: row[name]}))
    assert verdict_on(unguarded).intact


def test_a_name_taken_away_from_an_entry_is_seen(unguarded: Service, chain: Sequence[Stored]) -> None:
    row = next(row for row in chain if row["actor_id"] is not None)
    run(unguarded, update(ENTRIES).where(at(row)).values(actor_id=None))
    assert place(verdict_on(unguarded)) == (row["writer"], row["sequence"])


def test_two_facts_exchanged_between_columns_are_seen(unguarded: Service, chain: Sequence[Stored]) -> None:
    row = next(row for row in chain if row["actor_id"] is not None and row["object_id"] is not None)
    swapped = {"actor_id": row["object_id"], "object_id": row["actor_id"]}
    run(unguarded, update(ENTRIES).where(at(row)).values(swapped))
    assert place(verdict_on(unguarded)) == (row["writer"], row["sequence"])


def test_a_fact_moved_to_a_column_that_was_empty_is_seen(unguarded: Service, chain: Sequence[Stored]) -> None:
    row = next(row for row in chain if row["actor_id"] is not None and row["sign_in_id"] is None)
    run(unguarded, update(ENTRIES).where(at(row)).values(actor_id=None, sign_in_id=row["actor_id"]))
    assert place(verdict_on(unguarded)) == (row["writer"], row["sequence"])


@pytest.mark.parametrize("index", [0, 3, -2])
def test_a_deleted_entry_is_seen_at_the_one_after_it(unguarded: Service, chain: Sequence[Stored], index: int) -> None:
    row = chain[index]
    run(unguarded, delete(ENTRIES).where(at(row)))
    verdict = verdict_on(unguarded)
    assert (verdict.kind, verdict.problem) == (Kind.DELETE, f"entry {row['sequence']} is missing before it")
    assert place(verdict) == (row["writer"], row["sequence"] + 1)


def test_a_deleted_entry_is_seen_though_the_rest_is_numbered_anew(unguarded: Service, chain: Sequence[Stored]) -> None:
    row = chain[4]
    run(unguarded, delete(ENTRIES).where(at(row)))
    for later in chain[5:]:
        run(unguarded, update(ENTRIES).where(at(later)).values(sequence=later["sequence"] - 1))
    verdict = verdict_on(unguarded)
    assert (verdict.kind, place(verdict)) == (Kind.DELETE, (row["writer"], row["sequence"]))


def test_two_entries_exchanged_are_seen(unguarded: Service, chain: Sequence[Stored]) -> None:
    one, other = chain[5], chain[6]
    parked = {**one, "sequence": 10_000}
    run(
        unguarded,
        update(ENTRIES).where(at(one)).values(sequence=10_000),
        update(ENTRIES).where(at(other)).values(sequence=one["sequence"]),
        update(ENTRIES).where(at(parked)).values(sequence=other["sequence"]),
    )
    verdict = verdict_on(unguarded)
    assert (verdict.kind, place(verdict)) == (Kind.REORDER, (one["writer"], one["sequence"]))


@pytest.mark.parametrize("follows", [True, False])
def test_an_entry_added_without_the_key_is_seen(unguarded: Service, chain: Sequence[Stored], follows: bool) -> None:  # noqa: FBT001
    last = chain[-1]
    previous = last["mac"] if follows else last["previous"]
    run(unguarded, insert(ENTRIES).values({**last, "sequence": last["sequence"] + 1, "previous": previous}))
    verdict = verdict_on(unguarded)
    assert place(verdict) == (last["writer"], last["sequence"] + 1)
    assert verdict.kind is Kind.INSERT


def test_an_entry_put_in_between_is_seen(unguarded: Service, chain: Sequence[Stored]) -> None:
    for later in reversed(chain[4:]):
        run(unguarded, update(ENTRIES).where(at(later)).values(sequence=later["sequence"] + 1))
    run(unguarded, insert(ENTRIES).values({**chain[4], "previous": chain[3]["mac"]}))
    verdict = verdict_on(unguarded)
    assert (verdict.kind, place(verdict)) == (Kind.INSERT, (chain[4]["writer"], chain[4]["sequence"] + 1))


def test_a_forged_entry_put_in_between_is_seen(unguarded: Service, chain: Sequence[Stored]) -> None:
    for later in reversed(chain[4:]):
        run(unguarded, update(ENTRIES).where(at(later)).values(sequence=later["sequence"] + 1))
    forged = {**chain[4], "previous": chain[3]["mac"], "actor_id": uuid4(), "mac": bytes(32)}
    run(unguarded, insert(ENTRIES).values(forged))
    verdict = verdict_on(unguarded)
    assert (verdict.kind, place(verdict)) == (Kind.INSERT, (chain[4]["writer"], chain[4]["sequence"]))


def test_a_chain_copied_under_the_name_of_another_writer_is_seen(unguarded: Service, chain: Sequence[Stored]) -> None:
    stranger = uuid4()
    run(unguarded, *(insert(ENTRIES).values({**row, "writer": stranger}) for row in chain))
    verdict = verdict_on(unguarded)
    assert place(verdict) == (stranger, 1)
    assert verdict.kind is Kind.INSERT


def test_an_entry_moved_to_another_writer_is_seen(unguarded: Service, chain: Sequence[Stored]) -> None:
    run(unguarded, update(ENTRIES).where(at(chain[3])).values(writer=uuid4()))
    assert verdict_on(unguarded).kind in {Kind.REORDER, Kind.DELETE}


def test_sealed_facts_moved_to_another_entry_are_seen(unguarded: Service, chain: Sequence[Stored]) -> None:
    run(unguarded, update(ENTRIES).where(at(chain[3])).values(facts_sealed=chain[4]["facts_sealed"]))
    assert place(verdict_on(unguarded)) == (chain[3]["writer"], chain[3]["sequence"])


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET action = 'x' WHERE sequence = 1",
        "UPDATE audit_entry SET sequence = sequence + 100000",
        "DELETE FROM audit_entry WHERE sequence = 1",
        "DELETE FROM audit_entry",
    ],
)
def test_the_database_itself_refuses_to_change_or_delete_an_entry(service: Service, statement: str) -> None:
    before = verdict_on(service).entries
    with pytest.raises(DBAPIError, match="audit entries are never changed"):
        run(service, text(statement))
    after = verdict_on(service)
    assert after.intact
    assert after.entries >= before > 0


def test_postgresql_refuses_to_empty_the_audit_at_one_stroke(service: Service) -> None:
    statement = (
        "TRUNCATE audit_entry" if service.store.engine.dialect.name == "postgresql" else "DELETE FROM audit_entry"
    )
    with pytest.raises(DBAPIError, match="audit entries are never changed"):
        run(service, text(statement))


def test_a_unit_of_work_cannot_change_an_entry_either(service: Service) -> None:
    def rewrite() -> None:
        with people.working(service) as work:
            entry = work.session.scalars(select(AuditEntry)).first()
            assert entry is not None
            entry.action = "nothing.happened"
            identity.add_agency(work, name="Any", kind=AgencyKind.OTHER, borough_gss=None)

    with pytest.raises(DBAPIError):
        rewrite()
    assert verdict_on(service).intact
