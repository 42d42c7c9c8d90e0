"""The fixed designs: months on London's clock, and categories that are the same whoever is in them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cse_tracker.rulebook.terms import AgencyKind
from cse_tracker.statistics import categories, designs
from cse_tracker.statistics.designs import Design
from cse_tracker.statistics.periods import Period, month_of
from cse_tracker.statistics.wordings.numbered import today

MONTHS = st.dates(date(1990, 1, 1), date(2200, 12, 31)).map(lambda day: Period(day.replace(day=1)))
LABELS = st.lists(st.sampled_from(["Level one", "Level two", "Level three", "Category 1", "High"]), unique=True)


def test_a_month_is_named_by_its_first_day() -> None:
    with pytest.raises(ValueError, match="first day"):
        Period(date(2026, 10, 2))


def test_a_summer_month_begins_at_midnight_in_london() -> None:
    june = Period(date(2026, 6, 1))
    assert june.starts_at == datetime(2026, 5, 31, 23, 0, tzinfo=UTC)
    assert june.ends_at == datetime(2026, 6, 30, 23, 0, tzinfo=UTC)


def test_october_is_an_hour_longer_than_its_days_because_the_clocks_go_back() -> None:
    october = Period(date(2026, 10, 1))
    assert october.ends_at - october.starts_at == timedelta(days=31, hours=1)


@given(MONTHS)
def test_the_month_before_the_following_one_is_the_month_itself(month: Period) -> None:
    assert Period(month.following).before == month
    assert month.before.following == month.first
    assert month.before.ends_at == month.starts_at


@given(MONTHS)
def test_a_months_first_and_last_moments_are_of_that_month(month: Period) -> None:
    assert month_of(month.starts_at) == month
    assert month_of(month.ends_at - timedelta(microseconds=1)) == month
    assert month_of(month.ends_at) == Period(month.following)


@pytest.mark.parametrize(
    ("age", "band"),
    [
        (0, "Under 13"),
        (12, "Under 13"),
        (13, "13 to 15"),
        (15, "13 to 15"),
        (16, "16 to 17"),
        (17, "16 to 17"),
        (18, "18 and over"),
        (None, "Not known"),
    ],
)
def test_an_age_falls_in_its_band(age: int | None, band: str) -> None:
    assert categories.age_band(age) == band


@pytest.mark.parametrize("kind", AgencyKind)
def test_every_kind_of_agency_has_a_published_category(kind: AgencyKind) -> None:
    assert categories.agency_kind(kind) in categories.agency_kinds()


def test_published_kinds_of_agency_are_told_apart() -> None:
    assert len(set(categories.agency_kinds())) == len(categories.agency_kinds())


@given(LABELS, st.lists(st.one_of(st.none(), st.sampled_from(["Level one", "Category 1", "An old label"]))))
def test_the_rows_of_levels_do_not_depend_on_who_is_in_them(defined: list[str], found: list[str | None]) -> None:
    rows = categories.levels(defined)
    counts = categories.tally(rows, [categories.level(label, defined) for label in found])
    assert tuple(counts) == rows == (*defined, categories.EARLIER_LEVEL, categories.NO_LEVEL)
    assert sum(counts.values()) == len(found)


def test_a_level_of_a_superseded_protocol_is_counted_without_a_row_of_its_own() -> None:
    assert categories.level("Category 1", ["Level one"]) == categories.EARLIER_LEVEL
    assert categories.level("Level one", ["Level one"]) == "Level one"
    assert categories.level(None, ["Level one"]) == categories.NO_LEVEL


def test_a_category_with_nobody_in_it_is_counted_as_0() -> None:
    assert categories.tally(("Attended", "Did not attend"), ["Attended"]) == {"Attended": 1, "Did not attend": 0}


def test_a_category_that_the_design_lacks_is_refused() -> None:
    with pytest.raises(KeyError):
        categories.tally(categories.SEX, ["Other"])


def test_a_frozen_release_keeps_the_words_of_its_definitions() -> None:
    def meant(design: Design, version: int) -> str:
        return today().meaning(design, version).counts

    name = designs.table_name("E09000012", Design.FEEDBACK)
    assert designs.version_of(name) == designs.DESIGNS_VERSION
    assert "had no decision yet" in meant(Design.FEEDBACK, 4)
    assert "told at the decision" in meant(Design.DECISIONS, 4)
    assert today().meaning(Design.REFERRALS, 4) == today().meanings[Design.REFERRALS]
    assert "sent a deputy attended" in meant(Design.ATTENDANCE, 5)
    assert "actions" in meant(Design.DUTIES, 6)
    assert "actions" not in meant(Design.DUTIES, 5)
    assert today().meaning_of(Design.FEEDBACK, name) == today().meanings[Design.FEEDBACK]
