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
from cse_tracker.web import words
from cse_tracker.web.context import tracker
from cse_tracker.work.unit import Work

TITLES: Final = {
    "person": "Who you are",
    "case_": "Your case",
    "case_passage": "Where the case stood",
    "referral": "Referrals",
    "referral_question": "Questions about a referral",
    "referral_offer": "Referrals offered to another borough",
    "referral_decision": "Decisions on referrals",
    "comparison": "Comparisons with other records",
    "certainty_fact": "How certain it was thought",
    "assessment": "Assessments",
    "level_decision": "Levels decided",
    "level_proposal": "Levels proposed",
    "protocol_move": "Rules the case was under",
    "case_entry": "Contacts, places, legal frame, warnings and people",
    "meeting": "Meetings",
    "invitation": "Who was invited",
    "action": "What was agreed",
    "agenda_item": "What a meeting spoke of",
    "information_given": "What was told at a meeting",
    "meeting_notes": "Notes taken at a meeting",
    "meeting_decision": "What a meeting decided",
    "minute_version": "Minutes of meetings",
    "minute_section": "Parts of minutes",
    "meeting_pack": "Papers for meetings",
    "meeting_pack_part": "Parts of papers for meetings",
    "reminder": "Reminders",
    "duty": "What had to be done, and whether it was",
    "missing_episode": "Times away or missing",
    "return_interview": "Talks after coming back",
    "attachment": "Files",
    "link": "Links",
    "linked_thing": "What the case was linked to",
    "closing": "Closing the case",
    "responsibility_claim": "Which borough is responsible",
    "emergency_access": "Access in an emergency",
    "involvement_marker": "Services involved",
    "imported_case": "Brought in from a spreadsheet",
    "import_batch": "Spreadsheets brought in",
    "match_answer": "Answers to other boroughs",
    "match_enquiry": "Questions to other boroughs",
    "sharing_record": "What was shared, and with whom",
    "handout": "What was handed out",
    "outgoing_message": "Messages to colleagues",
    "legal_hold": "Orders to keep these records",
    "destruction": "Proposals to destroy these records",
    "person_correction": "Corrections of who you are",
    "case_joining": "Cases joined together",
    "outbound_referral": "Referrals to services",
    "outbound_step": "What came of referrals to services",
    "service_gap": "Help that was not to be had",
    "one_time_link": "Links by which a service opened a referral",
    "one_time_letter": "Letters to a service without an account",
    "kept_answer": "Answers to systems of agencies",
    "webhook_call": "Systems of agencies that were told",
    "subject_request": "Requests to see these records",
}
"""One for each table that can hold something about a young person; a table without one is handed out all the same."""
# A word for where a value lies in its record says nothing to a reader.
SILENT: Final = frozenset({"head", "body", "what", "answers", "account"})
LABELS: Final = {"nhs number": "NHS number", "uprn": "UPRN"}
"""Abbreviations."""


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


def title_of(table: str) -> str:
    """Give a table's title; one that nobody gave a title has its own name."""
    return TITLES.get(table, table.replace("_", " ").strip().capitalize())


def label_of(path: Sequence[str]) -> str:
    """Say where a value lies, such as 'Observations 1: evidence'."""
    named = [part.replace("_", " ") for part in path if part not in SILENT] or [path[-1]]
    parts = [_in_words(part) for part in named]
    joined = ""
    for part in parts:
        joined += f" {part}" if part.isdigit() else f"{': ' if joined else ''}{part}"
    return joined[:1].upper() + joined[1:]


def _in_words(name: str) -> str:
    """Say the name of a value: a borough's code is shown as the borough's name, so it is called a borough."""
    if name.endswith("gss"):
        name = name.removesuffix("gss").strip().removesuffix("borough").strip() + " borough"
    return LABELS.get(name.strip(), name.strip())


def text_of(value: object) -> str:
    """Say a value in words; nothing for one that is not there."""
    match value:
        case None | "":
            return ""
        case bool():
            return "Yes" if value else "No"
        case datetime():
            return words.moment(value)
        case date():
            return words.day(value)
    return str(getattr(value, "value", value)).replace("_", " ") if hasattr(value, "value") else str(value)


def to_judge(held: Held) -> list[Chapter]:
    """Give everything to whoever judges it, with what is chosen so far."""
    review = held.request.body.review

    def line(sheet: Sheet, leaf: Leaf) -> Shown:
        key = key_of(sheet, leaf)
        return Shown(key, label_of(leaf.path), text_of(leaf.value), leaf.sort, ticked=key in review.shown)

    records = [
        (sheet.table, Record(
            sheet.row_id, choice_of(sheet, review),
            tuple(line(sheet, leaf) for leaf in sheet.leaves if text_of(leaf.value)), sheet.tie.value == "mentions",
        ))
        for sheet in held.sheets
    ]  # fmt: skip
    return _chapters(records)


def to_read(entries: Iterable[Entry]) -> list[Chapter]:
    """Give what is handed out, to be read."""

    def line(each: Line) -> Shown:
        return Shown("", label_of(each.path), text_of(each.value), left_out=each.left_out)

    records = [
        (entry.table, Record(
            entry.row_id, entry.choice,
            tuple(line(each) for each in entry.lines if each.left_out or text_of(each.value)),
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
        "your_rights": "You can ask for a mistake to be put right, and complain to the Information Commissioner.",
    }


def _standing_alone(page: str, title: str) -> str:
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
    return f'<!doctype html>\n<html lang="en-GB"><head>{head}</head><body>\n{page}\n</body></html>\n'
