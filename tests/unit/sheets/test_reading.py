"""Spreadsheets in every format: the same cells, formulas and garbled letters named by their cell, nothing unfolded."""

import io
import zipfile
from collections.abc import Sequence
from datetime import date
from typing import Any

import openpyxl  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st
from odfdo import Cell, Document, Row, Table

from cse_tracker.sheets import reading
from cse_tracker.sheets.reading import Place, Unreadable, read

HEAD = ["First name", "Date of birth"]


def xlsx(*rows: Sequence[Any]) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    book.save(out)
    return out.getvalue()


def ods(*rows: Sequence[Any]) -> bytes:
    document, table, out = Document("spreadsheet"), Table("Cases"), io.BytesIO()
    document.body.clear()
    for values in rows:
        row = Row()
        for value in values:
            formula = value if isinstance(value, str) and value.startswith("of:") else None
            row.append_cell(Cell("2" if formula else value, formula=formula))
        table.append_row(row)
    document.body.append(table)
    document.save(out)
    return out.getvalue()


def test_the_same_cells_come_out_of_every_format() -> None:
    rows: list[list[Any]] = [[*HEAD], ["Zoë", date(2012, 3, 4)], ["Łukasz", date(2011, 12, 31)]]
    text = "First name,Date of birth\r\nZoë,2012-03-04\r\nŁukasz,2011-12-31\r\n"
    expected = tuple(tuple(str(cell) for cell in row) for row in rows)
    files = [
        ("a.xlsx", xlsx(*rows)),
        ("a.ods", ods(*rows)),
        ("a.csv", text.encode()),
        ("a.csv", text.encode("utf-8-sig")),
        ("a.csv", text.encode("utf-16")),
        ("a.csv", text.replace(",", ";").encode()),
        ("a.tsv", text.replace(",", "\t").encode()),
    ]
    for name, content in files:
        sheet = read(name, content)
        assert tuple(tuple(str(cell) for cell in row) for row in sheet.rows) == expected, name
        assert sheet.doubts == ()


def test_a_number_that_was_typed_as_a_number_keeps_its_figures() -> None:
    assert read("a.xlsx", xlsx(["NHS"], [9990000018])).rows[1] == ("9990000018",)


@pytest.mark.parametrize(
    ("name", "content", "place"),
    [
        ("a.xlsx", xlsx(HEAD, ["Keira", "=DATE(2012,3,4)"]), "B2"),
        ("a.ods", ods(HEAD, ["of:=1+1", "x"]), "A2"),
        ("a.csv", b"First name,Date of birth\nKeira,=1+1\n", "B2"),
    ],
)
def test_a_formula_is_named_by_its_cell(name: str, content: bytes, place: str) -> None:
    ((found, words),) = read(name, content).doubts
    assert (found.name, "formula" in words) == (place, True)


def test_another_encoding_is_said_and_garbled_letters_are_named() -> None:
    sheet = read("a.csv", "Name\nZoë".encode("cp1252"))
    assert sheet.rows[1] == ("Zoë",)
    assert "Windows-1252" in sheet.note
    ((place, words),) = read("a.csv", "Name\nZoë".encode().decode("cp1252").encode()).doubts
    assert (place, "garbled" in words) == (Place(2, 1), True)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.xls", b"\xd0\xcf\x11\xe0old", "old Excel file"),
        ("a.pdf", b"%PDF-1.7", "Choose a CSV"),
        ("a.xlsx", b"PK\x03\x04broken", "damaged"),
        ("a.csv", b"a,b\x00c\n1,2", "no text file"),
        ("a.csv", b"Name\n\x81\x8d", "letters of this file"),
        ("a.csv", b'Name\n"open', "CSV file is broken"),
        ("a.csv", b"a," * 200 + b"\n", "more than 100 columns"),
    ],
)
def test_what_is_no_spreadsheet_is_refused_with_a_sentence(name: str, content: bytes, sentence: str) -> None:
    with pytest.raises(Unreadable, match=sentence):
        read(name, content)


def packed(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def test_a_small_file_that_unpacks_to_much_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LARGEST_OPENED", 1_000_000)
    with pytest.raises(Unreadable, match="unpacks"):
        read("a.ods", packed({"content.xml": b"0" * 1_000_001}))


def test_entities_are_never_unfolded() -> None:
    evil = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbb">]><a>&b;</a>'
    for files in ({"content.xml": evil}, {"xl/workbook.xml": evil}):
        with pytest.raises(Unreadable, match="damaged"):
            read("a.xlsx", packed(files))


@given(st.binary(max_size=300))
def test_whatever_is_uploaded_is_read_or_refused(content: bytes) -> None:
    for name in ("a.csv", "a.xlsx"):
        for whole in (content, b"PK\x03\x04" + content):
            try:
                sheet = read(name, whole)
            except Unreadable:
                continue
            assert all(isinstance(cell, str) for row in sheet.rows for cell in row)


@given(st.integers(1, 20_000))
def test_columns_are_lettered_as_spreadsheets_do(number: int) -> None:
    assert reading._placed(f"{reading.column_letters(number)}7") == Place(7, number)
