"""Counting once: which records are one young person, who counts them, and what is certain where nobody has decided.

The attribution rule: a young person known to several boroughs counts where the case that is open was opened first, and
by the borough's code where two were opened at once. Records are one young person when people settled that they are;
records that only look alike stay apart, and the range says how far that could be wrong.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TypeVar

from networkx.utils import UnionFind

Id = TypeVar("Id", bound=Hashable)
Pair = tuple[Id, Id]


class Standing(Enum):
    """Where a record counts for London."""

    HERE = "here"
    ELSEWHERE = "elsewhere"
    PERHAPS = "perhaps"


@dataclass(frozen=True, order=True)
class Known:
    """Since when a borough knows somebody: the order in which boroughs come when they know the same young person."""

    since: datetime
    borough_gss: str


def clusters(ids: Iterable[Id], same: Iterable[Pair[Id]]) -> dict[Id, Id]:
    """Give for each record one record that stands for everybody it is the same as, directly or by others."""
    found = UnionFind(ids)
    ours = list(found)
    for one, other in same:
        found.union(one, other)
    return {each: found[each] for each in ours}


def attribute(
    known: Mapping[Id, Known], *, settled: Iterable[Pair[Id]], alike: Iterable[Pair[Id]]
) -> dict[Id, Standing]:
    """Say of each record whether it counts here, elsewhere, or perhaps elsewhere, by the attribution rule."""
    pairs = list(settled)
    sure, unsure = clusters(known, pairs), clusters(known, [*pairs, *alike])
    first, perhaps = _earliest(known, sure), _earliest(known, unsure)
    standing = {}
    for each in known:
        if first[sure[each]] != each:
            standing[each] = Standing.ELSEWHERE
        else:
            standing[each] = Standing.HERE if perhaps[unsure[each]] == each else Standing.PERHAPS
    return standing


def _earliest(known: Mapping[Id, Known], cluster: Mapping[Id, Id]) -> dict[Id, Id]:
    found: dict[Id, Id] = {}
    for each in known:
        at = cluster[each]
        if at not in found or (known[each], str(each)) < (known[found[at]], str(found[at])):
            found[at] = each
    return found


@dataclass(frozen=True)
class Range:
    """From the largest single source to the sum of all, worked out from published numbers only.

    `low` and `high` are certain: each published number is taken at the end of what it may stand for. `high` is None
    where a source is hidden. `largest` and `added` are the same two as shown.
    """

    low: int
    high: int | None
    largest: int
    added: int


def honest_range(sources: Iterable[tuple[int | None, float, float]]) -> Range:
    """Give the range from each source's number as shown, and between which numbers the true one lies."""
    known = list(sources)
    high = sum(most for _, _, most in known)
    shown = [number for number, _, _ in known if number is not None]
    return Range(
        low=int(max((least for _, least, _ in known), default=0)),
        high=None if high == float("inf") else int(high),
        largest=max(shown, default=0),
        added=sum(shown),
    )
