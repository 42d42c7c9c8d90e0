"""A file of list overlaps: columns of 0 and 1, one a list, and `count`."""

from pathlib import Path
from typing import Final

from cse_tracker.estimation import cells
from cse_tracker.estimation.problems import InputProblem
from cse_tracker.estimation.systems.overlaps import Overlaps, Pattern, overlaps
from cse_tracker.estimation.tables import decoded, records

COUNT: Final = "count"
_LARGEST: Final = 1e9


def read_overlaps(path: Path) -> tuple[Overlaps, tuple[str, ...]]:
    """The overlaps in a comma-separated file, and what to note about it.

    Rows of the same pattern add up, which is noted. Raises InputProblem, naming row and column, for a file that cannot
    be read, a missing `count` column, a list named twice, a cell that is not 0 or 1, a count that is not a whole number
    of 0 or more or is suppressed, and people counted as on no list; CannotEstimate for too few or too many lists.
    """
    return overlaps_from(path.name, list(records(path.name, decoded(path, path.name))))


def overlaps_from(file: str, rows: list[tuple[int, list[str]]]) -> tuple[Overlaps, tuple[str, ...]]:
    """As `read_overlaps`, from numbered rows of cells, the header first."""
    if not rows:
        raise InputProblem(file, None, None, "the file is empty")
    header = [cell.strip() for cell in rows[0][1]]
    at = _count_column(file, header)
    lists = {place: name for place, name in enumerate(header) if place != at and name}
    counts: dict[Pattern, float] = {}
    repeated = 0
    body = [(number, row) for number, row in rows[1:] if any(cell.strip() for cell in row)]
    if not body:
        raise InputProblem(file, None, None, "the file has no rows under its header")
    for number, row in body:
        if len(row) != len(header):
            raise InputProblem(file, number, None, f"the row has {len(row)} cells and the header {len(header)}")
        pattern = tuple(_mark(file, number, lists[place], row[place]) for place in lists)
        count = _count(file, number, header[at], row[at], seen=any(pattern))
        if not any(pattern):
            continue
        repeated += pattern in counts
        counts[pattern] = counts.get(pattern, 0.0) + count
    notes = (f"{repeated} rows repeat the pattern of an earlier one; their counts are added up.",) if repeated else ()
    return overlaps(list(lists.values()), counts), notes


def _count_column(file: str, header: list[str]) -> int:
    found = [place for place, name in enumerate(header) if name.casefold() == COUNT]
    if len(found) != 1:
        message = "the header has no such column" if not found else "the header has this column twice"
        raise InputProblem(file, 1, COUNT, message)
    for place, name in enumerate(header):
        if name and name in header[:place]:
            raise InputProblem(file, 1, name, "the header has this list twice")
    return found[0]


def _mark(file: str, row: int, name: str, text: str) -> int:
    word = text.strip()
    if word not in {"0", "1", "0.0", "1.0"}:
        raise InputProblem(file, row, name, f"{cells.quoted(word)} is neither 0 nor 1")
    return int(float(word))


def _count(file: str, row: int, column: str, text: str, *, seen: bool) -> float:
    if cells.is_missing(text):
        if not seen:
            return 0.0
        message = f"{cells.quoted(text.strip())} stands for a count that is missing, and a missing count is not 0"
        raise InputProblem(file, row, column, message)
    try:
        value = cells.number(text)
    except ValueError as error:
        raise InputProblem(file, row, column, str(error)) from None
    if value < 0 or not value.is_integer() or value > _LARGEST:
        raise InputProblem(file, row, column, f"{cells.quoted(text.strip())} is not a whole number of young people")
    if not seen and value:
        raise InputProblem(file, row, column, "young people on no list cannot have been counted")
    return value
