"""Every file of a release is for ever what it was: releases written down once give the same content in all formats."""

import hashlib
import io
import json
import zipfile
from dataclasses import asdict, fields, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from cse_tracker.disclosure.release import Rule, from_stored
from cse_tracker.records import payload as payloads
from cse_tracker.sheets import writing
from cse_tracker.statistics.designs import Design
from cse_tracker.statistics.model import MonthlyRelease, ReleaseBody, ReleaseState, digest_of
from cse_tracker.statistics.publication import as_json, csvw, publication, tidy
from cse_tracker.statistics.queries import Month
from cse_tracker.statistics.wordings.numbered import WORDINGS, newest
from cse_tracker.statistics.wordings.words import Meaning, Wording
from cse_tracker.web.downloads import csv_file

FROZEN: dict[str, dict[str, Any]] = json.loads(Path(__file__).with_name("frozen_releases.json").read_text())
COMPARTMENT = UUID(int=1)


def month(of: str, *, without: tuple[Design, ...] = (), wording: int = 1) -> Month:
    """A September whose tables were written down, as the register keeps it."""
    stored = FROZEN[of]
    kept = {name: table for name, table in stored.items() if Design(name) not in without}
    record = MonthlyRelease(
        borough_gss="E09000012",
        month=date(2026, 9, 1),
        number=2,
        taken_on=date(2026, 10, 1),
        state=ReleaseState.APPROVED,
        compartment_id=COMPARTMENT,
    )
    record.body = ReleaseBody(
        tables=kept,
        snapshot=stored,
        taken_at=datetime(2026, 10, 1, 5, 0, tzinfo=UTC),
        taken_by=None,
        wording=wording,
        rule=Rule.ROUND_5,
        reason="A date of birth was corrected." if without else "",
        approved_at=datetime(2026, 10, 6, 9, 0, tzinfo=UTC),
        digest="0123456789abcdef",
    )
    return Month(record, {Design(name): from_stored(table) for name, table in kept.items()})


def files(found: Month) -> dict[str, bytes]:
    """Every file of a release by its ending: workbooks, the JSON, and of each table the CSV and its description."""
    book = publication(found, "Hackney")
    made = {
        "ods": unpacked(writing.ods(book)),
        "xlsx": unpacked(writing.xlsx(book)),
        "json": json.dumps(as_json(found, "E09000012"), indent=2, ensure_ascii=False).encode(),
        "csv": b"",
        "csvw": b"",
    }
    for design, table in found.tables.items():
        columns, rows = tidy(design, table, found.wording)
        made["csv"] += csv_file("x.csv", columns, rows).get_data()
        made["csvw"] += json.dumps(csvw(found, design, "x.csv"), indent=2, ensure_ascii=False).encode()
    return made


def unpacked(book: bytes) -> bytes:
    """What is in a workbook's archive, in its order: how tightly it is packed is the computer's affair."""
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        return b"".join(name.encode() + archive.read(name) for name in archive.namelist())


def hashed(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


FLOWS = (Design.JOINED, Design.LEFT, Design.CHANGES)
FILES = [
    (
        "4 round-5",
        (),
        {
            "ods": "9ad52fd0fc1dbd8a",
            "xlsx": "68c0d54f85aeeda8",
            "json": "9419d2287f370d1b",
            "csv": "53dc78fd238b2b4e",
            "csvw": "c1bd920fec2a47fd",
        },
    ),
    (
        "6 round-5",
        (),
        {
            "ods": "559a553c352a7310",
            "xlsx": "ec024a37570c5073",
            "json": "dfdc0b70b65e5e2c",
            "csv": "53dc78fd238b2b4e",
            "csvw": "222718a283c223a8",
        },
    ),
    (
        "6 hide-1-to-4",
        (),
        {
            "ods": "ad93f26887a7810d",
            "xlsx": "f614fff8c7285a4e",
            "json": "6fba3272a1440a10",
            "csv": "56dce9472f1c3826",
            "csvw": "677ef2c8d4c268ef",
        },
    ),
    (
        "6 round-5",
        FLOWS,
        {
            "ods": "996b544c5e2fb427",
            "xlsx": "94b3d042e99dd238",
            "json": "3bd924fe29748299",
            "csv": "bbb4c7d68e4217c4",
            "csvw": "f69c88009efc60dc",
        },
    ),
]
PUBLISHED = {1: "05d916640560d3e2"}
"""The hash of every wording under which a release may have been made. A line here is never changed or taken away."""


def hashes(found: Month) -> dict[str, str]:
    return {ending: hashed(content) for ending, content in files(found).items()}


@pytest.mark.parametrize(("of", "without", "then"), FILES)
def test_a_release_written_down_gives_the_files_that_it_gave_on_its_day(
    of: str, without: tuple[Design, ...], then: dict[str, str]
) -> None:
    assert hashes(month(of, without=without)) == then


def test_other_words_are_another_wording_and_leave_every_file_of_an_old_release_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(WORDINGS, newest() + 1, rewritten(WORDINGS[newest()]))
    for of, without, then in FILES:
        assert hashes(month(of, without=without)) == then
        new = hashes(month(of, without=without, wording=newest()))
        assert [ending for ending in then if new[ending] == then[ending]] == [], "the new words are nowhere to be read"


def rewritten(words: Wording) -> Wording:
    """The same wording with every word said otherwise."""
    said = {each.name: getattr(words, each.name) for each in fields(words)}
    plain: dict[str, Any] = {name: f"{value}." for name, value in said.items() if isinstance(value, str)}
    return replace(
        words,
        **plain,
        contents_columns=("Sheet", "What it shows"),
        notes_columns=("Sign", "What it means"),
        headings={dimension: f"By {heading.lower()}" for dimension, heading in words.headings.items()},
        shorthand=tuple((sign, f"{meaning}!") for sign, meaning in words.shorthand),
        meanings={design: Meaning(f"{each.title}, told anew", each.counts) for design, each in words.meanings.items()},
    )


def test_a_published_wording_is_never_edited() -> None:
    assert {number: hashed(canonical(words)) for number, words in WORDINGS.items()} == PUBLISHED


def canonical(words: Wording) -> bytes:
    return json.dumps(asdict(words), sort_keys=True, ensure_ascii=False).encode()


def test_every_design_and_every_dimension_has_words_in_the_newest_wording() -> None:
    words = WORDINGS[newest()]
    assert set(words.meanings) == set(Design)
    counted = {
        pair[0] for tables in FROZEN.values() for table in tables.values() for key, _ in table["cells"] for pair in key
    }
    assert counted == set(words.headings)


def test_a_release_from_before_wordings_had_numbers_is_of_the_first_and_keeps_its_hash() -> None:
    body = month("6 round-5").record.body
    kept = json.loads(payloads.dump(body))
    del kept["data"]["wording"]
    read = payloads.load(ReleaseBody, json.dumps({"schema": 2, "data": kept["data"]}).encode())
    assert read == body
    content = json.dumps([body.rule.value, body.snapshot, body.tables], sort_keys=True, separators=(",", ":"))
    assert digest_of(read) == hashlib.sha256(content.encode()).hexdigest()
    assert digest_of(replace(read, wording=2)) != digest_of(read)
