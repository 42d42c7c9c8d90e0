"""The kinds of entry in a case's record, their closed lists, and what each must say.

Placement and legal codes are those of the Department for Education's return on looked-after children (SSDA903, 2026).
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import Field

from cse_tracker.records.payload import Payload

SECURE: Final = "K1"
AT_HOME: Final = "home"


class Kind(StrEnum):
    """What an entry is about."""

    CONTACT = "contact"
    PLACEMENT = "placement"
    LEGAL = "legal"
    WARNING = "warning"
    RELATION = "relation"


class Way(StrEnum):
    """How contact was sought."""

    VISIT = "visit"
    OUTREACH = "outreach"
    TELEPHONE = "telephone"
    MESSAGE = "message"
    LETTER = "letter"
    THROUGH_OTHERS = "through_others"


class Outcome(StrEnum):
    """What came of seeking contact; each attempt counts, whatever came of it."""

    MET = "met"
    SPOKE = "spoke"
    LEFT_WORD = "left_word"
    NOT_REACHED = "not_reached"
    NOT_WANTED = "not_wanted"


WAYS: Final = {
    Way.VISIT: "Visit",
    Way.OUTREACH: "Outreach, where they spend time",
    Way.TELEPHONE: "Telephone",
    Way.MESSAGE: "Message",
    Way.LETTER: "Letter",
    Way.THROUGH_OTHERS: "Through somebody they trust",
}
OUTCOMES: Final = {
    Outcome.MET: "Met",
    Outcome.SPOKE: "Spoke",
    Outcome.LEFT_WORD: "Left word",
    Outcome.NOT_REACHED: "Not reached",
    Outcome.NOT_WANTED: "Did not want contact this time",
}
REACHED: Final = frozenset({Outcome.MET, Outcome.SPOKE})
PLACEMENTS: Final = {
    "K1": "Secure children’s home (K1)",
    "K2": "Children’s home (K2)",
    "P1": "With parents (P1)",
    "P3": "Residential employment (P3)",
    "R1": "Residential care home (R1)",
    "R2": "NHS establishment (R2)",
    "R3": "Family centre or mother and baby unit (R3)",
    "R5": "Young people’s secure estate (R5)",
    "S1": "Residential school (S1)",
    "U1": "Foster placement with relative or friend (U1 to U3)",
    "U4": "Foster placement with other carer (U4 to U6)",
    "Z1": "Other placement (Z1)",
    "home": "At home, not looked after",
}
PROVIDERS: Final = {
    "PR0": "Parent (PR0)",
    "PR1": "Own authority (PR1)",
    "PR2": "Other authority (PR2)",
    "PR3": "Other public provider (PR3)",
    "PR4": "Private provider (PR4)",
    "PR5": "Voluntary provider (PR5)",
}
FRAMES: Final = {
    "early_help": "Early help",
    "s17": "Child in need (section 17)",
    "s47": "Enquiry (section 47)",
    "cp_plan": "Child protection plan",
    "C1": "Interim care order (C1)",
    "C2": "Full care order (C2)",
    "E1": "Placement order (E1)",
    "V2": "Accommodated by agreement (V2, section 20)",
    "L1": "Police protection (L1)",
    "L2": "Emergency protection order (L2)",
    "L3": "Child assessment order (L3)",
    "J1": "Remand (J1)",
    "J2": "Detained under PACE (J2)",
    "J3": "Youth rehabilitation order with residence (J3)",
    "dolo": "Deprivation of liberty order",
}
RELATIONS: Final = {
    "sibling": "Brother or sister",
    "friend": "Friend",
    "carer": "Parent or carer",
    "partner": "Partner or named as such",
    "other": "Somebody else who matters to them",
}


@dataclass(frozen=True, repr=False)
class Contact(Payload):
    """One contact, or one attempt at it."""

    at: datetime
    way: Way
    outcome: Outcome
    who: str
    text: str
    following: str = ""
    kind: Literal[Kind.CONTACT] = Kind.CONTACT


@dataclass(frozen=True, repr=False)
class Placement(Payload):
    """Where a young person lives or is placed. Secure accommodation says why, and what was tried before."""

    code: str
    provider: str
    place: str
    since: date
    until: date | None = None
    justification: str = ""
    alternatives: str = ""
    young_person_view: str = ""
    kind: Literal[Kind.PLACEMENT] = Kind.PLACEMENT


@dataclass(frozen=True, repr=False)
class LegalFrame(Payload):
    """Under which part of the law a young person is helped."""

    code: str
    since: date
    until: date | None = None
    text: str = ""
    kind: Literal[Kind.LEGAL] = Kind.LEGAL


@dataclass(frozen=True, repr=False)
class Warning(Payload):  # noqa: A001 - the word on the paper form
    """What everybody must know before they visit or call, until it is reviewed."""

    text: str
    told: bool
    reason_not_told: str
    review_on: date
    until: date | None = None
    kind: Literal[Kind.WARNING] = Kind.WARNING


@dataclass(frozen=True, repr=False)
class Relation(Payload):
    """A sibling, friend or other person who matters."""

    relation: str
    name: str
    text: str
    case_reference: str = ""
    until: date | None = None
    kind: Literal[Kind.RELATION] = Kind.RELATION


Entry = Annotated[Contact | Placement | LegalFrame | Warning | Relation, Field(discriminator="kind")]


AnyEntry = Contact | Placement | LegalFrame | Warning | Relation
Problem = tuple[str, str] | None


def problem_with(entry: AnyEntry, *, now: datetime, today: date) -> Problem:
    """Say what an entry by itself has wrong, with the field to put it at; None where nothing is."""
    match entry:
        case Contact():
            return ("When it was must be now or in the past", "on") if entry.at > now else None
        case Placement():
            return _problem_with_placement(entry, today)
        case LegalFrame():
            known = entry.code in FRAMES
            return _not_begun(entry.since, today) if known else ("Select a legal frame", "code")
        case Warning():
            return _problem_with_warning(entry, today)
        case Relation():
            return None if entry.relation in RELATIONS else ("Select who they are", "relation")


def _problem_with_placement(entry: Placement, today: date) -> Problem:
    if entry.code not in PLACEMENTS:
        return "Select a kind of placement", "code"
    if entry.code == SECURE and not entry.justification.strip():
        return "Enter what makes secure accommodation necessary", "justification"
    if entry.code == SECURE and not entry.alternatives.strip():
        return "Enter what was tried or considered before", "alternatives"
    return _not_begun(entry.since, today)


def _problem_with_warning(entry: Warning, today: date) -> Problem:
    if not entry.told and not entry.reason_not_told.strip():
        return "Enter why the young person was not told", "reason_not_told"
    return ("The review must be after today", "review_on") if entry.review_on <= today else None


def _not_begun(since: date, today: date) -> Problem:
    return ("The day it began must be today or in the past", "since") if since > today else None


WARNING_ACT: Final = "warning:"


def review_act(ordinal: int) -> str:
    """Give the name of the act that meets the duty to review the warning of this number."""
    return f"{WARNING_ACT}{ordinal}"


def warned_by(act: str) -> int | None:
    """Give the number of the warning whose review an act is; None for any other act."""
    return int(act.removeprefix(WARNING_ACT)) if act.startswith(WARNING_ACT) else None
