"""Made-up populations of whom everybody knows how often each is known: counting once must come out right."""

import itertools
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cse_tracker.disclosure.model import GRAND_TOTAL, cell_key, one_way_tables, overlapping
from cse_tracker.disclosure.release import Release, Rule, protect
from cse_tracker.statistics.linkage import Known, Pair, Standing, attribute, clusters, honest_range

START = datetime(2026, 1, 1, tzinfo=UTC)
SOURCES = ["police", "health", "school", "social care"]
# Everybody is known somewhere: the non-empty set of sources of each young person.
populations = st.lists(st.sets(st.sampled_from(SOURCES), min_size=1), max_size=60)
Record = tuple[int, str]


def records(population: list[set[str]]) -> list[Record]:
    return [(person, source) for person, sources in enumerate(population) for source in sorted(sources)]


def same(population: list[set[str]]) -> list[Pair[Record]]:
    """Every pair of records that are one young person."""
    return [
        pair
        for person, sources in enumerate(population)
        for pair in itertools.combinations([(person, each) for each in sorted(sources)], 2)
    ]


def known(population: list[set[str]]) -> dict[Record, Known]:
    def days(each: Record) -> int:
        return (each[0] * 7 + 31 * SOURCES.index(each[1])) % 300

    return {each: Known(START + timedelta(days=days(each)), each[1]) for each in records(population)}


@given(populations, st.data())
def test_the_truth_lies_between_the_largest_source_and_the_sum_whatever_is_decided(
    population: list[set[str]], data: st.DataObject
) -> None:
    pairs = same(population)
    settled = data.draw(st.sets(st.sampled_from(pairs)) if pairs else st.just(set()))
    standing = attribute(known(population), settled=settled, alike=set(pairs) - settled)
    found = Counter(standing.values())
    linked = len(standing) - found[Standing.ELSEWHERE]
    least = linked - found[Standing.PERHAPS]
    sizes = Counter(source for _, source in standing)
    lower, upper = max(sizes.values(), default=0), sum(sizes.values())
    # Every pair that is one young person is settled or looks alike, so the least is the truth itself.
    assert lower <= least == len(population) <= linked <= upper


@given(populations)
def test_when_everything_is_settled_everybody_counts_once(population: list[set[str]]) -> None:
    standing = attribute(known(population), settled=same(population), alike=[])
    here = [person for (person, _), where in standing.items() if where is Standing.HERE]
    assert sorted(here) == list(range(len(population)))
    assert Standing.PERHAPS not in standing.values()


@given(populations)
def test_somebody_counts_where_they_have_been_known_longest(population: list[set[str]]) -> None:
    everybody = known(population)
    standing = attribute(everybody, settled=same(population), alike=[])
    for (person, _), where in standing.items():
        mine = {each: when for each, when in everybody.items() if each[0] == person}
        if where is Standing.HERE:
            assert min(mine.values()) in [when for each, when in mine.items() if standing[each] is Standing.HERE]


def test_what_is_the_same_by_way_of_a_third_is_the_same() -> None:
    found = clusters("abcd", [("a", "b"), ("b", "c")])
    assert found["a"] == found["b"] == found["c"] != found["d"]


def test_two_merged_after_a_release_count_once_and_apart_again_when_that_is_undone() -> None:
    both = {"one": Known(START, "E09000012"), "other": Known(START, "E09000013")}
    assert list(attribute(both, settled=[], alike=[]).values()) == [Standing.HERE, Standing.HERE]
    merged = attribute(both, settled=[("one", "other")], alike=[])
    assert merged == {"one": Standing.HERE, "other": Standing.ELSEWHERE}
    assert attribute(both, settled=[], alike=[("one", "other")])["other"] is Standing.PERHAPS


def released(population: list[set[str]], rule: Rule) -> Release:
    whole = one_way_tables("t", "All", {"level": {"1": len(population)}})
    sizes = {source: sum(source in each for each in population) for source in SOURCES}
    return protect(overlapping(whole, "known_to", sizes), seed=b"a seed for these tests only", rule=rule)


@pytest.mark.parametrize("rule", [Rule.ROUND_5, Rule.HIDE_1_TO_4])
@given(population=populations)
def test_a_releases_range_holds_the_truth_and_its_own_count(rule: Rule, population: list[set[str]]) -> None:
    release = released(population, rule)
    keys = [cell_key(("known_to", source)) for source in SOURCES]
    found = honest_range([(release.value(key), *release.bounds(key)) for key in keys])
    assert found.low <= len(population)
    assert found.high is None or len(population) <= found.high
    shown = release.value(GRAND_TOTAL)
    if shown is not None:
        assert found.low <= shown + release.reach
        assert found.largest <= shown
