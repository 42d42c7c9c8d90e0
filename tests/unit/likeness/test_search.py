"""What is typed into the search box: any part, any order, any format; and what must not be found."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cse_tracker.likeness.dates import near_births, read_birth
from cse_tracker.likeness.numbers import phone, phones_in, subscriber
from cse_tracker.likeness.search import Asked, Found, Held, ask

HELD = Held(
    names=("Keira Marsh-Jones", "Kiki Stone"),
    born=date(2012, 3, 4),
    nhs_number="9990000018",
    places="Flat 3, 12 Sample Road, E8 1EA, Clapton Park School",
    contacts="Text 07700 900123 after four. Aunt: +48 22 123 45 67",
    references=("C-7K3Q-X4MP",),
)


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("Keira", "Name"),
        ("keir", "Part of the name"),
        ("jones keira marsh", "Name"),
        ("Marsh-Jones, Keira", "Name"),
        ("keiramarsh", "Part of the name"),
        ("Kiera", "Similar name"),
        ("Kyra", "Similar name"),
        ("Joans", "Similar name"),
        ("kiki", "Name (also known as)"),
        ("Stoan", "Similar name (also known as)"),
        ("\u041a\u0456\u0440\u0430", "Similar name"),  # Kira in Ukrainian letters
        ("4/3/2012", "Date of birth"),
        ("04.03.12", "Date of birth"),
        ("2012-03-04", "Date of birth"),
        ("4th March 2012", "Date of birth"),
        ("4 Mar, 2012", "Date of birth"),
        ("4/3", "Date of birth"),
        ("3/4/2012", "Similar date of birth"),
        ("5/3/2012", "Similar date of birth"),
        ("2012", "Part of the date of birth"),
        ("march 2012 keira", "Part of the date of birth"),
        ("999 000 0018", "NHS number"),
        ("999-000-0018", "NHS number"),
        ("9990000018", "NHS number"),
        ("0000018", "Part of the NHS number"),
        ("07700 900123", "Telephone number"),
        ("+44 (0)7700 900 123", "Telephone number"),
        ("0044 7700-900-123", "Telephone number"),
        ("(07700) 900123", "Telephone number"),
        ("900123", "Telephone number"),
        ("0048 22 123 45 67", "Telephone number"),
        ("E8 1EA", "Address"),
        ("e81ea", "Address"),
        ("sample road", "Address"),
        ("Sampel", "Similar address"),
        ("clapton", "Address"),
        ("C-7K3Q-X4MP", "Reference"),
        ("c7k3qx4mp", "Reference"),
        ("C 7K3Q X4MP", "Reference"),
    ],
)
def test_any_part_in_any_form_finds_her_and_says_by_what(typed: str, reason: str) -> None:
    found = ask(typed).compare(HELD)
    assert found is not None
    assert reason in found.reasons


@pytest.mark.parametrize(
    "typed",
    [
        "Leon", "Gary", "Keira Wood", "4/5/2011", "1999", "07700 900124", "999 000 0026", "N1 2UD", "C-7K3Q-X4MQ",
        "%", "_", "*", "' OR 1=1 --", "September",
    ],
)  # fmt: skip
def test_what_is_not_hers_does_not_find_her(typed: str) -> None:
    assert ask(typed).compare(HELD) is None


def test_one_word_that_fits_nothing_is_forgiven_beside_two_that_fit_and_ranks_lower() -> None:
    exact, loose = ask("Keira Marsh").compare(HELD), ask("Keira Marsh Bethnal").compare(HELD)
    assert exact == Found(1.0, ("Name",))
    assert loose is not None
    assert loose.score < exact.score
    assert ask("Keira Bethnal").compare(HELD) is None


@pytest.mark.parametrize("typed", ["Cassandra", "Margareta", "Rebeccann"])
def test_a_name_of_nine_letters_is_no_reference(typed: str) -> None:
    asked = ask(typed)
    assert asked.references == ()
    assert asked.compare(Held(names=(f"{typed} Marsh",))) == Found(1.0, ("Name",))


@pytest.mark.parametrize("typed", ["C-HJKM-NPQR", "chjkmnpqr", "c hjkm npqr", "CHJKM NPQR"])
def test_a_reference_without_a_number_in_it_is_found_however_it_is_written(typed: str) -> None:
    held = Held(names=("Keira Marsh",), references=("C-HJKM-NPQR",))
    assert ask(typed).compare(held) == Found(1.0, ("Reference",))
    assert "C-HJKM-NPQR" in ask(typed).all_references
    assert ask(typed).compare(HELD) is None


@pytest.mark.parametrize("name", ["May", "April", "June"])
def test_a_month_that_is_a_name_finds_both(name: str) -> None:
    month = {"May": 5, "April": 4, "June": 6}[name]
    assert ask(name).compare(Held(names=(f"{name} Wood",))) == Found(1.0, ("Name",))
    assert ask(name).compare(Held(names=("Tia Wood",), born=date(2010, month, 1))) is not None


@pytest.mark.parametrize("typed", ["", "   ", "..,;", "//"])
def test_nothing_typed_is_nothing_asked_and_finds_nobody(typed: str) -> None:
    assert ask(typed).empty
    assert ask(typed).compare(HELD) is None


@given(typed=st.text(max_size=120))
def test_whatever_is_typed_is_read_and_scored_between_nought_and_one(typed: str) -> None:
    asked = ask(typed)
    assert isinstance(asked, Asked)
    found = asked.compare(HELD)
    assert found is None or 0.0 <= found.score <= 1.0
    assert found is None or found.reasons


@given(born=st.dates(date(2000, 1, 1), date(2026, 11, 22)))
def test_a_date_written_in_any_usual_form_is_that_date(born: date) -> None:
    for form in ("{d}/{m}/{y}", "{d:02}.{m:02}.{y}", "{y}-{m:02}-{d:02}", "{d} {name} {y}", "{d}-{m}-{short:02}"):
        typed = form.format(d=born.day, m=born.month, y=born.year, name=born.strftime("%B"), short=born.year % 100)
        parts = read_birth(typed)
        assert parts is not None, typed
        assert parts.likeness(born) == 1.0
        assert ask(typed).births, typed


@given(born=st.dates(date(1990, 1, 1), date(2026, 11, 22)))
def test_near_births_are_real_other_dates(born: date) -> None:
    near = near_births(born)
    assert born not in near
    assert 2 <= len(near) <= 3


@pytest.mark.parametrize(
    "typed", ["07700 900123", "+447700900123", "0044 7700 900123", "(07700) 900-123", "+44 (0) 7700 900123"]
)
def test_one_telephone_number_in_every_format_is_one(typed: str) -> None:
    assert phone(typed) == "+447700900123"
    assert subscriber(typed) == "7700900123"
    assert phones_in(f"Ring {typed} in the evening") == {"+447700900123"}


@pytest.mark.parametrize("typed", ["", "12", "not a number", "0"])
def test_what_is_no_telephone_number_is_none(typed: str) -> None:
    assert phone(typed) is None
