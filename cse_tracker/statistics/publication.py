"""One description of a month's release from which every file is written, so that all show the same numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cse_tracker.disclosure.release import HIDDEN, Release
from cse_tracker.statistics.queries import Month
from cse_tracker.statistics.rules import HEADINGS, NOT_HELD, QUARTERLY, Design, meaning_of, version_of

SHORTHAND: Final = (
    (HIDDEN, "confidential: hidden so that nobody can be recognised, also where it would give another number away"),
    ("[low]", "rounded to 0; stands for a number from 0 to 4"),
    ("[p]", "provisional: not approved yet"),
    ("[r]", "revised: replaces an earlier edition"),
    ("[x]", "not available"),
    ("[z]", "not applicable"),
)
"""The shorthand of the government's guidance on spreadsheets (Analysis Function)."""

Cell = str | int


@dataclass(frozen=True)
class Sheet:
    """One worksheet: its name, its title, lines before the table, and the table with its headings, if there is one."""

    name: str
    title: str
    lines: tuple[str, ...]
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()


@dataclass(frozen=True)
class Publication:
    """A month's release as a whole."""

    title: str
    maker: str
    sheets: tuple[Sheet, ...]


def publication(month: Month, borough: str) -> Publication:
    """Describe a month's release: cover, contents, notes, and a sheet for each table."""
    title = f"Young people at risk of sexual exploitation: {borough}, {month.period.name}{month.marks}"
    tables = [_table(number, design, table, month) for number, (design, table) in enumerate(month.tables.items(), 1)]
    contents = Sheet(
        "Contents",
        "Contents",
        ("This worksheet contains one table.",),
        ("Worksheet", "Title"),
        (("Notes", "Notes and shorthand"), *((sheet.name, sheet.title) for sheet in tables)),
    )
    return Publication(title, borough, (_cover(title, month), contents, _notes(month), *tables))


def definitions(month: Month) -> int:
    """Give the version of the definitions by which a month was counted."""
    return max(version_of(table.name) for table in month.tables.values())


def _cover(title: str, month: Month) -> Sheet:
    record = month.record
    lines = [
        f"Edition {record.number}, counted on {record.taken_on.isoformat()}.",
        f"Definitions: version {definitions(month)}.",
        "Every number is protected so that nobody can be recognised from this and all other releases together.",
    ]
    if record.body.reason:
        lines.append(f"Revised [r]: {record.body.reason}")
    if month.left_out:
        lines.append(left_out(month))
    if record.body.digest:
        lines.append(f"Digest: {record.body.digest}")
    return Sheet("Cover", title, tuple(lines))


def left_out(month: Month) -> str:
    """Say which tables of the quarter are not published; empty where none was left out."""
    counted = month.record.body.snapshot
    titles = [meaning_of(each, version_of(counted[each.value]["name"])).title.lower() for each in month.left_out]
    if not titles:
        return ""
    return f"Not published [x], because beside what is in public they could give somebody away: {', '.join(titles)}."


def _notes(month: Month) -> Sheet:
    rules = tuple(dict.fromkeys(table.rule for table in month.tables.values()))
    lines = ("This worksheet contains one table.", *rules, NOT_HELD)
    return Sheet("Notes", "Notes and shorthand", lines, ("Shorthand", "Meaning"), SHORTHAND)


def _table(number: int, design: Design, table: Release, month: Month) -> Sheet:
    meaning = meaning_of(design, version_of(table.name))
    columns, rows = tidy(table, meaning.unit)
    lines = ["This worksheet contains one table. Some cells hold shorthand, explained on the sheet Notes."]
    lines.append(meaning.counts)
    when = "the quarter that ends with " if design in QUARTERLY else ""
    title = f"Table {number}: {meaning.title}, {when}{month.period.name}{month.marks}"
    return Sheet(f"Table_{number}", title, tuple(lines), columns, rows)


def tidy(table: Release, unit: str) -> tuple[tuple[str, ...], tuple[tuple[Cell, ...], ...]]:
    """Give a table's headings and one row for each number; numbers stay numbers and shorthand stays words."""
    dimensions = list(dict.fromkeys(dimension for key in table.shown for dimension, _ in key))
    rows = []
    for key in table.shown:
        named = dict(key)
        shown = table.text(key)
        cell: Cell = int(shown) if shown.isdigit() else shown
        rows.append((*(named.get(dimension, table.totals_label) for dimension in dimensions), cell))
    return (*(HEADINGS[dimension] for dimension in dimensions), unit), tuple(rows)


def csvw(month: Month, design: Design, url: str) -> dict[str, object]:
    """Describe the CSV file of a table by the W3C's metadata vocabulary for tabular data."""
    table = month.tables[design]
    meaning = meaning_of(design, version_of(table.name))
    headings, _ = tidy(table, meaning.unit)
    columns: list[dict[str, object]] = [
        {"name": _slug(heading), "titles": heading, "datatype": "string"} for heading in headings[:-1]
    ]
    columns.append({"name": "value", "titles": headings[-1], "datatype": "integer", "null": [HIDDEN, "[low]"]})
    return {
        "@context": "http://www.w3.org/ns/csvw",
        "url": url,
        "dc:title": f"{meaning.title}, {month.period.name}{month.marks}",
        "dc:description": meaning.counts,
        "dc:issued": (month.record.body.approved_at or month.record.body.taken_at).date().isoformat(),
        "rdfs:comment": table.rule,
        "tableSchema": {"columns": columns, "primaryKey": [_slug(heading) for heading in headings[:-1]]},
    }


def _slug(heading: str) -> str:
    return heading.lower().replace(" ", "_")


def as_json(month: Month, borough_gss: str) -> dict[str, object]:
    """Give the whole release as plain values, the numbers exactly as the other files show them."""
    tables = []
    for design, table in month.tables.items():
        meaning = meaning_of(design, version_of(table.name))
        columns, rows = tidy(table, meaning.unit)
        tables.append(
            {
                "design": design.value,
                "title": meaning.title,
                "counts": meaning.counts,
                "rule": table.rule,
                "digest": table.digest,
                "columns": list(columns),
                "rows": [list(row) for row in rows],
            }
        )
    record = month.record
    return {
        "borough": borough_gss,
        "month": f"{record.month:%Y-%m}",
        "edition": record.number,
        "status": "final" if record.approved else "provisional",
        "revised": record.body.reason,
        "definitions": definitions(month),
        "digest": record.body.digest,
        # Only where there is something to say: what was published before this was told keeps its bytes.
        **({"left_out": left_out(month)} if month.left_out else {}),
        "shorthand": dict(SHORTHAND),
        "tables": tables,
    }


def charted(table: Release, dimension: str) -> Sequence[tuple[str, int | None, str]]:
    """Give the categories of one dimension with what is shown for each, for a chart and the table beside it."""
    return [
        (key[0][1], table.value(key), table.text(key))
        for key in table.shown
        if len(key) == 1 and key[0][0] == dimension
    ]
