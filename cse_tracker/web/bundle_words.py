"""How a bundle says what is held, to whoever reads it: titles, names of values, and values in words.

Whoever is told what is held is to be told in clear and plain language (UK GDPR Art. 12(1)). What only a machine reads,
such as the number that ties one record to another, is left to the file for machines.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from typing import Final
from uuid import UUID

from cse_tracker.referrals.rules import ETHNICITIES, WHO_KNOWS
from cse_tracker.web import words
from cse_tracker.web.forms.referrals import SEXES

TITLES: Final = {
    "person": "Who you are",
    "case_": "Your case",
    "case_passage": "Where the case stood",
    "referral": "Referrals",
    "referral_question": "Questions about a referral",
    "referral_offer": "Referrals offered to another borough or agency",
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
LABELS: Final = {"nhs number": "NHS number", "uprn": "UPRN", "ethnicity": "ethnic group", "at": "when", "by": "by whom"}
"""Names that are plainer in other words."""
FOR_MACHINES: Final = frozenset({"rule_key", "type_key", "reason_key", "satisfied_by", "sha256", "calendar_sequence"})
"""Names by which the product finds a rule again; each stands beside its words."""
KINDS: Final = {**dict(WHO_KNOWS), "local_authority": "Local authority"}
WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "sex": dict(SEXES),
    "ethnicity": dict(ETHNICITIES),
    "who_knows": KINDS,
    "required_kinds": KINDS,
    "chair_kind": KINDS,
}
"""What the codes of a field stand for."""
CODES: Final = frozenset(
    {
        "indicator",
        "indicators",
        "reasons",
        "seen",
        "source",
        "kind",
        "looked_after",
        "disability",
        "from_abroad",
        "relation",
        "level_colour",
        "told_how",
    }
)
"""Fields whose values are closed words of the product or of a protocol."""
CODE: Final = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)*")


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
    """Say the name of a value: where a name stands in place of a code or number, it is not called one."""
    if name.endswith("gss"):
        name = name.removesuffix("gss").strip().removesuffix("borough").strip() + " borough"
    name = name.removesuffix(" id").strip()
    return LABELS.get(name, name)


def text_of(path: Sequence[str], value: object) -> str:
    """Say a value in words; nothing for one that is not there, and for one that only machines read."""
    name = next((part for part in reversed(path) if not part.isdigit()), "")
    if isinstance(value, UUID) or name in FOR_MACHINES:
        return ""
    match value:
        case None:
            said = ""
        case bool():
            said = "Yes" if value else "No"
        case datetime():
            said = words.moment(value)
        case date():
            said = words.day(value)
        case Enum():
            said = _sentence(str(value.value))
        case _:
            said = _sentence(str(value)) if name in CODES and CODE.fullmatch(str(value)) else str(value)
    code = str(value.value) if isinstance(value, Enum) else value
    return WORDS.get(name, {}).get(str(code), said)


def _sentence(code: str) -> str:
    said = code.replace("_", " ")
    return said[:1].upper() + said[1:]
