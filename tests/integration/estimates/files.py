"""The demo's tables as somebody would bring them in, with period and source for every series."""

import csv
import io
from pathlib import Path

import xlsxwriter
from odfdo import Cell, Document, Row, Table

from cse_tracker import demo

FOLDER = Path(demo.__file__).parent / "london_2003"
TABLES = ("indicators", "population", "identified", "proactivity", "steps")


def estimate_files(*, synthetic: bool = True) -> dict[str, bytes]:
    """CSV files by name. Without the mark of made-up figures they count as real."""
    files = {f"{name}.csv": (FOLDER / f"{name}.csv").read_text(encoding="utf-8") for name in TABLES}
    if not synthetic:
        files = {name: text.replace(",yes\n", ",no\n") if name != "steps.csv" else text for name, text in files.items()}
    definitions = csv.DictReader(io.StringIO((FOLDER / "indicator_definitions.csv").read_text(encoding="utf-8")))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("series", "period", "source", "label"))
    for row in definitions:
        writer.writerow((row["indicator"], row["period"], "made up", row["label"]))
    writer.writerow(("population", "mid-2003", "made up", "Residents aged 10 to 19"))
    writer.writerow(("identified", "2003", "made up", "Young people identified"))
    files["series.csv"] = out.getvalue()
    return {name: text.encode() for name, text in files.items()}


def grids(files: dict[str, bytes]) -> dict[str, list[list[str | float]]]:
    """The tables with numbers as numbers, by name."""
    return {
        name.removesuffix(".csv"): [
            [_value(cell) for cell in row] for row in csv.reader(io.StringIO(content.decode(), newline=""))
        ]
        for name, content in files.items()
    }


def _value(text: str) -> str | float:
    try:
        return float(text)
    except ValueError:
        return text


def xlsx(files: dict[str, bytes]) -> bytes:
    """One workbook with a sheet for each table."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    for name, rows in grids(files).items():
        sheet = book.add_worksheet(name)
        for place, row in enumerate(rows):
            sheet.write_row(place, 0, row)
    book.close()
    return out.getvalue()


def ods(files: dict[str, bytes]) -> bytes:
    """The same in OpenDocument."""
    document = Document("spreadsheet")
    document.body.clear()
    for name, rows in grids(files).items():
        table = Table(name)
        for row in rows:
            line = Row()
            for value in row:
                line.append_cell(Cell(value))
            table.append_row(line)
        document.body.append(table)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()
