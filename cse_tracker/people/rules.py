"""How alike two identities are: names, dates of birth by their parts, and exact identifiers, weighed together."""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from cse_tracker.likeness.dates import birth_likeness
from cse_tracker.likeness.names import name_likeness, normal_name
from cse_tracker.records.payload import Payload

LIKELY: Final = 0.80
POSSIBLE: Final = 0.62
NAME_WEIGHT: Final = 0.6
BIRTH_WEIGHT: Final = 0.4
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


def _names(identity: Identity) -> list[str]:
    aliases = re.split(r"[,;\n]", identity.also_known_as)
    return [name for name in (normal_name(identity.full_name), *map(normal_name, aliases)) if name]


def best_name_likeness(one: Identity, other: Identity) -> tuple[float, str]:
    """Compare every name of the one with every name of the other; gives the best score and its reason."""
    best, reason = 0.0, ""
    mine, theirs = _names(one), _names(other)
    for i, name in enumerate(mine):
        for j, mate in enumerate(theirs):
            score = name_likeness(name, mate)
            if score > best:
                kind = "Same name" if name == mate else "Similar name"
                best, reason = score, kind + (" (also known as)" if i or j else "")
    return best, reason


def likeness(one: Identity, other: Identity) -> Likeness | None:
    """Score two identities, or None where they are too unlike to be shown to anybody."""
    if one.nhs_number and one.nhs_number == other.nhs_number:
        return Likeness(1.0, ("Same NHS number",))
    names, name_reason = best_name_likeness(one, other)
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
