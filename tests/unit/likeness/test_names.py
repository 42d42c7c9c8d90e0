"""Names that are one although written, heard or ordered otherwise; and names that are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cse_tracker.likeness.names import misspelt, name_likeness, normal_name, sound_alike, sounds

HEARD_AS_ONE = [
    ("Mohammed", "Muhammad"),
    ("Aisha", "Ayesha"),
    ("Sean", "Shaun"),
    ("Siobhan", "Shivaun"),
    ("Szymon", "Shimon"),
    ("Yusuf", "Yousef"),
    ("Khadija", "Hadija"),
    ("Catherine", "Kathryn"),
    ("Oluwaseun", "Oluwashun"),
    ("Zainab", "Zaynab"),
    ("Tahmina", "Tahmeena"),
    ("Çemal", "Cemal"),
    ("Leila", "Layla"),
    ("Stephen", "Steven"),
    ("Łukasz", "Lukash"),
    ("Наталія", "Nataliya"),
]


@pytest.mark.parametrize(("one", "other"), HEARD_AS_ONE)
def test_names_of_many_languages_that_sound_alike_are_heard_as_one(one: str, other: str) -> None:
    assert sound_alike(normal_name(one), normal_name(other))


@pytest.mark.parametrize(
    ("one", "other"), [("Keira", "Gary"), ("Tia", "Dee"), ("Leon", "Marsh"), ("吳", "李"), ("Ali", "Olu")]
)
def test_names_that_share_only_consonants_are_not_heard_as_one(one: str, other: str) -> None:
    assert not sound_alike(normal_name(one), normal_name(other))


@pytest.mark.parametrize(
    ("one", "other", "slip"),
    [
        ("keira", "kiera", True),
        ("marsh", "mash", True),
        ("abimbola", "abinbolla", True),
        ("tia", "mia", False),
        ("marsh", "marks", False),
        ("keira", "karen", False),
    ],
)
def test_a_slip_or_two_is_a_misspelling_and_three_letters_are_another_name(one: str, other: str, slip: bool) -> None:  # noqa: FBT001
    assert misspelt(one, other) is slip
    assert misspelt(other, one) is slip


@pytest.mark.parametrize(
    ("one", "other"),
    [("Aisha Yousef", "Yusuf Ayesha"), ("Catherine O’Neill", "Kathryn ONeal"), ("Sean Marsh", "Shaun Marsh")],
)
def test_whole_names_that_sound_alike_score_high_in_either_order(one: str, other: str) -> None:
    assert name_likeness(normal_name(one), normal_name(other)) >= 0.9


NAMES = st.sampled_from([name for pair in HEARD_AS_ONE for name in pair]) | st.text(max_size=14)


@given(one=NAMES, other=NAMES)
def test_likeness_of_names_is_the_same_both_ways(one: str, other: str) -> None:
    one, other = normal_name(one), normal_name(other)
    assert sound_alike(one, other) == sound_alike(other, one)
    assert name_likeness(one, other) == name_likeness(other, one)
    assert misspelt(one, other) == misspelt(other, one)


@given(name=NAMES)
def test_every_part_of_a_name_has_a_sound_and_is_its_own_like(name: str) -> None:
    for part in normal_name(name).split():
        assert sounds(part)
        assert sound_alike(part, part)
