"""Which nightly backups are kept: each for a week, then one a week, none beyond the last day, the newest always."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from cse_tracker.jobs.backups import made_on, to_drop

TODAY = date(2026, 11, 23)


def name(days_ago: int, hour: int = 2) -> str:
    return f"cse-tracker-{TODAY - timedelta(days=days_ago):%Y%m%d}T{hour:02}0000Z.backup"


def left_after(nights: int, days: int = 35) -> set[str]:
    """What lies in the folder when the rule was followed every night."""
    there: set[str] = set()
    for night in range(nights, -1, -1):
        there.add(name(night))
        there -= set(to_drop(there, TODAY - timedelta(days=night), days))
    return there


def test_after_a_year_a_week_of_nights_and_a_backup_of_each_week_before_are_there() -> None:
    days = sorted(made_on(each) or TODAY for each in left_after(365))
    assert days[-7:] == [TODAY - timedelta(days=days_ago) for days_ago in range(6, -1, -1)]
    weeks = [day.isocalendar()[:2] for day in days[:-7]]
    assert len(weeks) == len(set(weeks)) >= 4
    assert min(days) >= TODAY - timedelta(days=35)


@given(st.sets(st.integers(0, 500), min_size=1), st.integers(1, 60))
def test_the_newest_is_never_dropped_and_nothing_within_a_week_that_the_days_allow(ages: set[int], days: int) -> None:
    there = {name(age) for age in ages}
    dropped = set(to_drop(there, TODAY, days))
    assert name(min(ages)) not in dropped
    assert not {name(age) for age in ages if age < 7 and age <= days} & dropped
    assert {name(age) for age in ages if age > days} - {name(min(ages))} <= dropped


def test_other_files_are_never_touched() -> None:
    others = ["notes.txt", "cse-tracker-old.backup", "cse-tracker-20200101T020000Z.broken", "x" + name(400)]
    assert to_drop([*others, name(0)], TODAY, 1) == []
