"""A month's release that somebody asked for on a page, or the clock by itself, made step by step by the clock.

What takes long is done between the units of work, and each step's result is kept: nobody waits for the store
meanwhile, the page says how far it is, and a clock that is killed is followed by one that goes on from there.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, select

from cse_tracker.access.decisions import require, require_sight, scope
from cse_tracker.access.matrix import Permission
from cse_tracker.disclosure.model import CountTable, table_from_stored, table_to_stored
from cse_tracker.disclosure.release import Release, Rule, from_stored
from cse_tracker.identity import queries as identity
from cse_tracker.records.keys import new_compartment, unlock
from cse_tracker.rulebook.calendar import is_working_day
from cse_tracker.statistics import commands
from cse_tracker.statistics.designs import QUARTERLY, Design
from cse_tracker.statistics.events import StatisticsAsked, StatisticsCarriedOn, StatisticsNotPrepared, StatisticsTakenUp
from cse_tracker.statistics.model import MonthlyRelease, Preparation, PreparationBody, PreparationState, ReleaseState
from cse_tracker.statistics.periods import Period
from cse_tracker.statistics.protecting import QUARTERS_FLOWS, TOGETHER, UNSAFE, Bench, Tables, bench
from cse_tracker.statistics.register import UNFINISHED
from cse_tracker.work.errors import Conflict, NotFound, Refused, RuleBroken
from cse_tracker.work.unit import Work

ATTEMPTS: Final = 3
"""How many clocks may begin one step. One that kills each of them would else be begun for ever, and nobody told."""
AROUND: Final = 2
"""The steps besides one for each table: counting before them, and looking at all of them together after them."""
BROKE_OFF: Final = "statistics.broke_off"
SAY_LESS: Final = (
    "Prepare them again in a way that says less: rounded to multiples of 5, or without who came, left and changed in "
    "the quarter"
)
TOO_MUCH: Final = {
    UNSAFE: "No way was found to show these figures without giving somebody away",
    UNFINISHED: (
        "It could not be worked out whether these figures are safe beside those already published. Published figures "
        "may contradict one another, as after a correction"
    ),
}


def ask(
    work: Work, *, borough_gss: str, month: date, rule: Rule, reason: str = "", without_flows: bool = False
) -> Preparation:
    """Ask for a finished month; what is asked for already is given back, and made as it was asked for first."""
    commands.check_month(work, borough_gss, month, reason)
    begun = select(Preparation).where(
        Preparation.borough_gss == borough_gss,
        Preparation.month == month,
        Preparation.state == PreparationState.BEGUN,
    )
    if (found := work.session.scalar(begun)) is not None:
        return found
    left_out = set() if Period(month).ends_a_quarter else QUARTERLY
    if without_flows:
        left_out = left_out | set(QUARTERS_FLOWS)
    asked = Preparation(
        borough_gss=borough_gss,
        month=month,
        total=len(set(Design) - left_out) + AROUND,
        compartment_id=new_compartment(work.session, "borough", borough_gss),
    )
    asked.body = PreparationBody(
        asked_at=work.now, asked_by=work.actor.user_id, rule=rule, reason=reason, without_flows=without_flows
    )
    work.session.add(asked)
    work.session.flush()
    work.record(StatisticsAsked(subject_id=asked.id, borough_gss=borough_gss, month=month))
    return asked


def due(work: Work) -> list[tuple[str, date]]:
    """Give the boroughs whose last month the clock has to ask for, from this month's first working day on.

    It asks once: what it asked for in vain is said on a page, and asked for again by somebody who has read it.
    """
    today = work.today
    first = today.replace(day=1)
    if not any(is_working_day(first + timedelta(days=step)) for step in range((today - first).days + 1)):
        return []
    month = Period(first).before.first
    taken = set(work.session.scalars(select(MonthlyRelease.borough_gss).where(MonthlyRelease.month == month)))
    rows = list(work.session.scalars(select(Preparation).where(Preparation.month == month)))
    unlock(work.session, [row.compartment_id for row in rows])
    taken.update(row.borough_gss for row in rows if row.under_way or row.body.asked_by is None)
    return [(each.gss, month) for each in identity.boroughs_with_a_lead_officer(work) if each.gss not in taken]


def shown(work: Work, preparation_id: UUID) -> Preparation:
    """Give what was asked for, to be looked at; NotFound where the actor may not know of it."""
    found = work.session.get(Preparation, preparation_id)
    if found is None:
        raise NotFound
    require_sight(work.actor, Permission.STATISTICS_VIEW, found)
    unlock(work.session, [found.compartment_id])
    return found


def under_way(work: Work) -> list[Preparation]:
    """Give what the clock works on for the actor's boroughs, the earliest month first."""
    allowed = scope(work.actor, Permission.STATISTICS_VIEW).boroughs
    wanted = select(Preparation).where(
        Preparation.state == PreparationState.BEGUN, Preparation.borough_gss.in_(allowed)
    )
    return list(work.session.scalars(wanted.order_by(Preparation.month)))


def not_prepared(work: Work, seen_as: Permission = Permission.STATISTICS_VIEW) -> list[Preparation]:
    """Give what was asked for in vain and neither asked for nor prepared since, by month.

    Of the boroughs of which the actor sees the statistics, or whatever else `seen_as` says.
    """
    allowed = scope(work.actor, seen_as).boroughs
    rows = list(work.session.scalars(select(Preparation).where(Preparation.borough_gss.in_(allowed))))
    unlock(work.session, [row.compartment_id for row in rows])
    last = {(row.borough_gss, row.month): row for row in sorted(rows, key=lambda row: row.body.asked_at)}
    made = select(MonthlyRelease.borough_gss, MonthlyRelease.month, func.max(MonthlyRelease.taken_on)).where(
        MonthlyRelease.borough_gss.in_(allowed), MonthlyRelease.state != ReleaseState.SENT_BACK
    )
    taken = {
        (gss, month): day
        for gss, month, day in work.session.execute(made.group_by(MonthlyRelease.borough_gss, MonthlyRelease.month))
    }
    found = [
        row
        for key, row in last.items()
        if row.state is PreparationState.REFUSED and taken.get(key, date.min) < row.body.asked_at.date()
    ]
    return sorted(found, key=lambda row: row.month)


def unfinished(work: Work) -> list[tuple[UUID, UUID | None]]:
    """Give what the clock has to carry on, each with who asked for it: None where the clock did."""
    rows = list(work.session.scalars(select(Preparation).where(Preparation.state == PreparationState.BEGUN)))
    unlock(work.session, [row.compartment_id for row in rows])
    return [(row.id, row.body.asked_by) for row in sorted(rows, key=lambda row: row.body.asked_at)]


@dataclass(frozen=True, repr=False)
class Bound:
    """What was made so far of a month, and the bench that the rest is made on. `step` is the number of steps done."""

    preparation_id: UUID
    step: int
    snapshot: dict[Design, CountTable]
    bench: Bench
    tables: dict[Design, Release]
    tries: int

    @property
    def rest(self) -> Iterator[Design]:
        """The tables that are still to be protected."""
        return (each for each in self.bench.counted if each not in self.tables)


def begin(work: Work, preparation_id: UUID) -> None:
    """Count that one more clock begins the step at hand, to be committed before it does: it may not live to say so.

    Raises RuleBroken where as many as may have begun it and none came to its end.
    """
    found = _locked(work, preparation_id)
    if not found.under_way:
        raise Conflict
    if found.body.begun >= ATTEMPTS:
        message = (
            f"The work on them broke off {ATTEMPTS} times at the same place, so it is not tried again by itself. "
            "Prepare them again. If it happens again, tell whoever runs the service"
        )
        raise RuleBroken(BROKE_OFF, message)
    found.body = replace(found.body, begun=found.body.begun + 1)
    work.record(StatisticsTakenUp(subject_id=found.id, borough_gss=found.borough_gss, begun=found.body.begun))


def take_up(work: Work, preparation_id: UUID) -> Bound:
    """Read what was made so far, and count the month where that has not been done: at one moment, all of it."""
    found = _taken_up(work, work.session.get(Preparation, preparation_id))
    body, gss, month = found.body, found.borough_gss, found.month
    commands.check_month(work, gss, month, body.reason)
    snapshot = (
        commands.count_month(work, gss, month)
        if body.snapshot is None
        else {Design(each): table_from_stored(stored) for each, stored in body.snapshot.items()}
    )
    number = commands.next_number(work, gss, month)
    told = commands.told_of(snapshot, without_flows=body.without_flows)
    made = bench(work, told, borough_gss=gss, month=month, number=number, rule=body.rule)
    tables = {Design(each): from_stored(stored) for each, stored in (body.tables or {}).items()}
    return Bound(found.id, found.done, snapshot, made, tables, body.tries)


def keep_counted(work: Work, bound: Bound) -> Bound:
    """Keep what was counted."""
    found = _in_hand(work, bound)
    stored = {each.value: table_to_stored(table) for each, table in bound.snapshot.items()}
    found.body = replace(found.body, snapshot=stored, tables={})
    return _step_done(work, found, bound)


def keep_protected(work: Work, bound: Bound, design: Design, table: Release) -> Bound:
    """Keep one table that was protected."""
    found = _in_hand(work, bound)
    found.body = replace(found.body, tables={**(found.body.tables or {}), design.value: table.to_stored()})
    return replace(_step_done(work, found, bound), tables={**bound.tables, design: table})


def keep_otherwise(work: Work, bound: Bound, tables: Tables) -> Bound:
    """Keep flows that were rounded otherwise, because together the tables gave something away."""
    found, tries = _in_hand(work, bound), bound.tries + 1
    stored = {each.value: table.to_stored() for each, table in tables.items()}
    found.body = replace(found.body, tables={**(found.body.tables or {}), **stored}, tries=tries, begun=1)
    work.record(_carried_on(found))
    return replace(bound, tables={**bound.tables, **tables}, tries=tries)


def another_try(bound: Bound) -> Tables:
    """Give the flows rounded otherwise where the tables give something away together, nothing where all is well."""
    if bound.tries + 1 >= TOGETHER or bound.bench.stands_together(bound.tables):
        return {}
    return bound.bench.otherwise(bound.tries + 1)


def lay(work: Work, bound: Bound) -> None:
    """Lay the finished release before the lead officer: once, whoever else was at it."""
    found = _in_hand(work, bound)
    gss, month, body = found.borough_gss, found.month, found.body
    commands.check_month(work, gss, month, body.reason)
    commands.lay(work, bound.snapshot, bound.tables, borough_gss=gss, month=month, rule=body.rule, reason=body.reason)
    found.done = found.total
    found.end(PreparationState.PREPARED)


def refuse(work: Work, preparation_id: UUID, wrong: Exception | None) -> None:
    """Say what went wrong and what can be done, and keep nothing else; None where whoever asked is not there now."""
    found = _locked(work, preparation_id)
    if not found.under_way:
        return
    found.end(PreparationState.REFUSED, _words(wrong))
    work.record(StatisticsNotPrepared(subject_id=found.id, borough_gss=found.borough_gss, month=found.month))


def _words(wrong: Exception | None) -> str:
    if isinstance(wrong, RuleBroken):
        return f"{TOO_MUCH[wrong.code]}. {SAY_LESS}." if wrong.code in TOO_MUCH else f"{wrong.message}."
    if wrong is None or isinstance(wrong, Refused):
        return "Whoever asked for them does not prepare statistics of this borough any more. Prepare them again."
    return (
        "Something went wrong in the service, and it was noted for whoever runs it. Prepare them again. If it happens "
        "again, tell whoever runs the service."
    )


def _taken_up(work: Work, found: Preparation | None) -> Preparation:
    if found is None:
        raise NotFound
    require(work.actor, Permission.STATISTICS_PREPARE, found)
    unlock(work.session, [found.compartment_id])
    return found


def _locked(work: Work, preparation_id: UUID) -> Preparation:
    return _taken_up(work, work.session.get(Preparation, preparation_id, with_for_update=True))


def _in_hand(work: Work, bound: Bound) -> Preparation:
    """Give what is worked on, locked; Conflict where another clock went on with it meanwhile."""
    found = _locked(work, bound.preparation_id)
    if not found.under_way or (found.done, found.body.tries) != (bound.step, bound.tries):
        raise Conflict
    return found


def _step_done(work: Work, found: Preparation, bound: Bound) -> Bound:
    found.done += 1
    # Whoever ends a step begins the next.
    found.body = replace(found.body, begun=1)
    work.record(_carried_on(found))
    return replace(bound, step=found.done)


def _carried_on(found: Preparation) -> StatisticsCarriedOn:
    return StatisticsCarriedOn(subject_id=found.id, borough_gss=found.borough_gss, done=found.done, total=found.total)
