"""Everything ever published, laid side by side: which figures are about the same people, and what links them.

An `Entry` is one release with its place in the world: what it counts, where, when and in which edition. The links
follow from that: areas add up to larger areas, months to longer periods, stock and flow to the next stock, two
editions of one month differ by what was corrected.
"""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from cse_tracker.disclosure.attacker import (
    Figure,
    Findings,
    Knowledge,
    Name,
    Progress,
    adds_up,
    at_most,
    attack,
    moved,
    percentage,
)
from cse_tracker.disclosure.model import CellKey, spoken
from cse_tracker.disclosure.release import SUPPRESSION, Release


@dataclass(frozen=True, order=True)
class Frame:
    """What a release counts (`series`), where, over which months (numbered from year 0), and in which edition."""

    series: str
    place: str
    first: int
    last: int
    edition: int = 1

    @property
    def slot(self) -> tuple[str, str, int, int]:
        """The frame without its edition."""
        return self.series, self.place, self.first, self.last

    @property
    def words(self) -> str:
        """The frame in words, for whoever has to see which figures together give something away."""
        months = f"{self.first // 12}-{self.first % 12 + 1:02}"
        if self.last != self.first:
            months += f" to {self.last // 12}-{self.last % 12 + 1:02}"
        again = f", edition {self.edition}" if self.edition > 1 else ""
        return f"{self.series}, {self.place}, {months}{again}"


@dataclass(frozen=True)
class Percentage:
    """A percentage that somebody published of two cells of a frame, where its parts are not shown."""

    frame: Frame
    part: CellKey
    whole: CellKey
    percent: float
    places: int = 0


@dataclass(frozen=True)
class Flow:
    """Which series are a stock, who joined it and who left it."""

    stock: str
    joined: str
    left: str


class When(Enum):
    """Of which moment or time a count is, seen from a period: the month that ended before it, its last month, or it."""

    BEFORE = "before"
    AFTER = "after"
    DURING = "during"


@dataclass(frozen=True)
class Counted:
    """A cell of a series, at a moment seen from a period."""

    series: str
    when: When
    key: CellKey


@dataclass(frozen=True)
class AtMost:
    """What must hold of every period: the counts of `parts` together are no more than those of `whole`."""

    parts: tuple[Counted, ...]
    whole: tuple[Counted, ...]


@dataclass(frozen=True)
class World:
    """How places contain one another, which series are stock and flow, and which counts cannot exceed which.

    A place belongs to any number of sums.
    """

    areas: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    flows: Sequence[Flow] = ()
    limits: Sequence[AtMost] = ()


@dataclass(frozen=True)
class Entry:
    """One release in the register."""

    frame: Frame
    release: Release


_CHANGE: Final = "change"


def name_of(frame: Frame, key: CellKey) -> Name:
    """The name under which the attacker knows a cell."""
    return frame, key


def change_of(name: Name) -> Name:
    """The name under which the attacker knows by how much an edition differs in a cell from the one before."""
    return _CHANGE, name


def in_words(name: Name) -> str:
    """A count in words, never with its number."""
    if isinstance(name, tuple) and len(name) == 2:
        first, second = name
        if isinstance(first, Frame):
            return f"{first.words}: {spoken(second)}"
        if first == _CHANGE:
            return f"how many were corrected in {in_words(second)}"
    return str(name)


def knowledge_of(
    entries: Iterable[Entry], world: World, percentages: Iterable[Percentage] = ()
) -> tuple[Knowledge, frozenset[Name]]:
    """Everything in public about the entries; and the counts published exactly, by right."""
    known, openly = Knowledge(), set()
    cells: dict[Frame, dict[CellKey, None]] = {}
    for entry in sorted(entries, key=lambda each: each.frame):
        cells.setdefault(entry.frame, {}).update(dict.fromkeys(entry.release.shown))
        for key in entry.release.shown:
            name, (low, high) = name_of(entry.frame, key), entry.release.bounds(key)
            known.figures.append(Figure(name, low, high, in_words(name)))
            if entry.release.method == SUPPRESSION and low == high:
                openly.add(name)
        for each in entry.release.constraints:
            parts = [name_of(entry.frame, part) for part in each.parts]
            known.sums.append(adds_up(name_of(entry.frame, each.total), parts))
    for share in percentages:
        words = f"{in_words(name_of(share.frame, share.part))} as a percentage of {spoken(share.whole)}"
        part, whole = name_of(share.frame, share.part), name_of(share.frame, share.whole)
        cells.setdefault(share.frame, {}).update({share.part: None, share.whole: None})
        known.sums += percentage(part, whole, share.percent, words, places=share.places)
    _link(known, cells, world)
    return known, frozenset(openly)


def _link(known: Knowledge, cells: dict[Frame, dict[CellKey, None]], world: World) -> None:
    slots: dict[tuple[str, str, int, int], list[Frame]] = {}
    for frame in sorted(cells):
        slots.setdefault(frame.slot, []).append(frame)
    newest = {slot: frames[-1] for slot, frames in slots.items()}
    first = {slot: frames[0] for slot, frames in slots.items()}
    for editions in ({**newest}, {**first}) if newest != first else (newest,):
        _areas(known, cells, editions, world)
        _periods(known, cells, editions)
        _flows(known, cells, editions, world)
        _limits(known, cells, editions, world)
    for frames in slots.values():
        for before, after in itertools.pairwise(frames):
            for key in cells[before].keys() & cells[after].keys():
                name = name_of(after, key)
                known.corrected(name, name_of(before, key), change_of(name))


Slots = dict[tuple[str, str, int, int], Frame]
_Span = Mapping[When, tuple[int, int]]


def _areas(known: Knowledge, cells: dict[Frame, dict[CellKey, None]], slots: Slots, world: World) -> None:
    for (series, place, first, last), frame in list(slots.items()):
        members = world.areas.get(place)
        if not members:
            continue
        parts = [slots.get((series, each, first, last)) or Frame(series, each, first, last) for each in members]
        # A figure for the whole says nothing about parts of which nothing at all is in public, nor of many at once.
        if not any(part in cells for part in parts):
            continue
        for key in cells[frame]:
            known.sums.append(adds_up(name_of(frame, key), [name_of(part, key) for part in parts]))


def _periods(known: Knowledge, cells: dict[Frame, dict[CellKey, None]], slots: Slots) -> None:
    for (series, place, first, last), frame in list(slots.items()):
        if first == last:
            continue
        parts = _covering(slots, series, place, first, last)
        if len(parts) < 2:
            continue
        for key in cells[frame]:
            known.sums.append(adds_up(name_of(frame, key), [name_of(part, key) for part in parts]))


def _covering(slots: Slots, series: str, place: str, first: int, last: int) -> list[Frame]:
    """A period and the largest shorter one from the same start, or its months, published or not."""
    shorter = [end for (s, p, a, end) in slots if (s, p, a) == (series, place, first) and end < last]
    inner = [month for month in range(first, last + 1) if (series, place, month, month) in slots]
    if shorter and len(inner) < 2:
        end = max(shorter)
        rest = (series, place, end + 1, last)
        return [slots[series, place, first, end], slots.get(rest) or Frame(*rest)]
    if not inner:
        return []
    months = [(series, place, month, month) for month in range(first, last + 1)]
    return [slots.get(month) or Frame(*month) for month in months]


def _flows(known: Knowledge, cells: dict[Frame, dict[CellKey, None]], slots: Slots, world: World) -> None:
    for flow in world.flows:
        for (series, place, first, last), joined in list(slots.items()):
            if series != flow.joined:
                continue
            left = slots.get((flow.left, place, first, last)) or Frame(flow.left, place, first, last)
            before = slots.get((flow.stock, place, first - 1, first - 1))
            after = slots.get((flow.stock, place, last, last))
            if before is None or after is None:
                continue
            for key in cells[joined].keys() & cells[before].keys() & cells[after].keys():
                known.sums.append(
                    moved(name_of(after, key), name_of(before, key), name_of(joined, key), name_of(left, key))
                )


def _limits(known: Knowledge, cells: dict[Frame, dict[CellKey, None]], slots: Slots, world: World) -> None:
    periods = {(place, first, last) for _, place, first, last in slots}
    for limit, (place, first, last) in itertools.product(world.limits, sorted(periods)):
        span = {When.BEFORE: (first - 1, first - 1), When.AFTER: (last, last), When.DURING: (first, last)}

        def named(counted: Iterable[Counted], place: str = place, span: _Span = span) -> list[Name | None]:
            frames = [(each.key, slots.get((each.series, place, *span[each.when]))) for each in counted]
            return [name_of(frame, key) if frame and key in cells[frame] else None for key, frame in frames]

        parts = [name for name in named(limit.parts) if name is not None]
        whole = named(limit.whole)
        # A whole of which a part is not in public bounds nothing; a part that is not in public only leaves more room.
        if parts and None not in whole:
            known.sums.append(at_most(parts, whole))


def audit_register(
    entries: Iterable[Entry],
    world: World,
    *,
    percentages: Iterable[Percentage] = (),
    threshold: int = 5,
    progress: Progress | None = None,
) -> Findings:
    """Attack everything in public at once. Raises CannotProtect when public figures contradict each other."""
    known, openly = knowledge_of(entries, world, percentages)
    return attack(known, threshold=threshold, openly=openly, progress=progress)
