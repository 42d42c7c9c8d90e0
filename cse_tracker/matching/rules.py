"""The composites from which blind tokens are made: always several facts together, never a name or a birthday alone."""

import itertools
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Final, TypeAlias

from cse_tracker.likeness.dates import near_births
from cse_tracker.likeness.names import normal_name, sounds
from cse_tracker.likeness.numbers import phones_in
from cse_tracker.people.rules import Identity

Composite: TypeAlias = tuple[str, ...]

MOST_COMPOSITES: Final = 24
"""How many tokens one person has at most; the handles of all of them can be computed from the person's id."""
MOST_ALIASES: Final = 3
MOST_LAST_NAMES: Final = 3
SHORTEST_REASON: Final = 10
PER_USER: Final = 20
PER_USER_WITHIN: Final = timedelta(hours=1)
PER_BOROUGH: Final = 200
PER_BOROUGH_WITHIN: Final = timedelta(days=1)


def kept(identity: Identity, contact: str) -> list[Composite]:
    """Give the composites under which a person is kept, in an order that depends on them alone.

    They are: the sounds of first and last name with the date of birth, the NHS number with the date of birth, and a
    telephone number with the sound of the first name.
    """
    births = [] if identity.date_of_birth is None else [identity.date_of_birth]
    return sorted(set(_composites(identity, contact, births)))[:MOST_COMPOSITES]


def asked(identity: Identity, contact: str) -> list[Composite]:
    """Give the composites to look for: those under which the person would be kept, and with dates often mistaken."""
    born = identity.date_of_birth
    births = [] if born is None else [born, *near_births(born)]
    return sorted(set(_composites(identity, contact, births)))


def _composites(identity: Identity, contact: str, births: Iterable[date]) -> Iterator[Composite]:
    pairs = list(_name_pairs(identity))
    for born in births:
        for first, last in pairs:
            for one, other in itertools.product(sounds(first), sounds(last)):
                # Both by the same key of sound, and in either order, because forms turn names round.
                if one[:2] == other[:2] or not (one[1:2] == other[1:2] == ":"):
                    yield ("name", *sorted((one, other)), born.isoformat())
        if identity.nhs_number:
            yield ("nhs", identity.nhs_number, born.isoformat())
    for phone in phones_in(contact):
        for first in {first for first, _ in pairs}:
            yield from (("phone", phone, sound) for sound in sounds(first))


def _name_pairs(identity: Identity) -> Iterator[tuple[str, str]]:
    first, last = normal_name(identity.first_name).split(), normal_name(identity.last_name).split()
    for name in last[-MOST_LAST_NAMES:]:
        if first:
            yield first[0], name
    if len(last) > 1 and first:
        # So that Marsh-Jones and Marshjones are one.
        yield first[0], "".join(last)
    for alias in identity.also_known_as.replace(";", ",").replace("\n", ",").split(",")[:MOST_ALIASES]:
        parts = normal_name(alias).split()
        if len(parts) > 1:
            yield parts[0], parts[-1]
