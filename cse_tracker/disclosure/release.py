"""The only form in which counts leave this room: protected values, the rule they follow, and a digest of both."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import InitVar, dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NoReturn

import numpy as np

from cse_tracker.disclosure import audit, rounding, suppression
from cse_tracker.disclosure.attacker import Figure, Knowledge, adds_up, attack
from cse_tracker.disclosure.errors import CannotProtect, InvalidRelease, InvalidTable
from cse_tracker.disclosure.model import COUNT_COLUMN, CellKey, Constraint, CountTable, broken_sums, cell_key

ROUNDING = "controlled rounding"
SUPPRESSION = "suppression"
HIDDEN = "[c]"
"""The government's symbol for a number that is not shown to keep it confidential, whatever the reason in each cell."""
ATTEMPTS = 20
FORMAT = 1

_TOKEN = object()


class Rule(StrEnum):
    """How a body protects its figures: rounding is the default, hiding is for bodies whose own rule demands it."""

    ROUND_5 = "round-5"
    HIDE_1_TO_4 = "hide-1-to-4"
    HIDE_1_TO_5 = "hide-1-to-5"

    @property
    def words(self) -> str:
        """The rule in a few words."""
        return {
            Rule.ROUND_5: "Round every number to a multiple of 5",
            Rule.HIDE_1_TO_4: "Hide numbers from 1 to 4, and others where those could be worked out",
            Rule.HIDE_1_TO_5: "Hide numbers from 1 to 5, and others where those could be worked out",
        }[self]


THRESHOLDS = {Rule.HIDE_1_TO_4: 5, Rule.HIDE_1_TO_5: 6}


@dataclass(frozen=True, eq=False, repr=False)
class Release:
    """Counts that passed disclosure control. It holds shown values only and is made by `protect` or `from_stored`.

    `reach` is the furthest a true count can lie from its shown value; `parameters` say how the values came about.
    A hidden number is None; `base` is then the least number shown beside 0, and `reach` is 0.
    Two releases are equal when their digests are. Raises InvalidRelease when made directly.
    """

    name: str
    totals_label: str
    method: str
    base: int
    reach: int
    rule: str
    parameters: Mapping[str, int | str | None]
    shown: Mapping[CellKey, int | None]
    constraints: tuple[Constraint, ...]
    token: InitVar[object]
    digest: str = field(init=False)

    def __post_init__(self, token: object) -> None:
        if token is not _TOKEN:
            raise InvalidRelease("a release is made by protecting a table, not directly")
        if not self._follows_a_rule():
            raise InvalidRelease(f"{self.name} claims a rule that this room does not follow")
        if not all(self._may_be_shown(value) for value in self.shown.values()):
            raise InvalidRelease(f"{self.name} shows a number that its rule forbids")
        if broken_sums(*self._visible()):
            raise InvalidRelease(f"the numbers shown in {self.name} do not add up")
        object.__setattr__(self, "shown", MappingProxyType(dict(self.shown)))
        object.__setattr__(self, "parameters", MappingProxyType(dict(self.parameters)))
        object.__setattr__(self, "digest", _digest(self._content()))

    def _follows_a_rule(self) -> bool:
        if self.method == SUPPRESSION:
            return self.base in suppression.THRESHOLDS and self.reach == 0
        rounds = self.method == ROUNDING and self.base >= rounding.SMALLEST_BASE
        return rounds and self.reach in (self.base - 1, 2 * self.base - 1)

    def _may_be_shown(self, value: int | None) -> bool:
        if self.method == SUPPRESSION and value is None:
            return True
        if type(value) is not int or value < 0:
            return False
        return value == 0 or value >= self.base if self.method == SUPPRESSION else value % self.base == 0

    def _visible(self) -> tuple[dict[CellKey, int], list[Constraint]]:
        shown = {key: value for key, value in self.shown.items() if value is not None}
        if unknown := {each for c in self.constraints for each in (c.total, *c.parts)} - self.shown.keys():
            raise InvalidRelease(f"{self.name} has a sum over a cell that it lacks ({len(unknown)})")
        return shown, [c for c in self.constraints if all(each in shown for each in (c.total, *c.parts))]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Release) and other.digest == self.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def __repr__(self) -> str:
        return f"Release({self.name!r}, {self.method} to {self.base}, {len(self)} cells, digest {self.digest[:12]})"

    def __reduce__(self) -> NoReturn:
        # Unpickling and copying rebuild an object past its constructor, and so past the token.
        raise InvalidRelease("a release is stored by to_stored, not pickled or copied")

    def __iter__(self) -> Iterator[tuple[CellKey, int | None]]:
        return iter(self.shown.items())

    def __len__(self) -> int:
        return len(self.shown)

    def value(self, key: CellKey) -> int | None:
        """The number shown for a cell, None where it is hidden. Raises KeyError for a cell the table does not have."""
        return self.shown[key]

    def number(self, key: CellKey) -> int:
        """The number shown for a cell. Raises KeyError for a cell the table does not have, or that is hidden."""
        shown = self.shown[key]
        if shown is None:
            raise KeyError(key)
        return shown

    def percent(self, part: CellKey, whole: CellKey) -> int | None:
        """`part` as a whole percentage of `whole`, both as shown, halves up; None when the whole is shown as 0."""
        return self.percent_of((part,), whole)

    def percent_of(self, parts: Iterable[CellKey], whole: CellKey) -> int | None:
        """Several parts together as a whole percentage of `whole`, as `percent`; None too where one is hidden."""
        shown, shares = self.shown[whole], [self.shown[part] for part in parts]
        known = [share for share in shares if share is not None]
        if not shown or len(known) < len(shares):
            return None
        return (200 * sum(known) + shown) // (2 * shown)

    def rate(self, key: CellKey, population: int, *, per: int = 10_000) -> int | None:
        """The number as shown for every so many people, whole; None where it is hidden or nobody lives there."""
        shown = self.shown[key]
        return (2 * per * shown + population) // (2 * population) if shown is not None and population else None

    def text(self, key: CellKey) -> str:
        """The number as it stands in a table: `[c]` where it is hidden, `[low]` where a 0 may stand for a few."""
        return shown_as(self.shown[key], rounded=self.method == ROUNDING)

    def whole_in_one(self) -> tuple[CellKey, ...]:
        """Cells that hold everybody of their total, as shown: of a group of that size all share what the cell says."""
        found = []
        for each in self.constraints:
            total = self.shown[each.total]
            if total and len(each.parts) > 1:
                found += [part for part in each.parts if self.shown[part] == total]
        return tuple(dict.fromkeys(found))

    def bounds(self, key: CellKey) -> tuple[float, float]:
        """Between which numbers the true one lies for all that a reader is told."""
        shown = self.shown[key]
        if shown is None:
            return 1.0, float("inf")
        return float(max(0, shown - self.reach)), float(shown + self.reach)

    def to_rows(self) -> list[dict[str, str | int]]:
        """One row per cell in table order: each dimension's category (or the totals label), and `count` as shown."""
        dimensions = dict.fromkeys(dimension for key in self.shown for dimension, _ in key)
        total = dict.fromkeys(dimensions, self.totals_label)
        return [{**total, **dict(key), COUNT_COLUMN: HIDDEN if value is None else value} for key, value in self]

    def to_stored(self) -> dict[str, Any]:
        """The release as plain JSON values, digest included, for a register to freeze."""
        return {**self._content(), "digest": self.digest}

    def _content(self) -> dict[str, Any]:
        place = {key: index for index, key in enumerate(self.shown)}
        return {
            "format": FORMAT,
            "name": self.name,
            "totals_label": self.totals_label,
            "method": self.method,
            "base": self.base,
            "reach": self.reach,
            "rule": self.rule,
            "parameters": dict(self.parameters),
            "cells": [[[list(pair) for pair in key], value] for key, value in self.shown.items()],
            "constraints": [[place[c.total], [place[part] for part in c.parts]] for c in self.constraints],
        }


def shown_as(value: int | None, *, rounded: bool) -> str:
    """A number as the government's conventions for tables write it."""
    if value is None:
        return HIDDEN
    return "[low]" if rounded and value == 0 else str(value)


def protect(
    table: CountTable,
    *,
    seed: bytes,
    last: tuple[CountTable, Release] | None = None,
    rule: Rule = Rule.ROUND_5,
    base: int = 5,
    seconds: float = 60.0,
    first_attempt: int = 0,
) -> Release:
    """Protect the table by the rule, audit what that gives away, and release it only when that is nothing.

    `last` is last month's table with its release, for rounding to be steady against. A rounding that leaks is replaced
    by another, ATTEMPTS times, from `first_attempt` on: who lays it beside other releases may need a later one.
    `seconds` limit the search for the fewest cells to hide.
    Raises CannotProtect when no protection exists or every one tried leaks.
    """
    if rule is not Rule.ROUND_5:
        return _hidden(table, THRESHOLDS[rule], seconds)
    before = _last(last)
    for attempt in range(first_attempt, first_attempt + ATTEMPTS):
        rounded = rounding.round_controlled(table, base=base, seed=seed, last=before, attempt=attempt)
        if not audit.check(rounded, table.constraints).leaks:
            return Release(
                name=table.name,
                totals_label=table.totals_label,
                method=ROUNDING,
                base=base,
                reach=rounded.reach,
                rule=_rule(rounded),
                parameters={"attempt": attempt, "previous": last[1].digest if last else None},
                shown=rounded.shown,
                constraints=table.constraints,
                token=_TOKEN,
            )
    raise CannotProtect(f"each of {ATTEMPTS} roundings of {table.name} would let a small or exact count be worked out")


def _last(last: tuple[CountTable, Release] | None) -> rounding.Last | None:
    if last is None or last[1].method != ROUNDING:
        return None
    shown = {key: value for key, value in last[1].shown.items() if value is not None}
    return rounding.Last(last[0].cells, shown)


def _hidden(table: CountTable, threshold: int, seconds: float) -> Release:
    found = suppression.suppress(table, threshold=threshold, seconds=seconds)
    figures = [
        Figure(key, 1 if value is None else value, np.inf if value is None else value, "")
        for key, value in found.shown.items()
    ]
    sums = [adds_up(each.total, each.parts) for each in table.constraints]
    if attack(Knowledge(figures, sums), threshold=threshold).leaks:
        raise CannotProtect(f"what is hidden in {table.name} could be worked out")
    more = "" if found.in_time else " Time was short, so more is hidden than may be needed."
    return Release(
        name=table.name,
        totals_label=table.totals_label,
        method=SUPPRESSION,
        base=threshold,
        reach=0,
        rule=(
            f"Numbers from 1 to {threshold - 1} are not shown ({HIDDEN}), nor are others from which those could "
            f"be worked out. A 0 is a true 0.{more}"
        ),
        parameters={"hidden": found.hidden, "at least": found.bound, "in time": "yes" if found.in_time else "no"},
        shown=found.shown,
        constraints=table.constraints,
        token=_TOKEN,
    )


def from_stored(stored: Mapping[str, Any]) -> Release:
    """The release that `to_stored` wrote. Raises InvalidRelease when anything in it differs from what was released."""
    try:
        keys = [cell_key(*((dimension, category) for dimension, category in key)) for key, _ in stored["cells"]]
        release = Release(
            **{name: stored[name] for name in ("name", "totals_label", "method", "base", "reach", "rule")},
            parameters=stored["parameters"],
            shown=dict(zip(keys, (value for _, value in stored["cells"]), strict=True)),
            constraints=tuple(
                Constraint(keys[total], tuple(keys[part] for part in parts)) for total, parts in stored["constraints"]
            ),
            token=_TOKEN,
        )
    except (KeyError, TypeError, ValueError, IndexError, ArithmeticError, InvalidTable) as error:
        raise InvalidRelease(f"the stored content is no release: {error}") from None
    # The rebuilt release brings its own digest, so this compares digests and also sees fields added to the content.
    if release.to_stored() != dict(stored):
        raise InvalidRelease(f"the stored release {release.name} is not what was released")
    return release


def _rule(rounded: rounding.Rounded) -> str:
    how = ", the one above or the one below, chosen so that totals still add up."
    if rounded.relaxed:
        how = ", chosen so that totals still add up; some had to move past the nearest multiples for that."
    return (
        f"Every number is rounded to a multiple of {rounded.base}{how} "
        f"The true number can be up to {rounded.reach} more or less than the number shown. "
        f"A 0 stands for any number from 0 to {rounded.reach}."
    )


def _digest(content: Mapping[str, Any]) -> str:
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()
