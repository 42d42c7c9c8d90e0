"""Finding the same young person again: what must be shown, what must not, and the laws of the score."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cse_tracker.likeness.dates import birth_likeness
from cse_tracker.likeness.names import normal_name
from cse_tracker.people.rules import Identity, Likeness, Sex, best_name_likeness, likeness

BORN = date(2012, 3, 4)


def person(name: str, born: date | None = BORN, **more: str) -> Identity:
    first, _, last = name.partition(" ")
    return Identity(first, last, date_of_birth=born, **more)  # type: ignore[arg-type]


def shown(one: Identity, other: Identity) -> Likeness:
    found = likeness(one, other)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Keira Marsh", "Kiera Marsh"),
        ("Mohammed Ali", "Mohamed Aly"),
        ("Zoë Clarke", "Zoe Clarke"),
        ("Siân O’Brien", "Sian OBrien"),
        ("Anna-Maria Lopez", "Anna Maria Lopez"),
        ("Ali Mohammed", "Mohammed Ali"),
        ("KEIRA MARSH", "keira marsh"),
        ("Keira Marsh", "Keira Marsh-Jones"),
    ],
)
def test_a_name_written_differently_with_the_same_birthday_is_a_likely_match(one: str, other: str) -> None:
    found = shown(person(one), person(other))
    assert found.label == "Likely match"
    assert "Same date of birth" in found.reasons


@pytest.mark.parametrize(
    ("one", "other"), [("Keira Marsh", "Kiera Marsh"), ("Mohammed Ali", "Mohamed Aly"), ("Zoë Clarke", "Zoe Clarke")]
)
def test_a_similar_name_is_shown_though_a_birthday_is_not_known(one: str, other: str) -> None:
    found = shown(person(one), person(other, None))
    assert found.label == "Possible match"
    assert not any("birth" in reason for reason in found.reasons)


def test_accents_and_marks_fold_away_so_that_the_name_is_the_same() -> None:
    assert shown(person("Zoë O’Brien"), person("Zoe OBrien")).reasons == ("Same name", "Same date of birth")


@pytest.mark.parametrize("alias", ["Kiki Stone", "Star, Kiki Stone", "Star; Kiki Stone", "Star\nKiki Stone"])
def test_a_name_also_known_as_is_compared_too(alias: str) -> None:
    found = shown(person("Kiki Stone"), person("Keira Marsh", also_known_as=alias))
    assert found.reasons == ("Same name (also known as)", "Same date of birth")
    assert likeness(person("Kiki Stone"), person("Keira Marsh")) is None


def test_a_day_and_month_swapped_are_seen_as_that() -> None:
    found = shown(person("Keira Marsh", date(2012, 3, 4)), person("Keira Marsh", date(2012, 4, 3)))
    assert found.label == "Likely match"
    assert found.reasons == ("Same name", "Date of birth with day and month swapped")


def test_a_date_of_birth_with_one_part_wrong_is_still_shown() -> None:
    for born in (date(2011, 3, 4), date(2012, 5, 4), date(2012, 3, 14)):
        found = shown(person("Keira Marsh"), person("Keira Marsh", born))
        assert "Date of birth differs in one part" in found.reasons


def test_the_same_nhs_number_is_a_match_whatever_the_name() -> None:
    found = shown(
        person("Keira Marsh", nhs_number="9434765919"),
        person("Tia Wood", date(2009, 9, 9), nhs_number="9434765919"),
    )
    assert found == Likeness(1.0, ("Same NHS number",))


def test_two_nhs_numbers_that_differ_count_against_a_match() -> None:
    one = person("Keira Marsh", nhs_number="9434765919")
    other = person("Keira Marsh", nhs_number="9434765870")
    assert shown(one, other).score < shown(person("Keira Marsh"), person("Keira Marsh")).score
    assert "Different NHS numbers" in shown(one, other).reasons


def test_two_who_both_have_no_nhs_number_are_not_thereby_the_same() -> None:
    assert likeness(person("Keira Marsh"), person("Tia Wood", date(2009, 9, 9))) is None


def test_the_same_postcode_counts_for_a_match_but_never_alone() -> None:
    near = shown(person("Keira Marsh", None, postcode="E8 1EA"), person("Kiera Marsh", None, postcode="E8 1EA"))
    assert near.score > shown(person("Keira Marsh", None), person("Kiera Marsh", None)).score
    assert "Same postcode" in near.reasons
    assert likeness(person("Keira Marsh", postcode="E8 1EA"), person("Tia Wood", postcode="E8 1EA")) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (person("Tia Wood"), person("Leon Wood", date(2009, 9, 9))),
        (person("Tia Wood"), person("Leon Wood", None)),
        (person("Keira Marsh"), person("Tia Wood")),
        (person("Keira Marsh"), person("Joseph Adeyemi")),
    ],
)
def test_two_different_young_people_are_not_shown(one: Identity, other: Identity) -> None:
    assert likeness(one, other) is None


def test_siblings_with_one_surname_and_other_birthdays_are_not_shown() -> None:
    assert likeness(person("Tia Wood", date(2012, 3, 4)), person("Leon Wood", date(2010, 7, 19))) is None


@pytest.mark.parametrize(
    ("one", "other", "score"),
    [
        (BORN, BORN, 1.0),
        (BORN, None, 0.45),
        (None, None, 0.45),
        (date(2012, 12, 25), date(2013, 6, 1), 0.3),
        (date(2012, 3, 4), date(2013, 3, 5), 0.3),
        (date(2012, 3, 4), date(2013, 3, 6), 0.0),
    ],
)
def test_dates_of_birth_score_by_how_they_differ(one: date | None, other: date | None, score: float) -> None:
    assert birth_likeness(one, other)[0] == score


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        (date(2013, 11, 16), date(2026, 11, 15), 12),
        (date(2013, 11, 16), date(2026, 11, 16), 13),
        (date(2012, 2, 29), date(2025, 2, 28), 12),
        (date(2012, 2, 29), date(2025, 3, 1), 13),
        (None, date(2026, 11, 16), None),
    ],
)
def test_an_age_is_in_completed_years(born: date | None, day: date, age: int | None) -> None:
    assert person("Keira Marsh", born).age_on(day) == age


def test_nobody_is_shown_as_a_match_without_a_word_of_why() -> None:
    one, other = person("Keira Marsh", None), person("0A Marsh", None)
    assert shown(one, other).reasons == ("Part of the name is similar",)


FIRST = st.sampled_from(["Keira", "Kiera", "Zoë", "Zoe", "Mohammed", "Mohamed", "Tia", "Leon", "", "X", "吳", "de la"])
LAST = st.sampled_from(["Marsh", "Mash", "Wood", "Ali", "Aly", "O’Brien", "", "Marsh-Jones", "Ali Khan"])
NAMES = st.one_of(FIRST, LAST, st.text(max_size=12))
DATES = st.none() | st.dates(date(2005, 1, 1), date(2016, 12, 31)) | st.just(BORN) | st.just(date(2012, 4, 3))
IDENTITIES = st.builds(
    Identity,
    first_name=FIRST | NAMES,
    last_name=LAST | NAMES,
    also_known_as=st.one_of(st.just(""), NAMES, st.lists(NAMES, max_size=3).map(", ".join)),
    date_of_birth=DATES,
    sex=st.sampled_from(Sex),
    nhs_number=st.sampled_from(["", "9434765919", "9434765870"]),
    postcode=st.sampled_from(["", "E8 1EA", "N1 2UD"]),
)


@settings(max_examples=400)
@given(one=IDENTITIES, other=IDENTITIES)
def test_likeness_is_the_same_both_ways_and_between_nought_and_one(one: Identity, other: Identity) -> None:
    there, back = likeness(one, other), likeness(other, one)
    assert (there is None) == (back is None)
    if there is not None and back is not None:
        assert there.score == pytest.approx(back.score)
        assert 0.0 <= there.score <= 1.0
        assert there.reasons


@settings(max_examples=200)
@given(one=IDENTITIES)
def test_a_young_person_with_a_name_is_always_found_as_themselves(one: Identity) -> None:
    if normal_name(one.full_name):
        assert shown(one, one).score > 0.6


@given(one=IDENTITIES, other=IDENTITIES)
def test_names_alone_score_between_nought_and_one(one: Identity, other: Identity) -> None:
    assert 0.0 <= best_name_likeness(one, other)[0] <= 1.0


@given(born=st.dates(date(2005, 1, 1), date(2016, 12, 31)), days=st.integers(-900, 900))
def test_dates_of_birth_score_the_same_both_ways(born: date, days: int) -> None:
    other = born + timedelta(days=days)
    assert birth_likeness(born, other) == birth_likeness(other, born)
    assert (birth_likeness(born, other)[0] == 1.0) == (days == 0)


@given(text=st.text(max_size=20))
def test_folding_a_name_twice_changes_nothing_more(text: str) -> None:
    assert normal_name(normal_name(text)) == normal_name(text)


def test_an_identity_does_not_show_itself() -> None:
    assert repr(person("Keira Marsh")) == "<Identity>"
