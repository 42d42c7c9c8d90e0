"""The only form in which counts leave this room: protected values, the rule they follow, and a digest of both."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import InitVar, dataclass, field
from types import MappingProxyType
from typing import Any, NoReturn

from cse_tracker.disclosure import audit, rounding
from cse_tracker.disclosure.errors import CannotProtect, InvalidRelease, InvalidTable
from cse_tracker.disclosure.model import COUNT_COLUMN, CellKey, Constraint, CountTable, broken_sums, cell_key

ROUNDING = "controlled rounding"
ATTEMPTS = 20
FORMAT = 1

_TOKEN = object()


@dataclass(frozen=True, eq=False, repr=False)
class Release:
    """Counts that passed disclosure control. It holds shown values only and is made by `protect` or `from_stored`.

    `reach` is the furthest a true count can lie from its shown value; `parameters` say how the values came about.
    Two releases are equal when their digests are. Raises InvalidRelease when made directly.
    """

    name: str
    totals_label: str
    method: str
    base: int
    reach: int
    rule: str
    parameters: Mapping[str, int | str | None]
    shown: Mapping[CellKey, int]
    constraints: tuple[Constraint, ...]
    token: InitVar[object]
    digest: str = field(init=False)

    def __post_init__(self, token: object) -> None:
        if token is not _TOKEN:
            raise InvalidRelease("a release is made by protecting a table, not directly")
        if (
            self.method != ROUNDING
            or self.base < rounding.SMALLEST_BASE
            or self.reach not in (self.base - 1, 2 * self.base - 1)
        ):
            raise InvalidRelease(f"{self.name} claims a rule that this room does not follow")
        if any(type(value) is not int or value < 0 or value % self.base for value in self.shown.values()):
            raise InvalidRelease(f"{self.name} shows a number that is no multiple of {self.base}")
        if broken_sums(self.shown, self.constraints):
            raise InvalidRelease(f"the numbers shown in {self.name} do not add up")
        object.__setattr__(self, "shown", MappingProxyType(dict(self.shown)))
        object.__setattr__(self, "parameters", MappingProxyType(dict(self.parameters)))
        object.__setattr__(self, "digest", _digest(self._content()))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Release) and other.digest == self.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def __repr__(self) -> str:
        return f"Release({self.name!r}, {self.method} to {self.base}, {len(self)} cells, digest {self.digest[:12]})"

    def __reduce__(self) -> NoReturn:
        # Unpickling and copying rebuild an object past its constructor, and so past the token.
        raise InvalidRelease("a release is stored by to_stored, not pickled or copied")

    def __iter__(self) -> Iterator[tuple[CellKey, int]]:
        return iter(self.shown.items())

    def __len__(self) -> int:
        return len(self.shown)

    def value(self, key: CellKey) -> int:
        """The number shown for a cell. Raises KeyError for a cell the table does not have."""
        return self.shown[key]

    def percent(self, part: CellKey, whole: CellKey) -> int | None:
        """`part` as a whole percentage of `whole`, both as shown, halves up; None when the whole is shown as 0."""
        shown = self.shown[whole]
        return (200 * self.shown[part] + shown) // (2 * shown) if shown else None

    def to_rows(self) -> list[dict[str, str | int]]:
        """One row per cell in table order: each dimension's category (or the totals label), and `count` as shown."""
        dimensions = dict.fromkeys(dimension for key in self.shown for dimension, _ in key)
        total = dict.fromkeys(dimensions, self.totals_label)
        return [{**total, **dict(key), COUNT_COLUMN: value} for key, value in self]

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


def protect(table: CountTable, *, seed: bytes, previous: Release | None = None, base: int = 5) -> Release:
    """Round the table, audit what the rounding gives away, and release it only when that is nothing.

    `previous` is last month's release of the same table. A rounding that leaks is replaced by another, ATTEMPTS times.
    Raises CannotProtect when no rounding exists or every one tried leaks.
    """
    last_shown = previous.shown if previous else None
    for attempt in range(ATTEMPTS):
        rounded = rounding.round_controlled(table, base=base, seed=seed, previous=last_shown, attempt=attempt)
        if not audit.check(rounded, table.constraints).leaks:
            return Release(
                name=table.name,
                totals_label=table.totals_label,
                method=ROUNDING,
                base=base,
                reach=rounded.reach,
                rule=_rule(rounded),
                parameters={"attempt": attempt, "previous": previous.digest if previous else None},
                shown=rounded.shown,
                constraints=table.constraints,
                token=_TOKEN,
            )
    raise CannotProtect(f"each of {ATTEMPTS} roundings of {table.name} would let a small or exact count be worked out")


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
