"""Gives the estimate to those who may see it, recorded as seen."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from cse_tracker.access.decisions import permits, require_sight, scope
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.estimates import own_numbers
from cse_tracker.estimates.events import EstimateDataViewed, EstimateViewed, ProactivityViewed
from cse_tracker.estimates.model import EstimateAnswer, EstimateData, EstimateMade, ProactivityReview
from cse_tracker.estimates.rules import LOOKS, Shown, result_hash, shown
from cse_tracker.estimation import reading, sheets
from cse_tracker.estimation.change import Change, change
from cse_tracker.estimation.inputs import EstimationInputs
from cse_tracker.estimation.problems import CannotEstimate, InputProblem
from cse_tracker.estimation.study import Settings, Study, study
from cse_tracker.estimation.tables import read_table
from cse_tracker.identity import queries as identity
from cse_tracker.records.keys import seed, unlock
from cse_tracker.work.errors import NotFound
from cse_tracker.work.unit import Work


@dataclass(frozen=True)
class Opened:
    """An estimate as it may be read, with what its series are called and where they are from.

    `made` is None for the made-up demo. `repeats` says whether running it again gave the very figures it gave first.
    """

    found: Shown
    labels: dict[str, str]
    series: tuple[sheets.Series, ...]
    made: EstimateMade | None = None
    repeats: bool = True


@lru_cache(maxsize=4)
def run(folder: Path) -> Study:
    """Run the method and all beside it on a folder; raises InputProblem or CannotEstimate."""
    return study(reading.read_directory(folder))


@lru_cache(maxsize=4)
def indicator_labels(folder: Path) -> dict[str, str]:
    """Give what each indicator is called in words, by its key; raises InputProblem."""
    table = read_table(folder, "indicator_definitions.csv", ("indicator", "label"))
    return {row.required_text("indicator"): row.required_text("label") for row in table.rows}


@lru_cache(maxsize=4)
def demo_series(folder: Path) -> tuple[sheets.Series, ...]:
    """Give period and source of the demo's indicators; raises InputProblem."""
    table = read_table(folder, "indicator_definitions.csv", ("indicator", "label"))
    source = "original_source_named_in_report"
    return tuple(
        sheets.Series(row.text("indicator"), row.text("period"), row.text(source), row.text("label"))
        for row in table.rows
    )


def open_estimate(work: Work, folder: Path, run_id: UUID | None = None, *, exporting: bool = False) -> Opened:
    """Give a run, or the newest of the actor's boroughs, or the demo in the folder where there is none; record it.

    Managers and lead officers only; NotFound for everybody else and for runs of other boroughs.
    """
    boroughs = sorted({borough for _, borough in work.actor.roles})
    if not any(permits(work.actor, Permission.ESTIMATE_VIEW, Subject(borough_gss=gss)) for gss in boroughs):
        raise NotFound
    made = _made(work, run_id)
    if made is None:
        work.record(EstimateViewed(subject_id=None, exported=exporting))
        found = shown(run(folder), seed=b"made-up figures are not rounded")
        return Opened(found, indicator_labels(folder), demo_series(folder))
    require_sight(work.actor, Permission.ESTIMATE_VIEW, made)
    data = work.session.get_one(EstimateData, made.data_id)
    unlock(work.session, [made.compartment_id, data.compartment_id])
    work.record(EstimateViewed(subject_id=made.id, borough_gss=made.borough_gss, exported=exporting))
    again = studied(data, made.body.anchors, draws=made.body.draws, seed=made.body.seed)
    rounding = seed(work.session, f"estimate/{data.id}", data.body.imported_at)
    series = sheets.series_from(data.body.texts, again.inputs.indicators)
    labels = {each.name: each.label for each in series}
    own = {each.borough_gss: each.shown for each in data.body.counted}
    names = again.inputs.names
    series += tuple(own_numbers.series(each, names.get(each.borough_gss, "")) for each in data.body.counted)
    return Opened(shown(again, rounding, own), labels, series, made, result_hash(again) == made.body.result_sha256)


def _made(work: Work, run_id: UUID | None) -> EstimateMade | None:
    if run_id is not None:
        found = work.session.get(EstimateMade, run_id)
        if found is None:
            raise NotFound
        return found
    allowed = scope(work.actor, Permission.ESTIMATE_VIEW).boroughs
    return work.session.scalar(
        select(EstimateMade)
        .where(EstimateMade.borough_gss.in_(allowed))
        .order_by(EstimateMade.made_on.desc(), EstimateMade.number.desc())
        .limit(1)
    )


def versions(work: Work) -> list[tuple[EstimateData, list[EstimateMade]]]:
    """Give the versions of the data of the actor's boroughs, newest first, each with its runs; record the look."""
    allowed = scope(work.actor, Permission.ESTIMATE_VIEW).boroughs
    if not allowed:
        raise NotFound
    rows = list(
        work.session.scalars(
            select(EstimateData)
            .where(EstimateData.borough_gss.in_(allowed))
            .order_by(EstimateData.number.desc(), EstimateData.borough_gss)
        )
    )
    made = list(work.session.scalars(select(EstimateMade).where(EstimateMade.borough_gss.in_(allowed))))
    unlock(work.session, [each.compartment_id for each in (*rows, *made)])
    work.record(EstimateDataViewed(subject_id=None))
    return [
        (row, sorted((each for each in made if each.data_id == row.id), key=lambda each: -each.number)) for row in rows
    ]


def open_data(work: Work, data_id: UUID) -> EstimateData:
    """Give a version of the data, recorded as seen; NotFound where the actor may not run the method on it."""
    data = work.session.get(EstimateData, data_id)
    if data is None:
        raise NotFound
    require_sight(work.actor, Permission.ESTIMATE_PREPARE, data)
    unlock(work.session, [data.compartment_id])
    work.record(EstimateDataViewed(subject_id=data.id, borough_gss=data.borough_gss))
    return data


def inputs_of(data: EstimateData, anchors: Collection[str] = ()) -> EstimationInputs:
    """The inputs that a version of the data holds, with these anchors; raises InputProblem."""
    return reading.put_together(sheets.tables_from(data.body.texts), anchors=tuple(anchors))


def studied(data: EstimateData, anchors: Collection[str], *, draws: int, seed: int) -> Study:
    """Run the method on a version of the data; raises InputProblem or CannotEstimate."""
    return study(inputs_of(data, anchors), Settings(draws, seed))


def latest_review(work: Work, borough_gss: str, year: int) -> ProactivityReview | None:
    """Give the newest review of a borough's year, recorded as seen; NotFound to whoever may not see it."""
    require_sight(work.actor, Permission.PROACTIVITY_REVIEW, Subject(borough_gss=borough_gss))
    found = work.session.scalar(
        select(ProactivityReview)
        .where(ProactivityReview.borough_gss == borough_gss, ProactivityReview.year == year)
        .order_by(ProactivityReview.number.desc())
        .limit(1)
    )
    if found is not None:
        unlock(work.session, [found.compartment_id])
        work.record(ProactivityViewed(subject_id=found.id, borough_gss=borough_gss))
    return found


@dataclass(frozen=True)
class Explained:
    """Why a run's total is another than that of the run before: `change` is None where `why_not` says why."""

    earlier: EstimateMade
    change: Change | None
    why_not: str = ""


def explained(work: Work, made: EstimateMade) -> Explained | None:
    """Take the change since the borough's run before apart; None for its first run. The caller has opened the run."""
    require_sight(work.actor, Permission.ESTIMATE_VIEW, made)
    wanted = select(EstimateMade).where(EstimateMade.borough_gss == made.borough_gss, EstimateMade.number < made.number)
    earlier = work.session.scalar(wanted.order_by(EstimateMade.number.desc()).limit(1))
    if earlier is None:
        return None
    rows = [work.session.get_one(EstimateData, each.data_id) for each in (earlier, made)]
    unlock(work.session, [each.compartment_id for each in (earlier, made, *rows)])
    try:
        before, after = (inputs_of(data, each.body.anchors) for data, each in zip(rows, (earlier, made), strict=True))
        return Explained(earlier, change(before, after))
    except (InputProblem, CannotEstimate) as problem:
        return Explained(earlier, None, str(problem))


@dataclass(frozen=True, repr=False)
class Answered:
    """A lead officer's answer to whether a run looks right."""

    by: str
    looks: str
    why: str
    at: datetime


def answers(work: Work, made: EstimateMade) -> list[Answered]:
    """Give the newest answer of every lead officer to a run, the latest first."""
    require_sight(work.actor, Permission.ESTIMATE_VIEW, made)
    rows = list(work.session.scalars(select(EstimateAnswer).where(EstimateAnswer.run_id == made.id)))
    unlock(work.session, [row.compartment_id for row in rows])
    newest = {row.body.answered_by: row.body for row in sorted(rows, key=lambda row: row.number)}
    names = identity.names(work, newest)
    found = [
        Answered(names.get(who, "") if who else "", LOOKS[body.looks], body.why, body.answered_at)
        for who, body in newest.items()
    ]
    return sorted(found, key=lambda each: each.at, reverse=True)
