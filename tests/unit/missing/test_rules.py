"""Spans, birthdays and counts: what an episode may be and what episodes add up to."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cse_tracker.missing import rules
from cse_tracker.missing.rules import Counted, Kind, Span
from cse_tracker.work.errors import RuleBroken

NOW = datetime(2026, 11, 16, 10, 0, tzinfo=UTC)
HOURS = st.integers(-500, -1).map(lambda hours: NOW + timedelta(hours=hours))
SPANS = st.tuples(HOURS, st.none() | st.integers(0, 100)).map(
    lambda pair: Span(pair[0], None if pair[1] is None else min(pair[0] + timedelta(hours=pair[1]), NOW))
)


def hours_in(span: Span) -> set[int]:
    """Every whole hour in a span, each standing for the hour that follows it: an independent way of asking."""
    ends = span.ends_at or NOW + timedelta(days=365)
    first = int(span.starts_at.timestamp() // 3600)
    return set(range(first, int(ends.timestamp() // 3600)))


@given(SPANS, SPANS)
def test_two_spans_overlap_exactly_when_an_hour_lies_in_both(one: Span, other: Span) -> None:
    if hours_in(one) and hours_in(other):
        assert one.overlaps(other) == bool(hours_in(one) & hours_in(other))
    assert one.overlaps(other) == other.overlaps(one)


@given(SPANS, st.lists(SPANS, max_size=4))
def test_what_is_let_through_overlaps_nothing_and_runs_forwards(span: Span, others: list[Span]) -> None:
    try:
        rules.check_span(span, now=NOW, born=None, others=others)
    except RuleBroken:
        assert any(span.overlaps(other) for other in others)
    else:
        assert not any(span.overlaps(other) for other in others)
        assert span.ends_at is None or span.starts_at <= span.ends_at <= NOW


@pytest.mark.parametrize(
    ("span", "code", "field"),
    [
        (Span(NOW + timedelta(minutes=1), None), "missing.future", "started_on"),
        (Span(NOW - timedelta(days=1), NOW + timedelta(minutes=1)), "missing.future", "ended_on"),
        (Span(NOW - timedelta(days=1), NOW - timedelta(days=2)), "missing.backwards", "ended_on"),
        (Span(datetime(2010, 1, 1, tzinfo=UTC), NOW), "missing.before_birth", "started_on"),
    ],
)
def test_an_episode_that_cannot_have_been_is_refused_at_its_field(span: Span, code: str, field: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        rules.check_span(span, now=NOW, born=date(2012, 3, 3), others=())
    assert (refused.value.code, refused.value.field) == (code, field)


def test_one_may_begin_as_another_ends_and_none_while_one_is_open() -> None:
    before, after = NOW - timedelta(days=3), NOW - timedelta(days=2)
    rules.check_span(Span(after, None), now=NOW, born=None, others=[Span(before, after)])
    with pytest.raises(RuleBroken, match="still open"):
        rules.check_span(Span(after, NOW), now=NOW, born=None, others=[Span(before, None)])


@pytest.mark.parametrize(
    ("born", "at"),
    [
        (date(2008, 11, 16), datetime(2026, 11, 16, 0, 0, tzinfo=UTC)),
        (date(2008, 7, 1), datetime(2026, 6, 30, 23, 0, tzinfo=UTC)),
        (date(2008, 2, 29), datetime(2026, 3, 1, 0, 0, tzinfo=UTC)),
    ],
)
def test_the_eighteenth_birthday_begins_at_midnight_in_london(born: date, at: datetime) -> None:
    assert rules.eighteenth_birthday(born) == at


def test_twelve_months_end_with_this_one_on_london_s_clock() -> None:
    months = rules.months_up_to(datetime(2026, 6, 30, 23, 30, tzinfo=UTC))
    assert (len(months), months[0], months[-1]) == (12, date(2025, 8, 1), date(2026, 7, 1))


def counted(
    person: int, *, hours: int | None = None, held_after: int | None = None, home: int | None = None
) -> Counted:
    ends = None if hours is None else NOW + timedelta(hours=hours)
    held = ends + timedelta(hours=held_after) if ends and held_after is not None else None
    home_id = UUID(int=home) if home else None
    return Counted(UUID(int=person), home_id, NOW, ends, Kind.MISSING, offered=held is not None, held_at=held)


def test_an_interview_is_in_time_up_to_seventy_two_hours_and_not_a_minute_longer() -> None:
    episode = counted(1, hours=5, held_after=72)
    assert episode.in_time
    later = episode.held_at + timedelta(minutes=1) if episode.held_at else None
    assert not Counted(UUID(int=1), None, NOW, episode.ends_at, Kind.MISSING, offered=True, held_at=later).in_time


def test_coverage_is_of_returns_and_timeliness_of_interviews() -> None:
    found = rules.figures(
        [counted(1, hours=1, held_after=10), counted(1, hours=1, held_after=100), counted(2, hours=3)]
    )
    assert (found.episodes, found.young_people, found.returned, found.held, found.in_time) == (3, 2, 3, 2, 1)
    assert (found.coverage, found.timeliness) == (67, 50)
    nobody = rules.figures([counted(1)])
    assert (nobody.coverage, nobody.timeliness) == (None, None)


EPISODES = st.lists(
    st.builds(
        counted,
        st.integers(1, 5),
        hours=st.none() | st.integers(0, 90),
        held_after=st.none() | st.integers(0, 150),
        home=st.integers(1, 3),
    ),
    max_size=20,
)


@given(EPISODES)
def test_groups_add_up_to_the_whole(episodes: list[Counted]) -> None:
    whole = rules.figures(episodes)
    for key in (lambda each: each.person_id, lambda each: each.home_id):
        groups = rules.figures_by(episodes, key).values()
        for name in ("episodes", "missing", "away", "returned", "offered", "held", "in_time"):
            assert sum(getattr(group, name) for group in groups) == getattr(whole, name)


DAYS = st.integers(0, 60).map(lambda days: date(2026, 8, 1) + timedelta(days=days))
PERIODS = st.lists(
    st.tuples(DAYS, st.none() | st.integers(0, 30)).map(
        lambda pair: (pair[0], None if pair[1] is None else pair[0] + timedelta(days=pair[1]))
    ),
    max_size=4,
)


@given(st.tuples(DAYS, st.none() | st.integers(0, 20)), PERIODS)
def test_an_episode_lies_within_care_exactly_when_every_day_of_it_does(
    when: tuple[date, int | None], periods: list[rules.Period]
) -> None:
    began, length = when
    noon = datetime(began.year, began.month, began.day, 12, tzinfo=UTC)
    span = Span(noon, None if length is None else noon + timedelta(days=length))
    cared = {day for since, until in periods for day in days_of(since, until)}
    wanted = set(days_of(began, began + timedelta(days=length or 0)))
    assert bool(rules.outside_care(span, periods)) == (bool(periods) and not wanted <= cared)


def days_of(since: date, until: date | None) -> list[date]:
    last = until or date(2026, 12, 31)
    return [since + timedelta(days=step) for step in range((last - since).days + 1)]
