"""Free times and reminders against a second opinion, over bank holidays and both changes of the clocks."""

from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cse_tracker.meetings import rules
from cse_tracker.meetings.rules import Interval, Wanted
from tests.soak.calendar_judge import CALENDAR, LONDON
from tests.unit.meetings.free_judge import best, free_starts

# Christmas, Easter, and the Sundays on which the clocks go back and forward are all within reach.
MOMENTS = st.datetimes(datetime(2026, 9, 1), datetime(2027, 5, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001 - aware by timezones
    lambda at: at.replace(second=0, microsecond=0)
)
LENGTHS = st.sampled_from([15, 30, 45, 60, 90, 120, 180, 240, 450, 480])


@st.composite
def wanted(draw: st.DrawFn) -> Wanted:
    earliest = draw(MOMENTS)
    spans = draw(st.lists(st.tuples(st.integers(0, 14 * 48), st.integers(1, 96)), max_size=12))
    begins = earliest.replace(minute=0)
    busy = [
        Interval(begins + timedelta(minutes=30 * start), begins + timedelta(minutes=30 * (start + length)))
        for start, length in spans
    ]
    due = draw(st.lists(st.integers(-48, 24 * 20).map(lambda hours: earliest + timedelta(hours=hours)), max_size=3))
    return Wanted(earliest, draw(LENGTHS), busy, tuple(due))


@given(wanted())
def test_every_time_proposed_is_free_and_no_better_one_is_left_out(asked: Wanted) -> None:
    busy = [(each.starts_at, each.ends_at) for each in asked.busy]
    expected = best(free_starts(asked.earliest, asked.minutes, busy), asked.due)
    assert [(each.starts_at, each.late_for) for each in rules.proposals(asked)] == expected


def test_times_go_past_christmas_and_keep_the_hour_when_the_clocks_change() -> None:
    busy = [Interval(datetime(2026, 12, 24, 9, tzinfo=UTC), datetime(2026, 12, 24, 17, tzinfo=UTC))]
    found = rules.proposals(Wanted(datetime(2026, 12, 23, 17, tzinfo=UTC), 60, busy))
    assert f"{found[0].starts_at:%d %b %H:%M}" == "29 Dec 09:30"
    found = rules.proposals(Wanted(datetime(2026, 10, 23, 10, tzinfo=UTC), 60, ()))
    # Friday before and after noon in summer time, then Monday in winter time.
    assert [f"{each.starts_at:%d %H:%M}" for each in found[:3]] == ["23 10:30", "23 12:00", "26 09:30"]


def test_where_no_time_is_left_none_is_proposed() -> None:
    now = datetime(2026, 11, 16, 10, tzinfo=UTC)
    assert rules.proposals(Wanted(now, 60, [Interval(now, now + timedelta(days=70))])) == []
    assert rules.proposals(Wanted(now, 8 * 60, ())) == []


def second_morning_before(starts: datetime) -> datetime:
    day = np.datetime64(starts.astimezone(LONDON).date())
    before: date = np.busday_offset(day, -2, roll="forward", busdaycal=CALENDAR).astype(object)
    return datetime.combine(before, time(9), tzinfo=LONDON).astimezone(UTC)


@given(MOMENTS, st.integers(1, 60 * 24 * 21))
@example(datetime(2026, 10, 26, 14, tzinfo=UTC), 60 * 24 * 7)
@example(datetime(2027, 3, 30, 13, tzinfo=UTC), 60 * 24 * 7)
def test_a_meeting_is_reminded_of_on_the_second_working_day_before_and_two_hours_before(
    starts: datetime, minutes_before: int
) -> None:
    now = starts - timedelta(minutes=minutes_before)
    moments = [second_morning_before(starts), starts - timedelta(hours=2)]
    found = rules.reminders(starts, now)
    assert [each.due_at for each in found] == [at for at in moments if at > now]
    assert all(now < each.due_at < starts for each in found)
    # The same moment in another time zone is the same meeting: nothing is planned a second time.
    assert rules.reminders(starts.astimezone(LONDON), now) == found


@given(MOMENTS, st.integers(1, 60 * 24 * 60))
def test_a_meeting_that_moves_is_reminded_of_under_another_name(starts: datetime, minutes: int) -> None:
    now = starts - timedelta(days=30)
    before, after = (
        {each.period for each in rules.reminders(at, now)} for at in (starts, starts + timedelta(minutes=minutes))
    )
    assert len(before) == len(after) == 2
    assert not before & after


@pytest.mark.parametrize(
    ("starts", "morning"),
    [
        # The clocks go back on 25 October: nine in summer time for a meeting in winter time.
        (datetime(2026, 10, 26, 14, tzinfo=UTC), datetime(2026, 10, 22, 8, tzinfo=UTC)),
        # They go forward on Easter Sunday, between Good Friday and Easter Monday.
        (datetime(2027, 3, 30, 13, tzinfo=UTC), datetime(2027, 3, 24, 9, tzinfo=UTC)),
    ],
)
def test_nine_in_the_morning_is_nine_on_both_sides_of_a_change_of_the_clocks(
    starts: datetime, morning: datetime
) -> None:
    assert rules.reminders(starts, starts - timedelta(days=10))[0].due_at == morning
