"""What is typed about a meeting is read as people mean it, on London's clock, or asked for again with a reason."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from cse_tracker.rulebook.terms import AgencyKind
from cse_tracker.web.forms.fields import options
from cse_tracker.web.forms.meetings import (
    AGENCY_KINDS,
    MOST_ACTIONS,
    CallForm,
    RecordForm,
    complete_actions,
    london_moment,
    record_form,
    time_of_day,
)

LONDON = ZoneInfo("Europe/London")
TODAY = date(2026, 11, 16)
POLICE = "5b0e2d0e-6d6b-4a6b-9a39-0c3d6f5f8a11"
INVITED = [("a1", "Homerton Healthcare"), ("b2", "Clapton Park School")]
WHOLE = {
    "type_key": "planning", "starts_on-day": "17", "starts_on-month": "11", "starts_on-year": "2026",
    "starts_at": "2:30pm", "minutes": "60", "place": "Room 4", "agencies": POLICE,
}  # fmt: skip
HELD = {
    "attendance_a1": "attended", "attendance_b2": "absent", "decisions": "The school watches the gate.", "owner_1": "",
}  # fmt: skip

app = Flask(__name__)
app.config.update(SECRET_KEY="not a secret", WTF_CSRF_ENABLED=False)


def called(**typed: str) -> CallForm:
    """A form for calling a meeting as it was sent, validated."""
    data = {key.replace("__", "-"): value for key, value in typed.items()}
    with app.test_request_context(method="POST", data={**WHOLE, **data}):
        form = CallForm()
        form.type_key.choices = options([("planning", "Planning meeting")])
        form.agencies.choices = options([(POLICE, "Police")])
        form.validate()
        return form


def recorded(typed: Mapping[str, str], *, rows: int = 1) -> tuple[RecordForm, bool]:
    """A form for recording a meeting as it was sent, and whether it is whole."""
    with app.test_request_context(method="POST", data={**HELD, "rows": str(rows), **typed}):
        form = record_form(INVITED, [(POLICE, "Police")], rows)()
        return form, all((form.validate(), complete_actions(form, TODAY)))


@given(st.times().map(lambda at: at.replace(second=0, microsecond=0)))
def test_every_time_is_read_on_both_kinds_of_clock(at: time) -> None:
    half = f"{at.hour % 12 or 12}:{at.minute:02}{'am' if at.hour < 12 else 'pm'}"
    for typed in (
        f"{at.hour:02}:{at.minute:02}",
        half,
        f" {half.upper()} ",
        half.replace(":", "."),
        half[:-2] + " " + half[-2:],
    ):
        assert time_of_day(typed) == at, typed


@pytest.mark.parametrize(
    ("typed", "at"),
    [
        ("2pm", time(14)),
        ("12am", time(0)),
        ("12pm", time(12)),
        ("noon", time(12)),
        ("Midday", time(12)),
        ("7:15", time(7, 15)),
    ],
)
def test_a_time_may_be_short(typed: str, at: time) -> None:
    assert time_of_day(typed) == at


@given(st.text(max_size=12))
def test_what_is_no_time_is_refused_with_a_sentence(typed: str) -> None:
    try:
        assert isinstance(time_of_day(typed), time)
    except ValueError as problem:
        assert str(problem).startswith(("Enter a time", "Say whether"))  # noqa: PT017 - not every text is refused


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "2",
        "24:00",
        "13pm",
        "0am",
        "14:30pm",
        "2:60pm",
        "2:75",
        "-1:30",
        "half two",
        "midnight",
        "\u0661:30pm",
        "14:30:00",
    ],
)
def test_what_could_be_no_time_of_day_is_asked_for_again(typed: str) -> None:
    with pytest.raises(ValueError, match=r"^Enter a time, like 2:30pm or 14:30$"):
        time_of_day(typed)


def test_a_time_that_could_be_in_the_night_has_to_say_its_half_of_the_day() -> None:
    with pytest.raises(ValueError, match=r"^Say whether 2:30 is am or pm, like 2:30pm or 14:30$"):
        time_of_day("2:30")
    assert (time_of_day("02:30"), time_of_day("2:30am")) == (time(2, 30), time(2, 30))


@pytest.mark.parametrize(("day", "hour"), [(date(2026, 11, 17), 14), (date(2026, 7, 7), 13)])
def test_a_wall_clock_time_is_london_s_in_winter_and_in_summer(day: date, hour: int) -> None:
    moment = london_moment(day, time(14, 30))
    assert moment.astimezone(UTC) == datetime(day.year, day.month, day.day, hour, 30, tzinfo=UTC)


@pytest.mark.parametrize("at", [time(1), time(1, 30), time(1, 59)])
def test_a_time_that_the_clocks_skip_does_not_exist(at: time) -> None:
    with pytest.raises(ValueError, match="does not exist"):
        london_moment(date(2027, 3, 28), at)


def test_a_time_that_comes_twice_is_the_first_of_the_two() -> None:
    moment = london_moment(date(2026, 10, 25), time(1, 30))
    assert moment.astimezone(UTC) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@given(st.dates(date(2000, 1, 1), date(2037, 12, 31)), st.times())
def test_whatever_exists_is_shown_again_as_it_was_typed(day: date, at: time) -> None:
    try:
        moment = london_moment(day, at)
    except ValueError:
        # Only the one skipped hour of a year is refused.
        assert (day.month, day.weekday(), at.hour) == (3, 6, 1)
        return
    assert moment.astimezone(UTC).astimezone(LONDON).replace(tzinfo=None) == datetime.combine(day, at)


def test_a_form_that_is_whole_gives_the_start() -> None:
    form = called()
    assert form.errors == {}
    assert form.starts() == datetime(2026, 11, 17, 14, 30, tzinfo=UTC)
    assert (form.minutes.data, form.agencies.data) == (60, [POLICE])


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"place": " "}, "place", "Enter the place"),
        ({"place": "x" * 201}, "place", "Place must be 200 characters or less: take out 1 character"),
        ({"starts_at": ""}, "starts_at", "Enter the start time"),
        ({"starts_on__month": "13"}, "starts_on", "Date of the meeting must be a real date"),
        (
            {"starts_on__day": "21"},
            "starts_on",
            "Saturday is not a working day. Choose another date, or confirm it below",
        ),
        ({"type_key": "party"}, "type_key", "Not a valid choice."),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_kept(typed: dict[str, str], field: str, sentence: str) -> None:
    form = called(**typed)
    assert {name: messages[0] for name, messages in form.errors.items()} == {field: sentence}


def test_a_day_off_may_be_confirmed() -> None:
    assert called(starts_on__day="25", starts_on__month="12", any_day="y").errors == {}


@pytest.mark.parametrize("year", ["1000", "1583", "4100", "9999"])
def test_a_year_far_away_is_read_without_a_fault(year: str) -> None:
    assert set(called(starts_on__year=year).errors) <= {"starts_on"}


@pytest.mark.parametrize(
    ("place", "kept"), [("Room 4\r\nATTENDEE:x", "Room 4 ATTENDEE:x"), ("\u202eRoom\x00 4 ", "Room 4")]
)
def test_the_place_is_one_line(place: str, kept: str) -> None:
    assert called(place=place).place.data == kept


def action(row: int, **change: str) -> dict[str, str]:
    """One action row as it is sent, whole but for the changes."""
    day = (TODAY + timedelta(days=14)).day
    whole = {
        f"action_{row}": "Walk her home.", f"owner_{row}": POLICE,
        f"due_{row}-day": str(day), f"due_{row}-month": "11", f"due_{row}-year": "2026",
    }  # fmt: skip
    return whole | {key.replace("__", "-"): value for key, value in change.items()}


def problems(form: RecordForm) -> dict[str, Any]:
    return {name: [str(each) for each in messages] for name, messages in form.errors.items()}


@pytest.mark.parametrize("rows", [1, 5, MOST_ACTIONS])
def test_as_many_actions_are_read_as_were_added(rows: int) -> None:
    typed = {key: value for row in range(1, rows + 1) for key, value in action(row).items()}
    form, right = recorded(typed, rows=rows)
    assert right, problems(form)
    assert [form[f"due_{row}"].data for row in range(1, rows + 1)] == [date(2026, 11, 30)] * rows


def test_a_row_with_nothing_in_it_is_no_action() -> None:
    form, right = recorded({"action_1": "  ", "owner_1": "", "due_1-day": " "})
    assert right, problems(form)


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"action_1": " "}, "action_1", "Enter what is to be done"),
        ({"owner_1": ""}, "owner_1", "Select which agency does it"),
        ({"due_1__day": "", "due_1__month": "", "due_1__year": ""}, "due_1", "Enter by when it is to be done"),
        ({"due_1__day": "31"}, "due_1", "The date for action 1 must be a real date"),
        ({"due_1__day": "15"}, "due_1", "The date by which it is to be done must be today or later"),
    ],
)
def test_an_action_that_is_begun_must_be_whole(change: dict[str, str], field: str, sentence: str) -> None:
    form, right = recorded(action(1, **change))
    assert not right
    assert problems(form) == {field: [sentence]}


def test_today_is_soon_enough_and_yesterday_is_not() -> None:
    assert recorded(action(1, due_1__day=str(TODAY.day)))[1]
    assert not recorded(action(1, due_1__day=str(TODAY.day - 1)))[1]


def test_whoever_is_not_answered_for_is_asked_after_by_name() -> None:
    form, right = recorded({"attendance_a1": "", "attendance_b2": "perhaps", "decisions": " \n"})
    assert not right
    assert {name: messages[0] for name, messages in problems(form).items()} == {
        "attendance_a1": "Select whether Homerton Healthcare attended",
        "attendance_b2": "Not a valid choice.",
        "decisions": "Enter what was decided",
    }


def test_every_kind_of_agency_has_words() -> None:
    assert set(AGENCY_KINDS) == set(AgencyKind)
