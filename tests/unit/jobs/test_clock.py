"""When the jobs of the timetable run, by the scheduler's own reckoning."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cse_tracker.jobs.clock import LEASE, trigger_of
from cse_tracker.jobs.job import Daily, Every
from cse_tracker.jobs.schedule import TIMETABLE

VERIFY = next(job for job in TIMETABLE if job.name == "verify-audit")
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive by rule


def after(when: Every | Daily, start: datetime, previous: datetime | None = None) -> datetime:
    """When a trigger that was made at the start fires next."""
    trigger = trigger_of(when)
    found = trigger.get_next_fire_time(previous, start)
    assert isinstance(found, datetime)
    return found.astimezone(UTC)


@given(MOMENTS)
def test_the_audit_is_verified_within_a_day_of_any_start(start: datetime) -> None:
    first = after(VERIFY.when, start)
    assert start <= first <= start + timedelta(hours=25)
    assert first.hour in {2, 3}
    assert (first.minute, first.second) == (0, 0)


def test_a_service_restarted_every_night_verifies_every_night() -> None:
    restarts = [datetime(2026, 11, day, 2, 0, tzinfo=UTC) for day in range(1, 29)]
    assert [after(VERIFY.when, restart).date() for restart in restarts] == [restart.date() for restart in restarts]


@pytest.mark.parametrize(
    ("evening", "hours"),
    [
        pytest.param(datetime(2026, 7, 1, 12, tzinfo=UTC), 24, id="summer"),
        pytest.param(datetime(2027, 3, 27, 2, tzinfo=UTC), 23, id="clocks go forward"),
        pytest.param(datetime(2026, 10, 24, 1, tzinfo=UTC), 25, id="clocks go back"),
    ],
)
def test_a_daily_job_keeps_to_london_s_clock(evening: datetime, hours: int) -> None:
    first = after(Daily(hour=3), evening)
    second = after(Daily(hour=3), first + timedelta(seconds=1), previous=first)
    assert second - first == timedelta(hours=hours)


@given(MOMENTS, st.integers(1, 100_000))
def test_a_job_every_so_often_runs_again_after_as_long(previous: datetime, seconds: int) -> None:
    assert after(Every(seconds=seconds), previous, previous=previous) == previous + timedelta(seconds=seconds)


def test_some_job_runs_often_enough_to_keep_the_lease() -> None:
    spans = [job.when.seconds for job in TIMETABLE if isinstance(job.when, Every)]
    # Two of its turns may fail before the lease is lost.
    assert timedelta(seconds=min(span for span in spans if span > 10)) * 3 <= LEASE


def test_operators_read_times_as_people_say_them() -> None:
    said = [Every(seconds=each).words for each in (1, 10, 60, 90, 300, 3600, 7200)]
    assert said == [
        "every second",
        "every 10 seconds",
        "every minute",
        "every 90 seconds",
        "every 5 minutes",
        "every hour",
        "every 2 hours",
    ]
