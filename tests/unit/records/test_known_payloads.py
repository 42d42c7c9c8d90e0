"""Payloads written by released code are read for ever, by whatever schema they were written under.

`known_payloads.json` is frozen, one of each kind as it was first kept: add one when a schema is raised, and never
change or remove one. A field that is renamed or dropped without `upgrade` makes its record unreadable: this finds it.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from cse_tracker import tables
from cse_tracker.records import payload as payloads
from cse_tracker.records.dossier import record_kinds
from cse_tracker.records.sealed import SealedRecord, payload_fields

KNOWN: list[dict[str, Any]] = json.loads(Path(__file__).with_name("known_payloads.json").read_text("utf-8"))
assert tables.METADATA.tables
KINDS = {
    (str(kind.__tablename__), field.column): field.kind
    for kind in record_kinds()
    if issubclass(kind, SealedRecord)
    for field in payload_fields(kind)
}


def test_the_corpus_is_whole() -> None:
    places = [(each["table"], each["column"]) for each in KNOWN]
    assert len(places) >= 40
    assert len({table for table, _ in places}) >= 30


@pytest.mark.parametrize("known", KNOWN, ids=lambda known: f"{known['table']}.{known['column']}")
def test_a_payload_of_old_is_read_and_loses_nothing(known: dict[str, Any]) -> None:
    kind = KINDS[known["table"], known["column"]]
    read = payloads.load(kind, known["payload"].encode())
    assert payloads.load(kind, payloads.dump(read)) == read
    written = json.loads(known["payload"])
    if written["schema"] == kind.schema:
        again = json.loads(payloads.dump(read))["data"]
        assert _kept(again, written["data"])


def _kept(now: Any, then: Any) -> bool:
    """Whether all that was written then stands now; what was added to a payload since stands beside it."""
    if isinstance(then, dict):
        return isinstance(now, dict) and all(name in now and _kept(now[name], then[name]) for name in then)
    if isinstance(then, list):
        if all(isinstance(each, str) for each in then):
            # A set is written in any order.
            return isinstance(now, list) and sorted(now) == sorted(then)
        return isinstance(now, list) and len(now) == len(then) and all(map(_kept, now, then))
    return bool(now == then)
