"""The attacker: proves what can be proven, no more and no less, checked against listing every possible table."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cse_tracker.disclosure.audit import AuditResult, check, ranges
from cse_tracker.disclosure.errors import CannotProtect
from cse_tracker.disclosure.model import GRAND_TOTAL, CellKey, Constraint, broken_sums, cell_key, two_way_table

PARTS = tuple(cell_key(("part", name)) for name in "abc")
PLAIN_SUM = (Constraint(GRAND_TOTAL, PARTS[:2]),)
SQUARE = two_way_table("square", "row", "column", {}, rows="ab", columns="xy")


@dataclass(frozen=True)
class Shown:
    """Anything in public: also what this room would never release."""

    shown: Mapping[CellKey, int]
    reach: int


def possible_tables(published: Shown, constraints: Sequence[Constraint]) -> list[dict[CellKey, int]]:
    """Every table of whole counts that the published values allow, by trying all inner cells and adding them up."""
    totals = {constraint.total for constraint in constraints}
    inner = [key for key in published.shown if key not in totals]
    shown = [published.shown[key] for key in inner]
    windows = [range(max(0, value - published.reach), value + published.reach + 1) for value in shown]
    tables = []
    for counts in itertools.product(*windows):
        table = dict(zip(inner, counts, strict=True))
        for constraint in sorted(constraints, key=lambda c: len(c.total), reverse=True):
            table[constraint.total] = sum(table[part] for part in constraint.parts)
        allowed = all(abs(table[key] - value) <= published.reach for key, value in published.shown.items())
        if allowed and not broken_sums(table, constraints):
            tables.append(table)
    return tables


def proven(tables: Sequence[Mapping[CellKey, int]]) -> AuditResult:
    seen = {key: {table[key] for table in tables} for key in sorted(tables[0])}
    return AuditResult(
        exact=tuple(key for key, counts in seen.items() if len(counts) == 1 and counts != {0}),
        small=tuple(key for key, counts in seen.items() if counts <= {1, 2, 3, 4}),
        empty=tuple(key for key, counts in seen.items() if counts == {0}),
    )


@settings(max_examples=12, deadline=None)
@given(st.lists(st.integers(0, 6), min_size=4, max_size=4), st.lists(st.integers(-2, 2), min_size=9, max_size=9))
def test_the_attacker_proves_what_listing_every_possible_table_proves(counts: list[int], noise: list[int]) -> None:
    # Each cell is moved on its own, so sums break as in careless rounding, and cells do become provable.
    given_counts = dict(zip(itertools.product("ab", "xy"), counts, strict=True))
    table = two_way_table("square", "row", "column", given_counts, rows="ab", columns="xy")
    moved = {key: max(0, count + shift) for (key, count), shift in zip(table.cells.items(), noise, strict=True)}
    published = Shown(moved, reach=2)
    tables = possible_tables(published, table.constraints)
    assert check(published, table.constraints) == proven(tables)
    expected = {key: (min(t[key] for t in tables), max(t[key] for t in tables)) for key in moved}
    assert ranges(published, table.constraints) == expected


def test_a_total_rounded_apart_from_its_parts_proves_them_all_small() -> None:
    published = Shown({GRAND_TOTAL: 5, PARTS[0]: 0, PARTS[1]: 0}, reach=2)
    result = check(published, PLAIN_SUM)
    assert result.small == (GRAND_TOTAL, *PARTS[:2])
    assert result.exact == ()
    assert result.leaks


def test_parts_at_their_limit_are_proven_exactly() -> None:
    published = Shown({GRAND_TOTAL: 6, PARTS[0]: 0, PARTS[1]: 0}, reach=2)
    assert check(published, PLAIN_SUM).exact == (GRAND_TOTAL, *PARTS[:2])


def test_a_proven_zero_is_reported_but_is_no_leak() -> None:
    published = Shown({GRAND_TOTAL: 10, PARTS[0]: 10, PARTS[1]: 0, PARTS[2]: 10}, reach=4)
    same = (Constraint(GRAND_TOTAL, (PARTS[0],)), Constraint(GRAND_TOTAL, PARTS[:2]), Constraint(PARTS[2], PARTS[:1]))
    result = check(published, same)
    assert result.empty == (PARTS[1],)
    assert not result.leaks


def test_a_count_repeated_many_times_in_a_total_is_proven_through_the_total() -> None:
    copies = tuple(cell_key(("copy", str(number))) for number in range(12))
    sums = (Constraint(GRAND_TOTAL, copies), *(Constraint(copy, (PARTS[0],)) for copy in copies))
    result = check(Shown({GRAND_TOTAL: 60, PARTS[0]: 5, **dict.fromkeys(copies, 5)}, reach=4), sums)
    assert PARTS[0] in result.exact


def test_zeros_throughout_leave_every_cell_open() -> None:
    published = Shown(dict.fromkeys(SQUARE.cells, 0), reach=4)
    assert check(published, SQUARE.constraints) == AuditResult((), (), ())
    assert set(ranges(published, SQUARE.constraints).values()) == {(0, 4)}


def test_a_single_number_leaves_its_whole_window_open() -> None:
    assert ranges(Shown({GRAND_TOTAL: 5}, reach=4), ()) == {GRAND_TOTAL: (1, 9)}
    assert not check(Shown({GRAND_TOTAL: 5}, reach=4), ()).leaks


def test_values_that_contradict_each_other_cannot_be_called_safe() -> None:
    published = Shown({GRAND_TOTAL: 50, PARTS[0]: 0, PARTS[1]: 0}, reach=4)
    with pytest.raises(CannotProtect):
        check(published, PLAIN_SUM)
