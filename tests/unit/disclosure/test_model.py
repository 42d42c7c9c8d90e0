"""The table model: what is a table, and what is refused as one."""

import json
from typing import Any

import numpy as np
import pytest

from cse_tracker.disclosure.attacker import Figure, Knowledge, adds_up, attack
from cse_tracker.disclosure.errors import InvalidTable
from cse_tracker.disclosure.model import (
    GRAND_TOTAL,
    CellKey,
    Constraint,
    CountTable,
    broken_sums,
    cell_key,
    one_way_tables,
    overlapping,
    single,
    two_way_table,
)
from cse_tracker.disclosure.release import Rule, protect

PART_A, PART_B = cell_key(("part", "a")), cell_key(("part", "b"))
SUM = Constraint(GRAND_TOTAL, (PART_A, PART_B))


def test_the_order_in_which_a_key_is_spoken_does_not_matter() -> None:
    assert cell_key(("level", "3"), ("age", "15")) == cell_key(("age", "15"), ("level", "3"))


@pytest.mark.parametrize("pairs", [(("a", "1"), ("a", "2")), (("", "1"),), (("a", ""),), (("count", "1"),)])
def test_a_key_that_could_not_be_told_apart_in_a_row_is_refused(pairs: tuple[tuple[str, str], ...]) -> None:
    with pytest.raises(InvalidTable):
        cell_key(*pairs)


def test_breakdowns_are_linked_by_their_one_total() -> None:
    table = one_way_tables("open", "All", {"level": {"1": 4, "2": 3}, "age": {"14": 7}})
    assert table.cells[GRAND_TOTAL] == 7
    assert [len(constraint.parts) for constraint in table.constraints] == [2, 1]
    assert {constraint.total for constraint in table.constraints} == {GRAND_TOTAL}


@pytest.mark.parametrize("breakdowns", [{"level": {"1": 4}, "age": {"14": 5}}, {}, {"level": {}}])
def test_breakdowns_without_one_common_total_are_refused(breakdowns: dict[str, dict[str, int]]) -> None:
    with pytest.raises(InvalidTable, match=r"share one total|missing"):
        one_way_tables("open", "All", breakdowns)


def test_a_two_way_table_has_all_its_margins_and_fills_gaps_with_zero() -> None:
    table = two_way_table("open", "level", "age", {("1", "14"): 2, ("2", "15"): 3}, rows="12", columns=["14", "15"])
    assert table.cells[cell_key(("level", "1"), ("age", "15"))] == 0
    assert table.cells[cell_key(("level", "2"))] == 3
    assert table.cells[cell_key(("age", "14"))] == 2
    assert table.cells[GRAND_TOTAL] == 5
    assert len(table.cells) == 9
    assert len(table.constraints) == 6


@pytest.mark.parametrize(
    ("rows", "columns"), [(["1"], ["14"]), (["1", "2", "2"], ["14"]), (["1", "2"], []), ([], ["14"])]
)
def test_a_two_way_table_with_rows_or_columns_amiss_is_refused(rows: list[str], columns: list[str]) -> None:
    with pytest.raises(InvalidTable):
        two_way_table("open", "level", "age", {("2", "14"): 1}, rows=rows, columns=columns)


def test_a_two_way_table_of_one_dimension_twice_is_refused() -> None:
    with pytest.raises(InvalidTable):
        two_way_table("open", "level", "level", {}, rows="12", columns="12")


@pytest.mark.parametrize("count", [-1, True, 2.0, "2", None])
def test_a_count_that_is_no_whole_number_is_refused(count: int) -> None:
    with pytest.raises(InvalidTable):
        single("open", count)


def test_a_count_from_an_array_becomes_a_plain_number() -> None:
    counted: Any = np.array([7])[0]
    assert json.dumps(single("open", counted).cells[GRAND_TOTAL]) == "7"
    assert type(single("open", counted).cells[GRAND_TOTAL]) is int


def test_a_total_that_is_not_its_parts_is_refused_without_saying_any_count() -> None:
    with pytest.raises(InvalidTable) as refusal:
        CountTable("open", {GRAND_TOTAL: 91, PART_A: 72, PART_B: 18}, (SUM,))
    assert not any(count in str(refusal.value) for count in ("91", "72", "18"))


def test_a_sum_over_an_unknown_cell_is_refused() -> None:
    with pytest.raises(InvalidTable):
        CountTable("open", {GRAND_TOTAL: 7, PART_A: 7}, (SUM,))


@pytest.mark.parametrize("parts", [(), (PART_A, PART_A), (GRAND_TOTAL, PART_A)])
def test_a_sum_of_nothing_or_of_itself_is_refused(parts: tuple[tuple[tuple[str, str], ...], ...]) -> None:
    with pytest.raises(InvalidTable):
        Constraint(GRAND_TOTAL, parts)


def test_a_table_with_a_key_out_of_order_or_without_name_or_cells_is_refused() -> None:
    tables: list[tuple[str, dict[CellKey, int]]] = [
        ("open", {(("b", "1"), ("a", "1")): 1}),
        ("", {GRAND_TOTAL: 1}),
        ("open", {}),
    ]
    for name, cells in tables:
        with pytest.raises(InvalidTable):
            CountTable(name, cells)


def test_a_table_cannot_be_changed_through_the_mapping_it_was_made_from() -> None:
    counts = {GRAND_TOTAL: 3}
    table = CountTable("open", counts)
    counts[GRAND_TOTAL] = 4
    assert table.cells[GRAND_TOTAL] == 3


def test_the_repr_of_a_table_shows_no_count() -> None:
    assert "73" not in repr(single("open", 73))


def test_broken_sums_are_named() -> None:
    assert broken_sums({GRAND_TOTAL: 6, PART_A: 2, PART_B: 3}, [SUM]) == [SUM]
    assert broken_sums({GRAND_TOTAL: 5, PART_A: 2, PART_B: 3}, [SUM]) == []


@pytest.mark.parametrize("rule", [Rule.ROUND_5, Rule.HIDE_1_TO_4])
def test_a_dimension_of_forty_values_is_protected_like_any_other(rule: Rule) -> None:
    counts = {f"value {number}": (number * 7) % 12 for number in range(40)}
    table = one_way_tables("t", "All", {"many": counts})
    release = protect(table, seed=b"a seed for these tests only", rule=rule)
    assert len(release) == 41
    figures = [Figure(key, *release.bounds(key), "") for key in release.shown]
    sums = [adds_up(each.total, each.parts) for each in release.constraints]
    assert not attack(Knowledge(figures, sums)).leaks


def test_who_is_in_a_group_and_who_is_not_are_everybody() -> None:
    table = overlapping(one_way_tables("t", "All", {"sex": {"F": 3, "M": 4}}), "known_to", {"police": 5, "health": 4})
    assert table.cells[cell_key(("known_to", "police"))] + table.cells[cell_key(("known_to", "Not: police"))] == 7
    with pytest.raises(InvalidTable):
        overlapping(table, "other", {"more than everybody": 8})
