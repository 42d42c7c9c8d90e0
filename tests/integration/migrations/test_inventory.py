"""The written inventory of what is plain against the schema, and every bytes column against the registry."""

import re
from collections import Counter

import pytest
from sqlalchemy import LargeBinary, inspect

from cse_tracker import paths
from cse_tracker.app import Service
from cse_tracker.records.sealed import REGISTRY

INVENTORY = paths.PACKAGE.parent / "docs" / "plaintext-inventory.md"
NOT_PAYLOADS = {
    ("app_user", "email_token"),
    ("attachment_chunk", "chunk"),
    ("audit_entry", "facts_sealed"),
    ("audit_entry", "mac"),
    ("audit_entry", "previous"),
    ("audit_entry", "rows_sealed"),
    ("calendar_feed", "token_digest"),
    ("data_key", "wrapped"),
    ("link_token", "handle"),
    ("link_token", "holder"),
    ("key_encryption_key", "wrapped"),
    ("match_token", "handle"),
    ("one_time_link", "token_digest"),
    ("one_time_link", "visit_digest"),
    ("match_token", "holder"),
    ("sign_in", "token_digest"),
    ("system_token", "token_digest"),
    ("kept_answer", "key_digest"),
    ("kept_answer", "request_mac"),
}
Column = tuple[str, str]


def schema(service: Service, *, in_bytes: bool) -> set[Column]:
    """The columns of a migrated store that hold bytes, or all the others."""
    found = inspect(service.store.engine)
    return {
        (table, column["name"])
        for table in found.get_table_names()
        if table != "alembic_version"
        for column in found.get_columns(table)
        if isinstance(column["type"], LargeBinary) is in_bytes
    }


def rows(heading: str) -> list[tuple[list[Column], str, str]]:
    """The rows of one table of the inventory: its columns, why, and what they leak."""
    section = INVENTORY.read_text("utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| `")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert all(len(each) == 3 for each in cells)
    return [
        ([(table, column) for table, column in re.findall(r"`(\w+)\.(\w+)`", names)], why, leaks)
        for names, why, leaks in cells
    ]


def written(heading: str) -> Counter[Column]:
    return Counter(column for columns, *_ in rows(heading) for column in columns)


def test_the_inventory_names_every_plain_column_and_no_other(service: Service) -> None:
    assert set(written("Plain columns")) == schema(service, in_bytes=False)


def test_every_column_of_bytes_is_a_sealed_payload_or_one_of_a_few(service: Service) -> None:
    assert schema(service, in_bytes=True) == REGISTRY | NOT_PAYLOADS
    assert not REGISTRY & NOT_PAYLOADS


def test_the_inventory_names_the_bytes_that_are_not_payloads() -> None:
    assert set(written("Bytes that are not payloads")) == NOT_PAYLOADS


@pytest.mark.parametrize("heading", ["Plain columns", "Bytes that are not payloads"])
def test_every_row_of_the_inventory_gives_a_reason_and_a_leak_and_names_no_column_twice(heading: str) -> None:
    assert all(columns and len(why) > 10 and len(leaks) > 10 for columns, why, leaks in rows(heading))
    assert [column for column, times in written(heading).items() if times > 1] == []


def test_every_sealed_column_says_so_in_its_name() -> None:
    assert len(REGISTRY) >= 15
    assert all(column.endswith("_sealed") for _, column in REGISTRY)
