"""Different spellings of one thing meet, different things do not, and what cannot be told for sure meets nothing."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cse_tracker.intelligence import rules
from cse_tracker.intelligence.rules import Kind, Platform, Sighting
from cse_tracker.likeness.places import postcode
from cse_tracker.work.errors import RuleBroken

LETTERS = "ABCDEFGHJKLMNOPRSTUVWXY"
CURRENT = st.from_regex(rf"[{LETTERS}]{{2}}[0-9]{{2}}[{LETTERS}]{{3}}", fullmatch=True)
OLDER = st.from_regex(r"[A-Y][0-9]{1,3}[A-Z]{3}|[A-Z]{3}[0-9]{1,3}[A-Y]", fullmatch=True)
MARKS = CURRENT | OLDER
MOBILES = st.from_regex(r"7[1-57-9][0-9]{8}", fullmatch=True)
NAMES = st.from_regex(r"[a-z][a-z0-9._]{2,20}[a-z0-9]", fullmatch=True)
POSTCODES = st.sampled_from(["N9 0AB", "E8 1EA", "SW1A 1AA", "EC1A 1BB", "W1T 4JT", "CR2 6XH"])


def known(kind: Kind, label: str, **more: object) -> tuple[rules.Composite, ...]:
    return rules.composites(Sighting(kind, label, **more))  # type: ignore[arg-type]


@st.composite
def spellings(draw: st.DrawFn, text: str, noise: str = " -.") -> str:
    """The text in large or small letters with spaces and points strewn in."""
    letters = [draw(st.sampled_from([char.lower(), char.upper()])) for char in text]
    return "".join(char + draw(st.sampled_from(["", "", *noise])) for char in letters).strip()


@given(MARKS, st.data())
def test_a_mark_is_the_same_however_it_is_spelt(mark: str, data: st.DataObject) -> None:
    spelt = data.draw(spellings(mark))
    assert rules.vehicle_mark(spelt) == mark
    assert known(Kind.VEHICLE, spelt) == known(Kind.VEHICLE, mark) != ()


@given(CURRENT, st.data())
def test_letters_and_figures_that_look_alike_meet_in_a_mark_of_today(mark: str, data: st.DataObject) -> None:
    mistaken = "".join(
        data.draw(st.sampled_from([char, {"0": "O", "1": "I", "O": "0", "I": "1"}.get(char, char)])) for char in mark
    )
    if rules.MARKS.fullmatch(mistaken):
        return  # An older mark that really is written so.
    assert rules.vehicle_mark(mistaken) == mark


@given(MARKS, MARKS)
def test_two_marks_meet_only_if_they_are_one(one: str, other: str) -> None:
    assert (rules.vehicle_mark(one) == rules.vehicle_mark(other)) == (one == other)


@given(st.text(max_size=20))
def test_normal_forms_are_steady_for_anything_typed(typed: str) -> None:
    for normal in (rules.vehicle_mark, postcode, rules.house, rules.online_name):
        assert normal(normal(typed)) == normal(typed)


@given(MOBILES, st.sampled_from(["0{}", "+44{}", "0044{}", "+44 (0){}", "(0){}"]), st.data())
def test_a_phone_is_the_same_in_every_format(number: str, form: str, data: st.DataObject) -> None:
    spaced = " ".join(data.draw(st.sampled_from([[number[:4], number[4:]], [number[:3], number[3:6], number[6:]]])))
    assert known(Kind.PHONE, form.format(spaced)) == known(Kind.PHONE, f"0{number}") == (("phone", f"+44{number}"),)


@given(NAMES, st.sampled_from(["{}", "@{}", "https://www.instagram.com/{}/", "instagram.com/{}?hl=en", " {} "]))
def test_an_online_name_is_the_same_with_its_sign_and_as_an_address(name: str, form: str) -> None:
    spelt = form.format(name.upper() if form == "@{}" else name)
    assert known(Kind.ONLINE, spelt, platform=Platform.INSTAGRAM) == (("online", Platform.INSTAGRAM, name),)


@given(NAMES, NAMES)
def test_two_online_names_meet_only_if_they_are_one_on_one_platform(one: str, other: str) -> None:
    mine, theirs = (known(Kind.ONLINE, name, platform=Platform.SNAPCHAT) for name in (one, other))
    assert (mine == theirs) == (one == other)
    assert mine != known(Kind.ONLINE, one, platform=Platform.TIKTOK)


@given(POSTCODES, st.data())
def test_a_postcode_is_the_same_however_it_is_spelt(code: str, data: st.DataObject) -> None:
    spelt = data.draw(spellings(code.replace(" ", ""), noise=" "))
    assert postcode(spelt) == code
    assert known(Kind.ADDRESS, "14 Elm Road", postcode=spelt) == known(Kind.ADDRESS, "14 elm rd.", postcode=code)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Flat 2, 14 Elm Road", "14 Elm Rd, Flat 2", True),
        ("Flat 2, 14 Elm Road", "Flat 3, 14 Elm Road", False),
        ("14A Elm Road", "14 a, Elm Rd", True),
        ("14 Elm Road", "14A Elm Road", False),
        ("Rose Cottage, Elm Road", "rose cottage elm rd", True),
        ("Rose Cottage", "Ivy Cottage", False),
    ],
)
def test_houses_of_one_postcode_are_told_apart(one: str, other: str, same: bool) -> None:  # noqa: FBT001
    mine, theirs = (known(Kind.ADDRESS, text, postcode="N9 0AB") for text in (one, other))
    assert mine
    assert theirs
    assert (mine == theirs) == same


def test_a_venue_meets_by_its_name_and_the_first_half_of_its_postcode() -> None:
    one = known(Kind.VENUE, "The Golden Fry & Grill Ltd", postcode="N9 0AB")
    assert one == known(Kind.VENUE, "golden fry and grill", postcode="n9") != ()
    assert one != known(Kind.VENUE, "Golden Fry and Grill", postcode="N10")


def test_a_person_of_concern_meets_by_sound_and_birthday_and_never_by_name_alone() -> None:
    born = date(1994, 2, 3)
    one, other = known(Kind.PERSON, "Steven Marsh", born=born), known(Kind.PERSON, "Stephen Marsh", born=born)
    assert set(one) & set(other)
    assert not set(one) & set(known(Kind.PERSON, "Steven Marsh", born=date(1994, 2, 4)))
    assert known(Kind.PERSON, "Steven Marsh") == known(Kind.PERSON, "Spider", born=born) == ()


@pytest.mark.parametrize(
    ("kind", "label", "more"),
    [
        (Kind.VEHICLE, "LK6", {}),
        (Kind.ADDRESS, "14 Elm Road", {"postcode": "N9"}),
        (Kind.ADDRESS, "14 Elm Road", {}),
        (Kind.VENUE, "The", {"postcode": "N9"}),
        (Kind.VENUE, "Golden Fry", {}),
    ],
)
def test_what_cannot_be_told_for_sure_meets_nothing(kind: Kind, label: str, more: dict[str, str]) -> None:
    assert known(kind, label, **more) == ()


@pytest.mark.parametrize(
    ("thing", "field", "sentence"),
    [
        (Sighting(Kind.PHONE, "12"), "label", "Enter a telephone number"),
        (Sighting(Kind.VEHICLE, "?!"), "label", "Enter the registration mark"),
        (Sighting(Kind.ONLINE, "someone"), "platform", "Select where"),
        (Sighting(Kind.ONLINE, "@", platform=Platform.X), "label", "Enter the online name"),
        (Sighting(Kind.ADDRESS, "14 Elm Road", postcode="N9 0A"), "postcode", "Enter a full UK postcode"),
        (Sighting(Kind.PERSON, "  "), "label", "Enter what it is"),
    ],
)
def test_what_is_none_of_its_kind_is_refused_at_its_field(thing: Sighting, field: str, sentence: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        rules.check(thing)
    assert (refused.value.field, refused.value.message[: len(sentence)]) == (field, sentence)


def test_no_thing_has_more_tokens_than_it_has_handles() -> None:
    found = known(Kind.PERSON, "Khalid Szczepański", born=date(1990, 1, 1))
    assert 0 < len(found) <= rules.MOST_COMPOSITES
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", each[-1]) for each in found)
