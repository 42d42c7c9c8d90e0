"""One description of a month's release from which every file is written, so that all show the same numbers."""

from collections.abc import Sequence

from cse_tracker.disclosure.release import HIDDEN, Release
from cse_tracker.sheets.book import Book, Sheet
from cse_tracker.statistics.designs import QUARTERLY, Design, version_of
from cse_tracker.statistics.queries import Month
from cse_tracker.statistics.wordings.words import Wording

Cell = str | int


def publication(month: Month, borough: str) -> Book:
    """Describe a month's release: cover, contents, notes, and a sheet for each table."""
    words = month.wording
    title = words.title.format(borough=borough, month=month.period.name, marks=month.marks)
    tables = [_table(number, design, table, month) for number, (design, table) in enumerate(month.tables.items(), 1)]
    contents = Sheet(
        words.contents,
        words.contents,
        (words.one_table,),
        words.contents_columns,
        ((words.notes, words.notes_title), *((sheet.name, sheet.title) for sheet in tables)),
    )
    return Book(title, borough, (_cover(title, month), contents, _notes(month), *tables))


def definitions(month: Month) -> int:
    """Give the version of the definitions by which a month was counted."""
    return max(version_of(table.name) for table in month.tables.values())


def _cover(title: str, month: Month) -> Sheet:
    record, words = month.record, month.wording
    lines = [
        words.edition.format(number=record.number, day=record.taken_on.isoformat()),
        words.definitions.format(version=definitions(month)),
        words.protected,
    ]
    if record.body.reason:
        lines.append(words.revised.format(reason=record.body.reason))
    if month.left_out:
        lines.append(left_out(month))
    if record.body.digest:
        lines.append(words.digest.format(digest=record.body.digest))
    return Sheet(words.cover, title, tuple(lines))


def left_out(month: Month) -> str:
    """Say which tables of the quarter are not published; empty where none was left out."""
    counted, words = month.record.body.snapshot, month.wording
    titles = [words.meaning_of(each, counted[each.value]["name"]).title.lower() for each in month.left_out]
    return words.left_out.format(titles=", ".join(titles)) if titles else ""


def _notes(month: Month) -> Sheet:
    words = month.wording
    rules = tuple(dict.fromkeys(table.rule for table in month.tables.values()))
    lines = (words.one_table, *rules, words.not_held)
    return Sheet(words.notes, words.notes_title, lines, words.notes_columns, words.shorthand)


def _table(number: int, design: Design, table: Release, month: Month) -> Sheet:
    words = month.wording
    meaning = words.meaning_of(design, table.name)
    columns, rows = tidy(design, table, words)
    lines = (f"{words.one_table} {words.some_shorthand}", meaning.counts)
    when = words.of_the_quarter if design in QUARTERLY else ""
    title = words.table.format(
        number=number, title=meaning.title, when=when, month=month.period.name, marks=month.marks
    )
    return Sheet(f"Table_{number}", title, lines, columns, rows, figures=True)


def tidy(design: Design, table: Release, words: Wording) -> tuple[tuple[str, ...], tuple[tuple[Cell, ...], ...]]:
    """Give a table's headings and one row for each number; numbers stay numbers and shorthand stays words."""
    dimensions = list(dict.fromkeys(dimension for key in table.shown for dimension, _ in key))
    rows = []
    for key in table.shown:
        named = dict(key)
        shown = table.text(key)
        cell: Cell = int(shown) if shown.isdigit() else shown
        rows.append((*(named.get(dimension, table.totals_label) for dimension in dimensions), cell))
    unit = words.meaning_of(design, table.name).unit
    return (*(words.headings[dimension] for dimension in dimensions), unit), tuple(rows)


def csvw(month: Month, design: Design, url: str) -> dict[str, object]:
    """Describe the CSV file of a table by the W3C's metadata vocabulary for tabular data."""
    table = month.tables[design]
    meaning = month.wording.meaning_of(design, table.name)
    headings, _ = tidy(design, table, month.wording)
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
        meaning = month.wording.meaning_of(design, table.name)
        columns, rows = tidy(design, table, month.wording)
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
        "shorthand": dict(month.wording.shorthand),
        "tables": tables,
    }


def charted(table: Release, dimension: str) -> Sequence[tuple[str, int | None, str]]:
    """Give the categories of one dimension with what is shown for each, for a chart and the table beside it."""
    return [
        (key[0][1], table.value(key), table.text(key))
        for key in table.shown
        if len(key) == 1 and key[0][0] == dimension
    ]
