"""Releases: made only by protecting a table, holding nothing true, and refused once tampered with."""

import copy
import dataclasses
import hashlib
import itertools
import json
import pickle
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cse_tracker.disclosure import audit, rounding
from cse_tracker.disclosure import release as release_file
from cse_tracker.disclosure.errors import CannotProtect, InvalidRelease
from cse_tracker.disclosure.model import (
    GRAND_TOTAL,
    CellKey,
    Constraint,
    CountTable,
    broken_sums,
    cell_key,
    one_way_tables,
    single,
    two_way_table,
)
from cse_tracker.disclosure.release import Release, from_stored, protect

SEED = b"a seed for these tests only"
LEVEL_1, LEVEL_2 = cell_key(("level", "1")), cell_key(("level", "2"))


def borough() -> CountTable:
    return one_way_tables("open", "All", {"level": {"1": 13, "2": 4, "3": 1}, "gender": {"girl": 16, "boy": 2}})


def square(counts: tuple[int, ...]) -> CountTable:
    named = dict(zip(itertools.product("ab", "xy"), counts, strict=True))
    return two_way_table("square", "row", "column", named, rows="ab", columns="xy")


def resealed(stored: dict[str, Any], **changes: object) -> dict[str, Any]:
    """A forgery with a digest that fits, as someone able to write to the register could make."""
    content = {key: value for key, value in stored.items() if key != "digest"} | changes
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return {**content, "digest": hashlib.sha256(text.encode()).hexdigest()}


@settings(max_examples=12, deadline=None)
@given(st.lists(st.integers(0, 12), min_size=1, max_size=8), st.lists(st.integers(0, 12), min_size=1, max_size=8))
def test_real_sized_and_tiny_tables_are_protected_without_refusal(ages: list[int], levels: list[int]) -> None:
    short = sum(ages) - sum(levels)
    ages, levels = [*ages, max(0, -short)], [*levels, max(0, short)]
    breakdowns = {
        "age": {str(place): count for place, count in enumerate(ages)},
        "level": {str(place): count for place, count in enumerate(levels)},
    }
    table = one_way_tables("open", "All", breakdowns)
    release = protect(table, seed=SEED)
    assert release.reach == 4
    assert release.parameters["attempt"] == 0
    assert not audit.check(release, release.constraints).leaks


@settings(max_examples=6, deadline=None)
@given(st.tuples(*[st.integers(0, 8)] * 4))
def test_listing_every_table_behind_a_tiny_release_never_leaves_one_count(counts: tuple[int, ...]) -> None:
    release = protect(square(counts), seed=SEED)
    inner = [release.number(key) for key in release.shown if len(key) == 2]
    windows = [range(max(0, shown - 4), shown + 5) for shown in inner]
    possible = [t for t in itertools.product(*windows) if fits(t, release)]
    assert counts in possible
    for cell in range(4):
        seen = {table[cell] for table in possible}
        assert len(seen) > 1
        assert not seen <= {1, 2, 3, 4}


def fits(counts: tuple[int, ...], release: Release) -> bool:
    a, b, c, d = counts
    sums = {("row", "a"): a + b, ("row", "b"): c + d, ("column", "x"): a + c, ("column", "y"): b + d}
    near = all(abs(release.number(cell_key(pair)) - total) <= 4 for pair, total in sums.items())
    return near and abs(release.number(GRAND_TOTAL) - sum(counts)) <= 4


def test_even_the_holder_of_the_seed_cannot_work_a_count_back_from_a_first_release() -> None:
    # The strongest attacker repeats the very rounding on every candidate table and keeps those that give this result.
    behind: dict[tuple[tuple[CellKey, int], ...], list[CountTable]] = {}
    for girls, boys in itertools.product(range(10), repeat=2):
        table = one_way_tables("open", "All", {"gender": {"girl": girls, "boy": boys}})
        shown = rounding.round_controlled(table, seed=SEED).shown
        behind.setdefault(tuple(shown.items()), []).append(table)
    inner = [tables for cells, tables in behind.items() if all(shown <= 5 for key, shown in cells if key)]
    assert len(inner) > 3
    for tables in inner:
        for key in tables[0].cells:
            seen = {table.cells[key] for table in tables}
            assert len(seen) > 1
            assert not seen <= {1, 2, 3, 4}


def test_the_same_table_and_seed_give_the_same_release() -> None:
    assert protect(borough(), seed=SEED) == protect(borough(), seed=SEED)
    assert len({protect(borough(), seed=SEED), protect(borough(), seed=SEED)}) == 1


def test_an_unchanged_table_shows_what_it_showed_last_month() -> None:
    first = protect(borough(), seed=SEED)
    second = protect(borough(), seed=b"another seed", last=(borough(), first))
    assert dict(second) == dict(first)
    assert second.parameters["previous"] == first.digest
    assert second != first


def test_a_number_that_has_changed_is_shown_as_if_there_had_been_no_month_before() -> None:
    before = single("open", 9)
    high = protect(before, seed=SEED)
    assert high.value(GRAND_TOTAL) == 10
    assert protect(single("open", 6), seed=SEED).value(GRAND_TOTAL) == 5
    assert protect(single("open", 6), seed=SEED, last=(before, high)).value(GRAND_TOTAL) == 5


@pytest.mark.parametrize("count", [0, 1, 4, 5, 9])
def test_a_table_of_one_number_can_be_released(count: int) -> None:
    assert protect(single("open", count), seed=SEED).value(GRAND_TOTAL) in {0, 5, 10}


def test_an_empty_table_is_shown_as_zeros() -> None:
    assert {value for _, value in protect(square((0, 0, 0, 0)), seed=SEED)} == {0}


def test_a_table_whose_every_rounding_leaks_is_refused_without_saying_a_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(release_file, "ATTEMPTS", 3)
    copies = tuple(cell_key(("copy", str(number))) for number in range(12))
    one = cell_key(("one", "alone"))
    cells: dict[CellKey, int] = {GRAND_TOTAL: 60, one: 5, **dict.fromkeys(copies, 5)}
    sums = (Constraint(GRAND_TOTAL, copies), *(Constraint(key, (one,)) for key in copies))
    with pytest.raises(CannotProtect, match="worked out") as refusal:
        protect(CountTable("copies", cells, sums), seed=SEED)
    assert "60" not in str(refusal.value)


def test_a_leaking_rounding_is_replaced_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    table = one_way_tables("open", "All", {"age": {"13": 1, "14": 1, "15": 1, "16": 2}})
    first = rounding.round_controlled(table, seed=SEED).shown

    def leaks_until_it_differs(published: audit.Published, _: object) -> audit.AuditResult:
        return audit.AuditResult((GRAND_TOTAL,) if published.shown == first else (), (), ())

    monkeypatch.setattr(audit, "check", leaks_until_it_differs)
    release = protect(table, seed=SEED)
    assert dict(release) != dict(first)
    assert release.parameters["attempt"] in range(1, 20)
    assert broken_sums({key: release.number(key) for key in release.shown}, release.constraints) == []


def test_a_release_cannot_be_made_copied_or_pickled_past_its_constructor() -> None:
    release = protect(borough(), seed=SEED)
    fields = {f.name: getattr(release, f.name) for f in dataclasses.fields(release) if f.init}
    with pytest.raises(InvalidRelease):
        Release(**fields, token=object())
    with pytest.raises(ValueError, match="token"):
        dataclasses.replace(release, base=1)  # type: ignore[call-arg]
    for way_round in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(InvalidRelease):
            way_round(release)


def test_a_release_cannot_be_changed() -> None:
    release = protect(borough(), seed=SEED)
    with pytest.raises(dataclasses.FrozenInstanceError):
        release.base = 1  # type: ignore[misc]
    with pytest.raises(TypeError):
        release.shown[GRAND_TOTAL] = 1  # type: ignore[index]


def test_nothing_true_is_in_the_release_or_its_repr() -> None:
    table = one_way_tables("open", "All", {"level": {"1": 7013, "2": 2144}, "gender": {"girl": 8056, "boy": 1101}})
    release = protect(table, seed=SEED)
    everything = repr(release) + repr(vars(release)) + json.dumps(release.to_stored())
    assert not any(str(count) in everything for count in table.cells.values())


def test_the_rule_says_in_words_what_was_done() -> None:
    rule = protect(borough(), seed=SEED).rule
    assert "multiple of 5, the one above or the one below" in rule
    assert "totals still add up" in rule
    assert "up to 4 more or less" in rule


def test_a_relaxed_release_says_that_numbers_moved_further() -> None:
    groups = [cell_key(("group", name)) for name in "abc"]
    cells: dict[CellKey, int] = dict.fromkeys(groups, 5)
    sums = []
    for left, right in itertools.combinations(groups, 2):
        both = cell_key(("pair", left[0][1] + right[0][1]))
        cells[both] = 10
        sums.append(Constraint(both, (left, right)))
    release = protect(CountTable("ring", cells, tuple(sums)), seed=SEED, base=10)
    assert "move past the nearest multiples" in release.rule
    assert "up to 19 more or less" in release.rule
    assert from_stored(release.to_stored()) == release


def test_percentages_come_from_shown_numbers_only() -> None:
    release = protect(borough(), seed=SEED)
    part, whole = release.number(LEVEL_1), release.number(GRAND_TOTAL)
    assert release.percent(LEVEL_1, GRAND_TOTAL) == round(100 * part / whole)
    assert release.percent(GRAND_TOTAL, GRAND_TOTAL) == 100


def test_a_percentage_rounds_halves_up_and_is_not_given_of_nothing() -> None:
    table = one_way_tables("open", "All", {"level": {"1": 5, "2": 35, "3": 0}})
    release = protect(table, seed=SEED)
    assert release.percent(LEVEL_1, GRAND_TOTAL) == 13
    assert release.percent(LEVEL_1, cell_key(("level", "3"))) is None


def test_an_unknown_cell_has_no_value() -> None:
    with pytest.raises(KeyError):
        protect(borough(), seed=SEED).value(cell_key(("level", "9")))


def test_rows_name_every_dimension_and_the_total_label() -> None:
    rows = protect(borough(), seed=SEED).to_rows()
    assert rows[0]["level"] == rows[0]["gender"] == "All"
    assert {tuple(row) for row in rows} == {("level", "gender", "count")}
    assert [row["level"] for row in rows] == ["All", "1", "2", "3", "All", "All"]


def test_a_release_comes_back_from_json_as_it_was() -> None:
    release = protect(borough(), seed=SEED, last=(borough(), protect(borough(), seed=SEED)))
    again = from_stored(json.loads(json.dumps(release.to_stored())))
    assert again == release
    assert list(again) == list(release)
    assert again.constraints == release.constraints
    assert again.rule == release.rule


@pytest.mark.parametrize(
    "change",
    [
        {"name": "closed"},
        {"rule": "exact"},
        {"base": 1},
        {"reach": 0},
        {"method": "none"},
        {"parameters": {"attempt": 1, "previous": None}},
        {"constraints": []},
        {"digest": "0" * 64},
        {"totals_label": "Some"},
        {"format": 2},
    ],
)
def test_stored_content_that_differs_from_its_digest_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InvalidRelease):
        from_stored(protect(borough(), seed=SEED).to_stored() | change)


def test_one_changed_number_is_refused() -> None:
    stored = protect(single("open", 7), seed=SEED).to_stored()
    stored["cells"][0][1] += 5
    with pytest.raises(InvalidRelease):
        from_stored(stored)


@pytest.mark.parametrize(
    "forgery",
    [
        {"cells": [[[], 7]]},
        {"cells": [[[], -5]]},
        {"cells": [[[], 5.0]]},
        {"cells": [[[], "5"]]},
        {"cells": [[[], 5], [[], 5]]},
        {"cells": [[[["a"]], 5]]},
        {"cells": 5},
        {"constraints": [[0, [9]]]},
        {"constraints": [[0, []]]},
        {"base": 0},
        {"base": 1, "cells": [[[], 7]]},
        {"base": 5, "reach": 0},
        {"base": 4, "reach": 3, "cells": [[[], 8]]},
        {"format": 2},
        {"method": "magic"},
        {"note": "an extra field"},
        {"parameters": None},
    ],
)
def test_a_forgery_with_a_fitting_digest_must_still_be_a_release(forgery: dict[str, Any]) -> None:
    with pytest.raises(InvalidRelease):
        from_stored(resealed(protect(single("open", 7), seed=SEED).to_stored(), **forgery))


def test_a_forgery_whose_sums_break_is_refused() -> None:
    stored = protect(borough(), seed=SEED).to_stored()
    cells = [[key, value + 5 if not key else value] for key, value in stored["cells"]]
    with pytest.raises(InvalidRelease):
        from_stored(resealed(stored, cells=cells))


@pytest.mark.parametrize("stored", [{}, {"cells": []}, {"digest": "0"}])
def test_content_that_is_no_release_is_refused(stored: dict[str, Any]) -> None:
    with pytest.raises(InvalidRelease):
        from_stored(stored)
