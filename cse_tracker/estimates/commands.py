"""Brings data in, runs the method on it, and records how actively a borough looks."""

from collections.abc import Collection, Mapping
from typing import Final, TypeVar

from sqlalchemy import func, select

from cse_tracker.access.decisions import require
from cse_tracker.access.matrix import Permission, Subject
from cse_tracker.estimates import events
from cse_tracker.estimates.model import (
    DataBody,
    EstimateData,
    EstimateMade,
    ProactivityReview,
    ReviewBody,
    RunBody,
)
from cse_tracker.estimates.proactivity import SIGNS, score
from cse_tracker.estimates.queries import proposed_anchors, studied
from cse_tracker.estimates.rules import result_hash
from cse_tracker.estimation import sheets
from cse_tracker.estimation.problems import CannotEstimate, InputProblem
from cse_tracker.estimation.reading import put_together
from cse_tracker.estimation.resampling import DRAWS, SEED
from cse_tracker.records.keys import new_compartment
from cse_tracker.work.errors import RuleBroken
from cse_tracker.work.unit import Work

_YEARS: Final = range(2000, 2101)
R = TypeVar("R", EstimateData, EstimateMade)


def import_data(work: Work, *, borough_gss: str, uploads: Mapping[str, bytes], note: str = "") -> EstimateData:
    """Keep a version of the data; raises RuleBroken with file, row and column for whatever cannot be used."""
    require(work.actor, Permission.ESTIMATE_PREPARE, Subject(borough_gss=borough_gss))
    if not uploads:
        raise RuleBroken("no_files", "Choose the files to bring in", field="files")
    try:
        texts = sheets.texts_from(uploads)
        tables = sheets.tables_from(texts)
        inputs = put_together(tables, anchors=None if tables.survey is not None else ())
        sheets.series_from(texts, inputs.indicators)
    except InputProblem as problem:
        raise RuleBroken("data_unreadable", str(problem), field="files") from None
    data = EstimateData(
        borough_gss=borough_gss,
        number=_next(work, EstimateData, borough_gss),
        imported_on=work.now.date(),
        compartment_id=new_compartment(work.session, "borough", borough_gss),
    )
    data.body = DataBody(texts=texts, note=note.strip(), imported_at=work.now, imported_by=work.actor.user_id)
    work.session.add(data)
    work.session.flush()
    work.record(events.EstimateDataImported(subject_id=data.id, borough_gss=borough_gss, number=data.number))
    return data


def make_estimate(
    work: Work, data: EstimateData, *, anchors: Collection[str], reason: str, draws: int = DRAWS, seed: int = SEED
) -> EstimateMade:
    """Run the method with the anchors that somebody decided, and keep what makes the run repeat.

    Raises RuleBroken where no reason is given, the borough would choose its own part among the anchors, or the method
    has no answer.
    """
    require(work.actor, Permission.ESTIMATE_PREPARE, data)
    if not reason.strip():
        raise RuleBroken("reason_missing", "Enter why these are the anchors", field="reason")
    proposed = proposed_anchors(data)
    own = data.borough_gss
    if proposed is not None and (own in anchors) != (own in proposed):
        message = "A borough does not choose its own part: leave your own borough as it is proposed"
        raise RuleBroken("own_anchor", message, field="anchors")
    chosen = tuple(sorted(set(anchors)))
    try:
        found = studied(data, chosen, draws=draws, seed=seed)
    except (InputProblem, CannotEstimate) as problem:
        raise RuleBroken("no_estimate", str(problem), field="anchors") from None
    made = EstimateMade(
        borough_gss=data.borough_gss,
        data_id=data.id,
        number=_next(work, EstimateMade, data.borough_gss),
        made_on=work.now.date(),
        compartment_id=new_compartment(work.session, "borough", data.borough_gss),
    )
    made.body = RunBody(
        anchors=chosen,
        reason=reason.strip(),
        draws=draws,
        seed=seed,
        inputs_sha256=found.record.inputs_sha256,
        result_sha256=result_hash(found),
        versions=dict(found.record.versions),
        made_at=work.now,
        made_by=work.actor.user_id,
    )
    work.session.add(made)
    work.session.flush()
    work.record(
        events.EstimateRun(subject_id=made.id, borough_gss=made.borough_gss, number=made.number, anchors=len(chosen))
    )
    return made


def review_proactivity(
    work: Work, *, borough_gss: str, year: int, answers: Mapping[str, bool], evidence: Mapping[str, str]
) -> ProactivityReview:
    """Record the nine answers of a year. A yes without evidence is refused: nobody scores themselves on their word."""
    require(work.actor, Permission.PROACTIVITY_REVIEW, Subject(borough_gss=borough_gss))
    if year not in _YEARS:
        raise RuleBroken("year", "Enter a year between 2000 and 2100", field="year")
    for sign in SIGNS:
        if sign not in answers:
            raise RuleBroken("unanswered", f"Select yes or no: {SIGNS[sign]}", field=sign)
        if answers[sign] and not evidence.get(sign, "").strip():
            raise RuleBroken("no_evidence", "Enter the evidence for this yes", field=f"{sign}_evidence")
    last = work.session.scalar(
        select(func.max(ProactivityReview.number)).where(
            ProactivityReview.borough_gss == borough_gss, ProactivityReview.year == year
        )
    )
    review = ProactivityReview(
        borough_gss=borough_gss,
        year=year,
        number=(last or 0) + 1,
        compartment_id=new_compartment(work.session, "borough", borough_gss),
    )
    review.body = ReviewBody(
        answers={sign: answers[sign] for sign in SIGNS},
        evidence={sign: evidence.get(sign, "").strip() for sign in SIGNS},
        reviewed_at=work.now,
        reviewed_by=work.actor.user_id,
    )
    work.session.add(review)
    work.session.flush()
    work.record(
        events.ProactivityReviewed(
            subject_id=review.id, borough_gss=borough_gss, year=year, score=score(review.body.answers)
        )
    )
    return review


def _next(work: Work, kind: type[R], borough_gss: str) -> int:
    last = work.session.scalar(select(func.max(kind.number)).where(kind.borough_gss == borough_gss))
    return (last or 0) + 1
