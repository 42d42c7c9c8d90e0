"""What somebody typed into a search box, compared with what is held about one person."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import pairwise
from typing import Final, TypeVar

from cse_tracker.likeness.dates import BirthParts, month_number, read_birth
from cse_tracker.likeness.names import misspelt, normal_name, sound_alike
from cse_tracker.likeness.numbers import FEWEST_DIGITS, RUN, digits, holds_number, subscriber

T = TypeVar("T")
MOST_TERMS: Final = 12
MISSED: Final = 0.25
"""What a word that is found nowhere takes off, where two others at least are found."""
DATE: Final = re.compile(
    r"(?<![\w/])(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}(?:st|nd|rd|th)?\s+[a-z]{3,9}\.?,?\s+\d{4}"
    r"|\d{1,2}\s*[/.\-]\s*\d{1,2}(?:\s*[/.\-]\s*(?:\d{4}|\d{2}))?|\d{1,2}\s+\d{1,2}\s+\d{4})(?![\w/])",
    re.IGNORECASE,
)
REFERENCE: Final = re.compile(r"\b([CRM])[-\s]?([2-9A-HJKMNP-TV-Z]{4})[-\s]?([2-9A-HJKMNP-TV-Z]{4})\b", re.IGNORECASE)


@dataclass(frozen=True, repr=False)
class Held:
    """What is held about one person, ready to be compared."""

    names: tuple[str, ...]
    born: date | None = None
    nhs_number: str = ""
    places: str = ""
    contacts: str = ""
    references: tuple[str, ...] = ()

    @cached_property
    def parts(self) -> tuple[tuple[str, bool], ...]:
        """Every folded part of every name, and whether it is of another name than the first."""
        folded = [normal_name(name) for name in self.names]
        return tuple((part, place > 0) for place, name in enumerate(folded) for part in name.split())

    @cached_property
    def joined(self) -> tuple[str, ...]:
        """Every name written without spaces."""
        return tuple(normal_name(name).replace(" ", "") for name in self.names)

    @cached_property
    def place_words(self) -> tuple[str, ...]:
        """The words of addresses, and of the postcode both ways."""
        words = normal_name(self.places.replace(",", " ")).split()
        return (*words, *(one + two for one, two in pairwise(words)))


@dataclass(frozen=True)
class Found:
    """How well somebody fits what was typed, and why, in words that repeat nothing of it."""

    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, repr=False)
class Asked:
    """What was typed, taken apart into references, dates, long numbers and words."""

    references: tuple[str, ...] = ()
    births: tuple[BirthParts, ...] = ()
    numbers: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    perhaps: tuple[str, ...] = ()
    """References that the words may be: one without a hyphen or a number looks like a name of nine letters."""

    @property
    def all_references(self) -> tuple[str, ...]:
        """Everything that is a reference, or may be one."""
        return self.references + self.perhaps

    @property
    def empty(self) -> bool:
        """Whether there is nothing to look for."""
        return not (self.references or self.births or self.numbers or self.words)

    def compare(self, held: Held) -> Found | None:
        """Score somebody, or None where not enough of what was typed is found with them."""
        if not set(self.perhaps).isdisjoint(held.references):
            return Found(1.0, ("Reference",))
        scores = list(self._scores(held))
        found = [(score, reason) for score, reason in scores if score]
        missed = len(scores) - len(found)
        if not found or missed > (1 if len(found) >= 2 else 0):
            return None
        score = sum(score for score, _ in found) / len(found) - MISSED * missed
        return Found(round(score, 4), tuple(dict.fromkeys(reason for _, reason in found)))

    def _scores(self, held: Held) -> Iterator[tuple[float, str]]:
        for reference in self.references:
            yield (1.0, "Reference") if reference in held.references else (0.0, "")
        for birth in self.births:
            score = birth.likeness(held.born)
            yield score, "Date of birth" if score == 1 else "Similar date of birth"
        for number in self.numbers:
            yield _number(number, held)
        for word in self.words:
            yield max(_word(word, held), key=lambda found: found[0])


def ask(typed: str) -> Asked:
    """Take apart what somebody typed; at most twelve terms are looked at."""
    references, rest = _taken(REFERENCE, typed, _reference)
    births, rest = _taken(DATE, rest, lambda text: read_birth(_without_ordinal(text)))
    numbers, rest = _taken(RUN, rest, _long_number)
    words = normal_name(re.sub(r"[,;/]", " ", rest)).split()
    return Asked(
        tuple(references[:MOST_TERMS]),
        tuple(births[:MOST_TERMS]),
        tuple(numbers[:MOST_TERMS]),
        tuple(words[:MOST_TERMS]),
        tuple(_written(match[0]) for match in REFERENCE.finditer(rest))[:MOST_TERMS],
    )


def _taken(pattern: re.Pattern[str], text: str, read: Callable[[str], T | None]) -> tuple[list[T], str]:
    """Take out of a text whatever can be read; gives it, and the rest of the text."""
    found: list[T] = []

    def take(match: re.Match[str]) -> str:
        value = read(match[0])
        if value is None:
            return match[0]
        found.append(value)
        return " "

    return found, pattern.sub(take, text)


def _reference(typed: str) -> str | None:
    # Cassandra has nine letters too; a reference without a hyphen or a number is more likely a name.
    return _written(typed) if re.search(r"[-\d]", typed) else None


def _written(typed: str) -> str:
    bare = re.sub(r"[-\s]", "", typed).upper()
    return f"{bare[0]}-{bare[1:5]}-{bare[5:]}"


def _without_ordinal(typed: str) -> str:
    return re.sub(r"(?<=\d)(st|nd|rd|th)\b", "", typed, flags=re.IGNORECASE)


def _long_number(typed: str) -> str | None:
    return typed if len(digits(typed)) >= FEWEST_DIGITS else None


def _number(typed: str, held: Held) -> tuple[float, str]:
    bare = digits(typed)
    if held.nhs_number and bare == held.nhs_number:
        return 1.0, "NHS number"
    if held.nhs_number and bare in held.nhs_number:
        return 0.8, "Part of the NHS number"
    wanted = subscriber(typed)
    if wanted and held.contacts and holds_number(held.contacts, wanted):
        return 0.95, "Telephone number"
    return 0.0, ""


def _word(word: str, held: Held) -> Iterator[tuple[float, str]]:
    yield 0.0, ""
    for part, other_name in held.parts:
        score = _part(word, part)
        if score:
            yield score, _reason(score) + (" (also known as)" if other_name else "")
    if len(word) >= 4 and any(word in joined for joined in held.joined):
        yield 0.8, "Part of the name"
    if held.born is not None:
        yield from _part_of_birth(word, held.born)
    for place in held.place_words:
        if word == place:
            yield 0.75, "Address"
        elif len(word) >= 3 and place.startswith(word):
            yield 0.6, "Address"
        elif word.isalpha() and misspelt(word, place):
            yield 0.5, "Similar address"


def _part(word: str, part: str) -> float:
    if word == part:
        return 1.0
    if part.startswith(word):
        # One letter of a Latin name is everybody's initial; one sign of a Chinese name may be all of it.
        return 0.92 if len(word) > 1 else 0.7
    if len(word) >= 3 and word in part:
        return 0.85
    if misspelt(word, part):
        return 0.8
    return 0.78 if len(word) >= 3 and sound_alike(word, part) else 0.0


def _reason(score: float) -> str:
    if score == 1:
        return "Name"
    return "Part of the name" if score > 0.8 or score == 0.7 else "Similar name"


def _part_of_birth(word: str, born: date) -> Iterator[tuple[float, str]]:
    if word.isdecimal() and len(word) <= 4 and int(word) in {born.day, born.month, born.year}:
        yield (0.8 if len(word) == 4 else 0.6), "Part of the date of birth"
    elif month_number(word) == born.month:
        yield 0.7, "Part of the date of birth"
