"""Fields read what people type, keep it when it is wrong, and say why in a sentence."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment
from werkzeug.datastructures import MultiDict
from wtforms import Field, FieldList, Form, FormField, RadioField, SelectMultipleField, StringField, ValidationError
from wtforms.csrf.session import SessionCSRF
from wtforms.validators import DataRequired, InputRequired

from cse_tracker.likeness.numbers import nhs_number_checks
from cse_tracker.web.forms import fields
from cse_tracker.web.forms.identifiers import spaced_nhs_number

SEEN = fields.options([("gifts", "Unexplained gifts"), ("online", "Contact online"), ("none", "None of these")])


class Worry(Form):
    seen_on = fields.DatePartsField("When was this?", [DataRequired("Enter the date")], subject="Date you saw this")
    nhs = fields.NhsNumberField("NHS number")
    postcode = fields.PostcodeField("Postcode")
    account = fields.LongText("What happened", longest=20)
    name = fields.OneLine("Name", longest=10)
    times = fields.WholeNumber("How often?")
    seen = SelectMultipleField("What have you seen?", [InputRequired("Select what you have seen")], choices=SEEN)
    missing = RadioField("Missing?", choices=fields.options([("y", "Yes"), ("n", "No")]), validate_choice=False)


def posted(**typed: str) -> Worry:
    form = Worry(MultiDict({key.replace("__", "-"): value for key, value in typed.items()}))
    form.validate()
    return form


def dated(day: str, month: str, year: str) -> fields.DatePartsField:
    form = posted(seen_on__day=day, seen_on__month=month, seen_on__year=year)
    return form.seen_on


@pytest.mark.parametrize("typed", ["often", "1.5", "12 times", ""])
def test_what_is_no_whole_number_is_refused_in_a_sentence_and_kept(typed: str) -> None:
    form = posted(times=typed)
    assert form.times.errors == ["Enter a whole number, like 12"]
    assert f'value="{typed}"' in form.times()


@given(st.dates(min_value=dt.date(1000, 1, 1)))
def test_every_real_date_is_read_back(day: dt.date) -> None:
    assert dated(str(day.day), str(day.month), str(day.year)).data == day
    assert dated(f"{day.day:02}", day.strftime("%B"), str(day.year)).data == day
    assert dated(str(day.day), day.strftime("%b").upper(), str(day.year)).data == day


@pytest.mark.parametrize(
    ("typed", "sentence", "bad"),
    [
        (("31", "2", "2026"), "Date you saw this must be a real date", {"day", "month", "year"}),
        (("12", "Brumaire", "2026"), "Date you saw this must be a real date", {"month"}),
        (("12", "", "2026"), "Date you saw this must include a month", {"month"}),
        (("", "3", ""), "Date you saw this must include a day and year", {"day", "year"}),
        (("12", "3", "26"), "Year must include 4 numbers", {"year"}),
        (("12", "3", "99999"), "Date you saw this must be a real date", {"day", "month", "year"}),
        (("١٢", "3", "2026"), "Date you saw this must be a real date", {"day"}),
        (("-1", "3", "2026"), "Date you saw this must be a real date", {"day"}),
    ],
)
def test_a_wrong_date_says_what_is_wrong_and_marks_that_part(
    typed: tuple[str, str, str], sentence: str, bad: set[str]
) -> None:
    field = dated(*typed)
    assert field.errors == [sentence]
    assert field.bad == bad
    assert tuple(field.parts.values()) == typed
    assert field.data is None
    red = {item["id"] for item in field.items() if "govuk-input--error" in item["classes"]}
    assert red == {f"seen_on-{part}" for part in bad}


def test_no_date_at_all_is_the_form_s_own_business() -> None:
    field = dated("", " ", "")
    assert field.errors == ["Enter the date"]
    assert field.data is None


@given(st.dictionaries(st.sampled_from(["seen_on", "seen_on-day", "seen_on-month", "seen_on-year"]), st.text()))
def test_no_posted_date_breaks_the_page(typed: dict[str, str]) -> None:
    form = Worry(MultiDict(typed))
    form.validate()
    assert form.seen_on.data is None or isinstance(form.seen_on.data, dt.date)
    assert len(form.seen_on.items()) == 3


def test_a_date_from_the_record_fills_the_three_parts() -> None:
    form = Worry(data={"seen_on": dt.date(2026, 3, 7)})
    assert form.seen_on.parts == {"day": "7", "month": "3", "year": "2026"}
    assert not any("error" in item["classes"] for item in form.seen_on.items())


def test_a_question_does_not_begin_an_error_sentence() -> None:
    class Asked(Form):
        met_on = fields.DatePartsField("When did you meet?")
        born_on = fields.DatePartsField("Date of birth")
        told = fields.LongText("What happened?", longest=2)

    form = Asked(MultiDict({"met_on-day": "1", "born_on-day": "1", "told": "yes!"}))
    form.validate()
    assert form.met_on.errors == ["The date must include a month and year"]
    assert form.born_on.errors == ["Date of birth must include a month and year"]
    assert form.told.errors == ["Your answer must be 2 characters or less: take out 2 characters"]


@pytest.mark.parametrize("typed", ["9434765919", "943 476 5919", " 943-476-5919 ", "943\u00a0476\u00a05919"])
def test_an_nhs_number_is_stored_as_ten_digits_and_shown_in_groups(typed: str) -> None:
    field = posted(nhs=typed).nhs
    assert (field.data, field._value(), field.errors) == ("9434765919", "943 476 5919", [])


@pytest.mark.parametrize("number", ["9990000018", "9990000026", "9990000034", "9990000042"])
def test_numbers_kept_for_demonstrations_check(number: str) -> None:
    assert nhs_number_checks(number)


@given(st.integers(min_value=0, max_value=999_999_999))
def test_at_most_one_last_digit_checks(first_nine: int) -> None:
    passing = [digit for digit in range(10) if nhs_number_checks(f"{first_nine:09}{digit}")]
    assert len(passing) <= 1


@given(st.integers(min_value=0, max_value=999_999_999), st.integers(0, 8), st.integers(1, 9))
def test_one_mistyped_digit_never_passes(first_nine: int, place: int, shift: int) -> None:
    for last in range(10):
        right = f"{first_nine:09}{last}"
        wrong = right[:place] + str((int(right[place]) + shift) % 10) + right[place + 1 :]
        assert not (nhs_number_checks(right) and nhs_number_checks(wrong))


@pytest.mark.parametrize("digit", "0123456789")
def test_ten_equal_digits_are_not_an_nhs_number(digit: str) -> None:
    assert posted(nhs=digit * 10).nhs.errors


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("943476591", "NHS number must be 10 numbers, like 999 000 0018"),
        ("94347659190", "NHS number must be 10 numbers, like 999 000 0018"),
        ("943476591x", "NHS number must be 10 numbers, like 999 000 0018"),
        ("٩٤٣٤٧٦٥٩١٩", "NHS number must be 10 numbers, like 999 000 0018"),
        ("9434765918", "NHS number is not a real one: check each number against the record it came from"),
    ],
)
def test_a_wrong_nhs_number_is_kept_as_typed(typed: str, sentence: str) -> None:
    field = posted(nhs=typed).nhs
    assert field.errors == [sentence]
    assert field._value().replace(" ", "") == typed


def test_a_wrong_identifier_has_one_problem_and_no_more() -> None:
    def refuse(_form: Form, _field: Field) -> None:
        raise ValidationError("This one is taken")

    class Guarded(Form):
        nhs = fields.NhsNumberField("NHS number", [refuse])

    form = Guarded(MultiDict({"nhs": "123"}))
    form.validate()
    assert form.nhs.errors == ["NHS number must be 10 numbers, like 999 000 0018"]


def test_identifiers_that_are_not_given_are_none() -> None:
    form = posted(nhs=" ", postcode="")
    assert (form.nhs.data, form.postcode.data) == (None, None)
    assert not form.nhs.errors
    assert not form.postcode.errors


def test_something_that_is_not_ten_digits_is_shown_as_it_is() -> None:
    assert (spaced_nhs_number("12"), spaced_nhs_number(None)) == ("12", "")


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("n90ab", "N9 0AB"),
        (" EC1A  1BB ", "EC1A 1BB"),
        ("sw1a1aa", "SW1A 1AA"),
        ("M1 1AE", "M1 1AE"),
        ("e16an", "E1 6AN"),
        ("n9", "N9"),
        ("ec1a", "EC1A"),
        ("no  Fixed abode", "No fixed abode"),
        ("NFA", "No fixed abode"),
    ],
)
def test_a_postcode_is_written_one_way(typed: str, stored: str) -> None:
    field = posted(postcode=typed).postcode
    assert (field.data, field.errors) == (stored, [])
    assert posted(postcode=stored).postcode.data == stored


@pytest.mark.parametrize("typed", ["London", "N9 0CB", "N9 0A", "9N 0AB", "N9 0AB extra", "N9\u0660AB", "<b>"])
def test_a_wrong_postcode_is_kept_as_typed(typed: str) -> None:
    field = posted(postcode=typed).postcode
    assert field.data == typed
    assert len(field.errors) == 1


def test_text_that_is_too_long_is_kept_whole_and_says_by_how_much() -> None:
    field = posted(account="x" * 23).account
    assert field.data == "x" * 23
    assert field.errors == ["What happened must be 20 characters or less: take out 3 characters"]
    assert posted(account="x" * 21).account.errors == [
        "What happened must be 20 characters or less: take out 1 character"
    ]
    assert not posted(account="x" * 20).account.errors


def test_ten_thousand_characters_are_allowed_unless_told_otherwise() -> None:
    class Plain(Form):
        account = fields.LongText("Account")
        name = fields.OneLine("Name")

    assert Plain(MultiDict({"account": "x" * 10_000, "name": "x" * 200})).validate()
    form = Plain(MultiDict({"account": "x" * 10_001, "name": "x" * 201}))
    form.validate()
    assert set(form.errors) == {"account", "name"}
    assert form.errors["account"] == ["Account must be 10,000 characters or less: take out 1 character"]


def test_line_ends_become_one_and_controls_go() -> None:
    assert posted(account="a\r\nb\rc\n\td\x00e\x1b[31m\x7f\x85").account.data == "a\nb\nc\n\tde[31m"


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"])))
def test_long_text_without_controls_is_never_altered(typed: str) -> None:
    assert posted(account=typed).account.data == typed


@pytest.mark.parametrize(
    "typed", ["👩‍👧 Zoë", "שרה", "محمد", "עברית abc", "Ng\u1ec5n", "a\u202eb\u202cc", "\u200fשרה\u200e"]
)
def test_names_in_any_script_survive(typed: str) -> None:
    assert posted(name=typed).name.data == typed


def test_a_line_is_one_line_without_direction_marks_at_its_ends() -> None:
    assert posted(name=" \u202e\u2067 Zo\r\n\tE\x00\x07 \u202c ").name.data == "Zo E"


@given(st.text())
def test_tidying_a_line_twice_changes_nothing_more(typed: str) -> None:
    once = posted(name=typed).name.data
    assert posted(name=once).name.data == once
    assert not any(ord(letter) < 32 for letter in once)


def test_every_error_leads_to_something_that_can_take_the_focus() -> None:
    form = posted(seen_on__day="1", seen_on__month="", seen_on__year="2026", nhs="1", account="x" * 21)
    items = fields.error_list(form)
    assert [item["href"] for item in items] == ["#seen_on-month", "#nhs", "#account", "#seen"]
    assert items[3]["text"] == "Select what you have seen"


def test_a_failed_token_is_not_something_to_put_right_on_the_page() -> None:
    class Guarded(Form):
        class Meta:
            csrf = True
            csrf_class = SessionCSRF
            csrf_secret = b"for this test alone"
            csrf_context: dict[str, Any] = {}  # noqa: RUF012 -- WTForms reads it from the class

        name = StringField("Name", [DataRequired("Enter a name")])

    form = Guarded(MultiDict())
    form.validate()
    assert "csrf_token" in form.errors
    assert fields.error_list(form) == [{"text": "Enter a name", "href": "#name"}]


def test_errors_inside_repeated_forms_are_listed_too() -> None:
    class Person(Form):
        name = StringField("Name", [DataRequired("Enter a name")])

    class Group(Form):
        people = FieldList(FormField(Person), min_entries=2)

    form = Group(MultiDict({"people-0-name": "Zoë", "people-1-name": ""}))
    form.validate()
    assert fields.error_list(form) == [{"text": "Enter a name", "href": "#people-1-name"}]


def test_choices_carry_what_was_chosen_and_their_hints() -> None:
    form = Worry(MultiDict([("seen", "online")]))
    items = fields.choices(form.seen, {"online": "For example, gaming chat"})
    assert [item["checked"] for item in items] == [False, True, False]
    assert items[1]["hint"] == {"text": "For example, gaming chat"}
    assert "hint" not in items[0]


def test_none_of_these_comes_after_or_and_unticks_the_rest() -> None:
    items = fields.choices(Worry().seen, exclusive="none")
    assert items[2] == {"divider": "or"}
    assert items[3]["behaviour"] == "exclusive"


def test_templates_get_the_helpers() -> None:
    environment = Environment(autoescape=True)
    fields.register(environment)
    form = posted(nhs="1")
    page = environment.from_string("{{ (form.nhs | err).text }} {{ error_list(form) | length }} {{ n | nhs_number }}")
    assert page.render(form=form, n="9434765919") == f"{form.nhs.errors[0]} 3 943 476 5919"
    assert fields.err(Worry().nhs) is None
