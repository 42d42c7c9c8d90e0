"""Uploaded files (CSV, XLSX, ODS) turned into the tables of the method; problems name file, row and column."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

import python_calamine

from cse_tracker.estimation.problems import InputProblem
from cse_tracker.estimation.reading import Tables
from cse_tracker.estimation.tables import AREA, Table, table_from_text

NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "indicators": (AREA, "indicator", "value"),
    "population": (AREA, "population"),
    "identified": (AREA, "identified"),
    "proactivity": (AREA,),
    "steps": ("indicator", "step"),
    "parts": (AREA, "indicator", "period", "value"),
    "series": ("series", "period", "source"),
}
_MUST: Final = ("indicators", "population", "identified", "series")
_MOST_CELLS: Final = 1_000_000


@dataclass(frozen=True)
class Series:
    """Where one series is from and which period it is about; `label` is what people call it."""

    name: str
    period: str
    source: str
    label: str


def texts_from(uploads: Mapping[str, bytes]) -> dict[str, str]:
    """Every table of the uploads as CSV text, by its name; sheets of other names are left alone.

    Raises InputProblem for a file that is none of the three kinds, cannot be read, has a name that is no table's, or
    gives a table that another file has given.
    """
    found: dict[str, str] = {}
    for file, content in uploads.items():
        stem, _, ending = file.rpartition(".")
        kind = ending.casefold()
        if kind == "csv":
            name = stem.strip().casefold()
            if name not in NEEDED:
                raise InputProblem(
                    file, None, None, f"the name is none of {', '.join(f'{each}.csv' for each in NEEDED)}"
                )
            sheets = {name: _decoded(file, content)}
        elif kind in {"xlsx", "ods"}:
            sheets = _sheets(file, content)
        else:
            raise InputProblem(file, None, None, "the file is neither CSV, XLSX nor ODS")
        for name, text in sheets.items():
            if name in found:
                raise InputProblem(file, None, None, f"the table {name} is given twice")
            found[name] = text
    return found


def tables_from(texts: Mapping[str, str]) -> Tables:
    """The tables of the texts; raises InputProblem for one that is missing or lacks a column."""
    for name in _MUST:
        if name not in texts:
            raise InputProblem(f"{name}.csv", None, None, "the table is missing")
    tables = {
        name: table_from_text(f"{name}.csv", text, NEEDED[name]) for name, text in texts.items() if name in NEEDED
    }
    return Tables(
        indicators=tables["indicators"],
        population=tables["population"],
        identified=tables["identified"],
        survey=tables.get("proactivity"),
        parts=tables.get("parts"),
        steps=tables.get("steps"),
    )


def series_from(texts: Mapping[str, str], indicators: Sequence[str]) -> tuple[Series, ...]:
    """Period and source of every indicator, of the population and of the numbers identified; raises InputProblem."""
    table: Table = table_from_text("series.csv", texts["series"], NEEDED["series"])
    found: dict[str, Series] = {}
    for row in table.rows:
        name = row.required_text("series")
        if name in found:
            raise row.problem("series", f"{name} has a row already")
        found[name] = Series(name, row.required_text("period"), row.required_text("source"), row.text("label") or name)
    for name in (*indicators, "population", "identified"):
        if name not in found:
            raise InputProblem("series.csv", None, "series", f"there is no row for {name}: say its period and source")
    return tuple(found.values())


def _decoded(file: str, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputProblem(file, None, None, "the text is not valid UTF-8; save the file as CSV UTF-8") from None


def _sheets(file: str, content: bytes) -> dict[str, str]:
    try:
        book = python_calamine.load_workbook(io.BytesIO(content))
        names = {name: name.strip().casefold() for name in book.sheet_names}
        cells = {
            known: book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            for name, known in names.items()
            if known in NEEDED
        }
    except (python_calamine.CalamineError, OSError, ValueError, KeyError):
        raise InputProblem(file, None, None, "the workbook cannot be opened") from None
    if not cells:
        raise InputProblem(file, None, None, f"no sheet is called {', '.join(NEEDED)}")
    if sum(len(row) for rows in cells.values() for row in rows) > _MOST_CELLS:
        raise InputProblem(file, None, None, "the workbook has more cells than can be read")
    return {name: _as_csv(rows) for name, rows in cells.items()}


def _as_csv(rows: Sequence[Sequence[object]]) -> str:
    """The cells as text; what lies right of the header's last word is cut off where it is blank."""
    width = max((place + 1 for place, cell in enumerate(rows[0]) if _text(cell)), default=0) if rows else 0
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for row in rows:
        words = [_text(cell) for cell in row]
        writer.writerow(words[:width] + [word for word in words[width:] if word])
    return out.getvalue()


def _text(cell: object) -> str:
    match cell:
        case bool():
            return "yes" if cell else "no"
        case float():
            return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
        case datetime() | date() | time() | timedelta():
            return cell.isoformat() if not isinstance(cell, timedelta) else str(cell)
        case None:
            return ""
        case _:
            return str(cell).strip()
