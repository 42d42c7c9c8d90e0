"""Protecting a year of London: both designs, both ways, and the audit of all of it together."""

import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from cse_tracker.disclosure.attacker import _CLEARED
from cse_tracker.disclosure.model import CountTable
from cse_tracker.disclosure.register import Entry, Frame, World, audit_register
from cse_tracker.disclosure.release import Release, Rule, protect
from cse_tracker.disclosure.rounding import Last, round_controlled
from tests.bench.synthetic_london import MONTHS, London, made_up, one_way, two_way

SEED = b"a seed for the benchmark only"
Line = tuple[str, float, str, float | None]
DESIGNS: dict[str, tuple[Callable[..., CountTable], float]] = {
    "one-way, 374 cells": (one_way, 30.0),
    "two-way, 578 cells": (two_way, 120.0),
}


def figures() -> Iterator[Line]:
    """Give (name, value, unit, limit) for each design."""
    london = made_up()
    for name, (design, seconds) in DESIGNS.items():
        tables = [design(london.open_in(month)) for month in range(MONTHS)]
        yield from _rounding(name, tables)
        yield from _suppression(name, tables, seconds)
        yield from _against_group_by(name, design, london)


def _rounding(name: str, tables: list[CountTable]) -> Iterator[Line]:
    start, last, most = time.perf_counter(), None, 0
    for table in tables:
        rounded = round_controlled(table, seed=SEED, last=last)
        last = Last(table.cells, rounded.shown)
        most = max(most, *(abs(rounded.shown[key] - count) for key, count in table.cells.items()))
    yield f"rounding a year, {name}", time.perf_counter() - start, "s", 2.0
    yield f"  furthest that a cell moved, {name}", most, "", 4.0
    yield from _audits(f"rounded, {name}", _releases(tables, Rule.ROUND_5))


def _suppression(name: str, tables: list[CountTable], limit: float) -> Iterator[Line]:
    start = time.perf_counter()
    found = _releases(tables, Rule.HIDE_1_TO_4)
    yield f"suppressing a year, {name}", time.perf_counter() - start, "s", limit
    over = max(_number(each, "hidden") / _number(each, "at least") for each in found)
    yield f"  hidden / proven least, worst month, {name}", over, "ratio", 1.05
    yield from _audits(f"suppressed, {name}", found)


def _number(release: Release, name: str) -> float:
    return float(release.parameters[name] or 0)


def _releases(tables: list[CountTable], rule: Rule) -> list[Release]:
    found: list[Release] = []
    for month, table in enumerate(tables):
        last = (tables[month - 1], found[-1]) if found else None
        found.append(protect(table, seed=SEED, last=last, rule=rule))
        _tell(f"protecting {table.name}, {rule.value}: month {month + 1} of {len(tables)}")
    return found


def _audits(name: str, releases: list[Release]) -> Iterator[Line]:
    entries = [Entry(Frame("open", "London", month, month), each) for month, each in enumerate(releases)]
    start = time.perf_counter()
    audit_register(entries[:1], World())
    yield f"  audit of one release, {name}", time.perf_counter() - start, "s", 1.0
    # Else what the single release has cleared would not be attacked again.
    _CLEARED.clear()
    start = time.perf_counter()
    findings = audit_register(entries, World())
    yield f"  audit of twelve months together, {name}", time.perf_counter() - start, "s", 60.0
    yield f"  exact or weak in it, {name}", len(findings.leaks), "", 0.0


def _against_group_by(name: str, design: Callable[..., CountTable], london: London) -> Iterator[Line]:
    def ours(spells: London) -> float:
        return _seconds(lambda: _releases([design(spells.open_in(m)) for m in range(MONTHS)], Rule.ROUND_5))

    large = made_up(open_cases=200_000)
    small = made_up(open_cases=20_000)
    grows = ours(large) / ours(small)
    yield f"counting and rounding a year, 200,000 cases / 20,000, {name}", grows, "ratio", 10.0
    yield f"  the same year / a plain group-by of its rows, {name}", ours(large) / _plain(large), "ratio", None


def _plain(spells: London) -> float:
    def group() -> None:
        for month in range(MONTHS):
            spells.open_in(month).groupby(["borough", "level", "certainty", "sex", "age"]).size()

    return _seconds(group)


def _seconds(go: Callable[[], Any]) -> float:
    start = time.perf_counter()
    go()
    return time.perf_counter() - start


def _tell(words: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{words:<78}")
