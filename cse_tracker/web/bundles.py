"""What is handed out to somebody who asked: one file to read, one for machines, and the files that were kept."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from flask import render_template
from markupsafe import escape

from cse_tracker.oversight.commands import Recipient, zipped
from cse_tracker.subject_access import queries
from cse_tracker.subject_access.model import SubjectRequest
from cse_tracker.subject_access.queries import Held
from cse_tracker.subject_access.rules import CHOICES, Choice, Entry, Leaf, Line, Sheet, Sort, choice_of, key_of
from cse_tracker.web.bundle_words import label_of, text_of, title_of
from cse_tracker.web.context import tracker
from cse_tracker.work.unit import Work


@dataclass(frozen=True, repr=False)
class Shown:
    """One line as it is read."""

    key: str
    label: str
    text: str
    sort: Sort | None = None
    left_out: bool = False
    ticked: bool = False


@dataclass(frozen=True, repr=False)
class Record:
    """One record as it is read."""

    id: UUID
    choice: Choice
    lines: tuple[Shown, ...]
    mentions: bool = False

    @property
    def why(self) -> str:
        """By which exemption it is left out."""
        return CHOICES[self.choice]


@dataclass(frozen=True, repr=False)
class Chapter:
    """The records of one kind."""

    title: str
    records: tuple[Record, ...]


def to_judge(held: Held) -> list[Chapter]:
    """Give everything to whoever judges it, with what is chosen so far."""
    review = held.request.body.review

    def line(sheet: Sheet, leaf: Leaf) -> Shown:
        key = key_of(sheet, leaf)
        return Shown(key, label_of(leaf.path), text_of(leaf.path, leaf.value), leaf.sort, ticked=key in review.shown)

    records = [
        (sheet.table, Record(
            sheet.row_id, choice_of(sheet, review),
            tuple(line(sheet, leaf) for leaf in sheet.leaves if text_of(leaf.path, leaf.value)),
            sheet.tie.value == "mentions",
        ))
        for sheet in held.sheets
    ]  # fmt: skip
    return _chapters(records)


def to_read(entries: Iterable[Entry]) -> list[Chapter]:
    """Give what is handed out, to be read."""

    def line(each: Line) -> Shown:
        return Shown("", label_of(each.path), text_of(each.path, each.value), left_out=each.left_out)

    records = [
        (entry.table, Record(
            entry.row_id, entry.choice,
            tuple(line(each) for each in entry.lines if each.left_out or text_of(each.path, each.value)),
        ))
        for entry in entries
    ]  # fmt: skip
    return _chapters(records)


def _chapters(records: Iterable[tuple[str, Record]]) -> list[Chapter]:
    found: dict[str, list[Record]] = {}
    for table, record in records:
        found.setdefault(table, []).append(record)
    return [Chapter(title_of(table), tuple(each)) for table, each in found.items()]


def for_machines(entries: Iterable[Entry]) -> dict[str, list[dict[str, Any]]]:
    """Give what is handed out as plain values, each record under its table, every field in its place."""
    out: dict[str, list[dict[str, Any]]] = {}
    for entry in entries:
        record: dict[str, Any] = {"id": str(entry.row_id)}
        if entry.choice is not Choice.GIVE:
            record["left_out"] = entry.choice.value
        for line in entry.lines:
            place = record.setdefault("fields", {})
            for part in line.path[:-1]:
                place = place.setdefault(part, {})
            place[line.path[-1]] = {"left_out": "others"} if line.left_out else _plain(line.value)
        out.setdefault(entry.table, []).append(record)
    return out


def _plain(value: object) -> object:
    if isinstance(value, str | int | float | bool) or value is None:
        return getattr(value, "value", value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(getattr(value, "value", value))


def write(work: Work, held: Held, entries: Sequence[Entry], recipient: Recipient) -> bytes:
    """Write the bundle as a zip in memory."""
    request = held.request
    about = _about(work, request, recipient)
    page = render_template("subject_access/bundle.html", chapters=to_read(entries), about=about)
    given = {entry.row_id for entry in entries if entry.choice is Choice.GIVE and entry.table == "attachment"}
    parts: dict[str, str | bytes] = {
        "everything.html": _standing_alone(page, f"Request {request.reference}"),
        "everything.json": json.dumps({"about": about, "records": for_machines(entries)}, indent=1, ensure_ascii=False),
    }
    for name, content in queries.files_of(work, held, given).items():
        parts[f"files/{name}"] = content
    return zipped(parts, work.now)


def _about(work: Work, request: SubjectRequest, recipient: Recipient) -> Mapping[str, str]:
    return {
        "request": request.reference,
        "held_by": tracker().face.council_name,
        "made_at": work.now.isoformat(),
        "for": f"{recipient.person}, {recipient.organisation}",
        "what_is_left_out": "Where something was left out, it says so and why. Names of other people are blacked out.",
        "for_machines": "The file everything.json holds the same, and the numbers that tie one record to another.",
        "your_rights": "You can ask for a mistake to be put right, and complain to the Information Commissioner.",
    }


STYLE: Final = (
    "body{font:1.1rem/1.5 sans-serif;max-width:45rem;margin:2rem auto;padding:0 1rem;overflow-wrap:anywhere}"
    "dl>div{border-bottom:1px solid #b1b4b6;padding:.4rem 0}dt{font-weight:bold}dd{margin:0;white-space:pre-line}"
    "h2{margin-top:2.5rem}"
)
"""Enough to read and print it; the file stands alone, wherever it is opened."""


def _standing_alone(page: str, title: str) -> str:
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{STYLE}</style>"
    )
    return f'<!doctype html>\n<html lang="en-GB"><head>{head}</head><body>\n{page}\n</body></html>\n'
