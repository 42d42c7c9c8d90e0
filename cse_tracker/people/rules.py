"""How alike two identities are: fuzzy names, dates of birth by their parts, and exact identifiers."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from rapidfuzz.distance import JaroWinkler
from rapidfuzz.fuzz import token_sort_ratio

from cse_tracker.records.payload import Payload

LIKELY: Final = 0.80
POSSIBLE: Final = 0.62
NAME_WEIGHT: Final = 0.6
BIRTH_WEIGHT: Final = 0.4
UNKNOWN_BIRTH: Final = 0.45
SAME_NAME: Final = 0.93


class Sex(StrEnum):
    """Sex as the Department for Education codes it."""

    FEMALE = "F"
    MALE = "M"
    UNKNOWN = "U"


@dataclass(frozen=True, repr=False)
class Identity(Payload):
    """Who a young person is: what a list shows and what matching compares."""

    first_name: str
    last_name: str
    also_known_as: str = ""
    date_of_birth: date | None = None
    age_disputed: bool = False
    sex: Sex = Sex.UNKNOWN
    nhs_number: str = ""
    postcode: str = ""

    @property
    def full_name(self) -> str:
        """The name as it is shown."""
        return f"{self.first_name} {self.last_name}".strip()

    def age_on(self, day: date) -> int | None:
        """Completed years on a day, or None where the date of birth is not known."""
        born = self.date_of_birth
        if born is None:
            return None
        return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


@dataclass(frozen=True)
class Likeness:
    """A score from 0 to 1 and the reasons for it in words."""

    score: float
    reasons: tuple[str, ...]

    @property
    def label(self) -> str:
        """How strong the match is, in words."""
        return "Likely match" if self.score >= LIKELY else "Possible match"


def normal_name(text: str) -> str:
    """Fold case, accents and punctuation away, so that 'Zoë O’Brien' and 'Zoe OBrien' are one."""
    decomposed = unicodedata.normalize("NFKD", text)
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(re.sub(r"[^\w\s-]", "", bare.casefold()).replace("-", " ").split())


def _names(identity: Identity) -> list[str]:
    aliases = re.split(r"[,;\n]", identity.also_known_as)
    return [name for name in (normal_name(identity.full_name), *map(normal_name, aliases)) if name]


def _pair(one: str, other: str) -> float:
    straight = JaroWinkler.similarity(one, other)
    turned = token_sort_ratio(one, other) / 100
    first = max(
        (JaroWinkler.similarity(part, mate) for part in one.split() for mate in other.split()),
        default=0.0,
    )
    partial = 0.8 * first if len(one.split()) == 1 or len(other.split()) == 1 else 0.0
    return max(straight if straight > 0.8 else straight * 0.8, turned, partial)


def name_likeness(one: Identity, other: Identity) -> tuple[float, str]:
    """Compare every name of the one with every name of the other; gives the best score and its reason."""
    best, reason = 0.0, ""
    mine, theirs = _names(one), _names(other)
    for i, name in enumerate(mine):
        for j, mate in enumerate(theirs):
            score = _pair(name, mate)
            if score > best:
                kind = "Same name" if name == mate else "Similar name"
                best, reason = score, kind + (" (also known as)" if i or j else "")
    return best, reason


def birth_likeness(one: date | None, other: date | None) -> tuple[float, str]:
    """Compare dates of birth, allowing day and month swapped, one part wrong, or nearly the same day."""
    if one is None or other is None:
        return UNKNOWN_BIRTH, ""
    if one == other:
        return 1.0, "Same date of birth"
    if (one.year, one.day, one.month) == (other.year, other.month, other.day):
        return 0.85, "Date of birth with day and month swapped"
    same = (one.day == other.day) + (one.month == other.month) + (one.year == other.year)
    if same == 2:
        return 0.7, "Date of birth differs in one part"
    if abs(one - other) <= timedelta(days=366):
        return 0.3, "Dates of birth within a year"
    return 0.0, ""


def likeness(one: Identity, other: Identity) -> Likeness | None:
    """Score two identities, or None where they are too unlike to be shown to anybody."""
    if one.nhs_number and one.nhs_number == other.nhs_number:
        return Likeness(1.0, ("Same NHS number",))
    names, name_reason = name_likeness(one, other)
    birth, birth_reason = birth_likeness(one.date_of_birth, other.date_of_birth)
    score = NAME_WEIGHT * names + BIRTH_WEIGHT * birth
    reasons = [name_reason if names >= 0.75 else "", birth_reason]
    if one.postcode and one.postcode == other.postcode:
        score += 0.08
        reasons.append("Same postcode")
    if one.nhs_number and other.nhs_number:
        score -= 0.15
        reasons.append("Different NHS numbers")
    if names >= SAME_NAME and score < POSSIBLE:
        # A name this close is shown whatever the dates say: a wrong date of birth must not make two cases of one.
        score = POSSIBLE
        reasons.append("Different date of birth")
    if names < 0.6 or score < POSSIBLE:
        return None
    # Nobody is shown as a match without a word of why.
    return Likeness(min(score, 0.99), tuple(filter(None, reasons)) or ("Part of the name is similar",))
