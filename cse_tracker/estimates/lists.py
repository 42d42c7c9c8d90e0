"""The second opinion from the tracker's own linked lists: asked for once a year, kept, and shown through the gate."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import product
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select

from cse_tracker.access.decisions import require, require_sight, scope
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.disclosure.errors import CannotProtect
from cse_tracker.disclosure.model import GRAND_TOTAL, CellKey, Constraint, CountTable, cell_key
from cse_tracker.disclosure.release import Release, from_stored, protect
from cse_tracker.estimates import counting, events
from cse_tracker.estimates.counting import Pattern
from cse_tracker.estimates.model import ListsBody, ListsCompared
from cse_tracker.estimates.years import Year, finished
from cse_tracker.estimation.problems import CannotEstimate
from cse_tracker.estimation.resampling import SEED
from cse_tracker.estimation.systems.as_json import opinion_to_json
from cse_tracker.estimation.systems.opinion import CAUTION, Asked, second_opinion
from cse_tracker.estimation.systems.overlaps import overlaps
from cse_tracker.records import keys
from cse_tracker.records.keys import new_compartment, unlock
from cse_tracker.work.errors import NotFound, RuleBroken
from cse_tracker.work.unit import Work

DRAWS: Final = 300
_STEPS: Final[tuple[float, ...]] = tuple(base * 10.0**power for power in range(1, 7) for base in (0.5, 1, 2.5))
_COARSE: Final = 10
_ENDLESS: Final = 1e6
_FEWEST_LISTS: Final = 2
_ROUNDED: Final = "protected"
MEANING: Final = "This is not prevalence: whom no service could ever find stands on no list and in no such estimate."
TOO_FEW: Final = (
    "Too few young people stand on more than one list, so there is no estimate: more than half of the pairs of lists "
    "must share five young people or more. Only a lower bound is given."
)
NO_ANSWER: Final = "The model has no finite answer on these overlaps, so only a lower bound is given."
NOT_SHOWN: Final = "No way was found to show the counts without giving somebody away, so they are not shown."
WITHHELD: Final = (
    "This second opinion has no protected counts: it was kept while exact ones were still used, and no way was found "
    "then to show them without giving somebody away. So nothing of it is shown."
)


@dataclass(frozen=True)
class Candidate:
    """One model that could have been chosen: which lists go together, its total, its weight in per cent."""

    interactions: str
    total: str
    weight: int


@dataclass(frozen=True)
class Opinion:
    """A second opinion as it may be read. Counts passed disclosure control, totals are told coarsely (`told`).

    `total`, `low`, `high` and the bootstrap's limits are None where refused; a bootstrap limit without end is in words.
    `patterns` are (names of the lists, count as shown); those shown as 0 are left out and `hidden` counts them.
    """

    kept: ListsCompared
    year: Year
    lists: tuple[tuple[str, str], ...]
    observed: str
    patterns: tuple[tuple[str, str], ...]
    hidden: int
    release: Release
    refusal: str
    method: str
    total: int | None
    low: int | None
    high: int | None
    bootstrap: str
    bound: int
    interactions: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    tried: int
    averaged: int | None
    least: int | None
    most: int | None
    cautions: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """What to tell a manager."""
        if self.total is None:
            return (
                f"From how few young people stand on more than one list, these services would know at least about "
                f"{self.bound:,} if each had found all whom it can find."
            )
        return (
            f"From how the lists overlap, these services would know about {self.total:,} young people if each had "
            f"found all whom it can find; likely between {self.low:,} and {self.high:,}."
        )


@dataclass(frozen=True)
class Withheld:
    """A second opinion of which nothing may be read, because its counts were never protected."""

    kept: ListsCompared
    year: Year


def compare_lists(
    work: Work, *, borough_gss: str, last_month: date, reason: str = "", draws: int = DRAWS, seed: int = SEED
) -> ListsCompared:
    """Count the patterns of a finished year, protect them, and ask for the second opinion; kept as it came out.

    Raises RuleBroken for a year that is not over, a year that was compared before without a reason, nobody to compare,
    or a single list.
    """
    require(work.actor, Permission.ESTIMATE_PREPARE, Subject(borough_gss=borough_gss))
    year = next((each for each in finished(work.now) if each.last_month == last_month), None)
    if year is None:
        raise RuleBroken("year", "Select a year that is over", field="year")
    before = [each for each in _kept(work, borough_gss) if each.body.last_month == last_month]
    if before and not reason.strip():
        message = f"The lists of {year.words} have been compared. Say why they are compared again"
        raise RuleBroken("compared", message, field="reason")
    lists, counts = counting.patterns(work, borough_gss, year)
    if len(lists) < _FEWEST_LISTS:
        raise RuleBroken("one_list", "Fewer than two lists know any young people of this year", field="year")
    table = table_of(f"lists of {borough_gss}, {last_month:%Y-%m}", lists, counts)
    release = _protected(table, keys.seed(work.session, f"lists/{borough_gss}", year.ends_at))
    opinion = answered(lists, asked_of(lists, release), draws=draws, seed=seed) | {"counts": _ROUNDED}
    last = work.session.scalar(select(func.max(ListsCompared.number)).where(ListsCompared.borough_gss == borough_gss))
    kept = ListsCompared(
        borough_gss=borough_gss,
        number=(last or 0) + 1,
        made_on=work.now.date(),
        compartment_id=new_compartment(work.session, "borough", borough_gss),
    )
    kept.body = ListsBody(
        last_month=last_month,
        lists=lists,
        counts={"".join(map(str, pattern)): count for pattern, count in counts.items()},
        release=release.to_stored() if release else None,
        opinion=opinion,
        draws=draws,
        seed=seed,
        reason=reason.strip(),
        made_at=work.now,
        made_by=work.actor.user_id,
    )
    work.session.add(kept)
    work.session.flush()
    work.record(
        events.ListsCompared(
            subject_id=kept.id, borough_gss=borough_gss, number=kept.number, lists=len(lists),
            refused=bool(opinion["refused"]),
        )
    )  # fmt: skip
    return kept


def asked_of(lists: tuple[str, ...], release: Release | None) -> Mapping[Pattern, int]:
    """The protected counts of patterns: the answer is worked out from them alone, so nothing more can follow from it.

    Answer, limits, lower bound and weights of models are many numbers from few counts: worked out from the exact ones,
    they would give counts away even when told coarsely. Raises RuleBroken where there is no release.
    """
    if release is None:
        raise RuleBroken("unsafe", NOT_SHOWN, field="year")
    return {pattern: release.number(pattern_key(lists, pattern)) for pattern in patterns_of(lists)}


def answered(lists: tuple[str, ...], counts: Mapping[Pattern, int], *, draws: int, seed: int) -> dict[str, Any]:
    """The second opinion on the counts, as plain values at full precision; raises RuleBroken for nobody."""
    data = overlaps(lists, {pattern: float(count) for pattern, count in counts.items()})
    try:
        found = opinion_to_json(second_opinion(data, Asked(draws=draws, seed=seed)))
    except CannotEstimate as problem:
        raise RuleBroken("no_opinion", str(problem), field="year") from None
    assert isinstance(found, dict)  # noqa: S101 - the function's own shape
    return found


def table_of(name: str, lists: tuple[str, ...], counts: Mapping[Pattern, int]) -> CountTable:
    """Every pattern, every list's own size and the total, with the sums that link them.

    Patterns that nobody has are in it too: a row that is missing would tell something.
    """
    every = patterns_of(lists)
    keys = {pattern: pattern_key(lists, pattern) for pattern in every}
    cells: dict[CellKey, int] = {GRAND_TOTAL: sum(counts.values())}
    cells |= {keys[pattern]: counts.get(pattern, 0) for pattern in every}
    sums = [Constraint(GRAND_TOTAL, tuple(keys.values()))]
    for place, each in enumerate(lists):
        parts = tuple(keys[pattern] for pattern in every if pattern[place])
        cells[list_key(each)] = sum(cells[part] for part in parts)
        sums.append(Constraint(list_key(each), parts))
    return CountTable(name, cells, tuple(sums), "All young people")


def patterns_of(lists: tuple[str, ...]) -> list[Pattern]:
    """Every way of standing on one list or more, those on all of them first."""
    return [pattern for pattern in product((1, 0), repeat=len(lists)) if any(pattern)]


def pattern_key(lists: tuple[str, ...], pattern: Pattern) -> CellKey:
    """The cell of those who stand on exactly these lists."""
    return cell_key(("known to", " + ".join(name for name, on in zip(lists, pattern, strict=True) if on)))


def list_key(name: str) -> CellKey:
    """The cell of all who stand on one list."""
    return cell_key(("list", name))


def _protected(table: CountTable, seed: bytes) -> Release | None:
    try:
        return protect(table, seed=seed)
    except CannotProtect:
        return None


def _kept(work: Work, borough_gss: str) -> list[ListsCompared]:
    wanted = select(ListsCompared).where(ListsCompared.borough_gss == borough_gss)
    rows = list(work.session.scalars(wanted.order_by(ListsCompared.number.desc())))
    unlock(work.session, {row.compartment_id for row in rows})
    return rows


def opinions(work: Work) -> list[ListsCompared]:
    """Give every second opinion of the actor's boroughs, newest first; NotFound for whoever may see none."""
    allowed = scope(work.actor, Permission.ESTIMATE_VIEW).boroughs
    if not allowed:
        raise NotFound
    return [row for borough_gss in sorted(allowed) for row in _kept(work, borough_gss)]


def open_opinion(work: Work, opinion_id: UUID, *, exporting: bool = False) -> Opinion | Withheld:
    """Give one as it may be read, recorded as seen; NotFound where the actor may not know of it."""
    kept = work.session.get(ListsCompared, opinion_id)
    if kept is None:
        raise NotFound
    require_sight(work.actor, Permission.ESTIMATE_VIEW, kept)
    unlock(work.session, [kept.compartment_id])
    work.record(events.ListsSeen(subject_id=kept.id, borough_gss=kept.borough_gss, exported=exporting))
    return as_shown(kept)


def as_shown(kept: ListsCompared) -> Opinion | Withheld:
    """What of it may be read. Sentences that name exact overlaps are replaced with ones that do not."""
    body = kept.body
    if body.release is None:
        return Withheld(kept, Year(body.last_month))
    lists, release = tuple(body.lists), from_stored(body.release)
    found, shown = _safe(body, lists, release), dict(release)
    every = patterns_of(lists)
    keys = [pattern_key(lists, pattern) for pattern in every]
    rows = [(key[0][1], release.text(key)) for key in keys if shown.get(key)]
    choice, limits = found["model_choice"], found["bootstrap"]
    return Opinion(
        kept=kept,
        year=Year(body.last_month),
        lists=tuple((name, release.text(list_key(name))) for name in lists),
        observed=release.text(GRAND_TOTAL),
        patterns=tuple(rows),
        hidden=len(every) - len(rows),
        release=release,
        refusal=_refusal(found),
        method=found["method"],
        total=told(found["estimate"]),
        low=told(found["low"]),
        high=told(found["high"]),
        bootstrap=_limits(limits) if limits else "",
        bound=told(found["chao"]["total"]) or 0,
        interactions=tuple(_spoken(each) for each in found["model"]["interactions"]) if found["model"] else (),
        candidates=tuple(_candidate(each) for each in choice["best"][:5]) if choice else (),
        tried=choice["tried"] if choice else 0,
        averaged=told(choice["averaged_by_aic"]) if choice else None,
        least=told(choice["least"]) if choice else None,
        most=told(choice["most"]) if choice else None,
        cautions=_cautions(found),
    )


def _safe(body: ListsBody, lists: tuple[str, ...], release: Release) -> Mapping[str, Any]:
    """The answer as kept, or worked out anew where it was kept while exact counts were still used."""
    if body.opinion.get("counts") == _ROUNDED:
        return body.opinion
    return answered(lists, asked_of(lists, release), draws=body.draws, seed=body.seed)


def _refusal(found: Mapping[str, Any]) -> str:
    if not found["refused"]:
        return ""
    return TOO_FEW if "share" in found["refusal"] else NO_ANSWER


def _cautions(found: Mapping[str, Any]) -> tuple[str, ...]:
    said = []
    if found["method"] == "Chapman":
        said.append("Two lists cannot show whether they depend on one another; the answer takes it that they do not.")
    if any("lower bound" in each for each in found["cautions"]):
        said.append("The estimate lies below the lower bound: lists seem to avoid one another’s young people.")
    return (*said, CAUTION)


def _candidate(found: Mapping[str, Any]) -> Candidate:
    names = ", ".join(_spoken(each) for each in found["interactions"]) or "none"
    total = told(found["total"])
    return Candidate(names, "none" if total is None else f"{total:,}", round(100 * found["aic_weight"]))


def _spoken(pair: str) -> str:
    return " with ".join(pair.split(":"))


def _limits(found: Mapping[str, Any]) -> str:
    low, high = told(found["low"]), told(found["high"])
    return f"{low:,} to {high:,}" if low is not None and high is not None else "no upper limit"


def told(value: float | None) -> int | None:
    """A total as it may be told: to a step of a tenth of it or more, at least five; None where there is no number.

    It rests on rounded counts already; more figures would only look surer than they are.
    """
    if value is None or not math.isfinite(value) or value > _ENDLESS:
        return None
    step = next(step for step in _STEPS if step * _COARSE >= value)
    return round(round(value / step) * step)
