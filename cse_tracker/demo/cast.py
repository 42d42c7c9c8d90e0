"""The made-up young people of the demo: names, ages and circumstances drawn from a fixed seed."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Final

from cse_tracker.people.model import PersonDetails
from cse_tracker.people.rules import Identity, Sex

GIRLS: Final = (
    "Keira", "Amina", "Chloe", "Destiny", "Ebony", "Fatima", "Grace", "Hannah", "Imani", "Jade", "Kayleigh", "Lauren",
    "Maya", "Nadia", "Olivia", "Paige", "Rosa", "Shanice", "Tia", "Yasmin", "Zoë", "Bethany", "Courtney", "Leila",
    "Megan", "Naomi",
)  # fmt: skip
BOYS: Final = ("Leon", "Mohammed", "Tyler", "Kwame", "Jordan", "Samuel", "Ali", "Reece")
SURNAMES: Final = (
    "Marsh", "Adeleke", "Begum", "Carter", "Demir", "Evans", "Francis", "Green", "Hassan", "Iqbal", "Jones", "Kaya",
    "Lewis", "Mensah", "Nguyen", "O’Brien", "Parker", "Quinn", "Roberts", "Silva", "Thompson", "Umar", "Vella", "Wood",
)  # fmt: skip
STREETS: Final = ("Sample Road", "Example Street", "Specimen Lane", "Model Gardens")
ETHNICITIES: Final = ("WBRI", "MWBC", "BAFR", "BCRB", "ABAN", "WOTH", "NOBT")
# Numbers that begin with 999 are set aside for examples; these have right check digits.
NHS_NUMBERS: Final = ("9990000018", "9990000026", "9990000034", "9990000042")


@dataclass(frozen=True, repr=False)
class Character:
    """A made-up young person."""

    identity: Identity
    details: PersonDetails


def characters(number: int, today: date) -> list[Character]:
    """Give the same made-up young people every time, most of them 12 to 17 years old today."""
    random = Random(2005)  # noqa: S311 - made-up people, not keys
    return [_character(random, place, today) for place in range(number)]


def _character(random: Random, place: int, today: date) -> Character:
    girl = place % 9 != 4
    names = GIRLS if girl else BOYS
    years = random.choice((12, 13, 14, 14, 15, 15, 15, 16, 16, 17, 17))
    born = today - timedelta(days=round(365.25 * years) + random.randrange(20, 340))
    identity = Identity(
        first_name=names[place % len(names)],
        last_name=SURNAMES[(place * 7) % len(SURNAMES)],
        also_known_as="Kiki" if place == 0 else "",
        date_of_birth=None if place % 13 == 12 else born,
        sex=Sex.FEMALE if girl else Sex.MALE,
        nhs_number=NHS_NUMBERS[place] if place < len(NHS_NUMBERS) else "",
        postcode="E8 1EA" if place % 3 else "",
    )
    details = PersonDetails(
        ethnicity=random.choice(ETHNICITIES),
        address=f"{random.randrange(1, 180)} {random.choice(STREETS)}, London",
        school="Clapton Park School" if years < 16 else "",
        looked_after=random.choice(("yes", "no", "no", "not_known")),
        disability=("no", "yes", "not_known", "no")[place % 4],
        from_abroad=("no", "no", "yes", "not_known", "no")[place % 5],
        contact="Through school, not by telephone at home" if place % 4 == 0 else "",
    )
    return Character(identity, details)
