"""CSV, XLSX and ODS as rows of text and dates; formulas and garbled letters are named by their cell."""

import csv
import io
import re
import zipfile
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from xml.etree import ElementTree as ET

from python_calamine import CalamineError, CalamineWorkbook

LARGEST_OPENED: Final = 200 * 1024 * 1024
"""What a packed spreadsheet may unpack to: a small file can hold gigabytes of nothing."""
MOST_ROWS: Final = 100_000
MOST_COLUMNS: Final = 100
LONGEST_CELL: Final = 32_767
"""The longest text that a cell of a spreadsheet holds (Microsoft, Excel specifications and limits)."""

# A letter with an accent that was written as UTF-8 and read as Windows-1252.
GARBLED: Final = re.compile(
    "[\u00c2-\u00c3][\u0080-\u00bf\u0192\u02c6\u0160\u0152\u017d\u2018-\u2022\u2122\u0161\u0153\u017e\u0178]|\ufffd|â€"
)
MAIN: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATION: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
TABLE: Final = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"

Cell = str | date


class Unreadable(Exception):
    """The file is no spreadsheet that can be read; the message is a sentence for people."""


@dataclass(frozen=True)
class Place:
    """A cell by its row and column, counted from 1 as spreadsheets do."""

    row: int
    column: int

    @property
    def name(self) -> str:
        """The cell as spreadsheets name it, such as C14."""
        return f"{column_letters(self.column)}{self.row}"


@dataclass(frozen=True, repr=False)
class Sheet:
    """The rows of a first sheet, the headings among them; `doubts` says of cells why they cannot be taken as read."""

    rows: tuple[tuple[Cell, ...], ...]
    doubts: tuple[tuple[Place, str], ...]
    note: str = ""


def column_letters(number: int) -> str:
    """Give a column's letters, such as C or AB."""
    letters = ""
    while number > 0:
        number, place = divmod(number - 1, 26)
        letters = chr(65 + place) + letters
    return letters


def read(name: str, content: bytes) -> Sheet:
    """Read a file by its content, its name only telling CSV apart. Raises Unreadable."""
    if content.startswith(b"PK\x03\x04"):
        return _packed(content)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable("This is an old Excel file or one with a password. Save it as XLSX without one")
    if not name.casefold().endswith((".csv", ".txt", ".tsv")):
        raise Unreadable("Choose a CSV, XLSX or ODS file")
    return _text(content)


def _bounded(rows: list[tuple[Cell, ...]]) -> tuple[tuple[Cell, ...], ...]:
    while rows and not any(rows[-1]):
        rows.pop()
    if len(rows) > MOST_ROWS:
        raise Unreadable(f"The file has {len(rows):,} rows; at most {MOST_ROWS:,} can be read")
    if any(len(row) > MOST_COLUMNS for row in rows):
        raise Unreadable(f"The file has more than {MOST_COLUMNS} columns")
    return tuple(rows)


def _text(content: bytes) -> Sheet:
    text, note = _decoded(content)
    if "\x00" in text:
        raise Unreadable("This is no text file. Save the spreadsheet as CSV UTF-8, XLSX or ODS")
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    try:
        read_rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as problem:
        raise Unreadable(f"The CSV file is broken: {problem}") from None
    rows = _bounded([tuple(cell.strip() for cell in row) for row in read_rows])
    return Sheet(rows, (*_formulas_in_text(rows), *_garbled(rows)), note)


def _decoded(content: bytes) -> tuple[str, str]:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return content.decode("utf-16"), ""
        except UnicodeDecodeError:
            raise Unreadable("The letters of this file cannot be read. Save it as CSV UTF-8") from None
    try:
        return content.decode("utf-8-sig"), ""
    except UnicodeDecodeError:
        pass
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError:
        raise Unreadable("The letters of this file cannot be read. Save it as CSV UTF-8") from None
    return text, "The file was not written in UTF-8 and has been read as Windows-1252: check names with accents"


def _formulas_in_text(rows: tuple[tuple[Cell, ...], ...]) -> list[tuple[Place, str]]:
    return [
        (Place(row, column), "This is a formula. Put its value there instead")
        for row, cells in enumerate(rows, 1)
        for column, cell in enumerate(cells, 1)
        if isinstance(cell, str) and cell.startswith(("=", "@"))
    ]


def _garbled(rows: tuple[tuple[Cell, ...], ...]) -> list[tuple[Place, str]]:
    return [
        (Place(row, column), "Letters with accents are garbled. Save the file as CSV UTF-8 again from where it came")
        for row, cells in enumerate(rows, 1)
        for column, cell in enumerate(cells, 1)
        if isinstance(cell, str) and GARBLED.search(cell)
    ]


def _packed(content: bytes) -> Sheet:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > LARGEST_OPENED:
                raise Unreadable("This file unpacks to more than can be read")
            names = set(archive.namelist())
            if "content.xml" in names:
                formulas = _formulas_of_ods(archive)
            elif "xl/workbook.xml" in names:
                formulas = _formulas_of_xlsx(archive)
            else:
                raise Unreadable("Choose a CSV, XLSX or ODS file")
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        raw = workbook.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (zipfile.BadZipFile, CalamineError, ET.ParseError, KeyError, OSError, ValueError, IndexError):
        raise Unreadable("This spreadsheet is damaged and cannot be read") from None
    rows = _bounded([tuple(_cell(cell) for cell in row) for row in raw])
    doubts = [(place, "This is a formula. Put its value there instead") for place in sorted(formulas, key=_by_row)]
    return Sheet(rows, (*doubts, *_garbled(rows)))


def _by_row(place: Place) -> tuple[int, int]:
    return place.row, place.column


def _cell(value: object) -> Cell:
    match value:
        case None:
            return ""
        case datetime():
            return value.date()
        case date():
            return value
        case bool():
            return "yes" if value else "no"
        case float() if value.is_integer():
            # A telephone or NHS number that was typed as a number.
            return str(int(value))
        case _:
            return str(value).strip()


def _no_entities(archive: zipfile.ZipFile, name: str) -> io.BytesIO:
    content = archive.read(name)
    # A document type could define entities that unfold without end; no spreadsheet program writes one.
    if b"<!DOCTYPE" in content[:4096]:
        raise Unreadable("This spreadsheet is damaged and cannot be read")
    return io.BytesIO(content)


def _formulas_of_xlsx(archive: zipfile.ZipFile) -> set[Place]:
    book = ET.parse(_no_entities(archive, "xl/workbook.xml"))  # noqa: S314 - without a document type
    first = book.find(f"{MAIN}sheets/{MAIN}sheet")
    relations = ET.parse(_no_entities(archive, "xl/_rels/workbook.xml.rels"))  # noqa: S314 - likewise
    wanted = first.get(RELATION) if first is not None else None
    target = next(each.get("Target", "") for each in relations.getroot() if each.get("Id") == wanted)
    path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    found: set[Place] = set()
    for _, element in ET.iterparse(_no_entities(archive, path)):  # noqa: S314 - likewise
        if element.tag == f"{MAIN}c":
            if element.find(f"{MAIN}f") is not None:
                found.add(_placed(element.get("r", "")))
            element.clear()
    return found


def _placed(name: str) -> Place:
    letters = re.match(r"[A-Z]+", name)
    column = 0
    for letter in letters[0] if letters else "":
        column = column * 26 + ord(letter) - 64
    return Place(int(re.sub(r"\D", "", name) or 0), column)


def _formulas_of_ods(archive: zipfile.ZipFile) -> set[Place]:
    table = ET.parse(_no_entities(archive, "content.xml")).find(f".//{TABLE}table")  # noqa: S314 - likewise
    found: set[Place] = set()
    row = 0
    for line in table.iter(f"{TABLE}table-row") if table is not None else ():
        column = 0
        for cell in line:
            if cell.get(f"{TABLE}formula"):
                found.add(Place(row + 1, column + 1))
            column += int(cell.get(f"{TABLE}number-columns-repeated", "1"))
        row += int(line.get(f"{TABLE}number-rows-repeated", "1"))
    return found
