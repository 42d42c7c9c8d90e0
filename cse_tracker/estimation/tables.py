"""Reading one comma-separated file into rows that know their own place, so that a problem can name it."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cse_tracker.estimation import cells
from cse_tracker.estimation.problems import InputProblem

AREA = "gss_code"
_NAME_COLUMNS = ("borough", "name", "area_name", "area")
_FIGURE_COLUMNS = frozenset({AREA, "indicator", "value", "unit", "population", "identified", "step"})
_CHOICE_COLUMNS = frozenset({"anchor", "group", "data_reliable", "synthetic"})


@dataclass(frozen=True)
class Row:
    """One row of a file: its number with the header as row 1, and its cells by column name in lower case."""

    file: str
    number: int
    cells: Mapping[str, str]

    @property
    def area_name(self) -> str:
        """The area's name where the file gives one, else an empty text."""
        return next((self.cells[column] for column in _NAME_COLUMNS if self.cells.get(column)), "")

    def text(self, column: str) -> str:
        """The cell without surrounding spaces; an empty text where the file has no such column."""
        return self.cells.get(column, "")

    def required_text(self, column: str) -> str:
        """The cell, which must not be blank; raises InputProblem."""
        if not self.text(column):
            raise self.problem(column, "the cell is blank")
        return self.text(column)

    def number_or_none(self, column: str) -> float | None:
        """The number in the cell, None if a symbol or word says it is missing; raises InputProblem."""
        if cells.is_missing(self.text(column)):
            return None
        try:
            return cells.number(self.text(column))
        except ValueError as error:
            raise self.problem(column, str(error)) from None

    def count_or_none(self, column: str) -> float | None:
        """As `number_or_none`, for a number of people or events, which cannot be below 0."""
        value = self.number_or_none(column)
        if value is not None and value < 0:
            raise self.problem(column, f"{cells.quoted(self.text(column))} is negative, and a count cannot be")
        return value

    def yes(self, column: str) -> bool:
        """Whether the cell says yes; blank is no; raises InputProblem for any word but yes and no."""
        try:
            return cells.yes_or_no(self.text(column))
        except ValueError as error:
            raise self.problem(column, str(error)) from None

    def problem(self, column: str, message: str) -> InputProblem:
        """The problem, placed at this row and column."""
        return InputProblem(self.file, self.number, column, message)


@dataclass(frozen=True)
class Table:
    """A file's rows in their order, blank rows dropped."""

    file: str
    columns: frozenset[str]
    rows: tuple[Row, ...]

    @property
    def synthetic(self) -> bool:
        """Whether any row says in a column `synthetic` that its figures are made up."""
        return any(row.text("synthetic").casefold() == "yes" for row in self.rows)

    def require_column(self, column: str) -> None:
        """Raise InputProblem unless the header has the column."""
        if column not in self.columns:
            raise InputProblem(self.file, 1, column, "the header has no such column")

    def by_area(self) -> dict[str, Row]:
        """Rows by area code, in the file's order; raises InputProblem for a second row of one area."""
        rows: dict[str, Row] = {}
        for row in self.rows:
            area = row.required_text(AREA)
            if area in rows:
                raise row.problem(AREA, f"{area} has a row already, row {rows[area].number}")
            rows[area] = row
        return rows


def read_table(directory: Path, file: str, required: Sequence[str]) -> Table:
    """Give the file as a table that has the required columns.

    Raises InputProblem if it cannot be opened, is not UTF-8 (with or without byte order mark), lacks a required
    column, has twice a column that is read, or has a row with another number of cells than its header.
    """
    return table_from_text(file, decoded(directory / file, file), required)


def table_from_text(file: str, text: str, required: Sequence[str]) -> Table:
    """As `read_table`, from the text of the file."""
    found = records(file, text)
    header = [name.strip().casefold() for name in next(found, (1, []))[1]]
    table = Table(file, frozenset(header), ())
    for column in required:
        table.require_column(column)
    _refuse_repeated_columns(file, header)
    rows = tuple(_row(file, number, header, record) for number, record in found if any(map(str.strip, record)))
    return Table(file, frozenset(header), rows)


def decoded(path: Path, file: str) -> str:
    """The text of the file, called `file` where it is refused; raises InputProblem."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise InputProblem(file, None, None, "the file is missing") from None
    except OSError as error:
        raise InputProblem(file, None, None, f"the file cannot be opened: {error.strerror}") from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # The codec reports positions after the byte order mark it took off, so count in the object it worked on.
        row = error.object.count(b"\n", 0, error.start) + 1
        raise InputProblem(file, row, None, "the text is not valid UTF-8; save the file as CSV UTF-8") from None


def records(file: str, text: str) -> Iterator[tuple[int, list[str]]]:
    """Records with their row numbers as a spreadsheet counts them: a blank line is a row, a wrapped cell is not."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    number = 0
    try:
        for number, record in enumerate(reader, start=1):
            yield number, record
    except csv.Error as error:
        raise InputProblem(file, number + 1, None, f"the row is not well-formed CSV: {error}") from None


def _refuse_repeated_columns(file: str, header: Sequence[str]) -> None:
    for position, name in enumerate(header):
        if name in _FIGURE_COLUMNS | _CHOICE_COLUMNS and name in header[:position]:
            raise InputProblem(file, 1, name, "the header has this column twice")


def _row(file: str, number: int, header: Sequence[str], record: Sequence[str]) -> Row:
    # A thousands separator outside quotes moves every later cell one column on, so a ragged row is never guessed at.
    surplus = [cell for cell in record[len(header) :] if cell.strip()]
    if surplus or len(record) < len(header):
        column = header[min(len(record), len(header) - 1)] or None
        raise InputProblem(file, number, column, f"the row has {len(record)} cells and the header {len(header)}")
    return Row(file, number, {name: cell.strip() for name, cell in zip(header, record, strict=False) if name})
