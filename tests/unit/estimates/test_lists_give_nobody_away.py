"""Every table that gives the same page is tried: none of a pattern's counts may follow from what is shown."""

import random
from collections.abc import Mapping
from itertools import product

import numpy as np
import pytest

from cse_tracker.disclosure.model import GRAND_TOTAL
from cse_tracker.disclosure.release import Release, protect
from cse_tracker.estimates.counting import Pattern
from cse_tracker.estimates.lists import asked_of, list_key, pattern_key, table_of

LISTS = ("Health", "Police", "Other")
PATTERNS: list[Pattern] = [pattern for pattern in product((1, 0), repeat=3) if any(pattern)]
LARGEST = 8


def released(counts: Mapping[Pattern, int], seed: int) -> Release:
    return protect(table_of("lists", LISTS, counts), seed=b"%032d" % seed)


def same_page(release: Release) -> np.ndarray:
    """Every table of seven patterns of 0 to 8 that could be shown so; the answer is a function of the release alone.

    Whoever tries knows more than the page says: that a list of fewer than five stands under "Other".
    """
    shown = [release.number(pattern_key(LISTS, pattern)) for pattern in PATTERNS]
    ranges = [range(max(0, v - release.reach), min(LARGEST, v + release.reach) + 1) for v in shown]
    tables = np.stack(np.meshgrid(*[np.array(each, dtype=np.int8) for each in ranges], indexing="ij"), -1)
    tables = tables.reshape(-1, len(PATTERNS))
    fits = abs(tables.sum(1) - release.number(GRAND_TOTAL)) <= release.reach
    for place, name in enumerate(LISTS):
        size = tables[:, [bool(pattern[place]) for pattern in PATTERNS]].sum(1)
        fits &= abs(size - release.number(list_key(name))) <= release.reach
        if name != "Other":
            fits &= size >= 5
    found: np.ndarray = tables[fits]
    return found


def given_away(tables: np.ndarray) -> list[int]:
    """Places of patterns whose count follows, or of which it follows that it lies from 1 to 4."""
    low, high = tables.min(0), tables.max(0)
    return [k for k in range(tables.shape[1]) if low[k] == high[k] or (low[k] >= 1 and high[k] <= 4)]


@pytest.mark.parametrize("seed", range(12))
def test_no_pattern_follows_from_the_page(seed: int) -> None:
    chance = random.Random(seed)
    counts = {pattern: chance.randrange(LARGEST + 1) for pattern in PATTERNS}
    release = released(counts, seed)
    tables = same_page(release)
    assert (tables == [counts[pattern] for pattern in PATTERNS]).all(1).any() or not all(
        sum(n for p, n in counts.items() if p[k]) >= 5 for k in (0, 1)
    )
    assert given_away(tables) == []
    assert asked_of(LISTS, release) == {p: release.number(pattern_key(LISTS, p)) for p in PATTERNS}


def test_a_page_that_tells_the_exact_total_and_sizes_would_be_found_out() -> None:
    counts = dict(zip(PATTERNS, (0, 0, 0, 8, 0, 8, 1), strict=True))
    tables = same_page(released(counts, 1))
    sizes = np.array(PATTERNS).T
    truth = np.array([counts[pattern] for pattern in PATTERNS])
    told = (tables @ sizes.T == sizes @ truth).all(1) & (tables.sum(1) == truth.sum())
    assert given_away(tables[told])
