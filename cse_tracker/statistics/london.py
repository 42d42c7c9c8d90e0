"""London, put together from what boroughs that signed have published, and from nothing else."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from cse_tracker.access.decisions import scope
from cse_tracker.access.matrix import Permission
from cse_tracker.disclosure.model import GRAND_TOTAL, cell_key
from cse_tracker.disclosure.release import ROUNDING, Release, shown_as
from cse_tracker.identity import queries as identity
from cse_tracker.london import SUB_REGIONS
from cse_tracker.statistics import agreements, categories
from cse_tracker.statistics.designs import Design
from cse_tracker.statistics.events import LondonViewed
from cse_tracker.statistics.linkage import Range, honest_range
from cse_tracker.statistics.periods import Period
from cse_tracker.statistics.queries import approved_month
from cse_tracker.work.errors import NotFound
from cse_tracker.work.unit import Work

ELSEWHERE: Final = cell_key(("elsewhere", categories.ELSEWHERE[0]))
PERHAPS: Final = cell_key(("elsewhere", categories.ELSEWHERE[1]))


@dataclass(frozen=True)
class Part:
    """One borough that signed, with its published young people; `table` is None where the month is not published."""

    borough_gss: str
    name: str
    table: Release | None

    @property
    def shown(self) -> int | None:
        """The number as published, None where it is hidden or not published."""
        return self.table.value(GRAND_TOTAL) if self.table is not None else None

    @property
    def text(self) -> str:
        """The number as it stands in a table."""
        return self.table.text(GRAND_TOTAL) if self.table is not None else "[x]"


def _published(parts: Iterable[Part]) -> frozenset[str]:
    return frozenset(part.borough_gss for part in parts if part.table is not None)


@dataclass(frozen=True)
class SubRegion:
    """A part of London: its boroughs that signed, of all that lie in it, and their published young people added up."""

    name: str
    boroughs: int
    parts: tuple[Part, ...]

    @property
    def published(self) -> frozenset[str]:
        """The boroughs whose figures stand in it."""
        return _published(self.parts)

    @property
    def text(self) -> str:
        """The number as it stands in a table: hidden where one of its boroughs hides its own."""
        tables = [part.table for part in self.parts if part.table is not None]
        if not tables:
            return "[x]"
        return shown_as(_added(tables, GRAND_TOTAL), rounded=any(each.method == ROUNDING for each in tables))


@dataclass(frozen=True)
class London:
    """The boroughs that signed, in one month. `linked` counts everybody once, as far as it has been settled who is who.

    `least` is the same if everybody who looks alike is the same. Both are None where a number they need is hidden.
    """

    period: Period
    parts: tuple[Part, ...]
    unsigned: int
    range: Range | None
    linked: int | None
    least: int | None

    @property
    def published(self) -> frozenset[str]:
        """The boroughs whose figures stand in it."""
        return _published(self.parts)

    @property
    def sub_regions(self) -> tuple[SubRegion, ...]:
        """The sub-regions in which a borough has signed."""
        found = (
            SubRegion(name, len(codes), tuple(part for part in self.parts if part.borough_gss in codes))
            for name, codes in SUB_REGIONS.items()
        )
        return tuple(each for each in found if each.parts)


def open_london(work: Work, month: date) -> London:
    """Give London in a month, recorded as seen; NotFound for whoever reads no figures at all."""
    if not scope(work.actor, Permission.STATISTICS_VIEW).boroughs:
        raise NotFound
    found = london_of(work, month)
    work.record(LondonViewed(subject_id=None, month=month, boroughs=len(found.published)))
    return found


def london_of(work: Work, month: date) -> London:
    """Put a month of London together from approved releases of the boroughs whose agreement holds now."""
    signed = agreements.signed_now(work)
    every = identity.boroughs(work)
    parts = []
    for borough in every:
        if borough.gss in signed:
            found = approved_month(work, borough.gss, month)
            table = found.tables.get(Design.YOUNG_PEOPLE) if found is not None else None
            parts.append(Part(borough.gss, borough.name, table))
    tables = [part.table for part in parts if part.table is not None]
    sources = [(each.value(GRAND_TOTAL), *each.bounds(GRAND_TOTAL)) for each in tables]
    added, elsewhere, perhaps = (_added(tables, key) for key in (GRAND_TOTAL, ELSEWHERE, PERHAPS))
    linked = max(0, added - elsewhere) if added is not None and elsewhere is not None else None
    return London(
        period=Period(month),
        parts=tuple(parts),
        unsigned=len(every) - len(parts),
        range=honest_range(sources) if sources else None,
        linked=linked,
        least=max(0, linked - perhaps) if linked is not None and perhaps is not None else None,
    )


def _added(tables: list[Release], key: object) -> int | None:
    found = [table.shown.get(key, 0) for table in tables]  # type: ignore[call-overload]
    return None if not found or None in found else sum(found)
