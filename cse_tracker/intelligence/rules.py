"""How a thing is written in one way, so that different spellings of it meet, and how its source is graded."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, TypeAlias

from cse_tracker.likeness.names import normal_name, sounds
from cse_tracker.likeness.numbers import phone
from cse_tracker.likeness.places import postcode
from cse_tracker.work.errors import RuleBroken

Composite: TypeAlias = tuple[str, ...]
MOST_COMPOSITES: Final = 12
"""How many tokens one thing has at most; the handles of all of them can be computed from its id."""


class Kind(StrEnum):
    """What a thing is that cases have in common."""

    PERSON = "person"
    VEHICLE = "vehicle"
    ADDRESS = "address"
    VENUE = "venue"
    PHONE = "phone"
    ONLINE = "online"


class Platform(StrEnum):
    """Where an online name is used."""

    INSTAGRAM = "instagram"
    SNAPCHAT = "snapchat"
    TIKTOK = "tiktok"
    FACEBOOK = "facebook"
    X = "x"
    TELEGRAM = "telegram"
    DISCORD = "discord"
    ROBLOX = "roblox"
    OTHER = "other"


class Source(StrEnum):
    """How reliable the source is: the first figure of the police's 3x5x2 grading (College of Policing, 2016)."""

    RELIABLE = "1"
    UNTESTED = "2"
    NOT_RELIABLE = "3"


class Assessment(StrEnum):
    """How the source knows it: the letter of the 3x5x2 grading."""

    KNOWN_DIRECTLY = "A"
    INDIRECTLY_CORROBORATED = "B"
    INDIRECTLY = "C"
    NOT_KNOWN = "D"
    SUSPECTED_FALSE = "E"


class Handling(StrEnum):
    """Who may be told: the last part of the 3x5x2 grading, sharing permitted or permitted with conditions."""

    SHARED = "P"
    CONDITIONS = "C"


@dataclass(frozen=True)
class Grade:
    """A 3x5x2 grading."""

    source: Source
    assessment: Assessment
    handling: Handling

    @property
    def code(self) -> str:
        """The grading as it is written, such as 2-B-P."""
        return f"{self.source.value}-{self.assessment.value}-{self.handling.value}"


@dataclass(frozen=True)
class Sighting:
    """A thing as it was typed: which fields count depends on the kind."""

    kind: Kind
    label: str
    postcode: str = ""
    platform: Platform | None = None
    born: date | None = None


# The British patterns since 1903 and Northern Ireland's; a mark of one of these is whole.
MARKS: Final = re.compile(
    r"[A-Z]{2}\d{2}[A-Z]{3}|[A-Z]\d{1,3}[A-Z]{3}|[A-Z]{3}\d{1,3}[A-Z]|[A-Z]{3}\d{1,4}|\d{1,4}[A-Z]{3}"
)
CURRENT: Final = "LLDDLLL"
AS_DIGIT: Final = str.maketrans("OIQSZB", "010528")
AS_LETTER: Final = str.maketrans("0158", "OISB")
FEWEST_OF_A_MARK: Final = 5
NUMBERS: Final = re.compile(r"\b(\d+)\s?([a-z])?\b")
NOISE: Final = frozenset(
    [
        "the",
        "a",
        "of",
        "and",
        "ltd",
        "limited",
        "plc",
        "co",
        "flat",
        "apartment",
        "apt",
        "unit",
        "room",
        "house",
        "block",
        "road",
        "rd",
        "street",
        "st",
        "avenue",
        "ave",
        "lane",
        "ln",
        "close",
        "court",
        "ct",
        "drive",
        "dr",
        "place",
        "pl",
        "way",
        "gardens",
        "gdns",
        "terrace",
        "square",
        "sq",
        "crescent",
        "london",
    ]
)
SITES: Final = re.compile(
    r"^(?:https?://)?(?:www\.|m\.|web\.)?"
    r"(?:instagram|snapchat|tiktok|facebook|fb|x|twitter|t|telegram|discord|roblox)\.(?:com|me|gg)/(?:add/|users/|@)?"
)


def vehicle_mark(typed: str) -> str:
    """Give a registration mark without spaces, in capitals; O and 0, I and 1 by where they stand in today's pattern."""
    folded = unicodedata.normalize("NFKC", typed).upper()
    bare = re.sub(r"[^A-Z0-9]", "", folded)
    if len(bare) != len(CURRENT):
        return bare
    placed = "".join(
        char.translate(AS_LETTER if wanted == "L" else AS_DIGIT) for char, wanted in zip(bare, CURRENT, strict=True)
    )
    # Only where that makes it a mark of today: an older one may well have a 1 where this has a letter.
    return placed if not MARKS.fullmatch(bare) and MARKS.fullmatch(placed) else bare


def is_whole_mark(mark: str) -> bool:
    """Whether a mark is all of it: a British pattern, or long enough for one from elsewhere."""
    return bool(MARKS.fullmatch(mark)) or len(mark) >= FEWEST_OF_A_MARK


def online_name(typed: str) -> str:
    """Give an online name without its @ or the address of its page, in small letters."""
    name, before = typed, ""
    # What is left of an address may be an address again.
    while name != before:
        before = name
        folded = unicodedata.normalize("NFKC", name).strip().casefold()
        bare = SITES.sub("", folded).split("?")[0].split("#")[0].strip("/ ")
        name = re.sub(r"\s+", "", bare.lstrip("@"))
    return name


def _words(typed: str) -> str:
    folded = normal_name(typed.replace("&", " and ").replace("/", " ").replace(",", " ").replace(".", " "))
    return " ".join(sorted(word for word in folded.split() if word not in NOISE))


def house(typed: str) -> str:
    """Give what tells one house of a postcode from another: its numbers, or the words of its name."""
    folded = normal_name(typed.replace("/", " ").replace(",", " ").replace(".", " ")).replace("-", " ")
    numbers = sorted({(number.lstrip("0") or "0") + letter for number, letter in NUMBERS.findall(folded)})
    return " ".join(numbers) or _words(typed)


def composites(thing: Sighting) -> tuple[Composite, ...]:
    """Give what a thing is known by: the same for every spelling of it, and nothing where it cannot be told for sure.

    A person of concern is known by the sounds of first and last name with the date of birth, never by a name alone. An
    address needs its whole postcode, a venue the first half of it, a vehicle its whole mark.
    """
    match thing.kind:
        case Kind.PERSON:
            found = _person(thing)
        case Kind.VEHICLE:
            mark = vehicle_mark(thing.label)
            found = {("vehicle", mark)} if is_whole_mark(mark) else set()
        case Kind.ADDRESS:
            code, which = postcode(thing.postcode), house(thing.label)
            found = {("address", code, which)} if " " in code and which else set()
        case Kind.VENUE:
            code, name = postcode(thing.postcode).split(" ")[0], _words(thing.label)
            found = {("venue", code, name)} if code and name else set()
        case Kind.PHONE:
            number = phone(thing.label)
            found = {("phone", number)} if number else set()
        case Kind.ONLINE:
            name = online_name(thing.label)
            found = {("online", thing.platform or Platform.OTHER, name)} if name else set()
    return tuple(sorted(found))[:MOST_COMPOSITES]


def _person(thing: Sighting) -> set[Composite]:
    parts = normal_name(thing.label).split()
    if thing.born is None or len(parts) < 2:
        return set()
    return {
        ("person", *sorted((one, other)), thing.born.isoformat())
        for one in sounds(parts[0])
        for other in sounds(parts[-1])
        if one[:2] == other[:2] or not (one[1:2] == other[1:2] == ":")
    }


def shown(thing: Sighting) -> str:
    """Give a thing's label as pages show it: one way of writing what has one."""
    match thing.kind:
        case Kind.VEHICLE:
            mark = vehicle_mark(thing.label)
            return f"{mark[:4]} {mark[4:]}" if len(mark) == len(CURRENT) else mark
        case Kind.ONLINE:
            return online_name(thing.label)
        case _:
            return " ".join(thing.label.split())


def check(thing: Sighting) -> None:
    """Raise RuleBroken for a thing that cannot be one of its kind."""
    if not thing.label.strip():
        raise RuleBroken("link.empty", "Enter what it is", field="label")
    match thing.kind:
        case Kind.PHONE if phone(thing.label) is None:
            message = "Enter a telephone number, like 07700 900 982 or +44 7700 900 982"
            raise RuleBroken("link.phone", message, field="label")
        case Kind.VEHICLE if len(vehicle_mark(thing.label)) < 2:
            message = "Enter the registration mark or the part of it that was seen, like LK61 or LK61 ABC"
            raise RuleBroken("link.vehicle", message, field="label")
        case Kind.ONLINE if thing.platform is None:
            raise RuleBroken("link.platform", "Select where the online name is used", field="platform")
        case Kind.ONLINE if not online_name(thing.label):
            raise RuleBroken("link.online", "Enter the online name", field="label")
        case _:
            pass
    if thing.postcode.strip() and not postcode(thing.postcode):
        message = "Enter a full UK postcode, like N9 0AB, or the first half of one"
        raise RuleBroken("link.postcode", message, field="postcode")
