"""Writes every workbook that leaves, as ODS and as XLSX: the same book always gives the same bytes.

Laid out by the government's guidance: one marked-up table on each sheet, no blank rows. Text is typed as text, so that
no program takes it for a formula. Approved releases are written here: what their files hold must not change.
"""

import io
import zipfile
from datetime import datetime
from typing import Final

import xlsxwriter
from odfdo import Cell, Document, Element, Row, Style, Table
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from cse_tracker.sheets.book import Book, Sheet, Value

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ODS: Final = "application/vnd.oasis.opendocument.spreadsheet"
_EPOCH: Final = datetime(1980, 1, 1)  # noqa: DTZ001 - the earliest a zip can say, and it says no zone
_STAMP: Final = (1980, 1, 1, 0, 0, 0)
_NARROWEST: Final = 14


def xlsx(made: Book) -> bytes:
    """Give an Excel workbook."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties({"title": made.title, "author": made.maker, "created": _EPOCH})
        plain = book.add_format({"font_name": "Arial", "font_size": 12, "text_wrap": True, "valign": "top"})
        number = book.add_format({"font_name": "Arial", "font_size": 12, "align": "right", "valign": "top"})
        head = book.add_format({"font_name": "Arial", "font_size": 12, "bold": True, "text_wrap": True})
        title = book.add_format({"font_name": "Arial", "font_size": 15, "bold": True})
        for sheet in made.sheets:
            page = book.add_worksheet(sheet.name)
            if sheet.title:
                page.write_string(0, 0, sheet.title, title)
            for at, line in enumerate(sheet.lines, 1):
                page.write_string(at, 0, line, plain if not sheet.columns else None)
            _xlsx_table(page, sheet, (plain, number, head))
            _set_widths(page, sheet)
    return out.getvalue()


def _set_widths(page: Worksheet, sheet: Sheet) -> None:
    if sheet.title:
        page.set_column(0, max(len(sheet.columns) - 1, 0), 34 if sheet.columns else 90)
        return
    # Nothing but a table: its headings stay in sight, and its columns are as wide as they are.
    page.freeze_panes(1, 0)
    for place, column in enumerate(sheet.columns):
        page.set_column(place, place, max(_NARROWEST, len(column) + 2))


def _xlsx_table(page: Worksheet, sheet: Sheet, formats: tuple[Format, Format, Format]) -> None:
    if not sheet.columns:
        return
    plain, number, head = formats
    last = len(sheet.columns) - 1
    page.add_table(
        sheet.top, 0, sheet.top + max(len(sheet.rows), 1), last,
        {
            "name": sheet.word, "style": None, "autofilter": False,
            "columns": [{"header": column, "header_format": head} for column in sheet.columns],
        },
    )  # fmt: skip
    for place, hint in sheet.hints.items():
        page.write_comment(sheet.top, place, hint)
    for at, row in enumerate(sheet.rows, sheet.top + 1):
        for place, cell in enumerate(row):
            if isinstance(cell, str):
                page.write_string(at, place, cell, number if sheet.figures and place == last else plain)
            elif cell is not None:
                page.write_number(at, place, cell, number)


def ods(made: Book) -> bytes:
    """Give an OpenDocument spreadsheet, without the hints."""
    document = Document("spreadsheet")
    document.body.clear()
    document.insert_style(_bold("heading", "12pt"), automatic=True)
    document.insert_style(_bold("title", "15pt"), automatic=True)
    document.meta.title = made.title
    document.meta.creator = made.maker
    document.meta.initial_creator = made.maker
    document.meta.creation_date = _EPOCH
    document.meta.date = _EPOCH
    document.meta.generator = "cse-tracker"
    document.meta.language = "en-GB"
    for sheet in made.sheets:
        document.body.append(_ods_sheet(sheet))
    _name_the_tables(document, made)
    out = io.BytesIO()
    document.save(out)
    return _same_bytes(out.getvalue())


def _bold(name: str, size: str) -> Style:
    return Style("table-cell", name=name, area="text", bold=True, size=size)


def _ods_sheet(sheet: Sheet) -> Table:
    table = Table(sheet.name)
    if sheet.title:
        table.append_row(_row([sheet.title], "title"))
    for line in sheet.lines:
        table.append_row(_row([line], None))
    if sheet.columns:
        table.append_row(_row(list(sheet.columns), "heading"))
    for row in sheet.rows:
        table.append_row(_row(list(row), None))
    return table


def _row(values: list[Value], style: str | None) -> Row:
    row = Row()
    for value in values:
        said = "" if value is None else value
        row.append_cell(
            Cell(said, text=str(said), cell_type="string" if isinstance(said, str) else "float", style=style)
        )
    return row


def _name_the_tables(document: Document, made: Book) -> None:
    ranges = Element.from_tag("table:database-ranges")
    for sheet in made.sheets:
        if not sheet.columns:
            continue
        name = f"'{sheet.name}'" if " " in sheet.name else sheet.name
        start = xl_rowcol_to_cell(sheet.top, 0)
        end = xl_rowcol_to_cell(sheet.top + len(sheet.rows), len(sheet.columns) - 1)
        one = Element.from_tag("table:database-range")
        one.set_attribute("table:name", sheet.word)
        one.set_attribute("table:target-range-address", f"{name}.{start}:{name}.{end}")
        one.set_attribute("table:contains-header", "true")
        ranges.append(one)
    document.body.append(ranges)


def _same_bytes(made: bytes) -> bytes:
    """Write the archive anew without the time of day in it; the type comes first and unpacked, as the format wants."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(made)) as old, zipfile.ZipFile(out, "w") as new:
        names = sorted(old.namelist(), key=lambda name: (name != "mimetype", name))
        for name in names:
            packed = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            new.writestr(zipfile.ZipInfo(name, _STAMP), old.read(name), compress_type=packed)
    return out.getvalue()
