"""What of a record is a fact, words to be read first, or about somebody else; and what is left when that is left out.

A field that nobody has classed counts as words to be read, so a room that comes later is shown, and never unread.
Third parties: UK GDPR Art. 15(4) and Data Protection Act 2018, Sch. 2 para. 16; serious harm: Sch. 3; crime: Sch. 2
para. 2; privilege: Sch. 2 para. 19.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import date, datetime, timedelta
from enum import Enum, StrEnum
from typing import Any, Final, TypeAlias
from uuid import UUID

from cse_tracker.people.rules import LIKELY, Identity, likeness
from cse_tracker.records.payload import Payload
from cse_tracker.rulebook.calendar import Unit, due, is_working_day

Path: TypeAlias = tuple[str, ...]
LEFT_OUT: Final = "[left out: about somebody else]"
# What says only that something left: it comes with each handing out, and changes nothing that was judged.
LEFT: Final = frozenset({"handout", "outgoing_message"})


class Sort(StrEnum):
    """What a line is: a fact, words that may name others, a fact about somebody else, or a colleague's name."""

    FACT = "fact"
    WORDS = "words"
    OTHERS = "others"
    COLLEAGUE = "colleague"


class Tie(StrEnum):
    """How a row comes to be in a bundle."""

    BELONGS = "belongs"
    MENTIONS = "mentions"


class Choice(StrEnum):
    """Whether a row is handed out, and by which exemption not."""

    GIVE = "give"
    OTHERS = "others"
    HARM = "harm"
    CRIME = "crime"
    PRIVILEGE = "privilege"


CHOICES: Final = {
    Choice.GIVE: "Hand out",
    Choice.OTHERS: "Leave out: about somebody else",
    Choice.HARM: "Leave out: likely to cause serious harm",
    Choice.CRIME: "Leave out: would prejudice preventing or detecting crime",
    Choice.PRIVILEGE: "Leave out: legal advice",
}
# Rows that are left out until somebody decides otherwise.
AT_FIRST: Final = {"linked_thing": Choice.OTHERS, "link": Choice.OTHERS, "legal_hold": Choice.CRIME}
# Fields that say something about somebody else, wherever they stand.
OF_OTHERS: Final = frozenset(
    {
        *("carer", "referrer_name", "referrer_phone", "reported_by", "offered_by", "interviewer", "present", "who"),
        *("check_by", "recipient", "person", "contact", "source", "outreach_by", "requester"),
    }
)
# In an entry on a relation the name is somebody else's; in a file's row it is the file's.
OF_OTHERS_IN: Final = {"case_entry": frozenset({"name", "case_reference"}), "linked_thing": frozenset({"label"})}
FACTS: Final = frozenset(
    {
        *("first_name", "last_name", "also_known_as", "nhs_number", "postcode", "ethnicity", "address", "school"),
        *(
            "looked_after",
            "disability",
            "from_abroad",
            "kind",
            "code",
            "provider",
            "relation",
            "indicator",
            "level_label",
            "level_colour",
        ),
        *("type_label", "type_key", "rule_key", "label", "reason_key", "reason_label", "satisfied_by", "sha256"),
        *("platform", "police_reference", "seen", "who_knows"),
    }
)
# The key to a file, the secret in a letter and the digest of a link are no facts about anybody.
NEVER: Final = frozenset({("attachment", ("body", "key")), ("one_time_letter", ("body", "secret"))})
SECRET_ENDINGS: Final = ("_mac", "_digest", "_token", "secret")
SHORTEST, LONGEST = 3, 60
PART: Final = 4


@dataclass(frozen=True, repr=False)
class Leaf:
    """One value of a row with its place in it."""

    path: Path
    value: Any
    sort: Sort

    @property
    def at(self) -> str:
        """Its place, in one word."""
        return ".".join(self.path)


@dataclass(frozen=True, repr=False)
class Sheet:
    """One row as it is held, opened."""

    table: str
    row_id: UUID
    revision: int
    tie: Tie
    leaves: tuple[Leaf, ...]


@dataclass(frozen=True, repr=False)
class Review(Payload):
    """What is left out and what is handed out nevertheless, decided on the rows that the fingerprint stands for."""

    choices: dict[str, Choice] = field(default_factory=dict)
    shown: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    colleagues: bool = False
    fingerprint: str = ""
    reviewed_at: datetime | None = None
    reviewed_by: UUID | None = None


@dataclass(frozen=True, repr=False)
class Line:
    """One line as it is handed out; without a value where it is left out."""

    path: Path
    value: Any
    left_out: bool = False


@dataclass(frozen=True, repr=False)
class Entry:
    """One row as it is handed out; without lines where it is left out, and by which exemption."""

    table: str
    row_id: UUID
    choice: Choice
    lines: tuple[Line, ...]


def answer_by(received_on: date) -> date:
    """Give the last day to answer: one month after it came (UK GDPR Art. 12(3)), or the working day after that."""
    counted = due(datetime.combine(received_on, datetime.min.time()).astimezone(), 1, Unit.MONTHS)
    day = counted.at.date()
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


def leaves_of(table: str, value: object, path: Path = ()) -> Iterator[Leaf]:
    """Take a payload or a column apart into its values."""
    if (table, path) in NEVER or isinstance(value, bytes) or (path and path[-1].endswith(SECRET_ENDINGS)):
        return
    if is_dataclass(value) and not isinstance(value, type):
        for each in fields(value):
            yield from leaves_of(table, getattr(value, each.name), (*path, each.name))
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from leaves_of(table, each, (*path, str(key)))
    elif isinstance(value, tuple | list | frozenset | set):
        for number, each in enumerate(value, 1):
            yield from leaves_of(table, each, (*path, str(number)))
    else:
        yield Leaf(path, value, sort_of(table, path, value))


def sort_of(table: str, path: Path, value: object) -> Sort:
    """Class a value by the name of its field; text that nobody has classed is words to be read."""
    name = next((part for part in reversed(path) if not part.isdigit()), "")
    if not isinstance(value, str) or isinstance(value, Enum):
        return Sort.FACT
    if name in OF_OTHERS or name in OF_OTHERS_IN.get(table, ()):
        return Sort.OTHERS
    plain = len(path) == 1
    return Sort.FACT if plain or name in FACTS else Sort.WORDS


def fingerprint(sheets: Iterable[Sheet]) -> str:
    """Give what changes when a row is added, changed or gone."""
    rows = sorted(f"{each.table}:{each.row_id}:{each.revision}" for each in sheets if each.table not in LEFT)
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()


def key_of(sheet: Sheet, leaf: Leaf) -> str:
    """Name one line of one row."""
    return f"{sheet.row_id}:{leaf.at}"


def at_first(sheet: Sheet) -> Choice:
    """Give what is chosen for a row until somebody chooses: what only mentions them is about somebody else."""
    return Choice.OTHERS if sheet.tie is Tie.MENTIONS else AT_FIRST.get(sheet.table, Choice.GIVE)


def choice_of(sheet: Sheet, review: Review) -> Choice:
    """Give what was chosen for a row."""
    return review.choices.get(str(sheet.row_id), at_first(sheet))


def phrases_of(sheets: Sequence[Sheet], review: Review, own: Identity) -> tuple[str, ...]:
    """Give what is blacked out wherever it stands: what was typed, and what fields about others say.

    Of a name its parts count too, except where the young person bears them as well.
    """
    shown = set(review.shown)
    found = {phrase.strip() for phrase in review.phrases if phrase.strip()}
    mine = {part.casefold() for part in re.findall(r"\w+", f"{own.full_name} {own.also_known_as}")}
    for sheet in sheets:
        for leaf in sheet.leaves:
            if leaf.sort is Sort.OTHERS and key_of(sheet, leaf) not in shown:
                found |= _forms(str(leaf.value), mine)
    return tuple(sorted(found, key=lambda phrase: (-len(phrase), phrase)))


def _forms(text: str, mine: set[str]) -> set[str]:
    whole = {text.strip()} if SHORTEST <= len(text.strip()) <= LONGEST else set()
    words = re.findall(r"\w+", text)
    parts = {word for word in words if len(word) >= PART and word[:1].isupper() and word.casefold() not in mine}
    return {each for each in whole if each.casefold() not in mine} | parts


def without(text: str, phrases: Sequence[str]) -> str:
    """Give a text with every phrase blacked out, however it is written in capitals or spaced."""
    if not phrases:
        return text
    forms = "|".join(r"\s+".join(map(re.escape, phrase.split())) for phrase in phrases)
    return re.sub(rf"(?<!\w)(?:{forms})(?!\w)", LEFT_OUT, text, flags=re.IGNORECASE)


def handed_out(sheets: Sequence[Sheet], review: Review, own: Identity) -> tuple[Entry, ...]:
    """Give every row as it is handed out. Every row is there: one that is left out says by which exemption."""
    phrases, shown = phrases_of(sheets, review, own), set(review.shown)
    return tuple(_entry(sheet, review, shown, phrases) for sheet in sheets)


def _entry(sheet: Sheet, review: Review, shown: set[str], phrases: Sequence[str]) -> Entry:
    choice = choice_of(sheet, review)
    if choice is not Choice.GIVE:
        return Entry(sheet.table, sheet.row_id, choice, ())
    lines = tuple(_line(sheet, leaf, review, shown, phrases) for leaf in sheet.leaves)
    return Entry(sheet.table, sheet.row_id, choice, lines)


def _line(sheet: Sheet, leaf: Leaf, review: Review, shown: set[str], phrases: Sequence[str]) -> Line:
    if leaf.value in (None, ""):
        return Line(leaf.path, leaf.value)
    if leaf.sort is Sort.OTHERS and key_of(sheet, leaf) not in shown:
        return Line(leaf.path, None, left_out=True)
    if leaf.sort is Sort.COLLEAGUE and not review.colleagues:
        return Line(leaf.path, None, left_out=True)
    if leaf.sort is Sort.WORDS:
        return Line(leaf.path, without(leaf.value, phrases))
    return Line(leaf.path, leaf.value)


def identities_in(value: object) -> Iterator[Identity]:
    """Find whoever a payload names in fields for a first and a last name."""
    if isinstance(value, Identity):
        yield value
    elif is_dataclass(value) and not isinstance(value, type):
        if hasattr(value, "first_name") and hasattr(value, "last_name"):
            yield Identity(str(value.first_name), str(value.last_name))
        for each in fields(value):
            yield from identities_in(getattr(value, each.name))
    elif isinstance(value, tuple | list):
        for each in value:
            yield from identities_in(each)


def speaks_of(table: str, payloads: Sequence[object], own: Identity) -> bool:
    """Whether a row that does not belong to a young person names them, in its fields or in its words."""
    names = {_flat(name) for name in (own.full_name, *re.split(r"[,;\n]", own.also_known_as))}
    names = {name for name in names if " " in name}
    for payload in payloads:
        for other in identities_in(payload):
            found = likeness(own, other)
            if found is not None and (found.score >= LIKELY or "Same name" in found.reasons):
                return True
        for leaf in leaves_of(table, payload):
            if isinstance(leaf.value, str) and any(name in _flat(leaf.value) for name in names):
                return True
    return False


def _flat(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def resolved(leaf: Leaf, names: Mapping[UUID, str], agencies: Mapping[UUID, str], places: Mapping[str, str]) -> Leaf:
    """Put a name in place of an id or a code: a colleague's, an agency's, a borough's."""
    if isinstance(leaf.value, UUID) and leaf.value in names:
        return replace(leaf, value=names[leaf.value], sort=Sort.COLLEAGUE)
    if isinstance(leaf.value, UUID) and leaf.value in agencies:
        return replace(leaf, value=agencies[leaf.value])
    if isinstance(leaf.value, str) and leaf.path[-1].endswith("gss"):
        return replace(leaf, value=places.get(leaf.value, leaf.value), sort=Sort.FACT)
    return leaf
