"""When mail is sent: the laws of day and night in London, whatever the clocks do."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cse_tracker.notifications.rules import Rhythm, after_the_night, first_due, is_night

LONDON = ZoneInfo("Europe/London")
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2032, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive by its interface


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("now", "due"),
    [
        # Winter: London is UTC. Summer: an hour ahead, so night begins at 19:00 UTC and ends at 06:00.
        (utc(2026, 11, 16, 19, 59), utc(2026, 11, 16, 19, 59)),
        (utc(2026, 11, 16, 20, 0), utc(2026, 11, 17, 7, 0)),
        (utc(2026, 7, 1, 19, 0), utc(2026, 7, 2, 6, 0)),
        (utc(2026, 7, 1, 18, 59), utc(2026, 7, 1, 18, 59)),
        (utc(2026, 7, 2, 5, 59), utc(2026, 7, 2, 6, 0)),
        # The night in which clocks go forward is an hour shorter, the one in which they go back an hour longer.
        (utc(2026, 3, 28, 23, 0), utc(2026, 3, 29, 6, 0)),
        (utc(2026, 10, 24, 23, 0), utc(2026, 10, 25, 7, 0)),
        (utc(2026, 10, 25, 1, 30), utc(2026, 10, 25, 7, 0)),
    ],
)
def test_what_can_wait_is_not_sent_by_night(now: datetime, due: datetime) -> None:
    assert first_due(now, Rhythm.AT_ONCE, nights=False, urgent=False) == due
    assert first_due(now, Rhythm.AT_ONCE, nights=True, urgent=False) == now
    assert first_due(now, Rhythm.DAILY, nights=False, urgent=True) == now


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (utc(2026, 11, 16, 8, 0), utc(2026, 11, 16, 8, 0)),
        (utc(2026, 11, 16, 8, 0, 1), utc(2026, 11, 17, 8, 0)),
        (utc(2026, 3, 28, 12, 0), utc(2026, 3, 29, 7, 0)),
        (utc(2026, 10, 24, 12, 0), utc(2026, 10, 25, 8, 0)),
    ],
)
def test_a_digest_is_sent_at_eight_in_london(now: datetime, due: datetime) -> None:
    assert first_due(now, Rhythm.DAILY, nights=True, urgent=False) == due


@given(now=MOMENTS, rhythm=st.sampled_from(Rhythm), nights=st.booleans(), urgent=st.booleans())
def test_nothing_is_sent_before_it_happened_nor_kept_longer_than_a_day(
    now: datetime,
    rhythm: Rhythm,
    nights: bool,  # noqa: FBT001 - hypothesis gives it by name
    urgent: bool,  # noqa: FBT001
) -> None:
    due = first_due(now, rhythm, nights=nights, urgent=urgent)
    assert now <= due <= now + timedelta(hours=25)
    assert urgent or nights or not is_night(due)


@given(now=MOMENTS)
def test_the_morning_after_is_seven_on_the_clock(now: datetime) -> None:
    due = after_the_night(now)
    assert due == now or (due.astimezone(LONDON).hour, due.astimezone(LONDON).minute) == (7, 0)
    assert after_the_night(due) == due
