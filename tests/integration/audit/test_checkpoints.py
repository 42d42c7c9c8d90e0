"""What is cut off a chain's end, or put back whole, shows against the signed checkpoints outside."""

import base64
import json
import resource
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import delete, insert, select, text, update

from cse_tracker.app import Service
from cse_tracker.audit import checkpoint
from cse_tracker.audit.checkpoint import CheckpointProblem, Checkpoints
from cse_tracker.audit.verdict import Kind, Verdict
from cse_tracker.jobs.upkeep import checkpoint_audit, verify_audit
from cse_tracker.oversight import commands, queries
from cse_tracker.records.keys import keyring_of
from cse_tracker.tables import METADATA
from tests import people
from tests.store import Clock

ENTRIES = METADATA.tables["audit_entry"]


def note(service: Service) -> None:
    with people.working(service, reading=True) as work:
        commands.make_checkpoint(work, service.tools.checkpoints)


def verdict_on(service: Service) -> Verdict:
    with people.working(service, reading=True) as work:
        return queries.verification(work, service.tools.checkpoints)


def lines(service: Service) -> list[dict[str, Any]]:
    return [json.loads(line) for line in service.tools.checkpoints.read_text().splitlines()]


def all_entries(service: Service) -> list[dict[str, Any]]:
    with service.store.engine.connect() as connection:
        order = select(ENTRIES).order_by(ENTRIES.c.writer, ENTRIES.c.sequence)
        return [dict(row) for row in connection.execute(order).mappings()]


def run(service: Service, *statements: Any) -> None:
    with service.store.engine.begin() as connection:
        for statement in statements:
            connection.execute(statement)


def cut(service: Service, entry: dict[str, Any]) -> None:
    run(service, delete(ENTRIES).where(ENTRIES.c.writer == entry["writer"], ENTRIES.c.sequence == entry["sequence"]))


def ends_of(service: Service) -> dict[UUID, dict[str, Any]]:
    return {entry["writer"]: entry for entry in all_entries(service)}


def test_an_intact_store_verifies_against_its_checkpoints(service: Service) -> None:
    people.open_case(service)
    note(service)
    people.refer(service)
    note(service)
    verdict = verdict_on(service)
    assert verdict.intact, verdict
    assert verdict.checkpoint == 2
    first, second = lines(service)
    assert second["entries"] > first["entries"]
    assert second["previous"] != first["previous"]


def test_every_end_that_is_cut_off_is_found_and_named(unguarded: Service) -> None:
    people.open_case(unguarded)
    note(unguarded)
    noted = {bytes.fromhex(writer): end for writer, end in lines(unguarded)[0]["ends"].items()}
    for entry in [entry for entry in all_entries(unguarded) if noted[entry["writer"].bytes][0] == entry["sequence"]]:
        later = [
            each
            for each in all_entries(unguarded)
            if each["writer"] == entry["writer"] and each["sequence"] >= entry["sequence"]
        ]
        for each in later:
            cut(unguarded, each)
        verdict = verdict_on_without_recording(unguarded)
        assert (verdict.kind, verdict.writer, verdict.sequence) == (
            Kind.TRUNCATION, entry["writer"], entry["sequence"],
        )  # fmt: skip
        run(unguarded, *(insert(ENTRIES).values(each) for each in later))


def verdict_on_without_recording(service: Service) -> Verdict:
    """Verify without the entry that says so, because on SQLite it would go to the chain that was cut."""
    with people.working(service, reading=True) as work:
        verdict = queries.verification(work, service.tools.checkpoints)
        work.events.clear()
    return verdict


def test_a_chain_removed_whole_is_found(unguarded: Service) -> None:
    people.open_case(unguarded)
    note(unguarded)
    run(unguarded, delete(ENTRIES))
    verdict = verdict_on_without_recording(unguarded)
    assert (verdict.kind, verdict.sequence) == (Kind.TRUNCATION, 1)


def test_an_older_copy_of_everything_put_back_and_worked_on_is_a_fork(unguarded: Service) -> None:
    people.open_case(unguarded)
    before = all_entries(unguarded)
    people.refer(unguarded)
    note(unguarded)
    run(unguarded, delete(ENTRIES), *(insert(ENTRIES).values(each) for each in before))
    verdict = verdict_on_without_recording(unguarded)
    assert verdict.kind is Kind.TRUNCATION
    if unguarded.store.engine.dialect.name == "sqlite":
        for number in range(8):
            people.refer(unguarded, last_name=f"Else{number}")
        assert verdict_on_without_recording(unguarded).kind is Kind.FORK


def test_lines_cut_off_the_file_are_missed_and_so_is_the_whole_file(service: Service) -> None:
    note(service)
    note(service)
    whole = service.tools.checkpoints.read_bytes()
    service.tools.checkpoints.write_bytes(whole.splitlines(keepends=True)[0])
    verdict = verdict_on(service)
    assert (verdict.kind, verdict.table) == (Kind.TRUNCATION, "checkpoints")
    service.tools.checkpoints.unlink()
    assert verdict_on(service).kind is Kind.TRUNCATION
    service.tools.checkpoints.write_bytes(whole)
    assert verdict_on(service).intact


def test_any_changed_byte_of_the_file_is_refused(sqlite_service: Service) -> None:
    note(sqlite_service)
    note(sqlite_service)
    file = sqlite_service.tools.checkpoints
    whole = file.read_bytes()
    with people.working(sqlite_service, reading=True) as work:
        keyring = keyring_of(work.session)
        for place in range(0, len(whole) - 1, 3):
            changed = bytearray(whole)
            changed[place] ^= 1
            with pytest.raises(CheckpointProblem, match="was changed"):
                checkpoint.parse(bytes(changed), keyring, "file")
        assert checkpoint.parse(whole, keyring, "file").number == 2
        first, second = whole.splitlines(keepends=True)
        for wrong in (second, second + first, first + first, first + second + second):
            with pytest.raises(CheckpointProblem):
                checkpoint.parse(wrong, keyring, "file")


def test_a_line_that_a_crash_cut_short_is_written_over(service: Service) -> None:
    note(service)
    with service.tools.checkpoints.open("ab") as file:
        file.write(b'{"number":2,"ends":{"00')
    assert verdict_on(service).intact
    note(service)
    assert [line["number"] for line in lines(service)] == [1, 2]
    assert verdict_on(service).intact


@pytest.fixture
def tiny_files() -> Iterator[None]:
    """No file may grow beyond 100 bytes: what a full disk looks like to a program."""
    before, old = signal.signal(signal.SIGXFSZ, signal.SIG_IGN), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, old[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, old)
    signal.signal(signal.SIGXFSZ, before)


def test_a_full_disk_leaves_the_file_as_it_was(service: Service, tiny_files: None, tmp_path: Path) -> None:
    del tiny_files
    target = tmp_path / "full.jsonl"
    with people.working(service, reading=True) as work, pytest.raises(CheckpointProblem, match="cannot be written"):
        checkpoint.append(target, work.session, keyring_of(work.session), 1)
    assert target.read_bytes() == b""


def test_a_place_that_cannot_be_written_is_a_sentence(service: Service, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with people.working(service, reading=True) as work, pytest.raises(CheckpointProblem, match="cannot be written"):
        commands.make_checkpoint(work, tmp_path / "file" / "below.jsonl")


def test_whoever_holds_the_public_key_alone_can_verify_a_line(service: Service) -> None:
    note(service)
    with people.working(service, reading=True) as work:
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(queries.checkpoint_public_key(work)))
    line = lines(service)[0]
    signature = base64.b64decode(line.pop("signature"))
    public.verify(signature, json.dumps(line, sort_keys=True, separators=(",", ":")).encode())


def test_the_file_is_for_the_service_alone_and_names_nobody(service: Service) -> None:
    people.open_case(service)
    note(service)
    assert service.tools.checkpoints.stat().st_mode & 0o077 == 0
    assert set(lines(service)[0]) == {"number", "at_us", "entries", "ends", "previous", "destroyed", "key", "signature"}


def test_the_clock_notes_and_verifies(service: Service, clock: Clock) -> None:
    with service.app.app_context():
        assert checkpoint_audit(service.tools) == 1
        clock.advance(hours=1)
        people.open_case(service)
        assert checkpoint_audit(service.tools) == 1
        assert verify_audit(service.tools) > 10
    assert verdict_on(service).checkpoint == 2


def test_checkpoints_hold_only_what_moved(sqlite_service: Service) -> None:
    note(sqlite_service)
    note(sqlite_service)
    assert all(len(line["ends"]) == 1 for line in lines(sqlite_service))
    with people.working(sqlite_service, reading=True) as work:
        known = checkpoint.read(sqlite_service.tools.checkpoints, keyring_of(work.session))
    assert isinstance(known, Checkpoints)
    assert len(known.places) == 2


def test_a_malformed_entry_is_named_and_does_not_crash_the_verification(sqlite_service: Service) -> None:
    people.open_case(sqlite_service)
    run(sqlite_service, text("DROP TRIGGER audit_entry_no_UPDATE"))
    for column, value in (
        ("writer", "'zz'"), ("writer", "x'00ff'"), ("sequence", "5.5"), ("at_us", "'soon'"), ("actor_id", "'nobody'"),
        ("object_id", "7"), ("action", "x'ff'"), ("facts_sealed", "'text'"), ("mac", "'text'"), ("previous", "9"),
    ):  # fmt: skip
        last = all_entries(sqlite_service)[-3]
        with sqlite_service.store.engine.begin() as connection:
            place = {"n": last["sequence"]}
            old = connection.execute(text(f"SELECT {column} FROM audit_entry WHERE sequence = :n"), place).scalar_one()
            number = connection.execute(text("SELECT rowid FROM audit_entry WHERE sequence = :n"), place).scalar_one()
            connection.execute(text(f"UPDATE audit_entry SET {column} = {value} WHERE rowid = {number}"))
        verdict = verdict_on_without_recording(sqlite_service)
        assert not verdict.intact, column
        assert verdict.kind is not None
        assert str(verdict.where)
        restore = text(f"UPDATE audit_entry SET {column} = :old WHERE rowid = :n")
        run(sqlite_service, restore.bindparams(old=old, n=number))
    assert verdict_on(sqlite_service).intact


def test_an_edit_below_a_checkpoint_is_still_an_edit(unguarded: Service) -> None:
    people.open_case(unguarded)
    note(unguarded)
    entry = all_entries(unguarded)[2]
    here = (ENTRIES.c.writer == entry["writer"]) & (ENTRIES.c.sequence == entry["sequence"])
    run(unguarded, update(ENTRIES).where(here).values(at_us=entry["at_us"] + 1))
    assert verdict_on_without_recording(unguarded).kind is Kind.EDIT
