"""Workbooks that leave: text that no program takes for a formula, in Excel's and in OpenDocument's form."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import xlsxwriter
from flask import Response
from odfdo import Cell, Document, Row, Table

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
Value = str | float | int | None


@dataclass(frozen=True)
class Sheet:
    """One table: its name, its header row and its rows of text, numbers and empty cells."""

    name: str
    header: Sequence[str]
    rows: Sequence[Sequence[Value]]


def xlsx_file(name: str, sheets: Sequence[Sheet]) -> Response:
    """Give a workbook for Excel: header rows bold and frozen, text always as text."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    bold = book.add_format({"bold": True})
    for sheet in sheets:
        page = book.add_worksheet(sheet.name)
        page.freeze_panes(1, 0)
        page.write_row(0, 0, sheet.header, bold)
        for number, row in enumerate(sheet.rows, start=1):
            for place, value in enumerate(row):
                if isinstance(value, str):
                    page.write_string(number, place, value)
                elif value is not None:
                    page.write_number(number, place, value)
    book.close()
    return _attached(name, out.getvalue(), XLSX)


def ods_file(name: str, sheets: Sequence[Sheet]) -> Response:
    """Give a workbook in the open form: text is typed as text, so that nothing in it runs."""
    document = Document("spreadsheet")
    document.body.clear()
    for sheet in sheets:
        table = Table(sheet.name)
        for row in (sheet.header, *sheet.rows):
            line = Row()
            for value in row:
                line.append_cell(Cell("" if value is None else value))
            table.append_row(line)
        document.body.append(table)
    out = io.BytesIO()
    document.save(out)
    return _attached(name, out.getvalue(), ODS)


def _attached(name: str, content: bytes, content_type: str) -> Response:
    response = Response(content, content_type=content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
