"""The composites behind blind tokens: several facts together, steady under spelling, never a name or birthday alone."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cse_tracker.matching.rules import MOST_COMPOSITES, asked, kept
from cse_tracker.people.rules import Identity

BORN = date(2012, 3, 4)


def person(first: str, last: str, born: date | None = BORN, **more: str) -> Identity:
    return Identity(first, last, date_of_birth=born, **more)  # type: ignore[arg-type]


def meet(one: Identity, other: Identity, contact: str = "", other_contact: str = "") -> bool:
    return bool(set(asked(one, contact)) & set(kept(other, other_contact)))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (person("Keira", "Marsh"), person("Kiera", "Marsh")),
        (person("Mohammed", "Hussain"), person("Muhammad", "Hossein")),
        (person("Marsh", "Keira"), person("Keira", "Marsh")),
        (person("Sean", "O’Neill"), person("Shaun", "ONeil")),
        (person("Keira", "Marsh-Jones"), person("Keira", "Jones")),
        (person("Keira", "Marsh"), person("Keira", "Marsh", date(2012, 4, 3))),
        (person("Keira", "Marsh"), person("Keira", "Marsh", date(2011, 3, 4))),
        (person("Kiki", "Stone"), person("Keira", "Marsh", also_known_as="Star; Kiki Stone")),
        (person("Tia", "Wood", nhs_number="9990000018"), person("Keira", "Marsh", nhs_number="9990000018")),
        (person("吳", "小明"), person("吳", "小明")),
    ],
)
def test_the_same_young_person_written_otherwise_meets(one: Identity, other: Identity) -> None:
    assert meet(one, other)


def test_one_telephone_number_and_a_first_name_meet_without_a_birthday() -> None:
    here, there = person("Keira", "Marsh"), person("Kiera", "Stone", None)
    assert meet(here, there, "07700 900123", "ring +44 7700 900123")
    assert not meet(here, there, "07700 900124", "ring +44 7700 900123")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (person("Keira", "Marsh"), person("Keira", "Wood")),
        (person("Keira", "Marsh"), person("Keira", "Marsh", date(2008, 8, 8))),
        (person("Keira", "Marsh"), person("Leon", "Marsh")),
        (person("Keira", "Marsh", None), person("Keira", "Marsh")),
        (person("Keira", ""), person("Keira", "")),
    ],
)
def test_part_of_the_facts_alone_never_meets(one: Identity, other: Identity) -> None:
    assert not meet(one, other)


TEXTS = st.text(max_size=30)


@given(
    first=TEXTS, last=TEXTS, alias=TEXTS, born=st.none() | st.dates(date(1990, 1, 1), date(2026, 1, 1)), contact=TEXTS
)
def test_a_composite_always_joins_a_name_or_number_with_another_fact(
    first: str, last: str, alias: str, born: date | None, contact: str
) -> None:
    identity = Identity(first, last, also_known_as=alias, date_of_birth=born, nhs_number="9990000018")
    composites = kept(identity, contact)
    assert len(composites) <= MOST_COMPOSITES
    assert composites == kept(identity, contact)
    for composite in composites:
        assert composite[0] in {"name", "nhs", "phone"}
        assert len([part for part in composite[1:] if part]) >= 2
        assert composite[0] == "phone" or (born is not None and composite[-1] == born.isoformat())
    assert set(composites) <= set(asked(identity, contact)) or len(composites) == MOST_COMPOSITES
