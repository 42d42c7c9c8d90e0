"""Each step of the referral form says what is wrong with it, keeps what was typed, and refuses nothing honest."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cse_tracker.referrals.rules import NONE_OF_THESE
from cse_tracker.rulebook.document import template
from cse_tracker.web import referral_draft
from cse_tracker.web.forms.fields import DatePartsField, error_list
from cse_tracker.web.forms.referrals import STEPS, StepForm

TODAY = date(2026, 11, 16)
GOOD: Mapping[str, Mapping[str, Any]] = {
    "young-person": {
        "first_name": "Kiera", "last_name": "Marsh", "sex": "F", "looked_after": "no", "ethnicity": "NOBT",
    },
    "worries": {"immediate_danger": "no", "why_worried": "She is collected by car."},
    "seen": {"seen": ["older_boyfriend"], "missing": "yes"},
    "others": {"who_knows": ["education"], "carer_aware": "not_known"},
    "aware": {"young_person_aware": "yes"},
    "about-you": {"referrer_name": "Daniel Price", "referrer_role": "Constable", "referrer_phone": "020 7946 0000"},
}  # fmt: skip


def typed_into(key: str, changes: Mapping[str, Any]) -> dict[str, list[str]]:
    both = {**GOOD[key], **changes}
    return {name: value if isinstance(value, list) else [value] for name, value in both.items()}


def filled(key: str, **changes: Any) -> StepForm:
    typed = typed_into(key, {name.replace("__", "-"): value for name, value in changes.items()})
    form = referral_draft.form_for(key, typed, template(), TODAY)
    form.validate()
    return form


def problems(form: StepForm) -> dict[str, str]:
    return {item["href"]: item["text"] for item in error_list(form)}


def born_on(day: date, **changes: Any) -> StepForm:
    parts = {"born__day": str(day.day), "born__month": str(day.month), "born__year": str(day.year)}
    return filled("young-person", **parts, **changes)


@pytest.mark.parametrize("key", list(STEPS))
def test_a_step_that_says_the_least_it_must_is_right(key: str) -> None:
    assert problems(filled(key)) == {}


@pytest.mark.parametrize("key", list(STEPS))
def test_a_step_that_nobody_has_been_to_shows_no_problem(key: str) -> None:
    assert error_list(referral_draft.form_for(key, None, template(), TODAY)) == []


@pytest.mark.parametrize(
    ("key", "name", "sentence"),
    [
        ("young-person", "first_name", "Enter their first name"),
        ("young-person", "last_name", "Enter their last name"),
        ("worries", "why_worried", "Enter why you are worried"),
        ("about-you", "referrer_name", "Enter your name"),
        ("about-you", "referrer_role", "Enter your role"),
        ("about-you", "referrer_phone", "Enter a telephone number"),
    ],
)
@pytest.mark.parametrize("blank", ["", "   ", "\t\r\n "])
def test_blanks_are_not_an_answer(key: str, name: str, sentence: str, blank: str) -> None:
    assert problems(filled(key, **{name: blank})) == {f"#{name}": sentence}


def test_a_date_of_birth_need_not_be_known() -> None:
    form = filled("young-person", born__day="", born__month="", born__year="")
    assert problems(form) == {}
    assert form.data["born"] is None


@pytest.mark.parametrize(
    ("typed", "where", "sentence"),
    [
        (("31", "2", "2012"), "#born-day", "Date of birth must be a real date"),
        (("29", "2", "2013"), "#born-day", "Date of birth must be a real date"),
        (("3", "", "2012"), "#born-month", "Date of birth must include a month"),
        (("3", "3", "12"), "#born-year", "Year must include 4 numbers"),
        (("17", "11", "2026"), "#born-day", "Date of birth must be in the past"),
    ],
)
def test_a_date_of_birth_that_cannot_be_is_named_at_the_part_that_is_wrong(
    typed: tuple[str, str, str], where: str, sentence: str
) -> None:
    day, month, year = typed
    form = filled("young-person", born__day=day, born__month=month, born__year=year)
    assert problems(form) == {where: sentence}
    born = form["born"]
    assert isinstance(born, DatePartsField)
    assert list(born.parts.values()) == [day, month, year]


@pytest.mark.parametrize(
    ("day", "age"),
    [
        (date(2008, 11, 16), 18),
        (date(2008, 11, 15), 18),
        (date(1990, 1, 1), 36),
        (date(2022, 11, 17), 3),
        (TODAY, 0),
    ],
)
def test_an_age_outside_childhood_needs_a_reason(day: date, age: int) -> None:
    said = f"This date of birth makes them {age}. Check it, or say below why you are referring them"
    assert problems(born_on(day)) == {"#born-day": said}
    assert problems(born_on(day, age_reason=" \n ")) == {"#born-day": said}
    assert problems(born_on(day, age_reason="Her age is disputed.")) == {}


@given(st.dates(min_value=date(2008, 11, 17), max_value=date(2022, 11, 16)))
@example(date(2008, 11, 17))
@example(date(2022, 11, 16))
def test_every_age_from_4_to_17_needs_no_reason(day: date) -> None:
    assert problems(born_on(day)) == {}


@given(st.integers(min_value=1, max_value=5000))
def test_no_reason_makes_up_for_a_birth_in_the_future(days: int) -> None:
    form = born_on(TODAY + timedelta(days=days), age_reason="Her age is disputed.")
    assert problems(form) == {"#born-day": "Date of birth must be in the past"}


@pytest.mark.parametrize("typed", ["999 000 0018", "9990000018", " 999-000-0018 "])
def test_an_nhs_number_is_taken_however_it_is_spaced(typed: str) -> None:
    form = filled("young-person", nhs_number=typed)
    assert problems(form) == {}
    assert form.data["nhs_number"] == "9990000018"


@pytest.mark.parametrize("typed", ["999 000 0019", "0000000000", "999 000 001", "999 000 001٨"])
def test_an_nhs_number_that_does_not_check_is_kept_as_typed(typed: str) -> None:
    form = filled("young-person", nhs_number=typed)
    assert list(problems(form)) == ["#nhs_number"]
    assert form.data["nhs_number"] == typed


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("e81ea", "E8 1EA"), ("n9", "N9"), ("NFA", "No fixed abode"), ("no  fixed abode", "No fixed abode")],
)
def test_a_postcode_may_be_whole_half_or_none_at_all(typed: str, kept: str) -> None:
    form = filled("young-person", postcode=typed)
    assert problems(form) == {}
    assert form.data["postcode"] == kept


def test_a_postcode_that_is_none_is_kept_as_typed() -> None:
    form = filled("young-person", postcode="E8 1EAA")
    assert list(problems(form)) == ["#postcode"]
    assert form.data["postcode"] == "E8 1EAA"


@pytest.mark.parametrize(
    ("key", "name", "another", "nothing"),
    [
        ("seen", "seen", "older_boyfriend", "Select what you have seen or been told about, or select ‘None of these’"),
        ("others", "who_knows", "police", "Select who else knows, or select ‘Nobody else that I know of’"),
    ],
)
def test_none_of_these_stands_alone(key: str, name: str, another: str, nothing: str) -> None:
    assert problems(filled(key, **{name: [NONE_OF_THESE]})) == {}
    assert problems(filled(key, **{name: []})) == {f"#{name}": nothing}
    both = filled(key, **{name: [another, NONE_OF_THESE]})
    assert problems(both) == {f"#{name}": "Select either the others or the last one, not both"}
    assert both.data[name] == [another, NONE_OF_THESE]


def test_every_indicator_of_the_protocol_can_be_ticked() -> None:
    everything = [indicator.key for indicator in template().indicators]
    assert problems(filled("seen", seen=everything)) == {}
    assert list(problems(filled("seen", seen=["not_in_any_protocol"]))) == ["#seen"]


def test_long_text_is_kept_whole_and_said_to_be_too_long() -> None:
    typed = "ش👩‍👩‍👧" * 40_000
    form = filled("worries", why_worried=typed)
    extra = len(typed) - 10_000
    assert problems(form) == {
        "#why_worried": f"Your answer must be 10,000 characters or less: take out {extra:,} characters"
    }
    assert form.data["why_worried"] == typed


@given(st.text(alphabet=st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=200))
def test_text_in_any_script_comes_through_unchanged(words: str) -> None:
    form = filled("worries", why_worried=f"x{words}")
    assert problems(form) == {}
    assert form.data["why_worried"] == f"x{words}"


def test_worry_cannot_begin_tomorrow() -> None:
    tomorrow = {"first_worried_on__day": "17", "first_worried_on__month": "11", "first_worried_on__year": "2026"}
    said = {"#first_worried_on-day": "When you were first worried must be in the past"}
    assert problems(filled("worries", **tomorrow)) == said
    assert problems(filled("worries", **{**tomorrow, "first_worried_on__day": "16"})) == {}


def test_not_telling_the_young_person_needs_a_reason_and_only_that() -> None:
    said = {"#not_aware_reason": "Enter why the young person has not been told"}
    assert problems(filled("aware", young_person_aware="no", not_aware_reason=" ")) == said
    assert problems(filled("aware", young_person_aware="no", not_aware_reason="It is not safe.")) == {}
    assert problems(filled("aware", young_person_aware="not_known")) == {}


@pytest.mark.parametrize(("typed", "right"), [("020 7946 0000", True), ("ext. 1234567", True), ("123456", False)])
def test_a_telephone_number_has_digits_enough_to_ring(typed: str, right: bool) -> None:  # noqa: FBT001 - a table's column
    assert (problems(filled("about-you", referrer_phone=typed)) == {}) is right
