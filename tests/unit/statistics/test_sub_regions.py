"""Sub-regions of London: every borough lies in one, and their numbers say no more than the boroughs' own."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from cse_tracker.disclosure.model import single
from cse_tracker.disclosure.release import Release, Rule, protect
from cse_tracker.london import BOROUGHS, SUB_REGIONS, sub_region_of
from cse_tracker.statistics.london import London, Part
from cse_tracker.statistics.periods import Period

NAMES = {code: name for code, name, _ in BOROUGHS}
ROUNDED = {count: protect(single("young-people", count), seed=b"for this test only") for count in range(24)}
HIDING = {count: protect(single("young-people", count), seed=b"", rule=Rule.HIDE_1_TO_4) for count in range(24)}


def london(tables: dict[str, Release | None]) -> London:
    parts = tuple(Part(code, NAMES[code], table) for code, table in sorted(tables.items()))
    return London(Period(date(2026, 11, 1)), parts, 33 - len(parts), None, None, None)


@st.composite
def some_of_london(draw: st.DrawFn) -> London:
    made = st.sampled_from([None, *ROUNDED.values(), *HIDING.values()])
    return london(draw(st.dictionaries(st.sampled_from(sorted(NAMES)), made, max_size=12)))


def test_every_borough_lies_in_one_sub_region() -> None:
    assert sorted(code for codes in SUB_REGIONS.values() for code in codes) == sorted(NAMES)
    assert sub_region_of("E09000012") == "East"


@given(some_of_london())
def test_a_sub_region_is_the_sum_of_what_its_boroughs_show_and_hidden_where_one_hides(found: London) -> None:
    assert {part for each in found.sub_regions for part in each.parts} == set(found.parts)
    for each in found.sub_regions:
        shown = [part.shown for part in each.parts if part.table is not None]
        if not shown:
            assert each.text == "[x]"
        elif None in shown:
            assert each.text == "[c]"
        else:
            assert each.text in {f"{sum(filter(None, shown))}", "[low]" if not any(shown) else ""}


def test_a_nought_that_may_stand_for_a_few_does_not_become_nobody() -> None:
    low = next(table for table in ROUNDED.values() if table.text(()) == "[low]")
    assert [each.text for each in london({"E09000003": low, "E09000010": HIDING[0]}).sub_regions] == ["[low]"]
    assert [each.text for each in london({"E09000003": HIDING[0]}).sub_regions] == ["0"]
