"""Protects a month's counts, table by table, with what has to be known for it read from the store once before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import select

from cse_tracker.disclosure import release
from cse_tracker.disclosure.errors import CannotProtect
from cse_tracker.disclosure.model import CountTable, table_from_stored
from cse_tracker.disclosure.register import Entry, Frame
from cse_tracker.disclosure.release import Release, Rule
from cse_tracker.records import keys
from cse_tracker.records.keys import unlock
from cse_tracker.statistics import register
from cse_tracker.statistics.designs import Design
from cse_tracker.statistics.model import MonthlyRelease, ReleaseState
from cse_tracker.statistics.periods import Period
from cse_tracker.work.errors import RuleBroken
from cse_tracker.work.unit import Work

SECONDS: Final = 60.0
"""How long the search for the fewest cells to hide may take for one table; after that more is hidden."""
TOGETHER: Final = 8
QUARTERS_FLOWS: Final = (Design.JOINED, Design.LEFT, Design.CHANGES)
"""What is rounded again: the flows, never the stock, which has to stay steady from month to month."""
UNSAFE: Final = "statistics.unsafe"

Tables = Mapping[Design, Release]


@dataclass(frozen=True, repr=False)
class Bench:
    """A month's counts and what they are protected with. Nothing on it needs the store: it may take as long as it does.

    `public` is everything that the borough ever published, `frames` say where each table stands beside it.
    """

    counted: Mapping[Design, CountTable]
    rule: Rule
    seed: bytes
    last: Mapping[Design, tuple[CountTable, Release]]
    public: Sequence[Entry]
    frames: Mapping[Design, Frame]

    def protect(self, design: Design) -> Release:
        """Protect one table by itself; raises RuleBroken where no way is found."""
        return self._protected(design, self.last.get(design), first_attempt=0)

    def otherwise(self, attempt: int) -> dict[Design, Release]:
        """Round the quarter's flows in another way; raises RuleBroken where none is found."""
        flows = [each for each in QUARTERS_FLOWS if each in self.counted]
        return {each: self._protected(each, None, first_attempt=attempt) for each in flows}

    def stands_together(self, tables: Tables) -> bool:
        """Whether rounded tables give nothing away beside one another and all that is in public.

        Where there are no flows, or figures are hidden, there is nothing to do otherwise: that is left to the approval.
        """
        if self.rule is not Rule.ROUND_5 or Design.JOINED not in self.counted:
            return True
        entries = [Entry(self.frames[each], table) for each, table in tables.items()]
        return not register.attacked([*self.public, *entries]).leaks

    def _protected(self, design: Design, last: tuple[CountTable, Release] | None, *, first_attempt: int) -> Release:
        try:
            return release.protect(
                self.counted[design],
                seed=self.seed,
                last=last,
                rule=self.rule,
                seconds=SECONDS,
                first_attempt=first_attempt,
            )
        except CannotProtect:
            message = "No way was found to show these figures without giving somebody away, so nothing was prepared"
            raise RuleBroken(UNSAFE, message) from None


def bench(
    work: Work, counted: Mapping[Design, CountTable], *, borough_gss: str, month: date, number: int, rule: Rule
) -> Bench:
    """Read from the store what a month's counts are protected with."""
    together = rule is Rule.ROUND_5 and Design.JOINED in counted
    return Bench(
        counted=counted,
        rule=rule,
        seed=keys.seed(work.session, f"rounding/{borough_gss}", Period(month).ends_at),
        last=_last_tables(work, borough_gss, month),
        public=register.entries_of(register.published(work, borough_gss)) if together else (),
        frames={each: register.frame_of(each, borough_gss, month, number) for each in counted},
    )


def _last_tables(work: Work, borough_gss: str, month: date) -> dict[Design, tuple[CountTable, Release]]:
    """Give the true and the shown tables of each design's last approved release, for rounding to be steady against."""
    rows = work.session.scalars(
        select(MonthlyRelease)
        .where(
            MonthlyRelease.borough_gss == borough_gss,
            MonthlyRelease.month <= month,
            MonthlyRelease.state == ReleaseState.APPROVED,
        )
        .order_by(MonthlyRelease.month.desc(), MonthlyRelease.number.desc())
        .limit(4)
    ).all()
    unlock(work.session, [row.compartment_id for row in rows])
    found: dict[Design, tuple[CountTable, Release]] = {}
    for row in rows:
        for design in Design:
            tables, snapshot = row.body.tables.get(design.value), row.body.snapshot.get(design.value)
            if design not in found and tables is not None and snapshot is not None:
                found[design] = table_from_stored(snapshot), release.from_stored(tables)
    return found
